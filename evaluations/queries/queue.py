"""Regions in their turn: how far each is, since when, until when, and in whose hands.

A country has 514 evaluations and 140,000 answers, so counting comes after the page is cut: for its rows alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Now

from accounts.enums import Role
from evaluations.enums import JUDGED, AnswerState, ReopenKind, Stage
from evaluations.models import Allotment, Answer, Evaluation, Extension, Reopening, Score, StageWindow
from evaluations.stages import STEPS
from trail.models import Event

TURN: dict[str, tuple[Stage, ...]] = {
    Role.PROVINCE_VERIFIER: (Stage.ADMIN_VERIFICATION,),
    Role.EVALUATOR: (Stage.MINISTRY_REVIEW, Stage.FIELD_VERIFICATION, Stage.FINAL),
    Role.NATIONAL_ADMIN: JUDGED,
}
"""The stages in which an evaluation waits for somebody of this role."""
MOVES = [f"evaluation.{step.action}" for step in STEPS.values() if step.source != step.target]


def in_turn(user: Any) -> QuerySet[Evaluation]:
    """What waits for this person, with region and cycle."""
    stages = TURN.get(user.acting.role, ()) if user.acting else ()
    return Evaluation.objects.visible_to(user).with_names().filter(stage__in=stages)


def with_due(rows: QuerySet[Evaluation]) -> QuerySet[Evaluation]:
    """Adds `due_at`, the end of the present stage: the window's, or that of an extension that ends later; None where no
    window is planned. As `timing` has it."""
    closes = StageWindow.objects.filter(cycle=OuterRef("cycle"), stage=OuterRef("stage")).values("closes_at")
    given = Extension.objects.filter(evaluation=OuterRef("pk"), stage=OuterRef("stage"))
    return rows.annotate(closes_at=Subquery(closes[:1]), extended_until=given.last_until()).annotate(
        due_at=Case(When(extended_until__gt=F("closes_at"), then=F("extended_until")), default=F("closes_at"))
    )


def late(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Of rows `with_due` those whose time is over, by the database's clock."""
    return rows.filter(due_at__lte=Now())


def unjudged(rows: QuerySet[Evaluation]) -> QuerySet[Evaluation]:
    """Those with an answer that has no verdict of the present stage on what it says now."""
    said = Score.objects.filter(
        answer=OuterRef("pk"), stage=OuterRef("evaluation__stage"), answer_version=OuterRef("version")
    )
    waiting = Answer.objects.filter(~Exists(said), evaluation=OuterRef("pk")).exclude(state=AnswerState.EMPTY)
    return rows.filter(pk__in=list(rows.order_by().filter(Exists(waiting)).values_list("pk", flat=True)))


def asked(rows: QuerySet[Evaluation]) -> QuerySet[Evaluation]:
    """Those of which a judge has asked something that is open still."""
    return rows.filter(pk__in=_asks().values("answer__evaluation"))


def _asks() -> QuerySet[Reopening]:
    return Reopening.objects.standing().filter(kind=ReopenKind.ASK)


def with_hands(rows: QuerySet[Evaluation]) -> QuerySet[Evaluation]:
    """With their allotments, each with its evaluator. One query."""
    return rows.prefetch_related(Prefetch("allotments", Allotment.objects.select_related("evaluator").order_by("pk")))


def count(evaluations: Iterable[Evaluation], *, judged: bool = True) -> None:
    """Sets question_count, answered_count and, when asked for, judged_count (answers with a verdict of the present
    stage) on each. One query, or two."""
    rows = {row.pk: row for row in evaluations}
    answered = Count("pk", filter=~Q(state=AnswerState.EMPTY))
    answers = Answer.objects.filter(evaluation__in=rows).order_by().values_list("evaluation")
    for row in rows.values():
        row.__dict__.update(question_count=0, answered_count=0, judged_count=0)
    for pk, questions, filled in answers.annotate(n=Count("pk"), filled=answered):
        rows[pk].__dict__.update(question_count=questions, answered_count=filled)
    if judged:
        scores = Score.objects.standing().filter(answer__evaluation__in=rows, stage=F("answer__evaluation__stage"))
        scores = scores.exclude(answer__state=AnswerState.EMPTY).order_by()
        for pk, given in scores.values_list("answer__evaluation").annotate(Count("pk")):
            rows[pk].__dict__.update(judged_count=given)


@dataclass(frozen=True, slots=True)
class Row:
    """One region of the queue. `evaluation` comes from `with_due` and `count`; `asks`: answers that a judge waits for;
    `since` when it came into its stage; `hands`: names of the evaluators it is allotted to."""

    evaluation: Any
    asks: int
    since: datetime
    hands: tuple[str, ...]

    @property
    def left(self) -> int:
        return int(self.evaluation.answered_count - self.evaluation.judged_count)


def rows_of(evaluations: Sequence[Evaluation]) -> list[Row]:
    """These as rows of the queue, in their order. Five queries."""
    count(evaluations)
    asks = dict(
        _asks().filter(answer__evaluation__in=evaluations).order_by()
        .values_list("answer__evaluation").annotate(Count("answer", distinct=True))
    )  # fmt: skip
    moved = Event.objects.filter(subject__in=[row.subject for row in evaluations], action__in=MOVES).order_by()
    since = dict(moved.values_list("subject").annotate(Max("at")))
    hands: dict[UUID, list[str]] = {}
    for each in Allotment.objects.filter(evaluation__in=evaluations).select_related("evaluator").order_by("pk"):
        hands.setdefault(each.evaluation_id, []).append(str(each.evaluator))
    return [
        Row(row, asks.get(row.pk, 0), since.get(row.subject, row.created_at), tuple(hands.get(row.pk, ())))
        for row in evaluations
    ]
