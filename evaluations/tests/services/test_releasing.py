"""A stage is closed to the region until it is released, at every place that reads scores."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations import permissions
from evaluations.enums import JUDGED, DocumentVerdict, Stage, reached
from evaluations.models import Evaluation, StageTotal
from evaluations.queries.documents import said_to
from evaluations.queries.stages import groups, releases
from evaluations.queries.stagewise import stage_scores
from evaluations.services.releasing import release_stage
from evaluations.tests.make import make_answer, make_document_verdict, make_evaluation, make_link, make_score
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
REGION = (Role.OPERATOR, Role.COORDINATOR, Role.TASK_FORCE, Role.VIEWER)


def judged(stage):
    """An evaluation whose judged stages up to this one have each given another verdict, closed ones with totals."""
    evaluation = make_evaluation(stage=stage)
    answer = make_answer(evaluation=evaluation)
    link = make_link(answer=answer)
    for each in JUDGED:
        if reached(stage, each):
            make_score(answer=answer, stage=each, reason=f"alasan {each}")
            make_document_verdict(link=link, stage=each, verdict=DocumentVerdict.DOUBTFUL, reason=f"ragu {each}")
            if each != stage:
                StageTotal.objects.create(
                    evaluation=evaluation, stage=each, points=1, claimed=1, supported=1, predicate="none"
                )
    return evaluation


def fresh(evaluation):
    return Evaluation.objects.with_names().get(pk=evaluation.pk)


def read_by(user, evaluation):
    """The judged stages of which this person is shown anything: totals, reasons, verdicts on documents."""
    evaluation = fresh(evaluation)
    stages = stage_scores(evaluation, user)
    shown = {each.stage for each in stages}
    rows = groups(
        stages, clusters=[row.cluster.code for row in stages[-1].card.clusters], only_fallen=False, reader=user
    )
    reasons = {
        cell.reason.partition(" ")[2] for group in rows for row in group.rows for cell in row.cells if cell.reason
    }
    said = {each.stage for several in said_to(user, evaluation).values() for each in several}
    assert {stage for stage in JUDGED if stage in shown} == reasons == said
    return reasons


@pytest.mark.parametrize("stage", [*JUDGED, Stage.AWARDED])
@pytest.mark.parametrize("role", REGION)
def test_unreleased_stays_closed_to_the_region_in_every_stage(stage, role):
    evaluation = judged(stage)
    agency = evaluation.region.agencies.first() if role == Role.OPERATOR else None
    reader = make_user(role, evaluation.region, agency)
    assert read_by(reader, evaluation) == (set(JUDGED) if stage == Stage.AWARDED else set())
    StageTotal.objects.filter(evaluation=evaluation, stage=Stage.ADMIN_VERIFICATION).update(
        released_at=evaluation.created_at
    )
    if stage not in (Stage.ADMIN_VERIFICATION, Stage.AWARDED):
        assert read_by(reader, evaluation) == {Stage.ADMIN_VERIFICATION}
        assert not permissions.can_read_scores(reader, fresh(evaluation))  # the running ones, and all of them


def test_judges_read_all_up_to_now():
    evaluation = judged(Stage.FIELD_VERIFICATION)
    admin = make_user(Role.NATIONAL_ADMIN)
    assert read_by(admin, evaluation) == set(JUDGED[:3])


def test_a_peer_reads_nothing():
    evaluation = judged(Stage.FINAL)
    release_stage(evaluation, Stage.ADMIN_VERIFICATION, by=make_user(Role.NATIONAL_ADMIN))
    peer = make_user(Role.COORDINATOR, make_region(code="73.71"))
    assert permissions.stages_read(peer, fresh(evaluation)) == ()
    assert not Evaluation.objects.visible_to(peer).exists()


def test_who_releases_what():
    evaluation = judged(Stage.FIELD_VERIFICATION)
    province = make_user(Role.PROVINCE_VERIFIER, make_region(code=evaluation.region.parent_code))
    admin = make_user(Role.NATIONAL_ADMIN)
    with pytest.raises(PermissionDenied, match="Buka dahulu"):
        release_stage(evaluation, Stage.MINISTRY_REVIEW, by=admin)
    total = release_stage(evaluation, Stage.ADMIN_VERIFICATION, by=province)
    assert total.released_by == province and total.released_at
    with pytest.raises(PermissionDenied, match="sudah terbuka"):
        release_stage(evaluation, Stage.ADMIN_VERIFICATION, by=admin)
    with pytest.raises(PermissionDenied, match="oleh admin nasional"):
        release_stage(evaluation, Stage.MINISTRY_REVIEW, by=province)
    release_stage(evaluation, Stage.MINISTRY_REVIEW, by=admin)
    for stage in (Stage.FIELD_VERIFICATION, Stage.FINAL, Stage.SELF_ASSESSMENT, "lain"):
        with pytest.raises(PermissionDenied, match="sudah ditutup"):
            release_stage(evaluation, stage, by=admin)
    assert list(Event.objects.filter(action="evaluation.release").order_by("seq").values_list("detail", flat=True)) == [
        Stage.ADMIN_VERIFICATION, Stage.MINISTRY_REVIEW,
    ]  # fmt: skip


@pytest.mark.parametrize("role", [*REGION, Role.EVALUATOR])
def test_nobody_else_releases(role):
    evaluation = judged(Stage.MINISTRY_REVIEW)
    agency = evaluation.region.agencies.first() if role == Role.OPERATOR else None
    user = make_user(role, evaluation.region if role in REGION else None, agency)
    with pytest.raises(PermissionDenied):
        release_stage(evaluation, Stage.ADMIN_VERIFICATION, by=user)
    assert not StageTotal.objects.exclude(released_at=None).exists()


def test_the_page_says_which_stages_are_open():
    evaluation = judged(Stage.MINISTRY_REVIEW)
    admin = make_user(Role.NATIONAL_ADMIN)
    [before] = releases(fresh(evaluation), stage_scores(fresh(evaluation), admin), admin)
    assert before.may and before.at is None
    release_stage(evaluation, Stage.ADMIN_VERIFICATION, by=admin)
    [after] = releases(fresh(evaluation), stage_scores(fresh(evaluation), admin), admin)
    assert not after.may and after.at is not None


def test_judges_are_roles_to_the_region():
    evaluation = judged(Stage.MINISTRY_REVIEW)
    release_stage(evaluation, Stage.ADMIN_VERIFICATION, by=make_user(Role.NATIONAL_ADMIN))
    reader = make_user(Role.COORDINATOR, evaluation.region)
    stages = stage_scores(fresh(evaluation), reader)
    codes = [row.cluster.code for row in stages[-1].card.clusters]
    cells = [
        cell
        for group in groups(stages, clusters=codes, only_fallen=False, reader=reader)
        for row in group.rows
        for cell in row.cells
    ]
    assert {cell.who for cell in cells if cell.own} == {Role.PROVINCE_VERIFIER.label}
