"""Many names from one address, one name from many addresses: slowed down; and nobody who is known is kept waiting."""

from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import PASSWORD, make_user
from trail.models import Event

pytestmark = pytest.mark.django_db
SIGN_IN = "/masuk/"
OFFICE, ELSEWHERE = "203.0.113.7", "198.51.100.20"


def attempt(client, username, password="satu-sandi-untuk-semua", address=OFFICE, **extra):
    return client.post(SIGN_IN, {"username": username, "password": password}, REMOTE_ADDR=address, **extra)


def sprayed(count, address=OFFICE, at=None):
    """Wrong tries on record, each of another name; as axes writes them."""
    rows = [
        AccessAttempt(username=f"nama{number}.{address}", ip_address=address, user_agent="x", failures_since_start=1)
        for number in range(count)
    ]
    AccessAttempt.objects.bulk_create(rows)
    if at is not None:
        AccessAttempt.objects.filter(pk__in=[row.pk for row in rows]).update(attempt_time=at)


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def test_one_password_on_a_thousand_names_is_slowed_to_one_in_ten_seconds(client, clock, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a thousand real ones take a minute
    looked_at = 0
    for number in range(1000):
        response = attempt(client, f"nama{number}")
        looked_at += response.status_code == 422
        if response.status_code == 429:
            assert 0 < int(response["Retry-After"]) <= 10
        clock.shift(timedelta(milliseconds=100))
    assert looked_at == 50 + 9


def test_a_thousand_tries_on_one_name_get_five_answers(client):
    make_user(Role.COORDINATOR, username="siti")
    answered = sum(attempt(client, "siti", f"tebakan-{number}").status_code == 422 for number in range(1000))
    assert answered + 1 <= 5
    assert AccessAttempt.objects.get().failures_since_start == 5


def test_invented_addresses_before_a_proxy_change_nothing(client, settings, clock):
    settings.PROXY_COUNT = 1
    sprayed(50, at=timezone.now())
    for number in range(20):
        response = attempt(
            client, "baru", address="10.0.0.1", headers={"X-Forwarded-For": f"192.0.2.{number}, {OFFICE}"}
        )
        assert response.status_code == 429
    honest = attempt(client, "baru", address="10.0.0.1", headers={"X-Forwarded-For": f"{OFFICE}, {ELSEWHERE}"})
    assert honest.status_code == 422


def test_many_addresses_are_slowed_together_and_keep_nobody_else_out(client, clock):
    make_user(Role.COORDINATOR, username="siti")
    for number in range(200):
        sprayed(3, address=f"2001:db8::{number:x}", at=timezone.now())
    one_of_them = "2001:db8::7"
    response = attempt(Client(), "siti", PASSWORD, address=one_of_them)
    assert (response.status_code, response["Retry-After"]) == (429, "1")
    assert attempt(client, "siti", PASSWORD, address=ELSEWHERE).status_code == 302
    clock.shift(timedelta(seconds=1))
    assert attempt(Client(), "siti", PASSWORD, address=one_of_them).status_code == 302


def test_an_office_whose_address_is_misused_goes_on_working(clock):
    """Forty colleagues behind one address, each with a browser used before: not one waits, whatever is tried there."""
    good = []
    for number in range(40):
        person, browser = make_user(Role.VIEWER, username=f"rekan{number}"), Client()
        assert attempt(browser, person.username, PASSWORD).status_code == 302
        browser.post("/keluar/")
        good.append((person, browser))
    sprayed(400, at=timezone.now())
    assert attempt(Client(), "siapa.saja").status_code == 429
    locked = [person for person, browser in good if attempt(browser, person.username, PASSWORD).status_code != 302]
    assert locked == []


def test_forty_colleagues_who_mistype_once_slow_nobody(clock):
    for number in range(40):
        browser, name = Client(), f"rekan{number}"
        make_user(Role.VIEWER, username=name)
        assert attempt(browser, name).status_code == 422
        assert attempt(browser, name, PASSWORD).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_being_known_opens_nothing_and_stands_for_one_name(client, clock, settings):
    make_user(Role.COORDINATOR, username="siti")
    make_user(Role.COORDINATOR, username="rina")
    assert attempt(client, "siti", PASSWORD).status_code == 302
    cookie = client.cookies["dikenal"]
    assert cookie["httponly"] and cookie["samesite"] == "Strict"
    client.post("/keluar/")
    assert attempt(client, "siti").status_code == 422, "the password still counts"
    sprayed(60, at=timezone.now())
    assert attempt(client, "rina", PASSWORD).status_code == 429
    assert [attempt(client, " SITI ").status_code for _ in range(5)] == [422, 422, 422, 429, 429]
    forged = Client()
    forged.cookies["dikenal"] = cookie.value[:-3] + "abc"
    assert attempt(forged, "siti", PASSWORD).status_code == 429
    other = Client()
    other.cookies["dikenal"] = cookie.value
    clock.shift(timedelta(days=181))
    sprayed(60, address=ELSEWHERE, at=timezone.now())
    assert attempt(other, "siti", PASSWORD, address=ELSEWHERE).status_code == 429


def test_what_is_not_looked_at_is_not_written_down(client, clock):
    sprayed(50, at=timezone.now())
    assert attempt(client, "siti", PASSWORD).status_code == 429
    assert AccessAttempt.objects.count() == 50
    assert not Event.objects.filter(action__startswith="sign_in").exists()


def test_after_a_quarter_of_an_hour_it_is_over(client, clock):
    make_user(Role.COORDINATOR, username="siti")
    sprayed(600, at=timezone.now())
    assert attempt(client, "siti", PASSWORD).status_code == 429
    clock.shift(timedelta(minutes=15, seconds=1))
    assert attempt(client, "siti", PASSWORD).status_code == 302
