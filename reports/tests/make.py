"""Builders: a report asked for, and one that is printed; a package asked for, and one that is made."""

from typing import Any

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.models import Evaluation
from evaluations.tests.make import make_answer, make_evaluation
from reports import packages_content, services
from reports.enums import PackageScope
from reports.models import Package, Report
from reports.tasks import make_package, render_report


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


def make_asked_package(
    *, evaluation: Evaluation, by: Any = None, scope: PackageScope = PackageScope.WHOLE, part: str = ""
) -> Package:
    """Asked for by a coordinator of the region unless somebody else is given; nothing is made yet."""
    by = by or make_user(Role.COORDINATOR, evaluation.region)
    offers = packages_content.offers(evaluation, by, scopes=list(PackageScope), agency=None)
    title = next((one.title for one in offers if (one.scope, one.part) == (scope, part)), "Kosong")
    return services.request_package(evaluation, scope, part, title, by)


def make_made_package(**asked: Any) -> Package:
    """The same, made, as the worker would."""
    package = make_asked_package(**asked)
    make_package(str(package.job_id))
    return Package.objects.select_related("job", "evaluation__region", "evaluation__cycle").get(pk=package.pk)
