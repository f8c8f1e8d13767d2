"""A8: role by stage by field, read and written; first of the permissions, then of pages."""

import pytest
from django.db import transaction

from evaluations.enums import Audience, Stage
from evaluations.models import Evaluation, Thread
from tests.access.fields import READS, WRITES, Field
from tests.access.world import ACTORS, World, make_world

pytestmark = pytest.mark.django_db
FLOOR = 3_500
"""Fewer cells than this means that the table has lost fields."""


def in_sight(world: World, stage: Stage) -> dict[str, bool]:
    """Who may know that the evaluation exists, of everybody who can sign in."""
    rows = Evaluation.objects.filter(pk=world.cases[stage].evaluation.pk)
    people = {actor: user for actor in ACTORS if (user := world.people[actor])}
    return {actor: (rows & Evaluation.objects.visible_to(user)).exists() for actor, user in people.items()}


def cells(world: World, field: Field, stage: Stage, seen: dict[str, bool]) -> dict[str, bool]:
    """What each person gets: nothing of what is not theirs to see at all, else what the portal says of the field."""
    case = world.cases[stage]
    with transaction.atomic():
        field.before(world, case)
        found = {who: sees and bool(field.ask(world.people[who], world, case)) for who, sees in seen.items()}
        transaction.set_rollback(True)
    return found


def test_every_cell_is_as_the_table_says() -> None:
    world = make_world()
    for case in world.cases.values():
        Thread.objects.bulk_create(Thread(answer=case.answer, audience=audience) for audience in Audience)
    seen = {stage: in_sight(world, stage) for stage in Stage}
    wrong, asked = [], 0
    for way, fields in (("reads", READS), ("writes", WRITES)):
        for field in fields:
            for stage in Stage:
                wanted = field.yes.get(stage, "").split()
                for actor, got in cells(world, field, stage, seen[stage]).items():
                    asked += 1
                    if got != (actor in wanted):
                        wrong.append(f"{actor} {way} {field.name} in {stage}: {got}")
    print(f"{asked - len(wrong)} of {asked} cells as declared: {len(READS)} fields read, {len(WRITES)} written")
    assert not wrong, "\n".join(wrong)
    assert asked >= FLOOR
