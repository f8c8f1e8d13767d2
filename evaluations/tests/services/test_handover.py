"""Handing over: the role and what hangs on it goes to the successor, and nothing of the leaver's stays open."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.enums import Role
from accounts.models import Membership
from accounts.services import invitations
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.models import Allotment, Evaluation, Seat
from evaluations.services.handover import hand_over
from evaluations.tests.make import make_evaluation
from evidence.models import Upload
from evidence.tests.make import make_upload_under_way
from kla_portal.tests.rivals import at_once
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


@pytest.fixture
def coordinator(evaluation: Evaluation) -> Any:
    return make_user(Role.COORDINATOR, evaluation.region)


def held(person: Any) -> set[tuple[str, Any]]:
    return set(Membership.objects.current().filter(user=person).values_list("role", "agency"))


def test_the_role_goes_and_everything_open_ends(
    evaluation: Evaluation, coordinator: Any, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    agency = evaluation.region.agencies.get(kind="dinkes")
    leaver, heir = make_user(Role.OPERATOR, agency=agency), make_user(Role.TASK_FORCE, evaluation.region)
    token = invitations.issue(leaver, by=coordinator)
    make_upload_under_way(by=leaver)
    client.force_login(leaver)
    assert client.get("/profil/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert hand_over(leaver.acting, heir, moves=True, by=coordinator)
    assert held(leaver) == set() and held(heir) == {(Role.TASK_FORCE, None), (Role.OPERATOR, agency.pk)}
    assert client.get("/profil/").status_code == 302
    invitation = invitations.find(token)
    assert invitation and not invitations.is_open(invitation)
    assert not Upload.objects.exists()
    event = Event.objects.get(action="membership_handed_over")
    assert event.after["successor"] == heir.pk and event.after["uploads"] == event.after["links"] == 1
    assert not hand_over(leaver.acting, heir, moves=True, by=coordinator)
    assert Event.objects.filter(action="membership_handed_over").count() == 1


def test_who_holds_it_already_holds_it_once(evaluation: Evaluation, coordinator: Any) -> None:
    leaver, heir = (make_user(Role.VIEWER, evaluation.region) for _ in range(2))
    assert hand_over(leaver.acting, heir, moves=False, by=coordinator)
    assert Membership.objects.filter(user=heir).count() == 1 and not held(leaver)


def test_with_nobody_to_take_over_it_only_ends(evaluation: Evaluation, coordinator: Any) -> None:
    leaver = make_user(Role.VIEWER, evaluation.region)
    assert hand_over(leaver.acting, None, moves=True, by=coordinator) and not held(leaver)


@pytest.mark.parametrize("moves", [True, False])
def test_the_seat_moves_when_asked(evaluation: Evaluation, coordinator: Any, moves: bool) -> None:
    leaver, heir = (make_user(Role.TASK_FORCE, evaluation.region) for _ in range(2))
    Seat.objects.create(evaluation=evaluation, member=leaver, clusters=["I"], is_chair=True)
    Seat.objects.create(evaluation=evaluation, member=heir, clusters=["II"])
    hand_over(leaver.acting, heir, moves=moves, by=coordinator)
    seats = set(Seat.objects.values_list("member", "is_chair"))
    assert seats == ({(heir.pk, True)} if moves else {(leaver.pk, True), (heir.pk, False)})
    if moves:
        assert Seat.objects.get().clusters == ["I", "II"] and heir.notices.exists()


def test_allotments_move_but_for_what_is_awarded(evaluation: Evaluation) -> None:
    leaver, heir, admin = make_user(Role.EVALUATOR), make_user(Role.EVALUATOR), make_user(Role.NATIONAL_ADMIN)
    over = make_evaluation(region=evaluation.region, stage=Stage.AWARDED)
    for each in (evaluation, over):
        Allotment.objects.create(evaluation=each, evaluator=leaver)
    hand_over(leaver.acting, heir, moves=True, by=admin)
    assert set(Allotment.objects.values_list("evaluation", "evaluator")) == {
        (evaluation.pk, heir.pk), (over.pk, leaver.pk),
    }  # fmt: skip


def test_who_may_not_and_to_whom_not(evaluation: Evaluation, coordinator: Any) -> None:
    leaver = make_user(Role.VIEWER, evaluation.region)
    closed = make_user(Role.TASK_FORCE, evaluation.region, is_active=False)
    stranger = make_user(Role.OPERATOR, agency=evaluation.region.agencies.get(kind="dinkes"))
    judge = make_user(Role.PROVINCE_VERIFIER)
    for whose, to, by in (
        (leaver, None, stranger), (judge, None, coordinator), (coordinator, None, coordinator),
        (leaver, leaver, coordinator), (leaver, closed, coordinator),
    ):  # fmt: skip
        with pytest.raises(PermissionDenied):
            hand_over(whose.acting, to, moves=True, by=by)
    assert held(leaver) and not Event.objects.filter(action="membership_handed_over").exists()


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_sent_four_times_at_once_it_is_done_once(evaluation: Evaluation, coordinator: Any) -> None:
    leaver, heir = make_user(Role.VIEWER, evaluation.region), make_user(Role.TASK_FORCE, evaluation.region)
    membership = leaver.acting
    done = at_once(lambda: hand_over(membership, heir, moves=True, by=coordinator))
    assert sorted(done) == [False, False, False, True]
    assert Membership.objects.filter(user=heir, role=Role.VIEWER).count() == 1
