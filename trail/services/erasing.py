"""What an event says can be erased, for the sake of a person; that it happened, and its digest, stay."""

from typing import Any

from django.db import transaction

from trail.guards import ERASE
from trail.models import Event, EventContent
from trail.services.events import record


def subject_of(event: Event) -> str:
    """The key under which it is filed that an event was erased."""
    return f"event:{event.seq}"


@transaction.atomic
def erase(event: Event, *, reason: str, by: Any) -> Event | None:
    """Erase before, after and reason of `event`, and say so in an event of its own, which comes back; None when there
    was nothing to erase. `reason` stays readable, so it names nobody. Raises ValueError without one.

    Who may is the caller's business: there is no page for it, only a command of the server.
    """
    if not reason.strip():
        raise ValueError("erasing takes a reason")
    if not EventContent.objects.filter(pk=event.pk).exists():
        return None
    told = record(ERASE, by=by, subject=subject_of(event), region=event.region_code, reason=reason.strip())
    EventContent.objects.filter(pk=event.pk).delete()
    return told
