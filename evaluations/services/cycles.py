"""Opening a cycle, enrolling regions, allotting evaluators."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.enums import Role
from clusters.models import Instrument, Question
from evaluations import permissions
from evaluations.models import Allotment, Answer, Assignment, Cycle, Evaluation, StageWindow
from kla_portal.lib.decision import deny, require
from regions.models import Agency, Region
from trail.services.events import record


@transaction.atomic
def create_cycle(
    *,
    name: str,
    data_years: Sequence[int],
    instrument: Instrument,
    windows: dict[str, tuple[datetime, datetime]],
    by: Any,
) -> Cycle:
    """A new cycle with the planned window of each stage. Only a published instrument can be asked.

    Raises PermissionDenied unless `by` is a national admin.
    """
    require(permissions.can_manage_cycles(by))
    if instrument.state != "published":
        require(deny("Instrumen ini masih draf. Terbitkan dahulu."))
    cycle = Cycle.objects.create(name=name, data_years=list(data_years), instrument=instrument)
    StageWindow.objects.bulk_create(
        StageWindow(cycle=cycle, stage=stage, opens_at=opens, closes_at=closes)
        for stage, (opens, closes) in windows.items()
    )
    record("cycle.create", by=by, subject=f"cycle:{cycle.pk}", after={"name": name, "data_years": list(data_years)})
    return cycle


@transaction.atomic
def enrol(cycle: Cycle, regions: Iterable[Region], *, by: Any) -> list[Evaluation]:
    """An evaluation for each region that has none in this cycle yet: every question gets its empty answer, and its
    owners become assignments wherever the region has an agency of that kind (the first of them leads).

    Returns the evaluations made. Raises PermissionDenied unless `by` is a national admin.
    """
    require(permissions.can_manage_cycles(by))
    questions = list(Question.objects.filter(instrument=cycle.instrument_id).order_by("position"))
    there = set(Evaluation.objects.filter(cycle=cycle).values_list("region_id", flat=True))
    made = []
    for region in regions:
        if region.pk in there:
            continue
        evaluation = Evaluation.objects.create(cycle=cycle, region=region)
        Answer.objects.bulk_create(Answer(evaluation=evaluation, question=question) for question in questions)
        _assign(evaluation, questions)
        record("evaluation.create", by=by, subject=evaluation.subject, region=region.pk, after={"cycle": cycle.name})
        made.append(evaluation)
    return made


def _assign(evaluation: Evaluation, questions: list[Question]) -> None:
    agencies: dict[str, Agency] = {}
    for agency in Agency.objects.filter(region=evaluation.region_id).order_by("-pk"):
        agencies[agency.kind] = agency
    Assignment.objects.bulk_create(
        Assignment(evaluation=evaluation, question=question, agency=agency, is_lead=place == 0)
        for question in questions
        for place, agency in enumerate(agencies[kind] for kind in question.owners if kind in agencies)
    )


@transaction.atomic
def fill_assignments(evaluation: Evaluation, *, by: Any) -> int:
    """Give questions nobody holds to agencies that the region has entered since. Returns how many were given."""
    require(permissions.can_assign(by, evaluation))
    before = Assignment.objects.filter(evaluation=evaluation).count()
    taken = Assignment.objects.filter(evaluation=evaluation).values("question")
    _assign(evaluation, list(Question.objects.filter(instrument=evaluation.cycle.instrument_id).exclude(pk__in=taken)))
    given = Assignment.objects.filter(evaluation=evaluation).count() - before
    if given:
        record(
            "evaluation.assign", by=by, subject=evaluation.subject, region=evaluation.region_id, after={"given": given}
        )
    return given


@transaction.atomic
def allot(evaluation: Evaluation, evaluator: Any, *, by: Any) -> None:
    """Give an evaluation to an evaluator of the ministry. Allotting twice changes nothing."""
    require(permissions.can_manage_cycles(by))
    if not evaluator.memberships.current().filter(role=Role.EVALUATOR).exists():
        require(deny(f"{evaluator} bukan evaluator kementerian."))
    _, fresh = Allotment.objects.get_or_create(evaluation=evaluation, evaluator=evaluator)
    if fresh:
        record(
            "evaluation.allot", by=by, subject=evaluation.subject, region=evaluation.region_id,
            after={"evaluator": str(evaluator)},
        )  # fmt: skip


@transaction.atomic
def withdraw_allotment(evaluation: Evaluation, evaluator: Any, *, by: Any) -> None:
    """Take an evaluation from an evaluator. What they scored stays."""
    require(permissions.can_manage_cycles(by))
    if Allotment.objects.filter(evaluation=evaluation, evaluator=evaluator).delete()[0]:
        record(
            "evaluation.withdraw_allotment", by=by, subject=evaluation.subject, region=evaluation.region_id,
            before={"evaluator": str(evaluator)},
        )  # fmt: skip
