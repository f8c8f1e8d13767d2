"""Totals of the scored stages: stored when a stage closes, recomputed and compared, mended with a reason."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from evaluations.enums import DRAFTING, SCORED, Stage
from evaluations.models import Answer, Cycle, Evaluation, StageTotal
from evaluations.queries import national
from evaluations.queries.scorecard import Facts, card_of, facts
from evaluations.queries.stagewise import figures, is_closed, stages_reached
from evaluations.scoring import Figures
from evaluations.services.locks import locked
from evaluations.stages import Step
from trail.services.events import record

REASON = "Dihitung ulang dari jawaban dan putusan yang tersimpan."


def closes(step: Step) -> Stage | None:
    """The scored stage that a step closes, if any. Handing in and calling back close none: only submitting ends the
    self-assessment, so that what is stored is what the province gets."""
    if step.target in DRAFTING:
        return None
    return Stage.SELF_ASSESSMENT if step.source in DRAFTING else step.source


def store(known: Facts, stage: Stage) -> Figures:
    """Keep what the stage gives. Call it in the transaction that closes the stage, with the evaluation held.

    A stage that closes again, should the order of stages ever allow it, replaces what it closed with.
    """
    found = figures(card_of(known, stage=stage), stage)
    _write(known.evaluation, stage, found)
    return found


def _write(evaluation: Evaluation, stage: str, found: Figures) -> None:
    StageTotal.objects.update_or_create(
        evaluation=evaluation, stage=stage, defaults=fields_of(found) | {"at": timezone.now()}
    )


def fields_of(found: Figures) -> dict[str, Any]:
    """The fields of a StageTotal; points inside JSON as decimal text, without trailing zeros."""
    return {
        "points": found.points,
        "claimed": found.claimed,
        "supported": found.supported,
        "predicate": found.predicate,
        "clusters": {
            code: {
                "points": _text(columns.scored),
                "claimed": _text(columns.claimed),
                "supported": _text(columns.supported),
            }
            for code, columns in found.clusters.items()
        },
    }


def _text(points: Decimal) -> str:
    exact = points.normalize()
    return f"{exact:f}" if exact else "0"


# --- recomputing ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Difference:
    """A stored total that is not what answers and verdicts give. `stored` None: never stored; `computed` None: stored
    although the stage has not closed. `reopened`: answers that were changed after the stage closed, which explains it.
    """

    evaluation: Evaluation
    stage: str
    stored: dict[str, Any] | None
    computed: dict[str, Any] | None
    reopened: tuple[str, ...] = ()

    @property
    def parts(self) -> list[str]:
        """Which fields differ."""
        if self.stored is None or self.computed is None:
            return []
        return [field for field, value in self.computed.items() if value != self.stored[field]]


@dataclass(slots=True)
class Comparison:
    """How many totals were compared, and those that differ; and the awards whose points or predicate are not those of
    the final stage, each with these; a predicate that was decided otherwise with a reason is none of them. An award is
    a decision: it is never mended here."""

    evaluations: int
    compared: int
    differences: list[Difference]
    awards: list[tuple[Evaluation, Figures]]

    @property
    def equal(self) -> int:
        return self.compared - len(self.differences)


def compare(evaluations: list[Evaluation] | None = None) -> Comparison:
    """Recompute the totals of closed stages and compare them with those stored; of all evaluations when none is named.

    The base is what is in the database now: the answers as they are, and of the verdicts those up to the stage.
    """
    found = Comparison(0, 0, [], [])
    for evaluation, stored, computed in _named(evaluations) if evaluations is not None else _all():
        found.evaluations += 1
        if evaluation.stage == Stage.AWARDED:
            final = computed[Stage.FINAL]
            as_computed = evaluation.awarded_predicate == final.predicate or evaluation.award_reason
            if evaluation.awarded_points != final.points or not as_computed:
                found.awards.append((evaluation, final))
        for stage in SCORED:
            closed = is_closed(evaluation.stage, stage)
            if not closed and stage not in stored:
                continue
            found.compared += 1
            difference = _difference(evaluation, stage, stored.get(stage), computed[stage] if closed else None)
            if difference:
                found.differences.append(difference)
    return found


_Row = tuple[Evaluation, dict[str, StageTotal], dict[str, Figures]]


def _named(evaluations: list[Evaluation]) -> Iterator[_Row]:
    for evaluation in evaluations:
        known = facts(evaluation, with_scores=True)
        stored = {row.stage: row for row in StageTotal.objects.filter(evaluation=evaluation)}
        reached = stages_reached(evaluation.stage)
        yield evaluation, stored, {stage: figures(card_of(known, stage=stage), stage) for stage in reached}


def _all() -> Iterator[_Row]:
    for cycle in Cycle.objects.select_related("instrument").order_by("pk"):
        stored: dict[UUID, dict[str, StageTotal]] = defaultdict(dict)
        for row in StageTotal.objects.filter(evaluation__cycle=cycle):
            stored[row.evaluation_id][row.stage] = row
        for total in national.totals(cycle):
            yield total.evaluation, stored.get(total.evaluation.pk, {}), dict(total.stages)


def _difference(
    evaluation: Evaluation, stage: str, stored: StageTotal | None, computed: Figures | None
) -> Difference | None:
    there = None if stored is None else {field: getattr(stored, field) for field in FIELDS}
    right = None if computed is None else fields_of(computed)
    if there == right:
        return None
    found = Difference(evaluation, stage, there, right)
    if stored is None or right is None:
        return found
    changed = Answer.objects.filter(evaluation=evaluation, updated_at__gt=stored.at)
    codes = changed.order_by("question__position", "pk").values_list("question__code", flat=True)
    return Difference(evaluation, stage, there, right, tuple(codes))


FIELDS = ("points", "claimed", "supported", "predicate", "clusters")


@transaction.atomic
def mend(evaluation_id: UUID, stage: str, *, reason: str, by: Any = None) -> Difference | None:
    """Store what answers and verdicts give now, recorded with the reason. Returns what was mended; None if nothing was.

    A total whose answers were changed after the stage closed is left: it says what stood then.
    """
    evaluation = locked(evaluation_id)
    known = facts(evaluation, with_scores=True)
    closed = is_closed(evaluation.stage, stage)
    computed = figures(card_of(known, stage=stage), stage) if closed else None
    stored = StageTotal.objects.filter(evaluation=evaluation, stage=stage).first()
    found = _difference(evaluation, stage, stored, computed)
    if found is None or found.reopened:
        return None
    if computed is not None:
        _write(evaluation, stage, computed)
    elif stored is not None:
        stored.delete()
    record(
        "evaluation.recompute",
        by=by,
        subject=evaluation.subject,
        detail=stage,
        region=evaluation.region_id,
        before=found.stored,
        after=found.computed,
        reason=reason,
    )
    return found
