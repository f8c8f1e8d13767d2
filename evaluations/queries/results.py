"""The result of an evaluation as rows of a page, each number with its reasons."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.enums import Role
from clusters import scoring
from clusters.queries import Outline, outline
from evaluations.enums import AnswerState, Stage
from evaluations.models import Evaluation, Score
from evaluations.queries.benches import Reading, readings
from evaluations.queries.documents import Verdicts, judge_role
from evaluations.queries.scorecard import ClusterScore, IndicatorScore, QuestionScore
from evaluations.queries.stagewise import StageScore
from evaluations.scoring import Basis


@dataclass(frozen=True, slots=True)
class Awarded:
    """What everybody signed in may know of an awarded evaluation. `reached`: the predicate of the points alone."""

    points: Decimal
    maximum: Decimal
    predicate: scoring.Band
    reached: scoring.Band
    bands: tuple[scoring.Band, ...]


def awarded(evaluation: Evaluation) -> Awarded:
    """Total and predicate as they were stored when the result was awarded."""
    tree: Outline = outline(evaluation.cycle.instrument)
    total = evaluation.awarded_points or Decimal(0)
    known = {band.code: band for band in tree.bands}
    return Awarded(
        total,
        tree.max_points,
        known.get(evaluation.awarded_predicate, scoring.NO_PREDICATE),
        scoring.predicate(total, tree.bands),
        tree.bands,
    )


# --- how a number came about ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Judgement:
    """What one stage says of a question. `own`: given in that stage, not carried over from an earlier one.

    `who` is a role and, for those who may know it, a name. `points` of `maximum`, as of the stage.
    """

    stage: Stage
    own: bool
    said: str
    points: Decimal
    maximum: Decimal
    who: str = ""
    at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One question from answer to points.

    `shared` and `shared_scored` say why it can earn another number than its own points, in the claim and in the
    verdicts; '' where it does not. `backing` says why the claim is supported or not.
    """

    reading: Reading
    shared: str
    shared_scored: str
    backing: str
    judgements: tuple[Judgement, ...]

    @property
    def row(self) -> QuestionScore:
        return self.reading.row


@dataclass(frozen=True, slots=True)
class IndicatorReasons:
    score: IndicatorScore
    questions: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ClusterReasons:
    """A cluster; `shown`: are its questions there, or to be fetched when it is opened?"""

    score: ClusterScore
    shown: bool
    indicators: tuple[IndicatorReasons, ...]


def cluster_reasons(
    stages: Sequence[StageScore],
    evaluation: Evaluation,
    *,
    shown: Collection[str],
    reader: Any,
    with_names: bool,
    verdicts: Verdicts | None = None,
) -> list[ClusterReasons]:
    """All clusters in order, with the reasons of those whose codes are in `shown`, as `reader` may see them.

    `stages` as `stagewise.stage_scores` gave them to this reader; names of judges only `with_names`. `verdicts`: those
    on documents, for who may read them. Two queries if anything is shown, else none.
    """
    card = stages[-1].card
    kept = {"reviews": True, "reader": reader, "clusters": shown, "verdicts": verdicts}
    there = readings(card, evaluation, **kept) if shown else []
    by_question = {each.row.question.pk: each for each in there}
    by_stage = [(each, {row.question.pk: row for row in each.card.questions}) for each in stages] if shown else []
    found = []
    for group in card.clusters:
        open_ = group.cluster.code in shown
        indicators = tuple(
            IndicatorReasons(
                each,
                tuple(
                    _reason(by_question[row.question.pk], each, card.basis, by_stage, with_names)
                    for row in (each.questions if open_ else ())
                ),
            )
            for each in group.indicators
        )
        found.append(ClusterReasons(group, open_, indicators))
    return found


_ByStage = list[tuple[StageScore, dict[int, QuestionScore]]]


def _reason(reading: Reading, indicator: IndicatorScore, basis: Basis, by_stage: _ByStage, with_names: bool) -> Reason:
    out = indicator.inapplicable
    row = reading.row
    return Reason(
        reading,
        _shared(row.nominal, row.maxima.claimed, out.claimed),
        _shared(row.nominal, row.maxima.scored, out.scored),
        backing(reading, basis),
        tuple(_judgement(reading, stage, rows[row.question.pk], with_names) for stage, rows in by_stage),
    )


def _shared(nominal: Decimal, effective: Decimal, out: Sequence[QuestionScore]) -> str:
    if effective == nominal:
        return ""
    if not effective:
        return "tidak berlaku; poinnya dibagikan kepada pertanyaan lain pada indikator ini"
    codes = " dan ".join(row.question.code for row in out)
    return f"ditambah bagian dari {codes} yang tidak berlaku"


def backing(reading: Reading, basis: Basis) -> str:
    """Why a claim is supported or not, in one sentence; '' where nothing is claimed."""
    row = reading.row
    if not row.applies:
        if not row.marks.supported.applies:
            return "Pernyataan tidak berlaku sudah disetujui."
        return "Pernyataan tidak berlaku belum disetujui. Sampai disetujui, pertanyaan ini terdukung nol."
    if not row.tally.claimed:
        return ""
    if basis is Basis.VERDICT and row.score is not None:
        if row.marks.supported.fraction == row.marks.claimed.fraction:
            return "Terdukung: diterima penilai."
        return "Terdukung sebagian: penilai memberi lebih rendah." if row.tally.supported else "Ditolak penilai."
    if row.wants_nothing:
        return "Terdukung: pertanyaan ini tidak meminta data dukung."
    if basis is Basis.VERDICT:
        return "Belum terdukung: belum ada putusan penilai."
    if basis is Basis.APPROVAL:
        if row.answer.state == AnswerState.APPROVED:
            return "Terdukung: disetujui gugus tugas."
        if row.answer.state == AnswerState.RETURNED:
            return "Belum terdukung: dikembalikan gugus tugas."
        return "Belum terdukung: belum disetujui gugus tugas."
    if row.missing:
        return f"Belum terdukung: belum ada {', '.join(want.label for want in row.missing)}."
    return "Terdukung: semua data dukung yang diminta sudah ada."


def _judgement(reading: Reading, stage: StageScore, row: QuestionScore, with_names: bool) -> Judgement:
    if stage.stage == Stage.SELF_ASSESSMENT:
        return _reviewed(reading, row, outside=with_names)
    points, most, score = row.tally.scored, row.maxima.scored, row.score
    if score is None:
        said = "Belum dinilai" if row.answered else "Tidak dijawab, nilainya nol"
        return Judgement(stage.stage, False, said, points, most)
    if score.stage != stage.stage:
        return Judgement(stage.stage, False, "Berlaku dari tahap sebelumnya", points, most)
    name = f" ({score.by})" if with_names else ""
    who = f"{judge_role(score.stage)}{name}"
    return Judgement(stage.stage, True, _given(row, score), points, most, who, score.at, score.reason)


def _reviewed(reading: Reading, row: QuestionScore, *, outside: bool) -> Judgement:
    """The region's own claim, and what the task force said of it last; why it returned an answer, it said at home."""
    review = reading.review
    points, most = row.tally.claimed, row.maxima.claimed
    if review is None:
        return Judgement(Stage.SELF_ASSESSMENT, True, "Klaim daerah", points, most)
    said = f"Klaim daerah, {str(review).lower()} gugus tugas"
    who = f"{Role.TASK_FORCE.label} ({review.by})"
    return Judgement(Stage.SELF_ASSESSMENT, True, said, points, most, who, review.at, "" if outside else review.reason)


def _given(row: QuestionScore, score: Score) -> str:
    """The verdict, with the level given instead of the claim."""
    if score.level == scoring.NOT_APPLICABLE:
        return "Disetujui: tidak berlaku"
    label = next((level.label for level in scoring.levels(row.rule) if level.key == score.level), score.level)
    return f"{score.get_verdict_display()}: {label}" if score.level else score.get_verdict_display()
