"""The result of an evaluation as rows of a page."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clusters import scoring
from clusters.queries import Outline, outline
from evaluations.models import Evaluation
from evaluations.queries.benches import Reading, judge_role, readings
from evaluations.queries.scorecard import ClusterScore, IndicatorScore, Scorecard


@dataclass(frozen=True, slots=True)
class Awarded:
    """What everybody signed in may know of an awarded evaluation."""

    points: Decimal
    maximum: Decimal
    predicate: scoring.Band
    following: tuple[scoring.Band, Decimal] | None


def awarded(evaluation: Evaluation) -> Awarded:
    """Total and predicate as they were stored when the result was awarded."""
    tree: Outline = outline(evaluation.cycle.instrument)
    total = evaluation.awarded_points or Decimal(0)
    known = {band.code: band for band in tree.bands}
    return Awarded(
        total,
        tree.max_points,
        known.get(evaluation.awarded_predicate, scoring.NO_PREDICATE),
        scoring.next_band(total, tree.bands),
    )


@dataclass(frozen=True, slots=True)
class ResultQuestion:
    """One question with its answer, its evidence and its newest verdict."""

    reading: Reading

    @property
    def judge(self) -> str:
        """The role of whoever gave the verdict, '' without one."""
        score = self.reading.row.score
        return judge_role(score.stage) if score else ""

    @property
    def given(self) -> str:
        """The level given instead of the claim, as text."""
        score = self.reading.row.score
        if score is None or not score.level:
            return ""
        if score.level == scoring.NOT_APPLICABLE:
            return "tidak berlaku"
        return next(
            (level.label for level in scoring.levels(self.reading.row.rule) if level.key == score.level), score.level
        )


@dataclass(frozen=True, slots=True)
class ResultIndicator:
    score: IndicatorScore
    questions: tuple[ResultQuestion, ...]


@dataclass(frozen=True, slots=True)
class ResultGroup:
    score: ClusterScore
    indicators: tuple[ResultIndicator, ...]


def result_groups(card: Scorecard, evaluation: Evaluation, *, with_answers: bool, reader: Any) -> list[ResultGroup]:
    """The groups in order, with the questions, as `reader` may see them, only when `with_answers`."""
    there = readings(card, evaluation, reader=reader) if with_answers else []
    by_question = {each.row.question.pk: each for each in there}
    return [
        ResultGroup(
            group,
            tuple(
                ResultIndicator(
                    each,
                    tuple(ResultQuestion(by_question[row.question.pk]) for row in each.questions)
                    if with_answers
                    else (),
                )
                for each in group.indicators
            ),
        )
        for group in card.clusters
    ]
