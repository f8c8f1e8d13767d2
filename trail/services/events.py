"""The one way to write an Event."""

import json
import secrets
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from trail.models import Event, EventContent
from trail.sealing import NOTHING, content_digest, event_digest
from trail.services import chain


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
    """Write one Event in the caller's transaction, so that a change and its record stand or fall together. It comes
    back with its `seq` and `digest`.

    `by` is the user (None: the portal itself); the role is that of the user's acting membership. From here to the end
    of the transaction nobody else can write an event, so this is the last thing that a service does: it takes no lock
    after it. Raises RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an Event belongs into the transaction of the change it records")
    membership = getattr(by, "acting", None)
    content = _content(before, after, reason)
    last = chain.hold()
    event = Event(
        seq=last.seq + 1,
        prev=last.digest,
        at=timezone.now(),
        actor=by,
        acting_as=membership.role if membership else "",
        region_code=region,
        action=action,
        subject=subject,
        detail=detail,
        content_digest=digest_of(content) if content else NOTHING,
    )
    event.digest = seal(event)
    event.save(force_insert=True)
    if content:
        content.event = event
        content.save(force_insert=True)
    chain.advance(event.seq, event.digest)
    return event


def seal(event: Event) -> str:
    """The digest of an event as it stands in this object."""
    return event_digest(
        seq=event.seq, prev=event.prev, at=event.at, actor=event.actor_id, acting_as=event.acting_as,
        region_code=event.region_code, action=event.action, subject=event.subject, detail=event.detail,
        content=event.content_digest,
    )  # fmt: skip


def digest_of(content: EventContent) -> str:
    """The digest of a side row as it stands in this object."""
    return content_digest(before=content.before, after=content.after, reason=content.reason, salt=content.salt)


def _content(before: Any, after: Any, reason: str) -> EventContent | None:
    """As the database gives it back, so that the digest is that of what is stored; None where there is nothing."""
    if before is None and after is None and not reason:
        return None
    return EventContent(before=_plain(before), after=_plain(after), reason=reason, salt=secrets.token_hex(16))


def _plain(value: Any) -> Any:
    return None if value is None else json.loads(json.dumps(value, cls=DjangoJSONEncoder))
