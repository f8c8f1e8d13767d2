"""From draft to checked to published: the check that a file passes too, and the second person's word."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from clusters import permissions
from clusters.checking import examine
from clusters.content import InstrumentData
from clusters.enums import InstrumentState
from clusters.models import Instrument
from clusters.nodes import Fault, node
from clusters.queries import content
from clusters.services.editing import draft
from clusters.services.loading import PUBLISHED, subject
from clusters.writing import tree
from kla_portal.lib.versions import Stale
from trail.services import events

CHECKED = "instrument_checked"


def _examined(instrument: Instrument) -> tuple[InstrumentData | None, list[Fault]]:
    return examine(node(tree(content(instrument))))


def faults_of(instrument: Instrument) -> list[Fault]:
    """What is wrong with the instrument as it stands, in its order; nothing is written."""
    return _examined(instrument)[1]


@transaction.atomic
def check(instrument: Instrument, *, by: Any) -> list[Fault]:
    """Check a draft. Without a fault it is checked, with the digest of what was looked at, and waits for a second
    person; with faults, which are returned, it stays the draft that it is. Raises PermissionDenied."""
    with draft(instrument, by, permissions.can_check) as held:
        data, faults = _examined(held)
        if data is None:
            return faults
        held.state, held.digest = InstrumentState.CHECKED, data.digest
        held.checked_by, held.checked_at = by, timezone.now()
        held.save(update_fields=["state", "digest", "checked_by", "checked_at"])
        events.record(CHECKED, by=by, subject=subject(held), after={"digest": held.digest})
    return []


@transaction.atomic
def publish(instrument: Instrument, digest: str, *, by: Any) -> Instrument:
    """Publish what has been checked, for good. `digest` is that of the content which the person saw.

    Raises PermissionDenied with the reason, and Stale when the content is no longer the one seen.
    """
    with draft(instrument, by, permissions.can_publish) as held:
        data, _ = _examined(held)
        if data is None or not digest == held.digest == data.digest:
            raise Stale(held)
        held.state, held.published_by, held.published_at = InstrumentState.PUBLISHED, by, timezone.now()
        held.save(update_fields=["state", "published_by", "published_at"])
        before = {"state": InstrumentState.CHECKED.value, "checked_by": held.checked_by_id}
        events.record(PUBLISHED, by=by, subject=subject(held), before=before, after={"digest": held.digest})
        return held
