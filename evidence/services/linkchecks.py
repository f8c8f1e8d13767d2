"""What the worker finds at the addresses of links: claimed before the visit, written once, told when it changes."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from evidence.enums import LinkState
from evidence.models import EvidenceRevision
from evidence.visiting import Found, visit
from trail.services import bell
from trail.services.events import record

EVERY = timedelta(days=1)
"""A link is not visited more often than this on the portal's own account."""
SOON = timedelta(minutes=2)
"""Nor more often than this when somebody asks."""
ROUND = 200
ROUND_SECONDS = 60
"""So many visits, or so long, one round takes: the worker has other things to do. The next goes on."""
logger = logging.getLogger(__name__)
OFF = Found(LinkState.BLOCKED, "Pemeriksaan tautan dimatikan di portal ini.")


def links() -> QuerySet[EvidenceRevision]:
    """The revisions whose address is worth a visit."""
    return EvidenceRevision.objects.exclude(url="").filter(purged_at=None, item__deleted_at=None)


def due(every: timedelta = EVERY) -> QuerySet[EvidenceRevision]:
    """Those not visited for so long, the longest unvisited first."""
    waiting = links().filter(Q(link_checked_at=None) | Q(link_checked_at__lte=timezone.now() - every))
    return waiting.order_by(F("link_checked_at").asc(nulls_first=True), "pk")


def ring(revision: EvidenceRevision) -> None:
    """Have the worker visit this link soon, once the transaction is through. A lost bell waits for the round."""
    if revision.url:
        transaction.on_commit(partial(bell.ring, "evidence.tasks.check_link", str(revision.pk)))


def ask_again(revision: EvidenceRevision) -> bool:
    """Ring once more; False when there is no address, or the last visit was a moment ago."""
    if not due(SOON).filter(pk=revision.pk).exists():
        return False
    ring(revision)
    return True


def check(pk: Any, *, every: timedelta = SOON, look: Callable[[str], Found] = visit) -> LinkState | None:
    """Visit a link and write down what was found; None when another worker has it, or it was visited a moment ago.

    The claim is the date: whoever moves it on makes the visit. A worker that dies has it visited a day later.
    """
    revision = due(every).select_related("item").filter(pk=pk).first()
    if revision is None:
        return None
    claimed = timezone.now()
    mine = EvidenceRevision.objects.filter(pk=pk, link_checked_at=revision.link_checked_at)
    if not mine.update(link_checked_at=claimed):
        return None
    found = look(revision.url) if settings.LINK_CHECKS else OFF
    with transaction.atomic():
        still_mine = EvidenceRevision.objects.filter(pk=pk, link_checked_at=claimed, purged_at=None)
        if not still_mine.update(link_state=found.state, link_note=found.note, link_checked_at=timezone.now()):
            return None
        if found.state != revision.link_state and found is not OFF:
            record(
                "link_checked",
                by=None,
                subject=f"evidence:{revision.item_id}",
                region=revision.item.region_id,
                before={"state": revision.link_state},
                after={"state": found.state, "note": found.note},
            )
    return found.state


def check_due(look: Callable[[str], Found] = visit) -> int:
    """One round over the links that are due; how many were visited."""
    began, done = time.monotonic(), 0
    for pk in list(due().values_list("pk", flat=True)[:ROUND]):
        if time.monotonic() - began > ROUND_SECONDS:
            break
        done += check(pk, every=EVERY, look=look) is not None
    return done
