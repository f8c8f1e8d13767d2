from celery import shared_task

from trail.services import jobs


@shared_task
def ring_again() -> int:
    """Every half minute: jobs whose bell was lost (broker down, worker killed before it began)."""
    return jobs.ring_overdue()
