"""A report is asked for, and asked for again when the printing failed."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluations.models import Evaluation
from kla_portal.lib.decision import require
from reports import payload, permissions, store
from reports.edition import edition
from reports.models import Report
from trail.models import Job, JobState
from trail.services import jobs
from trail.services.events import record

TASK = "reports.tasks.render_report"
GONE = "Berkas laporan tidak ada lagi di penyimpanan."


@transaction.atomic
def request_report(evaluation: Evaluation, by: Any) -> Report:
    """The report of what `by` may read of `evaluation` now, printed by the worker.

    Content that has been asked for before gives the same report and the same file, and nothing is printed again, unless
    the printing failed or the file is gone. `evaluation` comes with its region and its cycle's instrument.
    Raises PermissionDenied.
    """
    require(permissions.can_request_report(by, evaluation))
    content = payload.frozen(payload.build(evaluation, by))
    mark = payload.fingerprint(content, edition())
    job = jobs.enqueue(TASK, f"report:{mark}", by=by)
    report, fresh = Report.objects.get_or_create(
        evaluation=evaluation,
        fingerprint=mark,
        defaults={
            "payload": content,
            "stage": evaluation.stage,
            "with_scores": content["audience"]["scores"],
            "job": job,
            "requested_by": by,
        },
    )
    if not fresh and store.lost(report):
        _own_up(report)
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
        _own_up(report)
    if jobs.retry(report.job):
        _record("report.retry", report, by, after={"report": str(report.pk), "lost": lost})
    return report


def _own_up(report: Report) -> None:
    """State as failed a printed report whose file somebody removed, which is what `jobs.retry` takes up."""
    Job.objects.filter(pk=report.job_id, state=JobState.DONE).update(
        state=JobState.FAILED, error=GONE, finished_at=timezone.now()
    )
    report.job.refresh_from_db()


def _record(action: str, report: Report, by: Any, after: dict[str, Any]) -> None:
    evaluation = report.evaluation
    record(action, by=by, subject=evaluation.subject, region=evaluation.region_id, after=after)
