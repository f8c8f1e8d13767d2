"""The digests of the chain. Knows no database: the same values give the same digest everywhere and for good."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

NOTHING = hashlib.sha256(b"").hexdigest()
"""The content's digest of an event that has nothing to say beside what it is; it has no side row."""


def canonical(value: Any) -> str:
    """JSON with sorted keys and without spaces; dates, decimals and ids as Django writes them."""
    return json.dumps(value, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content_digest(*, before: Any, after: Any, reason: str, salt: str) -> str:
    """SHA-256 of a side row, 64 hex digits."""
    return _hash(canonical({"before": before, "after": after, "reason": reason, "salt": salt}))


def event_digest(
    *,
    seq: int,
    prev: str,
    at: datetime,
    actor: int | None,
    acting_as: str,
    region_code: str,
    action: str,
    subject: str,
    detail: str,
    content: str,
) -> str:
    """SHA-256 of an event: of its number, the digest before it, and every column of its own. `at` is aware."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return _hash(canonical([seq, prev, moment, actor, acting_as, region_code, action, subject, detail, content]))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
