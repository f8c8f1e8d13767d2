"""What is or was open again by name: question by question, and by the agency that has to do it."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluations import permissions
from evaluations.enums import DocumentVerdict
from evaluations.models import AnswerEvidence, Evaluation, EvidenceVerdict, Reopening
from evaluations.queries.scorecard import Scorecard
from evaluations.queries.work import Owner, owners_of
from regions.models import Agency


@dataclass(frozen=True, slots=True)
class Opened:
    """One answer, opened once. `changed`: has the region touched it since; `owners`: the lead first."""

    reopening: Reopening
    is_open: bool
    owners: tuple[Owner, ...]

    @property
    def changed(self) -> bool:
        return self.reopening.answer.version > self.reopening.answer_version

    @property
    def state(self) -> str:
        """open, changed (and open still), done (closed by somebody), over (its time ran out)."""
        if self.is_open:
            return "changed" if self.changed else "open"
        return "done" if self.reopening.closed_at else "over"


def opened(evaluation: Evaluation) -> list[Opened]:
    """All of an evaluation, those that are open first, then the newest. Four queries."""
    held = {row.pk for row in permissions.reopenings(evaluation).values()}
    rows = list(
        Reopening.objects.filter(answer__evaluation=evaluation)
        .select_related("answer__question", "by", "closed_by")
        .order_by("-at", "answer__question__position", "pk")
    )
    owners = owners_of(evaluation) if rows else {}
    for row in rows:
        row.answer.evaluation = evaluation
    found = [Opened(row, row.pk in held, tuple(owners.get(row.answer.question_id, ()))) for row in rows]
    return sorted(found, key=lambda each: not each.is_open)


def by_owner(rows: Sequence[Opened]) -> list[tuple[Agency | None, list[Opened]]]:
    """What is open now, by agency; None for what no agency holds."""
    tasks: dict[Agency | None, list[Opened]] = {}
    for row in rows:
        if row.is_open:
            agencies: list[Agency | None] = [each.agency for each in row.owners]
            for owner in agencies or [None]:
                tasks.setdefault(owner, []).append(row)
    return sorted(tasks.items(), key=lambda pair: pair[0].short_name if pair[0] else "")


def worth_opening(evaluation: Evaluation, card: Scorecard) -> set[str]:
    """Codes of the questions that lost documents in this stage, or points to the newest verdict. One query."""
    rejected = EvidenceVerdict.objects.filter(
        link__in=AnswerEvidence.objects.attached().filter(answer__evaluation=evaluation),
        stage=evaluation.stage,
        verdict=DocumentVerdict.REJECTED,
    )
    lost = set(rejected.values_list("link__answer", flat=True))
    return {
        row.question.code
        for row in card.questions
        if row.answer.pk in lost or (row.score is not None and row.score.fraction < row.claimed_fraction)
    }
