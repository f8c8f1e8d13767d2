"""What was taken away is gone with the next request on a live session."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.enums import Role
from accounts.services import invitations, people, second_factor, sessions
from accounts.tests.make import PASSWORD, make_membership, make_user
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db


def moved(person: Any, by: Any) -> None:
    """To another city: the role here ends, one there begins."""
    people.end_membership(person.memberships.get(), by=by)
    make_membership(user=person, role=Role.VIEWER, region=make_region("73.71"))


TAKEN: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "a role ended": (lambda person, by: people.end_membership(person.memberships.first(), by=by), "membership_ended"),
    "moved to another city": (moved, "membership_ended"),
    "the account closed": (lambda person, by: people.close_account(person, by=by), "account_closed"),
    "a new link made": (lambda person, by: invitations.renew(person, by=by), "link_issued"),
    "the second factor taken off": (lambda person, by: second_factor.remove(person, by=by), "second_factor_off"),
    "the password changed": (
        lambda person, by: people.set_password(person, "sungai-kapal-jendela"),
        "password_changed",
    ),
}


@pytest.mark.parametrize("what", TAKEN)
def test_six_requests_on_the_old_session_fail(what: str) -> None:
    take, action = TAKEN[what]
    person, admin, session, other = make_user(Role.VIEWER), make_user(Role.NATIONAL_ADMIN), Client(), Client()
    bystander = make_user(Role.VIEWER)
    session.force_login(person)
    other.force_login(bystander)
    assert session.get("/profil/").status_code == 200
    take(person, admin)
    statuses = [session.get("/profil/").status_code for _ in range(6)]
    assert statuses == [302] * 6
    assert other.get("/profil/").status_code == 200
    assert Event.objects.filter(action=action, subject=f"user:{person.pk}").count() == 1


def test_one_of_several_roles_ended_ends_the_sessions_too() -> None:
    person, session = make_user(Role.VIEWER), Client()
    make_membership(user=person, role=Role.TASK_FORCE)
    session.force_login(person)
    assert session.get("/profil/").status_code == 200
    people.end_membership(person.memberships.get(role=Role.TASK_FORCE), by=make_user(Role.COORDINATOR))
    assert session.get("/profil/").status_code == 302


def test_taking_off_ones_own_second_factor_keeps_this_session_alone(client: Client) -> None:
    person, elsewhere = make_user(Role.COORDINATOR), Client()
    client.force_login(person)
    elsewhere.force_login(person)
    assert client.post("/profil/dua-langkah/matikan/", {"password": PASSWORD}).status_code == 302
    assert client.get("/profil/").status_code == 200
    assert elsewhere.get("/profil/").status_code == 302


def test_a_closed_account_comes_back_as_it_was(client: Client) -> None:
    person, coordinator = make_user(Role.OPERATOR, username="budi"), make_user(Role.COORDINATOR)
    token = invitations.renew(person, by=coordinator)
    assert people.close_account(person, by=coordinator)
    assert not people.close_account(person, by=coordinator)
    sign_in = {"username": "budi", "password": PASSWORD}
    assert client.post("/masuk/", sign_in).status_code == 422
    assert client.get(f"/undangan/{token}/").status_code == 410
    assert people.open_account(person, by=coordinator)
    assert client.post("/masuk/", sign_in).status_code == 302
    assert Event.objects.filter(action__startswith="account_").count() == 2


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.TASK_FORCE, Role.VIEWER, Role.EVALUATOR, Role.PROVINCE_VERIFIER])
def test_who_may_not_close_an_account_changes_nothing(role: Role) -> None:
    person = make_user(Role.VIEWER)
    with pytest.raises(PermissionDenied):
        people.close_account(person, by=make_user(role))
    person.refresh_from_db()
    assert (person.is_active, person.sessions_ended) == (True, 0)


def test_nobody_closes_their_own_account_or_one_beyond_reach() -> None:
    admin, coordinator = make_user(Role.NATIONAL_ADMIN), make_user(Role.COORDINATOR)
    for by, person in [(admin, admin), (coordinator, coordinator), (coordinator, make_user(Role.PROVINCE_VERIFIER))]:
        with pytest.raises(PermissionDenied):
            people.close_account(person, by=by)


def test_under_a_former_key_of_the_portal_an_ended_session_stays_ended(client: Client, settings: Any) -> None:
    person = make_user(Role.VIEWER)
    client.force_login(person)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key of the portal", [settings.SECRET_KEY]
    assert client.get("/profil/").status_code == 200
    sessions.end_all(person)
    assert client.get("/profil/").status_code == 302
