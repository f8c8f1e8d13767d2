"""The worker's side: print one report, make one package. Thin, and safe to run twice."""

import errno
import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from types import TracebackType

import pikepdf
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, connection, transaction

from accounts.models import Membership
from evaluations.services import telling
from kla_portal.lib.decision import Decision
from reports import document, letters, packages_content, packages_making, permissions, services, store
from reports.models import Letter, Package, Report
from trail.models import Job
from trail.services import jobs

# `document` brings WeasyPrint with it: 1.7 s that the worker spends when it starts and not on the first report.

logger = logging.getLogger(__name__)
SOFT_LIMIT, HARD_LIMIT = 240, 270  # seconds
TOO_LONG = (
    "Penyusunan laporan melebihi batas waktu 4 menit dan dihentikan. Silakan coba lagi pada saat yang lebih sepi."
)
BROKEN = "Laporan tidak dapat disusun karena gangguan pada portal. Silakan coba lagi; bila berulang, hubungi pengelola."

PACKAGE_SOFT, PACKAGE_HARD = 3600, 3660
PACKAGE_TOO_LONG = "Pembuatan paket melebihi batas waktu 1 jam dan dihentikan. Buat paket per klaster."
PACKAGE_BROKEN = "Paket tidak dapat dibuat karena gangguan pada portal. Coba lagi; bila berulang, hubungi pengelola."
LETTER_BROKEN = "Surat tidak dapat disusun karena gangguan pada portal. Coba lagi; bila berulang, hubungi pengelola."
NO_SPACE = "Ruang penyimpanan portal tidak cukup untuk paket ini. Buat paket yang lebih kecil, atau hubungi pengelola."


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
    _worked(job_id, _print, too_long=TOO_LONG, broken=BROKEN)


@shared_task(name="reports.tasks.make_package", soft_time_limit=PACKAGE_SOFT, time_limit=PACKAGE_HARD)
def make_package(job_id: str) -> None:
    """Put the documents of this job's package into its ZIP, as far as its asker may still have them."""
    _worked(job_id, _pack, too_long=PACKAGE_TOO_LONG, broken=PACKAGE_BROKEN)


@shared_task(name="reports.tasks.print_letter", soft_time_limit=SOFT_LIMIT, time_limit=HARD_LIMIT)
def print_letter(job_id: str) -> None:
    """Print the request letter of this job from its frozen payload."""
    _worked(job_id, _print_letter, too_long=TOO_LONG, broken=LETTER_BROKEN)


@shared_task(name="reports.tasks.sweep_packages", ignore_result=True)
def sweep_packages() -> None:
    """Every hour (settings.CELERY_BEAT_SCHEDULE): packages whose time is over."""
    services.sweep_packages()


def _worked(job_id: str, work: Callable[[Job, Pace], Decision | None], *, too_long: str, broken: str) -> None:
    """Do `work` for one job, if nobody else does. It ends the job itself, or returns why it may not be done."""
    job = jobs.claim(job_id)
    if job is None:
        return
    try:
        with Pace(job) as pace:
            refused = work(job, pace)
        if refused is not None:
            jobs.fail(job, refused.reason)
    except LeaseLost:
        logger.warning("job %s was taken over; this one ends without a trace", job_id)
    except SoftTimeLimitExceeded:
        logger.warning("job %s took too long", job_id)
        jobs.fail(job, too_long)
    except Exception as fault:  # whatever it was: the person who waits is told, and the worker goes on
        logger.exception("job %s failed", job_id)
        full = isinstance(fault, OSError) and fault.errno in {errno.ENOSPC, errno.EDQUOT}
        jobs.fail(job, NO_SPACE if full and work is _pack else broken)


def _print(job: Job, pace: Pace) -> None:
    pace.step(5, "Menyiapkan isi")
    report = Report.objects.select_related("evaluation__region", "evaluation__cycle").get(job=job)
    if not store.backend().exists(report.file_name):  # a worker may have died between file and record
        stood = (report.trail_seq, report.trail_digest)
        data = document.print_pdf(report.payload, report.fingerprint, trail=stood, on_step=pace.step)
        pace.step(95, "Menyimpan")
        store.put(report.file_name, data)
    with store.backend().open(report.file_name) as file, pikepdf.open(BytesIO(file.read())) as pdf:
        pages = len(pdf.pages)
    Report.objects.filter(pk=report.pk).update(pages=pages)
    _finish(job, f"Laporan {report.evaluation} siap diunduh", report.get_absolute_url())


def _print_letter(job: Job, pace: Pace) -> None:
    pace.step(10, "Menyusun halaman")
    letter = Letter.objects.filter(job=job).order_by("created_at", "pk")[0]
    if not store.backend().exists(letter.file_name):
        data = letters.print_pdf(letter.payload, letter.kind)
        pace.step(90, "Menyimpan")
        store.put(letter.file_name, data)
    _finish(job, f"{letter} siap diunduh", letter.get_absolute_url())


def _pack(job: Job, pace: Pace) -> Decision | None:
    pace.step(2, "Menyiapkan daftar")
    package = Package.objects.select_related("evaluation__region", "evaluation__cycle", "requested_by").get(job=job)
    asker = package.requested_by
    asker.acting = Membership.objects.current().select_related("agency").filter(pk=package.membership_id).first()
    if not (right := permissions.can_read_package(asker, package)):
        return right
    made = packages_making.make(package, packages_content.standing_now(package, asker), pace.step)
    Package.objects.filter(pk=package.pk).update(
        entries=[entry.stored() for entry in made.entries], files=made.files, size=made.size, sha256=made.sha256
    )
    _finish(job, f"Paket data dukung {package.evaluation} siap diunduh", package.get_absolute_url())
    return None


def _finish(job: Job, title: str, url: str) -> None:
    """It is done, and whoever asked for it is told, for they may have gone on with something else meanwhile."""
    with transaction.atomic():
        if jobs.finish(job) and job.requested_by is not None:
            telling.made(job.requested_by, title=title, url=url, key=str(job.pk))
