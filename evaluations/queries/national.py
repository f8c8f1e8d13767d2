"""The totals of a whole cycle: every evaluation, every scored stage, without building a scorecard for each.

The same rules as `scorecard`, to the last digit (tests compare the two): what differs is how they are fed. Rows come as
tuples, a batch of evaluations at a time; what an answer or a verdict earns is remembered by its text, of which even a
whole country has few; only an indicator with a question that does not apply takes the long way through
`evaluations.scoring.spread`. For where all are asked for: who needs one evaluation takes `stagewise`.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import TextField
from django.db.models.functions import Cast

from clusters import scoring
from clusters.queries import Outline, Question, outline
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, AnswerEvidence, Cycle, Evaluation, Score
from evaluations.queries.stagewise import stages_reached
from evaluations.scoring import NOTHING, ZERO, Basis, Columns, Figures, Mark, claim, spread, support, verdict

BATCH = 32
"""Evaluations read at a time: some 45,000 rows at 274 questions and four judged stages, whatever the country's size."""


@dataclass(frozen=True, slots=True)
class NationalTotal:
    """An evaluation with its region and the figures of the stages that it has reached, in order."""

    evaluation: Evaluation
    stages: dict[str, Figures]


def totals(cycle: Cycle) -> Iterator[NationalTotal]:
    """All evaluations of a cycle by region. One query, and two or three for each batch: answers and verdicts of more
    than one batch are never in memory at once."""
    rows = list(Evaluation.objects.filter(cycle=cycle).select_related("region").order_by("region", "pk"))
    sheet = _Sheet(outline(cycle.instrument))
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        for evaluation in batch:
            evaluation.cycle = cycle
        yield from _batch(sheet, batch)


@dataclass(slots=True)
class _Given:
    """What is known of one evaluation, by the question's place: answer text and state, keys of evidence, verdicts."""

    answers: dict[int, tuple[str | None, str]]
    evidence: dict[int, set[str]]
    verdicts: dict[str, dict[int, tuple[str, str]]]


def _batch(sheet: "_Sheet", batch: Sequence[Evaluation]) -> Iterator[NationalTotal]:
    given: dict[UUID, _Given] = {row.pk: _Given({}, defaultdict(set), defaultdict(dict)) for row in batch}
    place = sheet.place
    answers = Answer.objects.filter(evaluation__in=given).annotate(text=Cast("value", TextField()))
    for key, question, text, state in answers.values_list("evaluation_id", "question_id", "text", "state"):
        given[key].answers[place[question]] = (text, state)
    drafts = [row.pk for row in batch if row.stage == Stage.SELF_ASSESSMENT]
    if drafts:
        attached = AnswerEvidence.objects.attached().filter(answer__evaluation__in=drafts)
        for key, question, want in attached.values_list("answer__evaluation_id", "answer__question_id", "want"):
            given[key].evidence[place[question]].add(want)
    judged = [row.pk for row in batch if len(stages_reached(row.stage)) > 1]
    if judged:
        scores = Score.objects.filter(answer__evaluation__in=judged).annotate(text=Cast("fraction", TextField()))
        fields = ("answer__evaluation_id", "answer__question_id", "stage", "text", "level")
        for key, question, stage, text, level in scores.values_list(*fields):
            given[key].verdicts[stage][place[question]] = (text, level)
    for row in batch:
        yield NationalTotal(row, sheet.figures(row, given.pop(row.pk)))


class _Sheet:
    """An instrument laid out flat, with all that its answers and verdicts have been found to earn."""

    def __init__(self, tree: Outline) -> None:
        self.tree = tree
        self.questions: tuple[Question, ...] = tree.questions
        self.place = {question.pk: n for n, question in enumerate(self.questions)}
        self.wants = [frozenset(want.key for want in question.wants) for question in self.questions]
        self.blocks: list[tuple[str, range]] = []
        start = 0
        for cluster in tree.clusters:
            for indicator in cluster.indicators:
                self.blocks.append((cluster.code, range(start, start + len(indicator.questions))))
                start += len(indicator.questions)
        codes = {each.question for band in tree.bands for each in band.requires}
        self.required = [(question.code, n) for n, question in enumerate(self.questions) if question.code in codes]
        self.claims: list[dict[str | None, Mark]] = [{None: NOTHING} for _ in self.questions]
        self.verdicts: dict[tuple[str, str], Mark] = {}
        self.earned: list[dict[Decimal, Decimal]] = [{} for _ in self.questions]

    def figures(self, evaluation: Evaluation, given: _Given) -> dict[str, Figures]:
        claimed = [self._claim(n, given.answers[n][0]) for n in range(len(self.questions))]
        of_claim = self._columns(claimed)
        newest: list[Mark | None] = [None] * len(self.questions)
        found: dict[str, Figures] = {}
        for stage in stages_reached(evaluation.stage):
            for n, (text, level) in given.verdicts.get(stage, {}).items():
                newest[n] = self._verdict(text, level)
            supported = self._supported(evaluation, stage, given, claimed, newest)
            first = stage == Stage.SELF_ASSESSMENT
            scored = claimed if first else [mark or NOTHING for mark in newest]
            of_support, of_score = self._columns(supported), of_claim if first else self._columns(scored)
            clusters = {code: Columns(of_claim[code], of_support[code], of_score[code]) for code in of_claim}
            points = scoring.sum_points(of_score.values())
            fractions = {code: scored[n].fraction for code, n in self.required}
            found[stage] = Figures(
                points,
                scoring.sum_points(of_claim.values()),
                scoring.sum_points(of_support.values()),
                scoring.standing(points, self.tree.bands, fractions).predicate.code,
                clusters,
            )
        return found

    def _claim(self, n: int, text: str | None) -> Mark:
        known = self.claims[n]
        if text not in known:
            known[text] = claim(self.questions[n].rule, json.loads(text or "null"))
        return known[text]

    def _verdict(self, text: str, level: str) -> Mark:
        key = (text, level)
        if key not in self.verdicts:
            self.verdicts[key] = verdict(Decimal(text), level)
        return self.verdicts[key]

    def _supported(
        self, evaluation: Evaluation, stage: str, given: _Given, claimed: list[Mark], newest: list[Mark | None]
    ) -> list[Mark]:
        if evaluation.stage == Stage.SELF_ASSESSMENT:
            basis = Basis.EVIDENCE
        else:
            basis = Basis.APPROVAL if stage == Stage.SELF_ASSESSMENT else Basis.VERDICT
        return [
            support(
                mark,
                basis=basis,
                wants_nothing=not wants,
                complete=wants <= given.evidence.get(n, frozenset()),
                approved=given.answers[n][1] == AnswerState.APPROVED,
                given=newest[n],
            )
            for n, (mark, wants) in enumerate(zip(claimed, self.wants, strict=True))
        ]

    def _columns(self, marks: list[Mark]) -> dict[str, Decimal]:
        """Points by cluster."""
        found: dict[str, Decimal] = dict.fromkeys((cluster.code for cluster in self.tree.clusters), ZERO)
        for code, places in self.blocks:
            here = [marks[n] for n in places]
            if all(mark.applies for mark in here):
                found[code] += scoring.sum_points(self._points(n, marks[n].fraction) for n in places)
            else:
                nominal = tuple(self.questions[n].max_points for n in places)
                found[code] += scoring.sum_points(spread(nominal, here)[1])
        return found

    def _points(self, n: int, fraction: Decimal) -> Decimal:
        known = self.earned[n]
        if fraction not in known:
            known[fraction] = scoring.points(fraction, self.questions[n].max_points)
        return known[fraction]
