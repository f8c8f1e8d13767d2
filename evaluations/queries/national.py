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
    rows = Evaluation.objects.filter(cycle=cycle).select_related("region").order_by("region", "pk")
    yield from totals_of(cycle, list(rows))


def totals_of(cycle: Cycle, rows: Sequence[Evaluation], size: int = BATCH) -> Iterator[NationalTotal]:
    """Those of these evaluations of the cycle, in their order, `size` of them at a time."""
    sheet = _Sheet(outline(cycle.instrument))
    for start in range(0, len(rows), size):
        batch = rows[start : start + size]
        for evaluation in batch:
            evaluation.cycle = cycle
        yield from _batch(sheet, batch)


@dataclass(slots=True)
class _Given:
    """What is known of one evaluation, by the question's place: answer text and state, keys of evidence, and by stage
    the fraction (as text) and level of each verdict."""

    answers: dict[int, tuple[str | None, str]]
    evidence: dict[int, set[str]]
    verdicts: dict[str, list[tuple[int, str, str]]]


def _batch(sheet: "_Sheet", batch: Sequence[Evaluation]) -> Iterator[NationalTotal]:
    given: dict[UUID, _Given] = {row.pk: _Given({}, defaultdict(set), defaultdict(list)) for row in batch}
    whose: dict[int, tuple[_Given, int]] = {}
    answers = Answer.objects.filter(evaluation__in=given).annotate(text=Cast("value", TextField()))
    for pk, key, question, text, state in answers.values_list("pk", "evaluation_id", "question_id", "text", "state"):
        whose[pk] = given[key], (place := sheet.place[question])
        given[key].answers[place] = (text, state)
    drafts = [row.pk for row in batch if row.stage == Stage.SELF_ASSESSMENT]
    if drafts:
        attached = AnswerEvidence.objects.proving().filter(answer__evaluation__in=drafts)
        for pk, want in attached.values_list("answer_id", "want"):
            mine, place = whose[pk]
            mine.evidence[place].add(want)
    judged = [row.pk for row in batch if len(stages_reached(row.stage)) > 1]
    if judged:
        scores = (
            Score.objects.standing().filter(answer__evaluation__in=judged).annotate(text=Cast("fraction", TextField()))
        )
        for pk, stage, text, level in scores.values_list("answer_id", "stage", "text", "level"):
            mine, place = whose[pk]
            mine.verdicts[stage].append((place, text, level))
    for row in batch:
        yield NationalTotal(row, sheet.figures(row, given.pop(row.pk)))


class _Sheet:
    """An instrument laid out flat, with all that its answers and verdicts have been found to earn. A block is an
    indicator: inside it points move, between blocks they only add up."""

    def __init__(self, tree: Outline) -> None:
        self.tree = tree
        self.questions: tuple[Question, ...] = tree.questions
        self.place = {question.pk: n for n, question in enumerate(self.questions)}
        self.wants = [frozenset(want.key for want in question.required) for question in self.questions]
        self.blocks: list[tuple[str, range]] = []
        self.block_of: list[int] = []
        for cluster in tree.clusters:
            for indicator in cluster.indicators:
                start, count = len(self.block_of), len(indicator.questions)
                self.block_of += [len(self.blocks)] * count
                self.blocks.append((cluster.code, range(start, start + count)))
        codes = {each.question for band in tree.bands for each in band.requires}
        self.required = [(question.code, n) for n, question in enumerate(self.questions) if question.code in codes]
        self.claims: list[dict[str | None, Mark]] = [{None: NOTHING} for _ in self.questions]
        self.verdicts: dict[tuple[str, str], Mark] = {}
        self.earned: list[dict[Decimal, Decimal]] = [{} for _ in self.questions]

    def figures(self, evaluation: Evaluation, given: _Given) -> dict[str, Figures]:
        """All stages reached, each from the one before: only blocks with another verdict are added up again."""
        every = range(len(self.questions))
        claimed = [self._claim(n, given.answers[n][0]) for n in every]
        of_claim = [self._block(b, claimed) for b in range(len(self.blocks))]
        newest: list[Mark | None] = [None] * len(every)
        supported: list[Mark] = [NOTHING] * len(every)
        scored: list[Mark] = [NOTHING] * len(every)
        of_support, of_score = list(of_claim), list(of_claim)
        found: dict[str, Figures] = {}
        for stage in stages_reached(evaluation.stage):
            basis = _basis(evaluation.stage, stage)
            changed = set(self._changes(given.verdicts.get(stage, []), newest))
            first = stage == Stage.SELF_ASSESSMENT
            if len(found) < 2:  # another basis than the stage before
                changed = set(every)
            for n in changed:
                supported[n] = self._support(n, claimed[n], given, basis, newest[n])
                scored[n] = claimed[n] if first else newest[n] or NOTHING
            for b in {self.block_of[n] for n in changed}:
                of_support[b], of_score[b] = self._block(b, supported), self._block(b, scored)
            found[stage] = self._figures(of_claim, of_support, of_score, scored)
        return found

    def _figures(
        self, of_claim: list[Decimal], of_support: list[Decimal], of_score: list[Decimal], scored: list[Mark]
    ) -> Figures:
        clusters = {cluster.code: Columns(ZERO, ZERO, ZERO) for cluster in self.tree.clusters}
        for (code, _), *points in zip(self.blocks, of_claim, of_support, of_score, strict=True):
            clusters[code] = Columns(*(before + more for before, more in zip(clusters[code], points, strict=True)))
        total = Columns(*(scoring.sum_points(column) for column in (of_claim, of_support, of_score)))
        fractions = {code: scored[n].fraction for code, n in self.required}
        standing = scoring.standing(total.scored, self.tree.bands, fractions)
        return Figures(
            total.scored, total.claimed, total.supported, standing.predicate.code, clusters, standing.sentence
        )

    def _claim(self, n: int, text: str | None) -> Mark:
        known = self.claims[n]
        if text not in known:
            known[text] = claim(self.questions[n].rule, json.loads(text or "null"))
        return known[text]

    def _changes(self, verdicts: list[tuple[int, str, str]], newest: list[Mark | None]) -> Iterator[int]:
        """Enter a stage's verdicts; the places where they say something new."""
        known = self.verdicts
        for n, text, level in verdicts:
            mark = known.get((text, level))
            if mark is None:
                mark = known[text, level] = verdict(Decimal(text), level)
            if mark is not newest[n]:
                newest[n] = mark
                yield n

    def _support(self, n: int, claimed: Mark, given: _Given, basis: Basis, newest: Mark | None) -> Mark:
        wants = self.wants[n]
        return support(
            claimed,
            basis=basis,
            wants_nothing=not wants,
            complete=wants <= given.evidence[n] if basis is Basis.EVIDENCE else False,
            approved=given.answers[n][1] == AnswerState.APPROVED,
            given=newest,
        )

    def _block(self, b: int, marks: list[Mark]) -> Decimal:
        places = self.blocks[b][1]
        points = ZERO
        for n in places:
            mark = marks[n]
            if not mark.applies:
                nominal = tuple(self.questions[n].max_points for n in places)
                return scoring.sum_points(spread(nominal, [marks[n] for n in places])[1])
            points += self._points(n, mark.fraction)
        return points

    def _points(self, n: int, fraction: Decimal) -> Decimal:
        known = self.earned[n]
        points = known.get(fraction)
        if points is None:
            points = known[fraction] = scoring.points(fraction, self.questions[n].max_points)
        return points


def _basis(now: str, stage: str) -> Basis:
    """As `scorecard` has it, where verdicts may be read."""
    if now == Stage.SELF_ASSESSMENT:
        return Basis.EVIDENCE
    return Basis.APPROVAL if stage == Stage.SELF_ASSESSMENT else Basis.VERDICT
