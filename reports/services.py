"""A report or a package is asked for, and asked for again when the making failed."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluations import permissions as work
from evaluations.models import Evaluation
from kla_portal.lib.decision import require
from regions.models import Agency
from reports import letters, packages_content, payload, permissions, store
from reports.edition import edition
from reports.enums import LetterKind, PackageScope
from reports.models import Letter, Package, Report
from trail.models import Job, JobState
from trail.services import chain, jobs
from trail.services.events import record

TASK = "reports.tasks.render_report"
MAKING = "reports.tasks.make_package"
LETTER = "reports.tasks.print_letter"
GONE = "Berkas laporan tidak ada lagi di penyimpanan."
LETTER_GONE = "Berkas surat tidak ada lagi di penyimpanan."
PACKAGE_GONE = "Berkas paket tidak ada lagi di penyimpanan."
KEPT_FOR = timedelta(days=7)
PARTS_AFTER = timedelta(hours=6)
"""Longer than any task may run."""


@transaction.atomic
def request_report(evaluation: Evaluation, by: Any) -> Report:
    """The report of what `by` may read of `evaluation` now, printed by the worker.

    Content that has been asked for before gives the same report and the same file, and nothing is printed again, unless
    the printing failed or the file is gone. `evaluation` comes with its region and its cycle's instrument.
    Raises PermissionDenied.
    """
    require(permissions.can_request_report(by, evaluation))
    at = chain.head()
    content = payload.frozen(payload.build(evaluation, by))
    mark = payload.fingerprint(content, edition())
    job = jobs.enqueue(TASK, f"report:{mark}", by=by)
    report, fresh = Report.objects.get_or_create(
        evaluation=evaluation,
        fingerprint=mark,
        defaults={
            "payload": content,
            "stage": evaluation.stage,
            "trail_seq": at.seq,
            "trail_digest": at.digest,
            "with_scores": content["audience"]["scores"],
            "job": job,
            "requested_by": by,
        },
    )
    if not fresh and store.lost(report):
        _own_up(report.job, GONE)
        jobs.retry(report.job)
    _record("report.request", report, by, after={"report": str(report.pk), "fingerprint": mark, "fresh": fresh})
    return report


@transaction.atomic
def retry_report(report: Report, by: Any) -> Report:
    """Print a report that failed, or whose file is gone, once more from the same frozen content.

    Raises PermissionDenied when neither is so.
    """
    require(permissions.can_retry_report(by, report))
    if lost := store.lost(report):
        _own_up(report.job, GONE)
    if jobs.retry(report.job):
        _record("report.retry", report, by, after={"report": str(report.pk), "lost": lost})
    return report


@transaction.atomic
def request_package(evaluation: Evaluation, scope: PackageScope, part: str, title: str, by: Any) -> Package:
    """The documents of this scope that `by` may have now, put into a ZIP by the worker.

    The same documents asked for in the same role before give the same package, while it lasts. Raises PermissionDenied.
    """
    require(permissions.can_request_package(by, evaluation, scope, part))
    entries = packages_content.build(evaluation, by, scope, part)
    mark = packages_content.fingerprint(entries)
    now = timezone.now()
    same = Package.objects.filter(
        evaluation=evaluation, membership=by.acting.pk, requested_by=by, scope=scope, part=part, fingerprint=mark,
        expires_at__gt=now, swept_at=None,
    )  # fmt: skip
    package, fresh = same.select_related("job").first(), False
    if package is None:
        fresh, pk = True, uuid.uuid4()
        package = Package.objects.create(
            pk=pk, evaluation=evaluation, scope=scope, part=part, title=title[:200], fingerprint=mark,
            entries=[entry.stored() for entry in entries], job=jobs.enqueue(MAKING, f"package:{pk}", by=by),
            requested_by=by, membership=by.acting, created_at=now, expires_at=now + KEPT_FOR,
        )  # fmt: skip
    elif store.lost(package):
        _own_up(package.job, PACKAGE_GONE)
    if not fresh:
        jobs.retry(package.job)
    what = {"package": str(package.pk), "scope": scope, "part": part, "entries": len(entries), "fresh": fresh}
    record("package.request", by=by, subject=evaluation.subject, region=evaluation.region_id, after=what)
    return package


@transaction.atomic
def request_letter(evaluation: Evaluation, agency: Agency, content: dict[str, Any], *, until: date, by: Any) -> Letter:
    """The letter with this content (`evaluations.queries.letters.letter`, and `address`), printed by the worker.

    The same content is the same letter, printed once, unless the printing failed or the file is gone. Raises
    PermissionDenied.
    """
    require(work.can_ask_agency(by, evaluation))
    letter = _letter(evaluation, LetterKind.REQUEST, agency, content, until, by)
    what = {"letter": str(letter.pk), "agency": agency.pk, "until": until.isoformat(), "questions": content["count"]}
    record("letter.request", by=by, subject=evaluation.subject, region=evaluation.region_id, after=what)
    return letter


@transaction.atomic
def request_late_list(evaluation: Evaluation, content: dict[str, Any], *, day: date, by: Any) -> Letter:
    """The list of late agencies with this content (`evaluations.queries.late.content`), printed by the worker; the same
    content is the same list. Raises PermissionDenied.
    """
    require(work.can_read_late(by, evaluation))
    letter = _letter(evaluation, LetterKind.LATE, None, content, day, by)
    what = {"letter": str(letter.pk), "agencies": len(content["rows"]), "questions": content["questions"]}
    record("late_list.request", by=by, subject=evaluation.subject, region=evaluation.region_id, after=what)
    return letter


def _letter(
    evaluation: Evaluation, kind: LetterKind, agency: Agency | None, content: dict[str, Any], until: date, by: Any
) -> Letter:
    frozen = payload.frozen(content)
    mark = payload.fingerprint(frozen, letters.edition(kind))
    job = jobs.enqueue(LETTER, f"letter:{mark}", by=by)
    letter, fresh = Letter.objects.get_or_create(
        evaluation=evaluation, agency=agency, fingerprint=mark,
        defaults={"kind": kind, "payload": frozen, "until": until, "job": job, "requested_by": by},
    )  # fmt: skip
    if not fresh and store.lost(letter):
        _own_up(letter.job, LETTER_GONE)
        jobs.retry(letter.job)
    return letter


@transaction.atomic
def retry_package(package: Package, by: Any) -> Package:
    """Make a package that failed, or whose file is gone, once more from the same frozen list.

    Raises PermissionDenied when neither is so.
    """
    require(permissions.can_retry_package(by, package))
    if lost := store.lost(package):
        _own_up(package.job, PACKAGE_GONE)
    if jobs.retry(package.job):
        evaluation, after = package.evaluation, {"package": str(package.pk), "lost": lost}
        record("package.retry", by=by, subject=evaluation.subject, region=evaluation.region_id, after=after)
    return package


def sweep_packages(now: datetime | None = None) -> int:
    """Remove the files of packages whose time is over, and their lists; what was asked for, and when, stays. Removes
    what killed writers left in the store as well. Safe to repeat; returns how many packages."""
    now = now or timezone.now()
    over = list(Package.objects.filter(expires_at__lte=now, swept_at=None).only("pk"))
    for package in over:
        store.drop(package.file_name)
        Package.objects.filter(pk=package.pk).update(swept_at=now, entries=[])
    store.drop_parts(now - PARTS_AFTER)
    return len(over)


def _own_up(job: Job, words: str) -> None:
    """State as failed what was made and whose file somebody removed, which is what `jobs.retry` takes up."""
    Job.objects.filter(pk=job.pk, state=JobState.DONE).update(
        state=JobState.FAILED, error=words, finished_at=timezone.now()
    )
    job.refresh_from_db()


def _record(action: str, report: Report, by: Any, after: dict[str, Any]) -> None:
    evaluation = report.evaluation
    record(action, by=by, subject=evaluation.subject, region=evaluation.region_id, after=after)
