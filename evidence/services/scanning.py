"""From inspected to clean or quarantined: what the scanner says of a file. Without its word a file waits."""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from evidence import clamd, store
from evidence.bucket import Away
from evidence.enums import FileState
from evidence.models import StoredFile
from trail.services import bell
from trail.services.events import record

OVERDUE = timedelta(seconds=20)
"""A file that has waited longer has lost its bell, or the scanner was away."""
ROUND_SECONDS = 120
"""How long one round over the waiting files may take; the next one goes on."""
logger = logging.getLogger(__name__)


def first_state() -> FileState:
    """Of a file that has passed the inspection: without a scanner that is all there is to pass."""
    return FileState.INSPECTED if settings.CLAMD_SOCKET else FileState.CLEAN


def ring(sha256: str) -> None:
    """Have the worker scan this file soon. A bell that is lost is no disaster: `scan_waiting` finds the row."""
    bell.ring("evidence.tasks.scan_file", sha256)


def scan(sha256: str) -> FileState | None:
    """Scan a waiting file and write down what came of it; None when it does not wait (any more).

    Two at a time do no harm: the first verdict stays. Raises clamd.Unscanned, then the file still waits.
    """
    stored = StoredFile.objects.filter(pk=sha256, state=FileState.INSPECTED).first()
    if stored is None:
        return None
    address = settings.CLAMD_SOCKET
    scanner, finding = "", ""
    if address:
        scanner = clamd.version(address)
        try:
            with store.open_bytes(sha256) as file:
                finding = clamd.scan(address, file)
        except FileNotFoundError as fault:
            raise clamd.Unscanned("the archive lacks it") from fault
        except Away as fault:
            raise clamd.Unscanned("the object store is away") from fault
    state = FileState.QUARANTINED if finding else FileState.CLEAN
    with transaction.atomic():
        waiting = StoredFile.objects.filter(pk=sha256, state=FileState.INSPECTED)
        if not waiting.update(
            state=state,
            scanner=scanner[:80],
            scanned_at=timezone.now() if address else None,
            finding=finding[:120],
        ):
            return None
        if finding:
            record(
                "file_quarantined",
                by=None,
                subject=f"file:{sha256[:32]}",
                after={"sha256": sha256, "finding": finding, "scanner": scanner},
            )
    if finding:
        logger.warning("%s is quarantined: %s found %s", sha256, scanner, finding)
    return state


def scan_waiting() -> int:
    """Scan what has waited too long, oldest first; how many got a verdict. A scanner that is away ends the round."""
    began, done = time.monotonic(), 0
    waiting = StoredFile.objects.filter(state=FileState.INSPECTED, created_at__lt=timezone.now() - OVERDUE)
    for sha256 in list(waiting.order_by("created_at", "pk").values_list("pk", flat=True)[:1000]):
        if time.monotonic() - began > ROUND_SECONDS:
            break
        try:
            done += scan(sha256) is not None
        except clamd.NoScanner as fault:
            logger.error("files wait for the scanner: %s", fault)
            break
        except clamd.Unscanned as fault:
            logger.error("%s could not be scanned: %s", sha256, fault)
    return done
