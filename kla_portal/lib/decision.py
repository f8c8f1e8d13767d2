"""An answer to "may this person do that?", with the sentence to show when the answer is no."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied


@dataclass(frozen=True, slots=True)
class Decision:
    """True when allowed. `reason` is plain Indonesian, for the screen, and empty when allowed. `untimely`: it is the
    calendar alone that refuses."""

    allowed: bool
    reason: str = ""
    untimely: bool = False

    def __bool__(self) -> bool:
        return self.allowed


class Untimely(PermissionDenied):
    """Refused by the calendar: at another time the same person might."""


ALLOW = Decision(True)


def deny(reason: str, *, untimely: bool = False) -> Decision:
    """A refusal that says why, and where it can, what would help."""
    return Decision(False, reason, untimely)


def require(decision: Decision) -> None:
    """Raise PermissionDenied (403) with the reason unless the decision allows."""
    if not decision:
        raise (Untimely if decision.untimely else PermissionDenied)(decision.reason)
