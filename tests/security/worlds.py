"""The access world with two more cities in it, and what the access table says about it, in plain Python.

`knows` and `reads_answers` are written from the table in docs/access.md, not from the code that is tested.
"""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.models import Allotment, Evaluation
from evaluations.tests.make import make_answer, make_evaluation, make_link
from evidence.tests.make import make_revision
from regions.tests.make import make_agency, make_region
from reports.services import request_report
from tests.access.world import World, make_world

DRAFTS = (Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW)
OUTSIDE = frozenset({"sister", "far", "far_province", "unit_operator", "idle_evaluator", "retired", "nobody"})
"""Actors who have nothing to do with 64.71."""
FOREIGN_STAGES = (Stage.SELF_ASSESSMENT, Stage.ADMIN_VERIFICATION, Stage.AWARDED)


@dataclass
class Foreign:
    """What another city has: ids that nobody of 64.71 should be able to put to use."""

    evaluation: Evaluation
    answer: Any
    link: Any
    report: Any


def make_wide_world() -> tuple[World, dict[str, list[Foreign]]]:
    """The access world; and by actor name (sister, far) their cities' evaluations in three stages."""
    world = make_world()
    foreign: dict[str, list[Foreign]] = {}
    for actor in ("sister", "far"):
        person: Any = world.people[actor]
        region = make_region(person.acting.region_id)
        agency = make_agency(region=region, kind="disdukcapil")
        make_user(Role.OPERATOR, region, agency)
        foreign[actor] = []
        for stage in FOREIGN_STAGES:
            evaluation = make_evaluation(region=region, cycle=world.cases[stage].evaluation.cycle, stage=stage)
            answer = make_answer(evaluation=evaluation, code="2.1")
            link = make_link(answer=answer, revision=make_revision(region=region, agency=agency))
            foreign[actor].append(Foreign(evaluation, answer, link, request_report(evaluation, by=person)))
    Allotment.objects.create(evaluation=foreign["far"][0].evaluation, evaluator=world.people["idle_evaluator"])
    return world, foreign


def inside(code: str, of: str) -> bool:
    """Is the region with this code `of` itself or a part of it?"""
    return code.split(".")[: len(of.split("."))] == of.split(".")


def role_of(user: Any) -> tuple[str, str]:
    """(role, region) held today, or two empty texts; from the rows themselves."""
    if user is None:
        return "", ""
    today = timezone.localdate()
    for row in sorted(user.memberships.all(), key=lambda row: row.pk):
        if row.starts_on <= today and (row.ends_on is None or row.ends_on > today):
            return str(row.role), row.region_id or ""
    return "", ""


CITY = {"operator", "coordinator", "task_force", "viewer"}


def knows(user: Any, evaluation: Evaluation) -> bool:
    """May this person know that the evaluation exists? Every cell of the table that does not say "nothing"."""
    role, home = role_of(user)
    if not role:
        return False
    if evaluation.stage == "awarded":
        return True  # "another region, the public: predicate and totals"
    if role in CITY:
        return evaluation.region_id == home
    if role == "province_verifier":
        return inside(evaluation.region_id, home)
    if role == "evaluator":
        allotted = {row.evaluator_id for row in evaluation.allotments.all()}
        return user.pk in allotted and evaluation.stage not in ("self_assessment", "task_force_review")
    return role == "national_admin"
