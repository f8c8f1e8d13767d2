"""The score of one evaluation, from the total down to the question, with what each number rests on.

`facts` reads, `card_of` computes: whoever wants to know what another answer would earn, or what stood when a stage
closed, reads once and computes as often as needed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clusters import scoring
from clusters.queries import Cluster, Indicator, Outline, Question, outline
from evaluations.enums import DRAFTING, JUDGED, AnswerState, Stage
from evaluations.models import Answer, AnswerEvidence, Evaluation, Score
from evaluations.scoring import NOTHING, Basis, Columns, Mark, claim, maxima_of, spread, support, verdict

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tally:
    """Points, exact, 0 ≤ supported ≤ claimed ≤ maximum and 0 ≤ scored ≤ maximum.

    maximum    of an indicator and above: the sum of the nominal points; of a question: the most it can earn in any of
               the three columns: more than its own points where neighbours do not apply, 0 where itself does not
    claimed    what the answers earn as the region gave them
    supported  the same, counting only answers that are backed: with all evidence wanted before review, approved by the
               task force once it has reviewed, accepted by a judge once submitted (for those who may read verdicts)
    scored     what the judges gave; nothing yet counts 0
    """

    maximum: Decimal
    claimed: Decimal
    supported: Decimal
    scored: Decimal

    @property
    def at_risk(self) -> Decimal:
        """Points claimed but not supported."""
        return self.claimed - self.supported


def add_up(tallies: Iterable[Tally]) -> Tally:
    """The exact sum, the same in any order."""
    rows = list(tallies)
    return Tally(
        *(
            scoring.sum_points(getattr(row, part) for row in rows)
            for part in ("maximum", "claimed", "supported", "scored")
        )
    )


@dataclass(frozen=True, slots=True)
class WantState:
    key: str
    label: str
    met: bool
    optional: bool = False


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """One question. `value` is the answer that is scored, `score` the newest verdict, if any judge has given one.

    `marks` are the fractions (0..1) and whether it takes part, `maxima` what it can earn (its own points, and its part
    of those of neighbours that do not apply), each in the three columns. `judged_maximum` is what a judge's verdict can
    give: the maximum of the scored column with this question in it.
    """

    question: Question
    answer: Answer
    value: scoring.Value
    score: Score | None
    wants: tuple[WantState, ...]
    evidence_count: int
    marks: Columns[Mark]
    maxima: Columns[Decimal]
    judged_maximum: Decimal
    tally: Tally
    outrun: bool = False
    """Has the region changed the answer since its newest verdict, in a stage that is still open?"""

    @property
    def nominal(self) -> Decimal:
        """The question's own points, whatever applies."""
        return self.question.max_points

    @property
    def claimed_fraction(self) -> Decimal:
        return self.marks.claimed.fraction

    @property
    def applies(self) -> bool:
        """Does the question apply, as the region says?"""
        return self.marks.claimed.applies

    @property
    def rule(self) -> scoring.Rule:
        return self.question.rule

    @property
    def answered(self) -> bool:
        return self.value is not None

    @property
    def missing(self) -> tuple[WantState, ...]:
        """Evidence required and not there."""
        return tuple(want for want in self.wants if not want.met and not want.optional)

    @property
    def wants_nothing(self) -> bool:
        """Is no evidence required?"""
        return not self.question.required

    @property
    def to_win(self) -> Decimal:
        """Points that a full answer, fully supported, would add; of a question that does not apply, none."""
        return self.maxima.claimed - self.tally.supported


@dataclass(frozen=True, slots=True)
class IndicatorScore:
    indicator: Indicator
    questions: tuple[QuestionScore, ...]
    tally: Tally
    answered: int
    judged: int

    @property
    def count(self) -> int:
        return len(self.questions)

    @property
    def inapplicable(self) -> Columns[tuple[QuestionScore, ...]]:
        """The questions whose points go to the others, by column; none where none of the indicator would be left."""
        return Columns(
            *(tuple(row for row in self.questions if not row.marks[n].applies and not row.maxima[n]) for n in range(3))
        )


@dataclass(frozen=True, slots=True)
class ClusterScore:
    cluster: Cluster
    indicators: tuple[IndicatorScore, ...]
    tally: Tally
    answered: int
    judged: int
    count: int


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Counts are of questions; `judged` of those answered. `basis`: whose word supports a claim here."""

    outline: Outline
    clusters: tuple[ClusterScore, ...]
    total: Tally
    answered: int
    judged: int
    count: int
    basis: Basis

    @property
    def questions(self) -> tuple[QuestionScore, ...]:
        return tuple(
            row for cluster in self.clusters for indicator in cluster.indicators for row in indicator.questions
        )

    @property
    def standing_claimed(self) -> scoring.Standing:
        return self._standing(0, self.total.claimed)

    @property
    def standing_supported(self) -> scoring.Standing:
        return self._standing(1, self.total.supported)

    @property
    def standing_scored(self) -> scoring.Standing:
        return self._standing(2, self.total.scored)

    def _standing(self, column: int, total: Decimal) -> scoring.Standing:
        """By the points and the fractions of the same column: an unproven Perda holds the supported score back."""
        fractions = {row.question.code: row.marks[column].fraction for row in self.questions}
        return scoring.standing(total, self.outline.bands, fractions)

    @property
    def predicate_claimed(self) -> scoring.Band:
        return self.standing_claimed.predicate

    @property
    def predicate_supported(self) -> scoring.Band:
        return self.standing_supported.predicate

    @property
    def predicate_scored(self) -> scoring.Band:
        return self.standing_scored.predicate

    @property
    def band_rows(self) -> list[dict[str, object]]:
        """For the score bar: code, label, lower, inclusive."""
        return [
            {"code": band.code, "label": band.name, "lower": band.lower, "inclusive": band.inclusive}
            for band in self.outline.bands
        ]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a score is made of, as read from the database.

    answers   by question
    evidence  by answer: the keys of what its attached evidence meets ('' for anything else), quarantined files excepted
    verdicts  by answer, in the order of the stages; None: the reader may not know them
    """

    evaluation: Evaluation
    tree: Outline
    answers: Mapping[int, Answer]
    evidence: Mapping[int, Sequence[str]]
    verdicts: Mapping[int, Sequence[Score]] | None


def facts(evaluation: Evaluation, *, with_scores: bool = False, stages: Collection[str] = JUDGED) -> Facts:
    """Two or three queries beside the instrument's outline, which is kept in memory. With scores: those of `stages`.

    Without scores the judges' verdicts are not even read, and `supported` is what the task force approved: whoever may
    not read verdicts must not be able to work them out from another number. Say True after `can_read_scores`.
    """
    answers = {
        answer.question_id: answer
        for answer in Answer.objects.filter(evaluation=evaluation).select_related("on_behalf_of", "updated_by")
    }
    evidence: dict[int, list[str]] = defaultdict(list)
    attached = AnswerEvidence.objects.proving().filter(answer__evaluation=evaluation)
    for answer_id, want in attached.values_list("answer_id", "want"):
        evidence[answer_id].append(want)
    verdicts: dict[int, list[Score]] = defaultdict(list)
    if with_scores:
        scores = Score.objects.filter(answer__evaluation=evaluation, stage__in=stages).select_related("by")
        for score in sorted(scores, key=lambda row: JUDGED.index(Stage(row.stage))):
            verdicts[score.answer_id].append(score)
    tree = outline(evaluation.cycle.instrument)
    return Facts(evaluation, tree, answers, evidence, verdicts if with_scores else None)


def scorecard(evaluation: Evaluation, *, with_scores: bool = False) -> Scorecard:
    """How the evaluation stands now, in as many queries as `facts`."""
    return card_of(facts(evaluation, with_scores=with_scores))


def card_of(known: Facts, *, values: Mapping[int, scoring.Value] | None = None, stage: str | None = None) -> Scorecard:
    """The score that follows from the facts. No query.

    `values`: other answers than those stored, by question, as `scoring.normalise` returns them. `stage`: as of one of
    the five scored stages, of which the verdicts up to that stage count; None: as it stands now.
    Raises ValueError for a value that its rule does not know.
    """
    basis = basis_of(known, stage)
    clusters = []
    for cluster in known.tree.clusters:
        indicators = tuple(_indicator(known, indicator, values or {}, stage, basis) for indicator in cluster.indicators)
        clusters.append(
            ClusterScore(
                cluster,
                indicators,
                add_up(row.tally for row in indicators),
                sum(row.answered for row in indicators),
                sum(row.judged for row in indicators),
                sum(row.count for row in indicators),
            )
        )
    return Scorecard(
        known.tree,
        tuple(clusters),
        add_up(row.tally for row in clusters),
        sum(row.answered for row in clusters),
        sum(row.judged for row in clusters),
        sum(row.count for row in clusters),
        basis,
    )


def judged_in_stage(evaluation: Evaluation) -> int:
    """How many answers have a verdict of the present stage itself on what they say now, not one carried over. One
    query."""
    return Score.objects.filter(answer__evaluation=evaluation, stage=evaluation.stage).standing().count()


def basis_of(known: Facts, stage: str | None = None) -> Basis:
    """Whose word supports a claim, as of a stage. The self-assessment closes with the task force's review."""
    if known.evaluation.stage == Stage.SELF_ASSESSMENT:
        return Basis.EVIDENCE
    if stage == Stage.SELF_ASSESSMENT or known.evaluation.stage in DRAFTING or known.verdicts is None:
        return Basis.APPROVAL
    return Basis.VERDICT


def _verdict(known: Facts, answer: Answer, stage: str | None) -> Score | None:
    """The newest verdict, of those up to a stage. In the present stage one on an earlier version of the answer does not
    stand any more (`ScoreQuerySet.standing`)."""
    if known.verdicts is None or stage == Stage.SELF_ASSESSMENT:
        return None
    counting = JUDGED if stage is None else JUDGED[: JUDGED.index(Stage(stage)) + 1]
    return next(
        (
            score
            for score in reversed(known.verdicts.get(answer.pk, ()))
            if score.stage in counting
            and (score.answer_version == answer.version or score.stage != known.evaluation.stage)
        ),
        None,
    )


def _outrun(known: Facts, answer: Answer, stage: str | None) -> bool:
    given = (known.verdicts or {}).get(answer.pk, ())
    present = stage is None or stage == known.evaluation.stage
    return present and bool(given) and given[-1].answer_version != answer.version and known.evaluation.stage in JUDGED


_Row = tuple[Question, Answer, scoring.Value, Score | None, tuple[WantState, ...], int, Columns[Mark]]


def _indicator(
    known: Facts, indicator: Indicator, values: Mapping[int, scoring.Value], stage: str | None, basis: Basis
) -> IndicatorScore:
    rows: list[_Row] = []
    for question in indicator.questions:
        answer = known.answers[question.pk]
        there = known.evidence.get(answer.pk, ())
        wants = tuple(WantState(want.key, want.label, want.key in there, want.optional) for want in question.wants)
        score = _verdict(known, answer, stage)
        given = verdict(score.fraction, score.level) if score else None
        value = values.get(question.pk, answer.value)
        claimed = claim(question.rule, value)
        supported = support(
            claimed,
            basis=basis,
            wants_nothing=not question.required,
            complete=all(want.met or want.optional for want in wants),
            approved=answer.state == AnswerState.APPROVED,
            given=given,
        )
        rows.append((question, answer, value, score, wants, len(there), Columns(claimed, supported, given or NOTHING)))
    nominal = tuple(question.max_points for question in indicator.questions)
    columns = [spread(nominal, [row[-1][column] for row in rows]) for column in range(3)]
    questions = []
    for place, row in enumerate(rows):
        maxima = Columns(*(most[place] for most, _ in columns))
        tally = Tally(max(maxima), *(points[place] for _, points in columns))
        taken_in, outrun = _taken_in(nominal, rows, place, maxima.scored), _outrun(known, row[1], stage)
        questions.append(QuestionScore(*row, maxima, taken_in, tally, outrun))
    total = add_up(row.tally for row in questions)
    return IndicatorScore(
        indicator,
        tuple(questions),
        Tally(scoring.sum_points(nominal), total.claimed, total.supported, total.scored),
        sum(row.answered for row in questions),
        sum(row.score is not None for row in questions),
    )


def _taken_in(nominal: tuple[Decimal, ...], rows: Sequence[_Row], place: int, maximum: Decimal) -> Decimal:
    """What the question can earn from judges; where they have taken it out, what it could if they took it in again."""
    if rows[place][-1].scored.applies:
        return maximum
    return maxima_of(nominal, tuple(row[-1].scored.applies or n == place for n, row in enumerate(rows)))[place]
