"""The world of the access tests: one city with an evaluation in every stage, seen by fifteen kinds of people.

Every text of the city carries a canary, so that a page of somebody else's can be searched for it.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Invitation, Membership, Notice, User
from accounts.services import invitations
from accounts.services.notices import notify
from clusters.enums import QuestionKind
from clusters.models import Cluster, Indicator, Mapping
from clusters.services import editing
from clusters.tests.make import make_instrument, make_mapping, make_question
from evaluations.enums import DRAFTING, AnswerState, BatchKind, Stage
from evaluations.models import Allotment, Answer, AnswerEvidence, Cycle, Evaluation, Extension, Receipt, Reopening
from evaluations.services import batches
from evaluations.services.awards import decide_award
from evaluations.tests.make import (
    make_answer,
    make_cycle,
    make_evaluation,
    make_link,
    make_published,
    make_score,
    people,
)
from evidence.tests.make import make_revision, make_upload_under_way
from regions.models import Agency
from regions.tests.make import make_region
from reports.enums import PackageScope
from reports.models import Letter, Package, Report
from reports.services import request_package, request_report
from reports.tests.make import make_letter

CANARY = "KENARI7f3a91"
MATRIKS = "2.2"
"""The code of the table question, which the operator leads too."""
ACTORS = (
    "operator", "other_operator", "coordinator", "task_force", "viewer", "unit_operator", "province", "evaluator",
    "idle_evaluator", "admin", "sister", "far", "far_province", "retired", "nobody",
)  # fmt: skip
"""operator leads question 2.1; other_operator is of another agency; sister and far coordinate other cities of the same
and of another province; retired has no membership; nobody is not signed in."""


@dataclass
class Case:
    """One stage's evaluation with everything that hangs on it."""

    evaluation: Evaluation
    answer: Answer
    plain: AnswerEvidence
    personal: AnswerEvidence
    report: Report
    package: Package
    letter: Letter


@dataclass
class World:
    people: dict[str, User | None]
    cases: dict[str, Case] = field(default_factory=dict)
    agency: Agency | None = None
    token: str = ""
    memberships: dict[str, Membership] = field(default_factory=dict)
    draft_instrument: Any = None
    mapping: Any = None
    followed: Any = None
    removed: Any = None
    result: Any = None
    upload: Any = None
    notice: Any = None
    batch: Any = None


def make_world() -> World:
    """Everything once; the tests change it only inside transactions that are rolled back."""
    region = make_region("64.71", name=f"Kota {CANARY}")
    world: World | None = None
    for stage in Stage:
        cycle = make_cycle(name=f"Siklus {stage}")
        birth = Indicator.objects.get(cluster__instrument=cycle.instrument, number="2")
        make_question(birth, MATRIKS, QuestionKind.TABLE, 5, ["disdukcapil"], [])
        evaluation = make_evaluation(region=region, cycle=cycle, stage=stage)
        if world is None:
            world = World(people(evaluation))
            world.agency = region.agencies.get(kind="disdukcapil")
        else:
            Allotment.objects.create(evaluation=evaluation, evaluator=world.people["evaluator"])
        world.cases[stage] = _case(world, evaluation)
    assert world is not None
    for who, user in world.people.items():
        if user is not None and user.acting is not None:
            world.memberships[who] = user.acting
    operator, coordinator = world.people["operator"], world.people["coordinator"]
    assert operator is not None and coordinator is not None
    world.token = invitations.issue(operator, by=coordinator)
    assert Invitation.objects.count() == 1
    world.upload = make_upload_under_way(by=operator)
    notify([operator], key="world", title=f"Perihal {CANARY}", url="/profil/")
    world.notice = Notice.objects.get(key="world")
    world.draft_instrument = make_instrument(state="draft")
    world.mapping = make_mapping(target=world.draft_instrument)
    gone = editing.add_cluster(world.draft_instrument, code="X", name="Keliru", max_points=Decimal(1), by=None)
    world.removed = editing.remove(gone, editing.seen(Cluster.objects.get(pk=gone.pk)), by=None)
    world.followed = _follow(world.cases[Stage.AWARDED].evaluation, world.cases[Stage.SELF_ASSESSMENT].evaluation)
    world.result = make_published(region=region)
    waiting = world.cases[Stage.MINISTRY_REVIEW].evaluation
    world.batch = batches.start(
        waiting.cycle, BatchKind.MOVE, "review", items=[[str(waiting.pk), waiting.version]], by=world.people["admin"]
    )
    return world


def _follow(earlier: Evaluation, later: Evaluation) -> Mapping:
    """Make one the other's earlier cycle, whose answers lead to its questions."""
    Cycle.objects.filter(pk=earlier.cycle_id).update(created_at=later.cycle.created_at - timedelta(days=700))
    return make_mapping(source=earlier.cycle.instrument, target=later.cycle.instrument)


def _case(world: World, evaluation: Evaluation) -> Case:
    state = (
        AnswerState.APPROVED
        if evaluation.stage not in ("self_assessment", "task_force_review")
        else AnswerState.ANSWERED
    )
    answer = make_answer(evaluation=evaluation, code="2.1", state=state, note=f"catatan {CANARY}")
    table = make_answer(
        evaluation=evaluation, code=MATRIKS, state=state, value=[{"nama": f"lembaga {CANARY}", "anak": "40"}]
    )
    links = []
    for personal in (False, True):
        revision = make_revision(region=evaluation.region, agency=world.agency)
        revision.item.title, revision.item.personal_data = f"judul {CANARY}", personal
        revision.item.save()
        revision.original_name = f"berkas {CANARY}.pdf"
        revision.save()
        links.append(make_link(answer=answer, revision=revision))
    if evaluation.stage in ("admin_verification", "field_verification", "final", "awarded"):
        make_score(answer=answer, by=world.people["province"], reason=f"alasan {CANARY}")
        make_score(answer=table, by=world.people["province"])
    requester = world.people["coordinator"]
    Extension.objects.create(
        evaluation=evaluation, stage=evaluation.stage, until=timezone.now() + timedelta(days=9),
        reason=f"gangguan {CANARY}", by=world.people["admin"],
    )  # fmt: skip
    if evaluation.stage not in DRAFTING:
        submitted = timezone.now() - timedelta(days=1)
        Receipt.objects.create(
            evaluation=evaluation,
            kind="submission",
            number=f"KLA/{evaluation.stage}",
            sha256="0" * 64,
            by=requester,
            payload={"answers": {}, "content": "", "declaration": "", "opened": [f"{CANARY}"]},
            at=submitted,
            declaration=links[0].revision,
        )
        Reopening.objects.create(
            answer=answer,
            kind="ask",
            stage=evaluation.stage,
            until=timezone.now(),
            answer_version=1,
            reason=f"diminta {CANARY}",
            by=world.people["province"],
            at=submitted,
            closed_at=submitted,
        )
    if evaluation.stage == Stage.FINAL:
        decide_award(evaluation, by=world.people["admin"])
    report = request_report(evaluation, by=requester)
    package = request_package(evaluation, PackageScope.WHOLE, "", str(evaluation), by=requester)
    letter = make_letter(evaluation=evaluation, agency=world.agency, by=requester)
    return Case(evaluation, answer, links[0], links[1], report, package, letter)
