"""The worker's side: print one report. Thin, and safe to run twice."""

import logging
import threading
from datetime import timedelta
from io import BytesIO
from types import TracebackType

import pikepdf
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, connection

from reports import document, store
from reports.models import Report
from trail.models import Job
from trail.services import jobs

# `document` brings WeasyPrint with it: 1.7 s that the worker spends when it starts and not on the first report.

logger = logging.getLogger(__name__)
SOFT_LIMIT, HARD_LIMIT = 240, 270  # seconds
TOO_LONG = (
    "Penyusunan laporan melebihi batas waktu 4 menit dan dihentikan. Silakan coba lagi pada saat yang lebih sepi."
)
BROKEN = "Laporan tidak dapat disusun karena gangguan pada portal. Silakan coba lagi; bila berulang, hubungi pengelola."


class LeaseLost(Exception):
    """Another worker holds the job by now, or the job is over."""


class Pace:
    """Says how far a job is and renews its lease meanwhile, so that only a dead worker loses it.

    Laying out one long document takes longer than a lease may last, so a thread renews it three times per lease.
    """

    def __init__(self, job: Job, *, lease: timedelta = jobs.LEASE) -> None:
        self._job, self._lease = job, lease
        self._now = (0, "")
        self._over, self._lost = threading.Event(), False
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def step(self, progress: int, words: str) -> None:
        """Show `progress` (0..100) and what is being done. Raises LeaseLost when the job is somebody else's."""
        if self._lost:
            raise LeaseLost
        if (progress, words) == self._now:
            return
        self._now = (progress, words)
        if not jobs.beat(self._job, progress=progress, step=words, lease=self._lease):
            raise LeaseLost

    def _renew(self) -> None:
        while not self._over.wait(self._lease.total_seconds() / 3):
            progress, words = self._now
            try:
                if not jobs.beat(self._job, progress=progress, step=words, lease=self._lease):
                    self._lost = True
                    return
            except DatabaseError:
                logger.exception("the lease of job %s could not be renewed; trying again", self._job.pk)
            finally:
                connection.close()

    def __enter__(self) -> "Pace":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, where: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(timeout=10)


@shared_task(name="reports.tasks.render_report", soft_time_limit=SOFT_LIMIT, time_limit=HARD_LIMIT)
def render_report(job_id: str) -> None:
    """Print the report of this job from its frozen payload.

    Delivered twice, or to two workers at once, one claims the job and the other goes home; whatever happens to the one,
    the job ends as done or with a stated failure that can be tried again.
    """
    job = jobs.claim(job_id)
    if job is None:
        return
    try:
        with Pace(job) as pace:
            _print(job, pace)
    except LeaseLost:
        logger.warning("job %s was taken over; this printing ends without a trace", job_id)
    except SoftTimeLimitExceeded:
        logger.warning("job %s took longer than %s seconds", job_id, SOFT_LIMIT)
        jobs.fail(job, TOO_LONG)
    except Exception:  # whatever it was: the person who waits is told, and the worker goes on
        logger.exception("job %s failed", job_id)
        jobs.fail(job, BROKEN)


def _print(job: Job, pace: Pace) -> None:
    pace.step(5, "Menyiapkan isi")
    report = Report.objects.get(job=job)
    if not store.backend().exists(report.file_name):  # a worker may have died between file and record
        data = document.print_pdf(report.payload, report.fingerprint, on_step=pace.step)
        pace.step(95, "Menyimpan")
        store.put(report.file_name, data)
    with store.backend().open(report.file_name) as file, pikepdf.open(BytesIO(file.read())) as pdf:
        pages = len(pdf.pages)
    Report.objects.filter(pk=report.pk).update(pages=pages)
    jobs.finish(job)
