"""The one way to write an Event."""

from typing import Any

from django.db import transaction

from trail.models import Event


def record(
    action: str,
    *,
    by: Any,
    subject: str,
    detail: str = "",
    region: str = "",
    before: Any = None,
    after: Any = None,
    reason: str = "",
) -> Event:
    """Write one Event in the caller's transaction, so that a change and its record stand or fall together.

    `by` is the user (None: the portal itself); the role is that of the user's acting membership.
    Raises RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an Event belongs into the transaction of the change it records")
    membership = getattr(by, "acting", None)
    return Event.objects.create(
        actor=by,
        acting_as=membership.role if membership else "",
        region_code=region,
        action=action,
        subject=subject,
        detail=detail,
        before=before,
        after=after,
        reason=reason,
    )
