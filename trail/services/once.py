"""Doing a thing once, however often it is sent."""

from collections.abc import Callable
from itertools import count
from typing import Any

from django.db import transaction

from trail.models import Once


def once(user: Any, key: str, act: Callable[[], str], *, purpose: str) -> tuple[str, bool]:
    """Run `act` unless this user has sent `key` for this purpose before; return its outcome and whether it ran now.

    `outcome` is a short text (an id, a URL) that the form which made it can read. `purpose` is that form's name (27
    characters at most) and part of the stored key: a key taken from another form's page is a new one here. The key's
    row is inserted first, in the transaction of `act`: a rival with the same key waits for it and then finds the
    outcome; a failure of `act` leaves nothing behind and the key free. An empty key (a form without one) always runs.
    """
    with transaction.atomic():
        if not key:
            return act(), True
        row, fresh = Once.objects.get_or_create(user=user, key=_stored(key, purpose))
        if not fresh:
            return row.outcome, False
        row.outcome = act()
        row.save(update_fields=["outcome"])
        return row.outcome, True


def outcome_of(user: Any, key: str, *, purpose: str) -> str | None:
    """What came of a form that was sent before with this key, for the same purpose; None for a new one.

    For forms whose first send makes the second look wrong (a name that is then taken): ask before checking the form.
    """
    sent = Once.objects.filter(user=user, key=_stored(key, purpose))
    return sent.values_list("outcome", flat=True).first() if key else None


def unspent(user: Any, key: str, *, purpose: str, holds: Callable[[str], bool]) -> tuple[str, str | None]:
    """For a key that outlives what it made: the outcome that still `holds`, with its key; when what it made is there no
    more, a key for doing it anew, the same for everybody who asks before that is done, and None."""
    for turn in count():
        each = f"{key}.{turn}" if turn else key
        outcome = outcome_of(user, each, purpose=purpose)
        if outcome is None or holds(outcome):
            return each, outcome
    raise AssertionError("keys do not run out")


def _stored(key: str, purpose: str) -> str:
    return f"{purpose}:{key}"[:64]
