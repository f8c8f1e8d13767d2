"""Who has a question open now. No history: a row is overwritten, and gone a minute later."""

from typing import Any

from django.utils import timezone

from evaluations import permissions
from evaluations.models import Answer, Presence
from evaluations.queries.presence import LASTS


def seen(answer: Answer, *, typing: bool, by: Any) -> None:
    """`by` has the question open, with something unsaved in its form if `typing`."""
    now = timezone.now()
    side = permissions.of_the_city(by, answer.evaluation)
    said: dict[str, Any] = {"seen_at": now, "typing_at": now if typing else None, "of_region": side}
    if not Presence.objects.filter(answer=answer, user=by).update(**said):
        Presence.objects.get_or_create(answer=answer, user=by, defaults=said)


def sweep_presence() -> int:
    """Forget who is gone. Returns how many rows."""
    return Presence.objects.filter(seen_at__lt=timezone.now() - LASTS).delete()[0]
