"""Who may have a report made, and who may read one that was made. Decisions carry the reason for the screen."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from evaluations import permissions as work
from evaluations.models import Evaluation
from kla_portal.lib.decision import ALLOW, Decision, deny
from reports import store
from reports.models import Report
from trail.models import JobState


def can_list_reports(user: Any, evaluation: Evaluation) -> Decision:
    """Reports hold the answers, so the list is for those who read the answers."""
    return work.can_read_answers(user, evaluation)


def can_request_report(user: Any, evaluation: Evaluation) -> Decision:
    """Whoever reads the answers may print what they read; evaluated scores come along only if they read those too."""
    return work.can_read_answers(user, evaluation)


def can_read_report(user: Any, report: Report) -> Decision:
    """Whoever may read today what the report says, and might have read it when its content was frozen.

    The second half keeps a region's draft from a judge who sees the evaluation only since it was submitted, and a
    judge's intermediate verdicts from the region that reads the final ones.
    """
    reads = work.can_read_scores if report.with_scores else work.can_read_answers
    if not (today := reads(user, report.evaluation)):
        return today
    then = copy(report.evaluation)
    then.stage = report.stage
    return reads(user, then)


def can_retry_report(user: Any, report: Report) -> Decision:
    """Whoever reads it, once the printing has failed or the printed file is gone."""
    if not (read := can_read_report(user, report)):
        return read
    if report.state != JobState.FAILED and not store.lost(report):
        return deny("Pencetakan laporan ini tidak gagal, jadi tidak ada yang perlu diulang.")
    return ALLOW


def readable(user: Any, reports: Iterable[Report]) -> list[Report]:
    """Those of one evaluation's reports that `can_read_report` allows, asked once per kind of report."""
    answers: dict[tuple[str, bool], bool] = {}
    kept = []
    for report in reports:
        kind = (report.stage, report.with_scores)
        if kind not in answers:
            answers[kind] = bool(can_read_report(user, report))
        if answers[kind]:
            kept.append(report)
    return kept
