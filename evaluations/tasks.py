"""The worker's side: thin, and safe to run twice."""

from celery import shared_task

from evaluations.services.retention import purge_due
from evidence.services.sweeping import sweep


@shared_task(ignore_result=True)
def sweep_archive() -> None:
    """Every hour (settings.CELERY_BEAT_SCHEDULE): files whose time has come, then litter of cut uploads, files and
    bytes that nobody speaks of, pages drawn long ago."""
    purge_due()
    sweep()
