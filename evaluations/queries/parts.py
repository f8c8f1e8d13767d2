"""One agency's part of an evaluation, question by question: what it is worth, what lacks, how far it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from clusters.queries import Question
from evaluations import permissions
from evaluations.enums import SUBMITTED, AnswerState, Stage
from evaluations.models import Answer, Assignment, Evaluation, Reopening, Review
from evaluations.progress import Progress, progress
from evaluations.queries.scorecard import QuestionScore, Scorecard, scorecard
from evaluations.queries.work import Owner, owners_of
from regions.models import Agency

NO_ANSWER = "jawaban belum diisi"


@dataclass(frozen=True, slots=True)
class PartRow:
    """One question of an agency. `markable`: may the reader mark it now; `lacks`: what an unanswered or unproven part
    is still without, in words."""

    score: QuestionScore
    part: Assignment
    progress: Progress
    lacks: tuple[str, ...]
    markable: bool

    @property
    def question(self) -> Question:
        return self.score.question

    @property
    def code(self) -> str:
        return self.score.question.code

    @property
    def ready(self) -> bool:
        return self.part.ready_at is not None


@dataclass(frozen=True, slots=True)
class Openness:
    """Which answers the region may change in the present stage (pks): all of them (`every`), those returned, and those
    opened again by name. `submitted`: it all lies with the judges."""

    every: bool
    returned: frozenset[int]
    opened: frozenset[int]
    submitted: bool = False

    def has(self, answer_id: int) -> bool:
        return self.every or answer_id in self.returned or answer_id in self.opened


def openness(evaluation: Evaluation) -> Openness:
    """As `permissions.is_open` has it of one answer. No query while the region answers, one later."""
    if evaluation.stage == Stage.SELF_ASSESSMENT:
        return Openness(True, frozenset(), frozenset())
    if evaluation.stage == Stage.AWARDED:
        return Openness(False, frozenset(), frozenset(), submitted=True)
    said = Review.objects.filter(answer=OuterRef("pk")).order_by("-id").values("approved")[:1]
    held = Reopening.objects.standing().filter(answer=OuterRef("pk"))
    rows = Answer.objects.filter(evaluation=evaluation).annotate(said=Subquery(said), held=Exists(held))
    told = list(rows.values_list("pk", "state", "said", "held"))
    reviewed = evaluation.stage == Stage.TASK_FORCE_REVIEW
    return Openness(
        every=False,
        returned=frozenset(
            pk
            for pk, state, last, _ in told
            if reviewed and (state == AnswerState.RETURNED or (last is False and state != AnswerState.APPROVED))
        ),
        opened=frozenset(pk for pk, _, _, open_ in told if open_),
        submitted=evaluation.stage in SUBMITTED,
    )


def progress_by_question(
    rows: Iterable[QuestionScore], owners: Mapping[int, list[Owner]], here: Openness
) -> dict[int, Progress]:
    """How far each question is, by its pk. No query."""
    return {
        row.question.pk: progress(
            row.answer.state,
            [owner.ready for owner in owners.get(row.question.pk, ())],
            begun=bool(row.answer.note or row.evidence_count),
            is_open=here.has(row.answer.pk),
            reopened=row.answer.pk in here.opened,
            submitted=here.submitted,
        )
        for row in rows
    }


def progress_of(answer: Answer, owners: Iterable[Owner], *, begun: bool) -> Progress:
    """The same of one answer with its evaluation. At most two queries."""
    drafting = answer.evaluation.stage == Stage.SELF_ASSESSMENT
    reopened = not drafting and answer.pk in permissions.reopenings(answer.evaluation)
    ready = [owner.ready for owner in owners]
    return progress(
        answer.state, ready, begun=begun, is_open=permissions.is_open(answer), reopened=reopened,
        submitted=answer.evaluation.stage in SUBMITTED,
    )  # fmt: skip


def parts_of(
    evaluation: Evaluation,
    agency: Agency,
    reader: Any,
    card: Scorecard | None = None,
    owners: Mapping[int, list[Owner]] | None = None,
) -> list[PartRow]:
    """The agency's questions in the order of the instrument. Two queries beside those of card and owners."""
    card = card or scorecard(evaluation)
    owners = owners_of(evaluation) if owners is None else owners
    mine = Assignment.objects.filter(evaluation=evaluation, agency=agency).select_related("agency")
    parts = {part.question_id: part for part in mine}
    rows = [row for row in card.questions if row.question.pk in parts]
    here = openness(evaluation)
    far = progress_by_question(rows, owners, here)
    fills = bool(permissions.can_fill_part(reader, evaluation, agency))
    found = []
    for row in rows:
        part = parts[row.question.pk]
        found.append(PartRow(row, part, far[row.question.pk], _lacks(row, part), fills and here.has(row.answer.pk)))
    return found


def _lacks(row: QuestionScore, part: Assignment) -> tuple[str, ...]:
    """Of whoever leads the question its answer too; nothing of a question that does not apply."""
    if not row.applies:
        return ()
    unanswered = part.is_lead and row.answer.state == AnswerState.EMPTY
    return ((NO_ANSWER,) if unanswered else ()) + tuple(want.label for want in row.missing)


def unready_parts(rows: Iterable[QuestionScore], owners: Mapping[int, list[Owner]]) -> list[tuple[Agency, int, int]]:
    """The agencies whose part is not wholly marked, by name: how many of how many questions are not ready."""
    counts: dict[Agency, list[int]] = {}
    for row in rows:
        for owner in owners.get(row.question.pk, ()):
            count = counts.setdefault(owner.agency, [0, 0])
            count[0] += not owner.ready
            count[1] += 1
    found = [(agency, open_, every) for agency, (open_, every) in counts.items() if open_]
    return sorted(found, key=lambda each: (each[0].short_name, each[0].pk))
