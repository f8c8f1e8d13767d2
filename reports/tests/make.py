"""Builders: a report, a letter and a package asked for, and those that are made."""

from copy import copy
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.models import Evaluation
from evaluations.queries import letters
from evaluations.tests.make import make_answer, make_evaluation
from regions.models import Agency
from reports import packages_content, services
from reports.enums import PackageScope
from reports.models import Letter, Package, Report
from reports.tasks import make_package, print_letter, render_report


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


def make_letter(*, evaluation: Evaluation, agency: Agency, by: Any = None, number: str = "") -> Letter:
    """Written by a coordinator of the region, whatever stage the evaluation has reached by now; not printed yet."""
    by = by or make_user(Role.COORDINATOR, evaluation.region)
    drafting = copy(evaluation)
    drafting.stage = Stage.SELF_ASSESSMENT
    today = timezone.localdate()
    until = today + timedelta(days=14)
    content = letters.letter(drafting, agency, by, number=number, until=until, today=today)
    content["address"] = "https://kla.contoh.id/evaluasi/"
    return services.request_letter(drafting, agency, content, until=until, by=by)


def make_printed_letter(**asked: Any) -> Letter:
    """The same, printed, as the worker would."""
    letter = make_letter(**asked)
    print_letter(str(letter.job_id))
    return Letter.objects.with_names().get(pk=letter.pk)


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
