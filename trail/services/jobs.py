"""The life of a Job: asked for, claimed under a lease, renewed, finished or failed, tried again."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from trail.models import Job, JobState
from trail.services import bell

LEASE = timedelta(seconds=120)
OVERDUE = timedelta(seconds=30)  # a queued job older than this has lost its bell


def enqueue(kind: str, key: str, *, by: Any, payload: dict[str, Any] | None = None) -> Job:
    """The job with this key, asked for now if there was none, or again if it had failed.

    `kind` is the name of the Celery task, which takes the job's id. Asking twice makes one job.
    """
    with transaction.atomic():
        job, fresh = Job.objects.get_or_create(
            key=key, defaults={"kind": kind, "payload": payload or {}, "requested_by": by}
        )
        if fresh:
            transaction.on_commit(lambda: ring(job))
    if not fresh and job.state_at(timezone.now()) == JobState.FAILED:
        retry(job)
    return job


def ring(job: Job) -> None:
    """Tell the workers. A broker that does not answer is no disaster: `ring_again` finds the row."""
    bell.ring(job.kind, str(job.pk))


def retry(job: Job) -> bool:
    """Queue a failed job (or one whose worker died) once more. False if it is not failed any more."""
    now = timezone.now()
    dead = Q(state=JobState.FAILED) | Q(state=JobState.RUNNING, lease_until__lte=now)
    with transaction.atomic():
        asked = Job.objects.filter(dead, pk=job.pk).update(
            state=JobState.QUEUED, queued_at=now, progress=0, step="", error="", lease_until=None, finished_at=None
        )
        if asked:
            transaction.on_commit(lambda: ring(job))
    job.refresh_from_db()
    return bool(asked)


def claim(job_id: str, lease: timedelta = LEASE) -> Job | None:
    """Take a queued job; None if another worker has it or it is over. Of any number of rivals one wins."""
    taken = Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING, lease_until=timezone.now() + lease, attempts=F("attempts") + 1
    )
    return Job.objects.get(pk=job_id) if taken else None


def _mine(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)


def beat(job: Job, *, progress: int, step: str, lease: timedelta = LEASE) -> bool:
    """Renew the lease and say how far it is (0..100). False when the job is no longer this worker's: stop then."""
    return bool(_mine(job).update(lease_until=timezone.now() + lease, progress=progress, step=step))


def finish(job: Job) -> bool:
    """The work is done and stored. False when somebody else holds the job by now."""
    return bool(_mine(job).update(state=JobState.DONE, progress=100, step="", finished_at=timezone.now()))


def fail(job: Job, reason: str) -> bool:
    """The work ended in `reason`, a plain Indonesian sentence for the screen."""
    return bool(_mine(job).update(state=JobState.FAILED, error=reason[:400], finished_at=timezone.now()))


def ring_overdue() -> int:
    """Ring again for every job still queued that has waited too long; returns how many."""
    waiting = Job.objects.filter(state=JobState.QUEUED, queued_at__lt=timezone.now() - OVERDUE)
    for job in waiting:
        ring(job)
    return len(waiting)
