from celery import shared_task

from trail.services import jobs, mails


@shared_task
def ring_again() -> int:
    """Every half minute: jobs whose bell was lost (broker down, worker killed before it began)."""
    return jobs.ring_overdue()


@shared_task(ignore_result=True)
def send_mails(pk: str = "") -> None:
    """Soon after a message was queued; without `pk` every minute (settings.CELERY_BEAT_SCHEDULE): all that are due."""
    if pk:
        mails.send(pk)
    else:
        mails.send_due()
