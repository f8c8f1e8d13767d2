"""Seats of the task force: who may give them, and what they open."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.models import Notice
from accounts.tests.make import make_user
from evaluations import permissions
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, Evaluation, Seat
from evaluations.services.locks import locked
from evaluations.services.reviews import approve_all, review_answer
from evaluations.services.seats import remove_seat, set_seat
from evaluations.services.workflow import move
from evaluations.tests.make import make_answer, make_evaluation
from kla_portal.lib.versions import Stale
from trail.models import Event

pytestmark = pytest.mark.django_db
OWN, OTHER = "1.1", "2.1"


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation(stage=Stage.TASK_FORCE_REVIEW)


@pytest.fixture
def coordinator(evaluation: Evaluation):
    return make_user(Role.COORDINATOR, evaluation.region)


@pytest.fixture
def member(evaluation: Evaluation):
    return make_user(Role.TASK_FORCE, evaluation.region)


def cluster_of(answer: Answer) -> str:
    return answer.question.indicator.cluster.code


@pytest.fixture
def answers(evaluation: Evaluation) -> tuple[Answer, Answer]:
    """Of two clusters."""
    found = make_answer(evaluation=evaluation, code=OWN), make_answer(evaluation=evaluation, code=OTHER)
    assert cluster_of(found[0]) != cluster_of(found[1])
    return found


def test_the_coordinator_seats_members_and_everything_is_recorded(evaluation, coordinator, member, answers):
    code = cluster_of(answers[0])
    seat = set_seat(evaluation, member, clusters=[code], is_chair=False, by=coordinator, version=0)
    assert (seat.clusters, seat.is_chair, seat.version) == ([code], False, 1)
    set_seat(evaluation, member, clusters=[], is_chair=True, by=coordinator, version=1)
    events = list(Event.objects.about(evaluation.subject).filter(action="evaluation.seat"))
    assert events[0].before == {"member": member.pk, "clusters": [code], "is_chair": False}
    assert events[0].after == {"member": member.pk, "clusters": [], "is_chair": True}
    assert Notice.objects.filter(user=member).count() == 2


def test_there_is_one_chair(evaluation, coordinator, member):
    second = make_user(Role.TASK_FORCE, evaluation.region)
    first = set_seat(evaluation, member, is_chair=True, by=coordinator)
    set_seat(evaluation, second, is_chair=True, by=coordinator)
    first.refresh_from_db()
    assert not first.is_chair and first.version == 2
    assert Seat.objects.get(is_chair=True).member == second


def test_of_two_who_change_a_seat_the_slower_is_told(evaluation, coordinator, member):
    seat = set_seat(evaluation, member, is_chair=False, by=coordinator, version=0)
    for stale in (0, 2):
        with pytest.raises(Stale):
            set_seat(evaluation, member, is_chair=True, by=coordinator, version=stale)
    with pytest.raises(Stale):
        remove_seat(seat, version=2, by=coordinator)
    remove_seat(seat, version=1, by=coordinator)
    assert not Seat.objects.exists()
    assert Event.objects.about(evaluation.subject).get(action="evaluation.unseat").before["member"] == member.pk
    with pytest.raises(Stale):
        set_seat(evaluation, member, is_chair=True, by=coordinator, version=1)


def test_refused_are_strangers_unknown_clusters_other_hands_and_late_changes(evaluation, coordinator, member):
    elsewhere = make_user(Role.COORDINATOR, evaluation.region)
    with pytest.raises(PermissionDenied, match="bukan anggota"):
        set_seat(evaluation, elsewhere, is_chair=False, by=coordinator)
    with pytest.raises(ValueError, match="no clusters"):
        set_seat(evaluation, member, clusters=["XX"], is_chair=False, by=coordinator)
    with pytest.raises(PermissionDenied, match="koordinator"):
        set_seat(evaluation, member, is_chair=True, by=member)
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.ADMIN_VERIFICATION)
    with pytest.raises(PermissionDenied, match="sudah diajukan"):
        set_seat(evaluation, member, is_chair=True, by=coordinator)
    assert not Seat.objects.exists()


def test_whoever_has_clusters_reviews_those_alone(evaluation, coordinator, member, answers):
    other = make_user(Role.TASK_FORCE, evaluation.region, full_name="Ibu Ketua")
    own, foreign = answers
    set_seat(evaluation, member, clusters=[cluster_of(own)], is_chair=False, by=coordinator)
    set_seat(evaluation, other, clusters=[cluster_of(own)], is_chair=True, by=coordinator)
    with pytest.raises(PermissionDenied, match="Klaster ini ditelaah Ibu Ketua"):
        review_answer(foreign, version=foreign.version, approved=True, reason="", by=member)
    with pytest.raises(PermissionDenied, match="Klaster ini"):
        approve_all(evaluation, seen=[(each.pk, each.version) for each in answers], by=member)
    assert not Answer.objects.filter(state=AnswerState.APPROVED).exists()
    assert approve_all(evaluation, seen=[(own.pk, own.version)], by=member) == 1
    review_answer(foreign, version=foreign.version, approved=True, reason="", by=other)


def test_without_seats_all_review_and_with_them_those_seated(evaluation, coordinator, member, answers):
    unseated = make_user(Role.TASK_FORCE, evaluation.region)
    assert permissions.can_review(unseated, evaluation)
    set_seat(evaluation, member, is_chair=False, by=coordinator)
    fresh = locked(evaluation.pk)
    assert "belum masuk susunan" in permissions.can_review(unseated, fresh).reason
    assert permissions.can_review(member, fresh, cluster_of(answers[1]))
    assert "belum ditunjuk" in permissions.can_move(member, fresh, "sign_off").reason


def test_a_change_takes_the_signature_off_and_says_by_which_question(evaluation, coordinator, member, answers):
    set_seat(evaluation, member, is_chair=True, by=coordinator)
    approve_all(evaluation, seen=[(each.pk, each.version) for each in answers], by=member)
    evaluation.refresh_from_db()
    move(evaluation, "sign_off", version=evaluation.version, by=member)
    answer = Answer.objects.get(pk=answers[0].pk)
    review_answer(answer, version=answer.version, approved=False, reason="Tanda tangan belum ada", by=member)
    evaluation.refresh_from_db()
    assert evaluation.signed_off_at is None
    event = Event.objects.about(evaluation.subject).get(action="evaluation.unsign")
    assert (event.detail, event.actor) == (OWN, member)
