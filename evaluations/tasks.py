"""The worker's side: thin, and safe to run twice."""

import logging

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from evaluations.services import batches, reminders
from evaluations.services.presence import sweep_presence
from evaluations.services.retention import purge_due
from evidence.services.sweeping import sweep
from trail.services import jobs

logger = logging.getLogger(__name__)
BATCH_SOFT, BATCH_HARD = 3600, 3660  # seconds
BATCH_TOO_LONG = "Sudah berjalan 1 jam dan dijeda. Lanjutkan: yang sudah dikerjakan tidak diulang."
BATCH_BROKEN = "Terhenti karena gangguan pada portal. Lanjutkan: yang sudah dikerjakan tidak diulang."


@shared_task(name=batches.TASK, soft_time_limit=BATCH_SOFT, time_limit=BATCH_HARD)
def run_batch(job_id: str) -> None:
    """What is left of a batch. Delivered twice, one claims the job and the other goes home."""
    job = jobs.claim(job_id)
    if job is None:
        return
    try:
        batches.run(job)
    except SoftTimeLimitExceeded:
        logger.warning("batch job %s took too long", job_id)
        jobs.fail(job, BATCH_TOO_LONG)
    except Exception:  # whatever it was: the person who waits is told, and the worker goes on
        logger.exception("batch job %s failed", job_id)
        jobs.fail(job, BATCH_BROKEN)


@shared_task(ignore_result=True)
def sweep_archive() -> None:
    """Every hour (settings.CELERY_BEAT_SCHEDULE): files whose time has come, then litter of cut uploads, files and
    bytes that nobody speaks of, pages drawn long ago."""
    purge_due()
    sweep()
    sweep_presence()


@shared_task(ignore_result=True)
def remind() -> None:
    """Every hour (settings.CELERY_BEAT_SCHEDULE), since midnight comes three times: what is due in 7, 3 and 1 days."""
    reminders.remind()
