"""A2: what `visible_to` gives each person is exactly what the access table says, computed over every row there is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models

from accounts.models import Membership, Notice
from clusters.models import Instrument, Mapping
from evaluations.enums import SUBMITTED, Audience
from evaluations.models import (
    Answer,
    AnswerEvidence,
    Batch,
    Cycle,
    Evaluation,
    PublishedResult,
    Receipt,
    Reopening,
    Thread,
)
from evidence.models import EvidenceItem, Upload
from regions.models import Agency, Region
from reports.models import Letter, Package, Report
from tests.access.world import ACTORS
from tests.security.worlds import inside, knows, make_wide_world, role_of

pytestmark = pytest.mark.django_db


def signed_in(user: Any, row: Any) -> bool:
    """Public facts."""
    return user is not None


def sees_instrument(user: Any, row: Instrument) -> bool:
    return user is not None and (row.state == "published" or role_of(user)[0] == "national_admin")


def sees_membership(user: Any, row: Membership) -> bool:
    """One's own; a coordinator's region and what lies in it; all for the nation's admins."""
    role, home = role_of(user)
    if not role:
        return False
    if role == "national_admin" or row.user_id == user.pk:
        return True
    return role == "coordinator" and row.region_id is not None and inside(row.region_id, home)


def sees_thread(user: Any, row: Thread) -> bool:
    """Whoever belongs to its audience, and nobody else."""
    (role, home), evaluation = role_of(user), row.answer.evaluation
    if row.audience == Audience.JUDGES:
        allotted = role == "evaluator" and evaluation.allotments.filter(evaluator=user).exists()
        near = role == "province_verifier" and inside(evaluation.region_id, home)
        return evaluation.stage in SUBMITTED and (allotted or near)
    if home != evaluation.region_id:
        return False
    if role == "operator":
        held = evaluation.assignments.filter(question=row.answer.question_id, agency=user.acting.agency_id)
        return row.audience == Audience.AGENCY and held.exists()
    return role == "coordinator" or (role == "task_force" and row.audience == Audience.TASK_FORCE)


def sees_batch(user: Any, row: Batch) -> bool:
    """Many regions at once: the nation's admins all, a province's verifier their own."""
    role, _ = role_of(user)
    own = role == "province_verifier" and row.by == user and row.payload["membership"] == user.acting.pk
    return role == "national_admin" or own


GATHERING = {"operator", "coordinator", "task_force"}
EXPECTED: dict[type[models.Model], Callable[[Any, Any], bool]] = {
    Region: signed_in,
    Agency: signed_in,
    PublishedResult: signed_in,
    Cycle: signed_in,
    Instrument: sees_instrument,
    Membership: sees_membership,
    Evaluation: knows,
    Answer: lambda user, row: knows(user, row.evaluation),
    AnswerEvidence: lambda user, row: knows(user, row.answer.evaluation),
    Report: lambda user, row: knows(user, row.evaluation),
    Mapping: lambda user, row: sees_instrument(user, row.source) and sees_instrument(user, row.target),
    Upload: lambda user, row: user == row.by,
    EvidenceItem: lambda user, row: role_of(user)[0] in GATHERING and role_of(user)[1] == row.region_id,
    Package: lambda user, row: user == row.requested_by and user.acting.pk == row.membership_id,
    Letter: lambda user, row: knows(user, row.evaluation),
    Notice: lambda user, row: user == row.user,
    Receipt: lambda user, row: knows(user, row.evaluation),
    Reopening: lambda user, row: knows(user, row.answer.evaluation),
    Thread: sees_thread,
    Batch: sees_batch,
}
"""Rows of an evaluation exist for whoever knows of it; whether they are read is another question (403)."""

HAVE_FOREIGN_ROWS = {Membership, Evaluation, Answer, AnswerEvidence, Report}


def walled() -> set[type[models.Model]]:
    return {model for model in apps.get_models() if hasattr(model._default_manager, "visible_to")}


def test_every_model_with_a_wall_has_an_expectation() -> None:
    assert walled() == set(EXPECTED)
    assert len(walled()) >= 9


def test_everybody_sees_exactly_what_the_table_says() -> None:
    world, _ = make_wide_world()
    for answer in Answer.objects.filter(question__code="2.1"):
        for audience in Audience:
            Thread.objects.create(answer=answer, audience=audience)
    wrong, cells, hidden = [], 0, 0
    for model, expected in EXPECTED.items():
        rows = list(model._default_manager.all())
        assert rows, model
        for actor in ACTORS:
            person = world.people[actor]
            wanted = {row.pk for row in rows if expected(person, row)}
            manager: Any = model._default_manager
            got = list(manager.visible_to(person or AnonymousUser()).values_list("pk", flat=True))
            cells += 1
            hidden += len(rows) - len(wanted)
            if model in HAVE_FOREIGN_ROWS and actor != "admin":
                assert len(wanted) < len(rows), f"no foreign {model.__name__} for {actor}: nothing is proved"
            if len(got) != len(set(got)) or set(got) != wanted:
                missing, extra = wanted - set(got), set(got) - wanted
                wrong.append(f"{model.__name__} for {actor}: {len(missing)} missing, {len(extra)} too many")
    print(f"{len(EXPECTED)} models x {len(ACTORS)} people, {len(wrong)} of {cells} sets wrong, {hidden} rows hidden")
    assert not wrong, "\n".join(wrong)
    assert hidden > 1000
