"""An hour after signing in the password is asked for again, before what cannot be undone."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Invitation, User
from accounts.services import second_factor
from accounts.tests.make import PASSWORD, make_user
from accounts.tests.views.test_second_factor import code_of, make_protected
from trail.models import Event

pytestmark = pytest.mark.django_db
INVITE, CONFIRM = "/orang/undang/", "/kata-sandi/pastikan/"
NEWCOMER = {"full_name": "Rina\nWati", "username": "rina.wati", "role": Role.VIEWER, "once": "k", "existing": ""}
GIVEN = {"pastikan-asked": "1", "pastikan-password": PASSWORD}


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def hour_old(client: Client, clock: Any, user: Any) -> None:
    """Signed in an hour ago, and busy since."""
    client.force_login(user)
    for _ in range(3):
        assert client.get("/kata-sandi/").status_code == 200
        clock.shift(timedelta(minutes=20))


def test_within_a_quarter_of_an_hour_nothing_is_asked(client: Client, clock: Any) -> None:
    make_user(Role.COORDINATOR, username="siti")
    client.post("/masuk/", {"username": "siti", "password": PASSWORD})
    clock.shift(timedelta(minutes=14, seconds=59))
    assert client.post(INVITE, NEWCOMER).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert client.post(INVITE, NEWCOMER | {"username": "rini", "once": "l"}).status_code == 401


def test_the_form_waits_in_the_page_and_is_sent_with_the_password(client: Client, clock: Any) -> None:
    hour_old(client, clock, make_user(Role.COORDINATOR))
    asked = client.post(INVITE, NEWCOMER)
    assert asked.status_code == 401
    assert "no-store" in asked["Cache-Control"]
    assert dict(asked.context["kept"]) == NEWCOMER
    assert not User.objects.filter(username="rina.wati").exists()
    kept = dict(asked.context["kept"])
    wrong = client.post(INVITE, kept | GIVEN | {"pastikan-password": "salah-sekali-1"})
    assert (wrong.status_code, dict(wrong.context["kept"])) == (422, NEWCOMER)
    assert Event.objects.filter(action="sign_in_failed").count() == 1
    assert "salah-sekali" not in wrong.content.decode()
    key = client.session.session_key
    done = client.post(INVITE, kept | GIVEN)
    assert (done.status_code, done.context["person"].username) == (200, "rina.wati")
    assert client.session.session_key != key
    assert client.post(INVITE, NEWCOMER | {"username": "rini", "once": "l"}).status_code == 200, "asked once"


def test_with_a_second_factor_the_code_is_asked_too(client: Client, clock: Any) -> None:
    user, device, _ = make_protected()
    client.post("/masuk/", {"username": user.username, "password": PASSWORD})
    assert client.post("/masuk/kode/", {"code": code_of(device)}).status_code == 302
    for _ in range(3):
        client.get("/kata-sandi/")
        clock.shift(timedelta(minutes=20))
    assert client.post(INVITE, NEWCOMER | GIVEN).status_code == 422
    assert client.post(INVITE, NEWCOMER | GIVEN | {"pastikan-code": "000000"}).status_code == 422
    clock.shift(timedelta(minutes=1))  # a wrong code makes the next one wait
    assert client.post(INVITE, NEWCOMER | GIVEN | {"pastikan-code": code_of(device)}).status_code == 200


def test_five_wrong_passwords_close_the_question_as_they_close_the_sign_in(client: Client, clock: Any) -> None:
    hour_old(client, clock, make_user(Role.COORDINATOR))
    wrong = NEWCOMER | GIVEN | {"pastikan-password": "salah-sekali-1"}
    assert [client.post(INVITE, wrong).status_code for _ in range(6)] == [422] * 4 + [429] * 2
    assert client.post(INVITE, NEWCOMER | GIVEN).status_code == 429
    assert not Invitation.objects.exists()


def test_a_piece_of_a_page_stays_on_the_screen_and_leads_to_the_question(client: Client, clock: Any) -> None:
    hour_old(client, clock, make_user(Role.COORDINATOR))
    piece = client.post(INVITE, NEWCOMER, headers={"HX-Request": "true"})
    assert piece.status_code == 401
    assert f'href="{CONFIRM}"' in piece.content.decode()
    assert client.get(CONFIRM).status_code == 200
    assert client.post(CONFIRM, GIVEN | {"pastikan-password": "salah-sekali-1"}).status_code == 422
    assert client.post(CONFIRM, GIVEN | {"next": "/orang/"}).url == "/orang/"
    assert client.post(CONFIRM, GIVEN | {"next": "https://jahat.example/"}).url == "/profil/"
    assert client.post(INVITE, NEWCOMER, headers={"HX-Request": "true"}).status_code == 200


def test_looking_is_never_asked(client: Client, clock: Any) -> None:
    hour_old(client, clock, make_user(Role.COORDINATOR))
    assert client.get(INVITE).status_code == 200


def test_other_peoples_accounts_and_ones_own_second_factor(client: Client, clock: Any) -> None:
    """Every form of an account that a thief would send first: N of N ask again."""
    admin, person = make_user(Role.NATIONAL_ADMIN), make_user(Role.VIEWER)
    row = person.memberships.get().pk
    hour_old(client, clock, admin)
    forms = {
        INVITE: NEWCOMER, f"/orang/{row}/tautan/": {"once": "k"}, f"/orang/{row}/dua-langkah/": {},
        f"/orang/{row}/akun/": {},
    }  # fmt: skip
    asked = [client.post(path, data).status_code for path, data in forms.items()]
    assert asked == [401] * 4
    person.refresh_from_db()
    assert person.is_active and person.sessions_ended == 0


def test_what_always_asks_the_password_asks_the_code_as_well(client: Client, clock: Any) -> None:
    user, device, _ = make_protected()
    client.post("/masuk/", {"username": user.username, "password": PASSWORD})
    client.post("/masuk/kode/", {"code": code_of(device)})
    own = {
        "/profil/dua-langkah/matikan/": {"password": PASSWORD},
        "/profil/kode-cadangan/": {"password": PASSWORD},
        "/profil/": {"version": user.version, "email": "baru@contoh.go.id", "phone": "", "password": PASSWORD},
    }
    for _ in range(3):
        client.get("/kata-sandi/")
        clock.shift(timedelta(minutes=20))
    statuses = [client.post(path, data).status_code for path, data in own.items()]
    assert statuses == [422] * 3
    user.refresh_from_db()
    assert user.email == "" and second_factor.has_device(user)
    done = []
    for path in ("/profil/", "/profil/kode-cadangan/", "/profil/dua-langkah/matikan/"):
        clock.shift(timedelta(seconds=60))
        done.append(client.post(path, own[path] | {"present_code": code_of(device)}).status_code)
    assert done == [302, 200, 302]
    user.refresh_from_db()
    assert user.email == "baru@contoh.go.id" and not second_factor.has_device(user)
