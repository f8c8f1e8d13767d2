"""The scored stages side by side, question by question: what each gave, why, and on which version of the answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.enums import OF_A_CITY
from clusters.queries import Cluster, Indicator, Question
from evaluations import permissions
from evaluations.enums import JUDGED, Stage
from evaluations.models import Evaluation
from evaluations.queries.documents import judge_role
from evaluations.queries.scorecard import QuestionScore
from evaluations.queries.stagewise import StageScore


@dataclass(frozen=True, slots=True)
class Cell:
    """What a stage gives for a question. `own`: its own verdict, not one carried over; `change` against the stage
    before (None: the first). `judged` is the version of the answer that the verdict is bound to, 0 without one;
    `outdated` when the answer has another one by now. `who`: a role, and a name for those who may know it."""

    stage: Stage
    points: Decimal
    change: Decimal | None
    own: bool = False
    said: str = ""
    reason: str = ""
    who: str = ""
    at: datetime | None = None
    judged: int = 0
    outdated: bool = False

    @property
    def fell(self) -> bool:
        return self.change is not None and self.change < 0


@dataclass(frozen=True, slots=True)
class Row:
    question: Question
    indicator: Indicator
    version: int
    maximum: Decimal
    cells: tuple[Cell, ...]

    @property
    def fell(self) -> bool:
        return any(cell.fell for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Group:
    cluster: Cluster
    rows: tuple[Row, ...]


def groups(stages: Sequence[StageScore], *, clusters: Collection[str], only_fallen: bool, reader: Any) -> list[Group]:
    """The questions of these clusters with the stages that the reader was given (`stagewise.stage_scores`). No
    query."""
    names = not reader.acts_as(*OF_A_CITY)
    by_stage = [(each.stage, {row.question.pk: row for row in each.card.questions}) for each in stages]
    found = []
    for cluster in stages[-1].card.clusters:
        if cluster.cluster.code not in clusters:
            continue
        rows = [
            _row(row, indicator.indicator, by_stage, names)
            for indicator in cluster.indicators
            for row in indicator.questions
        ]
        if kept := tuple(row for row in rows if row.fell or not only_fallen):
            found.append(Group(cluster.cluster, kept))
    return found


def _row(
    last: QuestionScore, indicator: Indicator, by_stage: list[tuple[Stage, dict[int, QuestionScore]]], names: bool
) -> Row:
    cells: list[Cell] = []
    for stage, rows in by_stage:
        row = rows[last.question.pk]
        first = stage == Stage.SELF_ASSESSMENT
        points = row.tally.claimed if first else row.tally.scored
        change = points - cells[-1].points if cells else None
        if first or row.score is None:
            cells.append(Cell(stage, points, change, said="" if first or not row.answered else "Belum dinilai"))
            continue
        own = row.score.stage == stage
        role = judge_role(row.score.stage)
        cells.append(
            Cell(
                stage, points, change, own,
                row.score.get_verdict_display() if own else "Berlaku dari tahap sebelumnya",
                row.score.reason if own else "",
                f"{row.score.by} ({role})" if names else role,
                row.score.at,
                row.score.answer_version,
                row.score.answer_version != row.answer.version,
            )
        )  # fmt: skip
    return Row(last.question, indicator, last.answer.version, last.question.max_points, tuple(cells))


@dataclass(frozen=True, slots=True)
class Release:
    """A judged stage that is over or released, and whether this reader may let the region read it."""

    stage: Stage
    at: datetime | None
    may: bool


def releases(evaluation: Evaluation, stages: Sequence[StageScore], reader: Any) -> list[Release]:
    """The judged stages among these that are closed, in order. One query for whoever may release, else none."""
    return [
        Release(
            each.stage,
            each.stored.released_at if each.stored else None,
            bool(permissions.can_release(reader, evaluation, each.stage)),
        )
        for each in stages
        if each.stage in JUDGED and each.closed
    ]
