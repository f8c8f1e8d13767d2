"""Opening a cycle, enrolling regions, allotting evaluators."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from accounts.enums import Role
from clusters.enums import Granularity
from clusters.models import Instrument, Question
from evaluations import permissions
from evaluations.enums import ORDER
from evaluations.models import Allotment, Answer, Cycle, Evaluation, StageWindow
from evaluations.services import telling
from evaluations.services.assignments import deal
from evaluations.services.locks import locked
from kla_portal.lib.decision import deny, require
from kla_portal.lib.versions import Stale
from regions.models import Region
from trail.services.events import record

Windows = dict[str, tuple[datetime, datetime]]
"""By stage: when it opens and when it closes."""


@transaction.atomic
def create_cycle(
    *,
    name: str,
    data_years: Sequence[int],
    instrument: Instrument,
    windows: Windows,
    by: Any,
) -> Cycle:
    """A new cycle with the planned window of each stage. Only a published instrument that has
    questions can be asked.

    Raises PermissionDenied unless `by` is a national admin.
    """
    require(permissions.can_manage_cycles(by))
    if instrument.state != "published":
        require(deny("Instrumen ini masih draf. Terbitkan dahulu."))
    if instrument.granularity != Granularity.QUESTIONS:
        require(deny("Instrumen ini hanya diketahui sampai klaster dan tidak memuat pertanyaan untuk dijawab."))
    cycle = Cycle.objects.create(name=name, data_years=list(data_years), instrument=instrument)
    StageWindow.objects.bulk_create(
        StageWindow(cycle=cycle, stage=stage, opens_at=opens, closes_at=closes)
        for stage, (opens, closes) in windows.items()
    )
    record("cycle.create", by=by, subject=f"cycle:{cycle.pk}", after={"name": name, "data_years": list(data_years)})
    return cycle


@transaction.atomic
def plan_windows(cycle: Cycle, windows: Windows, *, seen: str | None = None, by: Any) -> None:
    """Set the window of each stage, in place of those there are; a stage that is not named has none and stays open.
    It holds at once for every region of the cycle; extensions stay.

    `seen` is the `planned` of what the page showed; None: whatever is there. Saving what is stored changes nothing.
    Raises PermissionDenied unless `by` is a national admin, Stale when somebody else has set it since.
    """
    require(permissions.can_manage_cycles(by))
    cycle = Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
    stored = windows_of(cycle)
    if stored == windows:
        return
    if seen is not None and seen != planned(stored):
        raise Stale(cycle)
    cycle.windows.all().delete()
    StageWindow.objects.bulk_create(
        StageWindow(cycle=cycle, stage=stage, opens_at=opens, closes_at=closes)
        for stage, (opens, closes) in windows.items()
    )
    record("cycle.plan", by=by, subject=f"cycle:{cycle.pk}", before=_in_words(stored), after=_in_words(windows))


def windows_of(cycle: Cycle) -> Windows:
    """What is planned. One query."""
    return {row.stage: (row.opens_at, row.closes_at) for row in cycle.windows.all()}


def planned(windows: Windows) -> str:
    """The windows as a form carries them, to tell whether somebody else has set them meanwhile."""
    return ";".join(f"{stage}:{opens}/{closes}" for stage, (opens, closes) in _in_words(windows).items())


def _in_words(windows: Windows) -> dict[str, list[str]]:
    """By stage, in the order of the stages: when it opens and closes, ISO 8601 in UTC."""
    return {stage: [edge.astimezone(UTC).isoformat() for edge in windows[stage]] for stage in ORDER if stage in windows}


@transaction.atomic
def enrol(cycle: Cycle, regions: Iterable[Region], *, by: Any) -> list[Evaluation]:
    """An evaluation for each region that has none in this cycle yet: every question gets its empty answer, and its
    owners become assignments wherever the region has an agency of that kind (the first of them leads).

    Returns the evaluations made. The cycle is held, so that of two who enrol the same region the second finds it there.
    Raises PermissionDenied unless `by` is a national admin.
    """
    cycle = Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
    require(permissions.can_manage_cycles(by))
    questions = list(Question.objects.filter(instrument=cycle.instrument_id).order_by("position"))
    there = set(Evaluation.objects.filter(cycle=cycle).values_list("region_id", flat=True))
    made = []
    for region in regions:
        if region.pk in there:
            continue
        evaluation = Evaluation.objects.create(cycle=cycle, region=region)
        Answer.objects.bulk_create(Answer(evaluation=evaluation, question=question) for question in questions)
        deal(evaluation, questions)
        made.append(evaluation)
    for evaluation in made:  # last: while a whole province is written, everybody else's Events go on
        record(
            "evaluation.create", by=by, subject=evaluation.subject, region=evaluation.region_id,
            after={"cycle": cycle.name},
        )  # fmt: skip
    return made


@transaction.atomic
def allot(evaluation: Evaluation, evaluator: Any, *, by: Any) -> None:
    """Give an evaluation to an evaluator of the ministry. Allotting twice changes nothing."""
    evaluation = locked(evaluation.pk)
    require(permissions.can_manage_cycles(by))
    if not evaluator.memberships.current().filter(role=Role.EVALUATOR).exists():
        require(deny(f"{evaluator} bukan evaluator kementerian."))
    given, fresh = Allotment.objects.get_or_create(evaluation=evaluation, evaluator=evaluator)
    if fresh:
        telling.allotted(evaluation, evaluator, key=str(given.pk), by=by)
        record(
            "evaluation.allot", by=by, subject=evaluation.subject, region=evaluation.region_id,
            after={"evaluator": str(evaluator)},
        )  # fmt: skip


@transaction.atomic
def withdraw_allotment(evaluation: Evaluation, evaluator: Any, *, by: Any) -> None:
    """Take an evaluation from an evaluator. What they scored stays."""
    evaluation = locked(evaluation.pk)
    require(permissions.can_manage_cycles(by))
    if Allotment.objects.filter(evaluation=evaluation, evaluator=evaluator).delete()[0]:
        record(
            "evaluation.withdraw_allotment", by=by, subject=evaluation.subject, region=evaluation.region_id,
            before={"evaluator": str(evaluator)},
        )  # fmt: skip
