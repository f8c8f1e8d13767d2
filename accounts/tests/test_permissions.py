import pytest
from django.utils import timezone

from accounts import permissions
from accounts.enums import Role
from accounts.tests.make import make_membership, make_user
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db

REGIONS = ["64", "64.71", "64.72", "64.71.01", "64.71.01.1001", "64.72.01", None]
ALLOWED = {
    Role.COORDINATOR: {
        (Role.OPERATOR, "64.71"),
        (Role.TASK_FORCE, "64.71"),
        (Role.VIEWER, "64.71"),
        (Role.COORDINATOR, "64.71"),
        (Role.UNIT_OPERATOR, "64.71.01"),
        (Role.UNIT_OPERATOR, "64.71.01.1001"),
    },
    Role.NATIONAL_ADMIN: {
        (Role.COORDINATOR, "64.71"),
        (Role.COORDINATOR, "64.72"),
        (Role.PROVINCE_VERIFIER, "64"),
        (Role.EVALUATOR, None),
        (Role.NATIONAL_ADMIN, None),
    },
}


@pytest.mark.parametrize("inviter", list(Role))
def test_every_role_invites_exactly_what_it_may(inviter):
    user = make_user(inviter)
    places = {code: make_region(code) if code else None for code in REGIONS}
    allowed = {(role, code) for role in Role for code in REGIONS if permissions.can_invite(user, role, places[code])}
    assert allowed == ALLOWED.get(inviter, set())


def test_every_refusal_says_why():
    for inviter in Role:
        user = make_user(inviter)
        for role in Role:
            decision = permissions.can_invite(user, role, make_region("64.72"))
            assert bool(decision) != bool(decision.reason)


def test_somebody_without_a_role_manages_nobody():
    nobody = make_user()
    assert not permissions.can_manage_people(nobody)
    assert not permissions.can_invite(nobody, Role.OPERATOR, make_region())


def test_retiring_reaches_as_far_as_inviting_and_never_oneself():
    coordinator, admin = make_user(Role.COORDINATOR), make_user(Role.NATIONAL_ADMIN)
    for role, mine in [
        (Role.OPERATOR, True),
        (Role.TASK_FORCE, True),
        (Role.VIEWER, True),
        (Role.COORDINATOR, True),
        (Role.UNIT_OPERATOR, True),
        (Role.PROVINCE_VERIFIER, False),
        (Role.EVALUATOR, False),
        (Role.NATIONAL_ADMIN, False),
    ]:
        membership = make_membership(role=role)
        assert bool(permissions.can_retire(coordinator, membership)) is mine
        assert permissions.can_retire(admin, membership)
    foreign = make_membership(role=Role.VIEWER, region=make_region("64.72"))
    assert not permissions.can_retire(coordinator, foreign)
    assert not permissions.can_retire(coordinator, coordinator.acting)
    assert not permissions.can_retire(admin, admin.acting)


def test_a_link_is_made_only_for_somebody_whose_every_role_is_in_reach():
    coordinator = make_user(Role.COORDINATOR)
    person = make_user(Role.UNIT_OPERATOR)
    assert permissions.can_reset(coordinator, person)
    verifier = make_membership(user=person, role=Role.PROVINCE_VERIFIER)
    assert not permissions.can_reset(coordinator, person)
    assert permissions.can_reset(make_user(Role.NATIONAL_ADMIN), person)
    verifier.ends_on = timezone.localdate()
    verifier.save()
    assert permissions.can_reset(coordinator, person)
    assert not permissions.can_reset(coordinator, coordinator)
    person.memberships.update(ends_on=timezone.localdate())
    assert not permissions.can_reset(coordinator, person)
