"""What the forms of `posts` and `posts_evidence` are filled with."""

from collections.abc import Callable
from typing import Any

from evaluations.enums import Stage
from evaluations.models import Answer
from tests.access.world import World

SELF, REVIEW, ADMIN, MINISTRY, AWARDED = (
    Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW, Stage.ADMIN_VERIFICATION, Stage.MINISTRY_REVIEW, Stage.AWARDED,
)  # fmt: skip
SAVED = "evaluations.answer: state version"


def none(world: World) -> list[Any]:
    return []


def one(stage: str) -> Callable[[World], list[Any]]:
    return lambda world: [world.cases[stage].evaluation.pk]


def question(stage: str) -> Callable[[World], list[Any]]:
    return lambda world: [world.cases[stage].evaluation.pk, "2.1"]


def version(stage: str) -> Callable[[World], int]:
    return lambda world: Answer.objects.get(pk=world.cases[stage].answer.pk).version


def nothing(world: World) -> dict[str, Any]:
    return {}


def far_region(world: World) -> str:
    person: Any = world.people["far"]
    return str(person.acting.region_id)
