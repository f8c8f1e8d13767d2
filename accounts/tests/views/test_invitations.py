from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.services import invitations
from accounts.tests.make import PASSWORD, make_user
from kla_portal.tests.rivals import at_once
from trail.models import Event

pytestmark = pytest.mark.django_db
NEW = "empat kata tanpa hubungan"
FORM = {"new_password1": NEW, "new_password2": NEW}


@pytest.fixture
def person():
    user = make_user(Role.VIEWER, username="rina.wati")
    user.set_unusable_password()
    user.save()
    return user


@pytest.fixture
def link(person):
    return f"/undangan/{invitations.renew(person, by=make_user(Role.COORDINATOR))}/"


def test_the_link_sets_a_password_once_and_the_person_can_sign_in(client, person, link):
    assert client.get(link).status_code == client.get(link).status_code == 200
    assert client.post(link, FORM).url == "/masuk/"
    assert "Kata sandi tersimpan" in client.get("/masuk/").content.decode()
    assert client.post("/masuk/", {"username": "rina.wati", "password": NEW}).status_code == 302
    again = Client().post(link, {"new_password1": "lain lagi sekali", "new_password2": "lain lagi sekali"})
    assert again.status_code == 410
    person.refresh_from_db()
    assert person.check_password(NEW)
    assert Event.objects.filter(action="link_used", subject=f"user:{person.pk}").count() == 1


def test_a_link_of_two_days_ago_is_closed(client, person, link):
    with time_machine.travel(timezone.now() + timedelta(hours=48, seconds=1)):
        assert client.get(link).status_code == 410
        assert client.post(link, FORM).status_code == 410
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_a_link_that_never_was_is_unknown_and_guessing_is_stopped(client, person, link):
    wrong = link[:-4] + ("AAA/" if not link.endswith("AAA/") else "BBB/")
    assert client.get(wrong).status_code == 404
    assert client.post(wrong, FORM).status_code == 404
    statuses = [client.post(f"/undangan/tebakan-{number}/", FORM).status_code for number in range(8)]
    assert statuses == [404] * 2 + [429] * 6
    assert client.get(link).status_code == 200
    person.refresh_from_db()
    assert not person.has_usable_password()


@pytest.mark.parametrize(
    "wrong", [{"new_password2": "beda"}, {"new_password1": "pendek", "new_password2": "pendek"}, {"new_password1": ""}]
)
def test_a_refused_password_leaves_the_link_open(client, person, link, wrong):
    assert client.post(link, FORM | wrong).status_code == 422
    person.refresh_from_db()
    assert not person.has_usable_password()
    assert client.get(link).status_code == 200


def test_of_two_who_send_at_once_one_wins(person, link):
    invitation = invitations.find(link.split("/")[2])
    assert invitation is not None
    assert invitations.accept(invitation, NEW) is True
    assert invitations.accept(invitation, "lain lagi sekali") is False
    person.refresh_from_db()
    assert person.check_password(NEW)


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_who_uses_a_link_while_others_renew_it_is_blocked_by_nobody(person):
    by = make_user(Role.NATIONAL_ADMIN)
    invitation = invitations.find(invitations.renew(person, by=by))
    acts = [lambda: invitations.accept(invitation, NEW), lambda: invitations.renew(person, by=by)] * 4
    at_once(lambda: acts.pop()(), times=8)
    assert person.invitations.filter(used_at=None, expires_at__gt=timezone.now()).count() <= 1


def test_a_link_is_worth_nothing_for_a_closed_account(client, person, link):
    person.is_active = False
    person.save()
    assert client.post(link, FORM).status_code == 410
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_making_and_using_the_link_end_the_sessions_that_were_open(client):
    person, session = make_user(Role.VIEWER), Client()
    session.force_login(person)
    link = f"/undangan/{invitations.renew(person, by=make_user(Role.COORDINATOR))}/"
    assert session.get("/profil/").status_code == 302
    session.force_login(person)
    client.post(link, FORM)
    assert session.get("/profil/").status_code == 302
    person.refresh_from_db()
    assert not person.check_password(PASSWORD)


def test_nothing_else_can_be_slipped_in(client, person, link):
    client.post(link, FORM | {"username": "admin", "role": Role.NATIONAL_ADMIN, "user": "1"})
    person.refresh_from_db()
    assert person.username == "rina.wati"
    assert [one.role for one in person.memberships.all()] == [Role.VIEWER]


def test_the_token_stands_in_no_record(client, person, link):
    token = link.split("/")[2]
    client.post(link, FORM)
    assert token not in str(list(Event.objects.values())) + str(list(person.invitations.values()))
