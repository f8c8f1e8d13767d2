"""The worker's side: thin, and safe to run twice."""

from celery import shared_task

from evidence.services.sweeping import sweep


@shared_task(ignore_result=True)
def sweep_archive() -> None:
    """Every hour (settings.CELERY_BEAT_SCHEDULE): litter of cut uploads, and bytes without a row."""
    sweep()
