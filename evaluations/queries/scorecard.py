"""The score of one evaluation, from the total down to the question, with what each number rests on."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from clusters import scoring
from clusters.queries import Cluster, Indicator, Outline, Question, outline
from evaluations.enums import DRAFTING, JUDGED, AnswerState, Stage
from evaluations.models import Answer, AnswerEvidence, Evaluation, Score

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tally:
    """Points, exact, each 0..maximum.

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


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """One question. `score` is the newest verdict, if any judge has given one; `claimed_fraction` is 0..1."""

    question: Question
    answer: Answer
    score: Score | None
    wants: tuple[WantState, ...]
    evidence_count: int
    claimed_fraction: Decimal
    tally: Tally

    @property
    def rule(self) -> scoring.Rule:
        return self.question.rule

    @property
    def answered(self) -> bool:
        return self.answer.state != AnswerState.EMPTY

    @property
    def missing(self) -> tuple[WantState, ...]:
        """Evidence wanted and not there."""
        return tuple(want for want in self.wants if not want.met)

    @property
    def to_win(self) -> Decimal:
        """Points that a full answer, fully supported, would add."""
        return self.tally.maximum - self.tally.supported


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
    """Counts are of questions; `judged` of those answered."""

    outline: Outline
    clusters: tuple[ClusterScore, ...]
    total: Tally
    answered: int
    judged: int
    count: int

    @property
    def questions(self) -> tuple[QuestionScore, ...]:
        return tuple(
            row for cluster in self.clusters for indicator in cluster.indicators for row in indicator.questions
        )

    @property
    def predicate_claimed(self) -> scoring.Band:
        return scoring.predicate(self.total.claimed, self.outline.bands)

    @property
    def predicate_supported(self) -> scoring.Band:
        return scoring.predicate(self.total.supported, self.outline.bands)

    @property
    def predicate_scored(self) -> scoring.Band:
        return scoring.predicate(self.total.scored, self.outline.bands)

    @property
    def band_rows(self) -> list[dict[str, object]]:
        """For the score bar: code, label, lower."""
        return [{"code": band.code, "label": band.name, "lower": band.lower} for band in self.outline.bands]


def scorecard(evaluation: Evaluation, *, with_scores: bool = False) -> Scorecard:
    """The scorecard in two or three queries beside the instrument's outline, which is kept in memory.

    Without scores the judges' verdicts are not even read, and `supported` is what the task force approved: whoever may
    not read verdicts must not be able to work them out from another number. Say True after `can_read_scores`.
    """
    tree = outline(evaluation.cycle.instrument)
    answers = {
        answer.question_id: answer
        for answer in Answer.objects.filter(evaluation=evaluation).select_related("on_behalf_of", "updated_by")
    }
    evidence: dict[int, list[str]] = defaultdict(list)
    attached = AnswerEvidence.objects.attached().filter(answer__evaluation=evaluation)
    for answer_id, want in attached.values_list("answer_id", "want"):
        evidence[answer_id].append(want)
    newest: dict[int, Score] = {}
    scores = Score.objects.filter(answer__evaluation=evaluation).select_related("by") if with_scores else []
    for score in sorted(scores, key=lambda row: JUDGED.index(Stage(row.stage))):
        newest[score.answer_id] = score

    clusters = []
    for cluster in tree.clusters:
        indicators = []
        for indicator in cluster.indicators:
            rows = tuple(
                _question(evaluation, question, answers[question.pk], evidence, newest if with_scores else None)
                for question in indicator.questions
            )
            indicators.append(IndicatorScore(indicator, rows, add_up(row.tally for row in rows), *_counts(rows)))
        of_cluster = tuple(indicators)
        clusters.append(
            ClusterScore(
                cluster,
                of_cluster,
                add_up(row.tally for row in of_cluster),
                sum(row.answered for row in of_cluster),
                sum(row.judged for row in of_cluster),
                sum(row.count for row in of_cluster),
            )
        )
    return Scorecard(
        tree,
        tuple(clusters),
        add_up(row.tally for row in clusters),
        sum(row.answered for row in clusters),
        sum(row.judged for row in clusters),
        sum(row.count for row in clusters),
    )


def judged_in_stage(evaluation: Evaluation) -> int:
    """How many answers have a verdict of the present stage itself, not one carried over. One query."""
    return Score.objects.filter(answer__evaluation=evaluation, stage=evaluation.stage).count()


def _counts(rows: tuple[QuestionScore, ...]) -> tuple[int, int]:
    return sum(row.answered for row in rows), sum(row.score is not None for row in rows)


def _question(
    evaluation: Evaluation,
    question: Question,
    answer: Answer,
    evidence: dict[int, list[str]],
    newest: dict[int, Score] | None,
) -> QuestionScore:
    there = evidence.get(answer.pk, [])
    wants = tuple(WantState(want.key, want.label, want.key in there) for want in question.wants)
    claimed_fraction = scoring.fraction(question.rule, answer.value)
    claimed = scoring.points(claimed_fraction, question.max_points)
    score = newest.get(answer.pk) if newest is not None else None
    scored = scoring.points(score.fraction, question.max_points) if score else ZERO
    if not wants:
        supported = claimed
    elif evaluation.stage == Stage.SELF_ASSESSMENT:
        supported = claimed if all(want.met for want in wants) else ZERO
    elif evaluation.stage in DRAFTING or newest is None:
        supported = claimed if answer.state == AnswerState.APPROVED else ZERO
    else:
        supported = min(claimed, scored)
    tally = Tally(question.max_points, claimed, supported, scored)
    return QuestionScore(question, answer, score, wants, len(there), claimed_fraction, tally)
