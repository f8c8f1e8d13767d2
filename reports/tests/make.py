"""Builders: a report asked for, and one that is printed."""

from typing import Any

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.models import Evaluation
from evaluations.tests.make import make_answer, make_evaluation
from reports import services
from reports.models import Report
from reports.tasks import render_report


def make_report(*, evaluation: Evaluation | None = None, by: Any = None) -> Report:
    """Asked for by a coordinator of the region unless somebody else is given; nothing is printed yet."""
    if evaluation is None:
        evaluation = make_evaluation()
        make_answer(evaluation=evaluation)
    return services.request_report(evaluation, by or make_user(Role.COORDINATOR, evaluation.region))


def make_printed_report(*, evaluation: Evaluation | None = None, by: Any = None) -> Report:
    """The same, printed, as the worker would."""
    report = make_report(evaluation=evaluation, by=by)
    render_report(str(report.job_id))
    return Report.objects.select_related("job", "evaluation").get(pk=report.pk)
