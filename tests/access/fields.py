"""Who reads and who writes each thing of an evaluation, in each stage: docs/access.md as a table of cells.

A field names what is asked of the portal and, stage by stage, the people for whom the answer is yes; for everybody else
it is no. Question 2.1 is led by the operator's agency.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from evaluations import permissions
from evaluations.enums import Audience, ReopenKind, Stage
from evaluations.models import Answer, Evaluation, Thread
from tests.access.matrix import (
    ADMIN,
    AWARDED,
    CITY,
    DRAFT_SEEN,
    FIELD,
    FINAL,
    HOLDERS,
    JUDGING,
    MINISTRY,
    REVIEW,
    SELF,
    SUBMITTED_SEEN,
    WRITERS_AND_REVIEWERS,
)
from tests.access.world import Case, World

Ask = Callable[[Any, World, Case], Any]
LATER = (*JUDGING, AWARDED)
MINISTRYS = (MINISTRY, FIELD, FINAL)


@dataclass(frozen=True)
class Field:
    """`before` arranges what the question is about, in a transaction that is undone."""

    name: str
    ask: Ask
    yes: dict[str, str]
    before: Callable[[World, Case], None] = field(default=lambda world, case: None)


def on(who: str, *stages: Stage) -> dict[str, str]:
    return dict.fromkeys(stages, who)


def of_evaluation(permission: Callable[..., Any], *more: Any) -> Ask:
    return lambda user, world, case: permission(user, evaluation(case), *more)


def of_answer(permission: Callable[..., Any], *more: Any) -> Ask:
    return lambda user, world, case: permission(user, answer(case), *more)


def evaluation(case: Case) -> Evaluation:
    """Anew: what was looked up for one person must not answer for another."""
    return Evaluation.objects.with_names().get(pk=case.evaluation.pk)


def answer(case: Case) -> Answer:
    found = Answer.objects.select_related("question", "evaluation__region", "evaluation__cycle")
    return found.get(pk=case.answer.pk)


def of_document(permission: Callable[..., Any], which: str) -> Ask:
    def ask(user: Any, world: World, case: Case) -> Any:
        link = getattr(case, which)
        link.answer = answer(case)
        return permission(user, link)

    return ask


def hears(audience: str) -> Ask:
    """As the rows and as the permission have it; they must not differ."""

    def ask(user: Any, world: World, case: Case) -> bool:
        rows = Thread.objects.visible_to(user).filter(answer=case.answer, audience=audience).exists()
        assert rows == (audience in permissions.audiences(user, answer(case))), (user, audience)
        return rows

    return ask


def released(world: World, case: Case) -> None:
    """The province's stage, once it is over."""
    if case.evaluation.stage in (SELF, REVIEW, ADMIN):
        return
    case.evaluation.stage_totals.update_or_create(
        stage=ADMIN, defaults={"points": 1, "claimed": 1, "supported": 1, "predicate": "none",
                               "released_at": case.evaluation.cycle.created_at},
    )  # fmt: skip


def kept(world: World, case: Case) -> None:
    released(world, case)
    case.evaluation.stage_totals.update(released_at=None)


def returned(world: World, case: Case) -> None:
    Answer.objects.filter(pk=case.answer.pk).update(state="returned")


def opened(world: World, case: Case) -> None:
    case.answer.reopenings.create(
        kind=ReopenKind.ASK, stage=case.evaluation.stage, until=timezone.now() + timedelta(days=1), reason="mohon",
        by=world.people["province"], answer_version=case.answer.version,
    )  # fmt: skip


SEEN = on(DRAFT_SEEN, SELF, REVIEW) | on(SUBMITTED_SEEN, *JUDGING)
ANSWERS = on(WRITERS_AND_REVIEWERS, SELF) | on(CITY, REVIEW) | on(SUBMITTED_SEEN, *LATER)
JUDGES_TURN = on("province", ADMIN) | on("evaluator", *MINISTRYS)
AGENCYS = "operator coordinator"
READS = [
    Field("that it exists", lambda user, world, case: True, SEEN | on(HOLDERS, AWARDED)),
    Field("its progress", of_evaluation(permissions.can_read_progress), SEEN | on(SUBMITTED_SEEN, AWARDED)),
    Field("value and note", of_evaluation(permissions.can_read_answers), ANSWERS),
    Field("a document", of_document(permissions.can_open_file, "plain"), ANSWERS),
    Field(
        "a document with personal data", of_document(permissions.can_open_file, "personal"),
        on("operator coordinator task_force", SELF, REVIEW)
        | on("operator coordinator task_force province evaluator", *LATER),
    ),
    Field("the claimed total", of_evaluation(permissions.can_read_claims), on(CITY, SELF, REVIEW) | on(SUBMITTED_SEEN, *LATER)),
    Field("verdict, points and reason", of_evaluation(permissions.can_read_scores),
          on("province evaluator admin", *JUDGING) | on(SUBMITTED_SEEN, AWARDED)),
    Field("the same of a stage that is released", of_evaluation(permissions.can_read_scores, ADMIN),
          on("province evaluator admin", ADMIN) | on(SUBMITTED_SEEN, *MINISTRYS, AWARDED), before=released),
    Field("the same of the stage after it", of_evaluation(permissions.can_read_scores, MINISTRY),
          on("province evaluator admin", *JUDGING) | on(SUBMITTED_SEEN, AWARDED), before=released),
    Field("total and predicate", of_evaluation(permissions.can_read_result),
          on(CITY, SELF, REVIEW) | on(SUBMITTED_SEEN, *JUDGING) | on(HOLDERS, AWARDED)),
    Field("agency and coordinator talking", hears(Audience.AGENCY), on(AGENCYS, SELF, REVIEW, *LATER)),
    Field("task force and coordinator talking", hears(Audience.TASK_FORCE), on("coordinator task_force", SELF, REVIEW, *LATER)),
    Field("judges talking", hears(Audience.JUDGES), on("province evaluator", *LATER)),
    Field("who sits in the task force", of_evaluation(permissions.can_read_seats), on(CITY, *Stage)),
    Field("which agencies are late", of_evaluation(permissions.can_read_late), on("coordinator task_force viewer", *Stage)),
]  # fmt: skip
WRITES = [
    Field("value and note", of_answer(permissions.can_write_answer), on(AGENCYS, SELF)),
    Field("value and note, returned", of_answer(permissions.can_write_answer), on(AGENCYS, SELF, REVIEW), before=returned),
    Field("value and note, opened by name", of_answer(permissions.can_write_answer), on(AGENCYS, SELF, REVIEW, *JUDGING),
          before=opened),
    Field("evidence", of_answer(permissions.can_add_evidence), on(AGENCYS, SELF)),
    Field("evidence, opened by name", of_answer(permissions.can_add_evidence), on(AGENCYS, SELF, REVIEW, *JUDGING), before=opened),
    Field("taking a document off", of_document(permissions.can_remove_evidence, "plain"), on(AGENCYS, SELF)),
    Field("the note of a part", lambda user, world, case: permissions.can_mark_part(user, answer(case), agency_of(world)),
          on(AGENCYS, SELF)),
    Field("who has which part", of_evaluation(permissions.can_assign), on("coordinator", SELF)),
    Field("internal deadlines", of_evaluation(permissions.can_set_deadlines), on("coordinator", SELF, REVIEW)),
    Field("the task force's word", of_evaluation(permissions.can_review), on("task_force", REVIEW)),
    Field("who sits in the task force", of_evaluation(permissions.can_seat), on("coordinator", SELF, REVIEW)),
    Field("the declaration", of_evaluation(permissions.can_declare), on("coordinator", SELF, REVIEW)),
    Field("verdict, points and reason", of_answer(permissions.can_score_answer), JUDGES_TURN),
    Field("the same, while opened by name", of_answer(permissions.can_score_answer), {}, before=opened),
    Field("a verdict on a document", of_document(permissions.can_judge_document, "plain"), JUDGES_TURN),
    Field("a verdict on one with personal data", of_document(permissions.can_judge_document, "personal"), JUDGES_TURN),
    Field("asking, which opens it again", of_answer(permissions.can_ask), JUDGES_TURN),
    Field("the 2×24 hours", of_evaluation(permissions.can_reopen), on("evaluator admin", FIELD, FINAL)),
    Field("releasing a stage", of_evaluation(permissions.can_release, ADMIN), on("province admin", *MINISTRYS), before=kept),
    Field("the predicate", of_evaluation(permissions.can_decide_award), on("admin", FINAL)),
    Field("an extension", of_evaluation(permissions.can_extend), on("admin", SELF, REVIEW, *JUDGING)),
    Field("a word among the agency", of_answer(permissions.can_talk, Audience.AGENCY), on(AGENCYS, SELF, REVIEW, *JUDGING)),
    Field("a word to the task force", of_answer(permissions.can_talk, Audience.TASK_FORCE),
          on("coordinator task_force", SELF, REVIEW, *JUDGING)),
    Field("a word among judges", of_answer(permissions.can_talk, Audience.JUDGES), on("province evaluator", *JUDGING)),
]  # fmt: skip


def agency_of(world: World) -> int:
    assert world.agency is not None
    return int(world.agency.pk)
