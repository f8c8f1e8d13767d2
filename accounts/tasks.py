"""The worker's side: thin, and safe to run twice."""

from celery import shared_task

from accounts.services import digests


@shared_task(ignore_result=True)
def send_digests() -> None:
    """Every quarter of an hour (settings.CELERY_BEAT_SCHEDULE): in three zones it is seven at three hours."""
    digests.send_due()
