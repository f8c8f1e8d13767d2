from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.enums import NEEDS_TOTP, Role
from accounts.middleware import MEMBERSHIP
from accounts.models import Membership
from accounts.tests.make import make_membership, make_user

pytestmark = pytest.mark.django_db
PAGE = "/profil/"


def test_builders_make_one_valid_membership_per_role():
    for role in Role:
        user = make_user(role)
        assert user.acting.role == role
        assert user.memberships.count() == 1
    assert make_user().acting is None


def test_chosen_membership_counts_only_while_own_and_current(client):
    user = make_user(Role.COORDINATOR)
    second, foreign = make_membership(user=user, role=Role.VIEWER), make_membership()
    over = make_membership(user=user, role=Role.TASK_FORCE, ends_on=timezone.localdate())
    client.force_login(user)
    for chosen, role in [
        (second.pk, Role.VIEWER),
        (foreign.pk, Role.COORDINATOR),
        (over.pk, Role.COORDINATOR),
        ("x", Role.COORDINATOR),
    ]:
        session = client.session
        session[MEMBERSHIP] = chosen
        session.save()
        assert client.get(PAGE).wsgi_request.user.acting.role == role


def test_an_ended_membership_is_gone_with_the_next_request(client):
    user = make_user(Role.COORDINATOR)
    client.force_login(user)
    assert client.get("/orang/").status_code == 200
    Membership.objects.filter(user=user).update(ends_on=timezone.localdate())
    denied = [client.get("/orang/").status_code for _ in range(6)]
    assert denied == [302] * 6
    assert "_auth_user_id" not in client.session
    assert "sudah berakhir" in client.get("/masuk/").content.decode()


def test_losing_one_of_two_memberships_leaves_only_the_other(client):
    user = make_user(Role.COORDINATOR)
    make_membership(user=user, role=Role.VIEWER)
    client.force_login(user)
    Membership.objects.filter(user=user, role=Role.COORDINATOR).update(ends_on=timezone.localdate())
    assert client.get("/orang/").status_code == 403
    assert client.get(PAGE).wsgi_request.user.acting.role == Role.VIEWER


def test_idle_for_thirty_minutes_ends_the_session(client):
    client.force_login(make_user(Role.COORDINATOR))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.get(PAGE)
        clock.shift(timedelta(minutes=29))
        assert client.get(PAGE).status_code == 200
        clock.shift(timedelta(minutes=29))
        assert client.get(PAGE).status_code == 200
        clock.shift(timedelta(minutes=30))
        assert client.get(PAGE).status_code == 302
        assert "lama tidak dipakai" in client.get("/masuk/").content.decode()


def test_a_page_that_asks_by_itself_keeps_nothing_alive(client):
    client.force_login(make_user(Role.COORDINATOR))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.get(PAGE)
        for _ in range(5):
            clock.shift(timedelta(minutes=5))
            assert client.get(PAGE, headers={"HX-Trigger-Name": "poll"}).status_code == 200
        clock.shift(timedelta(minutes=5))
        assert client.get(PAGE).status_code == 302


def test_twelve_hours_are_the_end_however_busy(client):
    client.force_login(make_user(Role.COORDINATOR))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        statuses = []
        for _ in range(12 * 3 + 1):
            statuses.append(client.get(PAGE).status_code)
            clock.shift(timedelta(minutes=20))
    assert statuses == [200] * 36 + [302]


def test_an_initial_password_is_changed_first(client):
    user = make_user(Role.COORDINATOR, must_change_password=True)
    client.force_login(user)
    response = client.get("/orang/?q=a")
    assert response.url == "/kata-sandi/?next=%2Forang%2F%3Fq%3Da"
    assert client.get("/kata-sandi/").status_code == 200
    piece = client.get("/orang/", headers={"HX-Request": "true"})
    assert piece["HX-Redirect"] == "/kata-sandi/"
    assert client.post("/keluar/").status_code == 302


@pytest.mark.parametrize("role", list(Role))
def test_judges_and_admins_set_up_a_second_factor_first(client, settings, role):
    settings.REQUIRE_TOTP = True
    client.force_login(make_user(role))
    response = client.get(PAGE)
    if role in NEEDS_TOTP:
        assert response.url.startswith("/profil/dua-langkah/?")
        assert client.get("/profil/peran/").status_code == 302
        assert client.get("/profil/dua-langkah/").status_code == 200
    else:
        assert response.status_code == 200


def test_a_second_role_that_judges_is_enough(client, settings):
    settings.REQUIRE_TOTP = True
    user = make_user(Role.COORDINATOR)
    make_membership(user=user, role=Role.EVALUATOR)
    client.force_login(user)
    assert client.get(PAGE).url.startswith("/profil/dua-langkah/")


def test_a_new_password_ends_the_other_sessions(client):
    user = make_user(Role.COORDINATOR)
    client.force_login(user)
    user.password = make_password("yang-lain-sama-sekali")
    user.save()
    assert client.get(PAGE).status_code == 302


def test_public_pages_cost_no_query_without_a_session(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200
