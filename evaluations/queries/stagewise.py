"""The score stage by stage: what each of the five scored stages gives, beside what was stored when it closed."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clusters import scoring
from evaluations import permissions
from evaluations.enums import DRAFTING, ORDER, SCORED, Stage, reached
from evaluations.models import Evaluation, StageTotal
from evaluations.queries.scorecard import Facts, Scorecard, Tally, card_of, facts
from evaluations.scoring import Columns, Figures


def stages_reached(stage: str) -> tuple[Stage, ...]:
    """The scored stages that an evaluation in `stage` is in or has been through, in order."""
    return tuple(each for each in SCORED if reached(stage, each))


def is_closed(stage: str, scored: str) -> bool:
    """Is the scored stage over for an evaluation in `stage`? The self-assessment ends when it is submitted.

    >>> is_closed(Stage.TASK_FORCE_REVIEW, Stage.SELF_ASSESSMENT), is_closed(Stage.AWARDED, Stage.FINAL)
    (False, True)
    """
    if scored == Stage.SELF_ASSESSMENT:
        return stage not in DRAFTING
    return ORDER.index(stage) > ORDER.index(scored)


def points_in(tally: Tally, stage: str) -> Decimal:
    """What the stage gives: the claim in the self-assessment, the verdicts afterwards."""
    return tally.claimed if stage == Stage.SELF_ASSESSMENT else tally.scored


def standing_in(card: Scorecard, stage: str) -> scoring.Standing:
    return card.standing_claimed if stage == Stage.SELF_ASSESSMENT else card.standing_scored


def figures(card: Scorecard, stage: str) -> Figures:
    """The figures of a card that was made as of `stage`."""
    return Figures(
        points_in(card.total, stage),
        card.total.claimed,
        card.total.supported,
        standing_in(card, stage).predicate.code,
        {
            row.cluster.code: Columns(row.tally.claimed, row.tally.supported, points_in(row.tally, stage))
            for row in card.clusters
        },
        standing_in(card, stage).sentence,
    )


@dataclass(frozen=True, slots=True)
class StageScore:
    """One stage: `card` is the whole score as of it, `change` the points against the stage before (None: the first).

    `stored` is what was kept when it closed, if it has closed and the reader may read it.
    """

    stage: Stage
    card: Scorecard
    closed: bool
    change: Decimal | None
    stored: StageTotal | None

    @property
    def points(self) -> Decimal:
        return points_in(self.card.total, self.stage)

    @property
    def total(self) -> Tally:
        return self.card.total

    @property
    def standing(self) -> scoring.Standing:
        return standing_in(self.card, self.stage)

    @property
    def clusters(self) -> list[Decimal]:
        """Points per cluster, in order."""
        return [points_in(row.tally, self.stage) for row in self.card.clusters]

    @property
    def moved(self) -> Decimal | None:
        """What was stored, where it is no longer what answers and verdicts give."""
        return self.stored.points if self.stored and self.stored.points != self.points else None


def stage_scores(evaluation: Evaluation, reader: Any, *, known: Facts | None = None) -> list[StageScore]:
    """The stages reached, in order, as far as `reader` may know them: of the judges' those whose verdicts they read.

    One or two queries beside those of `facts`, which may be handed in, read with the right that the reader has.
    """
    read = permissions.stages_read(reader, evaluation)
    if known is None:
        known = facts(evaluation, with_scores=bool(read), stages=read)
    stored = {row.stage: row for row in StageTotal.objects.filter(evaluation=evaluation)}
    shown = tuple(each for each in stages_reached(evaluation.stage) if each == SCORED[0] or each in read)
    return list(_scores(known, stored, shown))


def _scores(known: Facts, stored: dict[str, StageTotal], stages: tuple[Stage, ...]) -> Iterator[StageScore]:
    before: Decimal | None = None
    for stage in stages:
        card = card_of(known, stage=stage)
        points = points_in(card.total, stage)
        change = None if before is None else points - before
        yield StageScore(stage, card, is_closed(known.evaluation.stage, stage), change, stored.get(stage))
        before = points
