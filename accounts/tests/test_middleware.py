import pytest

from accounts.enums import Role
from accounts.middleware import MEMBERSHIP
from accounts.tests.make import make_membership, make_user

pytestmark = pytest.mark.django_db


def test_builders_make_one_valid_membership_per_role():
    for role in Role:
        user = make_user(role)
        assert user.acting.role == role
        assert user.memberships.count() == 1
    assert make_user().acting is None


def test_chosen_membership_counts_only_while_own_and_current(client):
    user = make_user(Role.COORDINATOR)
    second, foreign = make_membership(user=user, role=Role.VIEWER), make_membership()
    client.force_login(user)
    for chosen, role in [(second.pk, Role.VIEWER), (foreign.pk, Role.COORDINATOR), ("x", Role.COORDINATOR)]:
        session = client.session
        session[MEMBERSHIP] = chosen
        session.save()
        response = client.get("/healthz")
        assert response.wsgi_request.user.acting.role == role
