import re
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.hashers import OwaspArgon2
from accounts.models import User
from accounts.tests.make import PASSWORD, make_user
from trail.models import Event

pytestmark = pytest.mark.django_db
SIGN_IN = "/masuk/"
CSRF = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')


def attempt(client, username, password="salah-sekali-1", **extra):
    return client.post(SIGN_IN, {"username": username, "password": password}, **extra)


def test_right_password_opens_a_session_and_is_recorded(client):
    user = make_user(Role.COORDINATOR, username="siti")
    response = attempt(client, " SITI ", PASSWORD)
    assert (response.status_code, response.url) == (302, reverse("accounts:profile"))
    assert client.get("/profil/").status_code == 200
    event = Event.objects.get(action="signed_in")
    assert (event.actor, event.subject, event.region_code) == (user, f"user:{user.pk}", "64.71")


def test_next_is_followed_inside_the_portal_only(client):
    make_user(Role.COORDINATOR, username="siti")
    form = {"username": "siti", "password": PASSWORD}
    for wanted, landed in [
        ("/orang/?q=a", "/orang/?q=a"),
        ("https://jahat.example/", "/profil/"),
        ("//jahat.example", "/profil/"),
        ("javascript:alert(1)", "/profil/"),
        ("/\\jahat.example", "/profil/"),
    ]:
        client.logout()
        assert client.post(SIGN_IN, {**form, "next": wanted}).url == landed


def test_a_name_longer_than_names_are_is_as_wrong_as_any_other(client):
    page = attempt(client, "x" * 300)
    assert page.status_code == 422
    assert "tidak cocok" in page.content.decode()
    assert not AccessAttempt.objects.exists()  # its column has no room for such a name


def test_unknown_name_wrong_password_and_closed_account_get_the_same_page(client):
    make_user(Role.COORDINATOR, username="siti")
    make_user(Role.COORDINATOR, username="tutup", is_active=False)
    invited = make_user(Role.COORDINATOR, username="baru")
    invited.set_unusable_password()
    invited.save()
    bodies = set()
    for name, password in [("siti", "salah-sekali-1"), ("tutup", PASSWORD), ("hantu", PASSWORD), ("baru", PASSWORD)]:
        response = attempt(client, name, password)
        assert response.status_code == 422
        bodies.add(CSRF.sub(b"", response.content).replace(f'value="{name}"'.encode(), b""))
    assert len(bodies) == 1
    assert Event.objects.filter(action="sign_in_failed").count() == 4
    assert "_auth_user_id" not in client.session


def test_nothing_typed_is_refused_beside_the_fields(client):
    response = client.post(SIGN_IN, {})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"username", "password"}


def test_five_wrong_tries_then_wait_even_with_the_right_password(client):
    make_user(Role.COORDINATOR, username="siti")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        statuses = [attempt(client, name).status_code for name in ["siti", "SITI", " siti", "Siti", "siti "]]
        assert statuses == [422, 422, 422, 422, 429]
        response = attempt(client, "siti", PASSWORD)
        assert response.status_code == 429
        assert "Tunggu 15 menit" in response.content.decode()
        assert 0 < int(response["Retry-After"]) <= 900
        for _ in range(20):
            assert attempt(client, "siti").status_code == 429
        assert Event.objects.filter(action="sign_in_failed").count() == 4
        assert Event.objects.filter(action="sign_in_locked").count() == 1
        clock.shift(timedelta(minutes=15, seconds=1))
        assert attempt(client, "siti", PASSWORD).status_code == 302


def test_an_office_behind_one_address_is_not_locked_out_by_one_colleague(client):
    colleagues = [make_user(Role.VIEWER, username=f"rekan{number}") for number in range(40)]
    make_user(Role.COORDINATOR, username="siti")
    for _ in range(6):
        attempt(client, "siti")
    locked = [
        user for user in colleagues if attempt(client, user.username, PASSWORD).status_code != 302 or client.logout()
    ]
    assert len(locked) == 0


def test_inventing_forwarded_addresses_does_not_help(client):
    make_user(Role.COORDINATOR, username="siti")
    tries = [attempt(client, "siti", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}").status_code for number in range(8)]
    assert tries == [422] * 4 + [429] * 4


def test_behind_a_proxy_only_what_the_proxy_saw_counts(client, settings):
    settings.PROXY_COUNT = 1
    make_user(Role.COORDINATOR, username="siti")
    tries = [
        attempt(client, "siti", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}, 203.0.113.9").status_code for number in range(8)
    ]
    assert tries == [422] * 4 + [429] * 4
    elsewhere = attempt(client, "siti", PASSWORD, HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert elsewhere.status_code == 302


def test_neither_passwords_nor_names_typed_reach_a_record(client, caplog):
    make_user(Role.COORDINATOR, username="siti")
    caplog.set_level("DEBUG")
    attempt(client, "siti", "kata-rahasia-saya")
    attempt(client, "kata-rahasia-saya", "kata-rahasia-saya")
    for row in Event.objects.values():
        assert "kata-rahasia" not in str(row)
    assert AccessAttempt.objects.count() == 2
    for post_data in AccessAttempt.objects.values_list("post_data", flat=True):
        assert "kata-rahasia" not in post_data
    assert "kata-rahasia" not in caplog.text


def test_the_key_of_the_session_changes_and_the_old_cookie_is_worth_nothing(client):
    make_user(Role.COORDINATOR, username="siti")
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    attempt(client, "siti", PASSWORD)
    assert client.cookies["sessionid"].value != planted
    assert "planted" not in client.session
    client.cookies["sessionid"] = planted
    assert client.get("/profil/").status_code == 302


def test_sign_out_ends_the_session_and_clears_the_browser(client):
    make_user(Role.COORDINATOR, username="siti")
    attempt(client, "siti", PASSWORD)
    old = client.cookies["sessionid"].value
    assert client.get("/keluar/").url == "/profil/"  # no page of its own, and no sign-out by a mere link
    assert client.get("/profil/").status_code == 200
    response = client.post("/keluar/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert response.cookies["sessionid"]["max-age"] == 0
    client.cookies["sessionid"] = old
    assert client.get("/profil/").status_code == 302
    assert Event.objects.filter(action="signed_out").count() == 1


def test_a_closed_account_loses_its_live_session(client):
    user = make_user(Role.COORDINATOR, username="siti")
    attempt(client, "siti", PASSWORD)
    User.objects.filter(pk=user.pk).update(is_active=False)
    response = client.get("/profil/")
    assert response.status_code == 302 and response.url.startswith(SIGN_IN)


def test_somebody_without_a_role_is_told_so_only_after_the_right_password(client):
    make_user(username="siti")
    assert "tidak mempunyai peran" not in attempt(client, "siti").content.decode()
    response = attempt(client, "siti", PASSWORD)
    assert response.status_code == 422
    assert "tidak mempunyai peran" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_signed_in_person_is_sent_on(client):
    client.force_login(make_user(Role.COORDINATOR))
    assert client.get(SIGN_IN + "?next=/orang/").url == "/orang/"


def test_the_password_is_hashed_as_owasp_asks(client):
    make_user(Role.COORDINATOR, username="siti")
    assert User.objects.get().password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_name_that_nobody_has_costs_the_same_work(client, monkeypatch):
    """Time tells nothing: as many queries and as many hashes for a known name as for an unknown one."""
    make_user(Role.COORDINATOR, username="siti")
    hashes = []
    for name in ("encode", "verify"):
        real = getattr(OwaspArgon2, name)

        def counted(self, *args, real=real):
            hashes.append(1)
            return real(self, *args)

        monkeypatch.setattr(OwaspArgon2, name, counted)
    attempt(client, "siapa")  # the first event of all makes the head of the trail
    costs = []
    for name in ["siti", "hantu"]:
        hashes.clear()
        with CaptureQueriesContext(connection) as queries:
            attempt(client, name)
        costs.append((len(hashes), len(queries)))
    known, unknown = costs
    assert known[0] == unknown[0] == 1
    assert abs(known[1] - unknown[1]) <= 1
