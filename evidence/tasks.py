"""The worker's side: thin, and safe to run twice."""

import logging

from celery import shared_task

from evidence import clamd
from evidence.services import linkchecks, scanning

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def scan_file(sha256: str) -> None:
    """Soon after a file has come in. What gets no verdict waits for `scan_waiting`."""
    try:
        scanning.scan(sha256)
    except clamd.Unscanned as fault:
        logger.warning("%s waits for its scan: %s", sha256, fault)


@shared_task(ignore_result=True)
def scan_waiting() -> None:
    """Every half minute (settings.CELERY_BEAT_SCHEDULE): files whose bell was lost or that met no scanner."""
    scanning.scan_waiting()


@shared_task(ignore_result=True)
def check_link(pk: str) -> None:
    """Soon after a link was added, or when somebody asks for another look."""
    linkchecks.check(pk)


@shared_task(ignore_result=True)
def check_links() -> None:
    """Every quarter of an hour (settings.CELERY_BEAT_SCHEDULE): links that nobody has visited for a day."""
    linkchecks.check_due()
