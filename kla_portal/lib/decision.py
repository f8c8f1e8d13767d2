"""An answer to "may this person do that?", with the sentence to show when the answer is no."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied


@dataclass(frozen=True, slots=True)
class Decision:
    """True when allowed. `reason` is plain Indonesian, for the screen, and empty when allowed."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOW = Decision(True)


def deny(reason: str) -> Decision:
    """A refusal that says why, and where it can, what would help."""
    return Decision(False, reason)


def require(decision: Decision) -> None:
    """Raise PermissionDenied (403) with the reason unless the decision allows."""
    if not decision:
        raise PermissionDenied(decision.reason)
