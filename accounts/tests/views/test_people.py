from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Invitation, Membership, User
from accounts.services import invitations, second_factor
from accounts.tests.make import PASSWORD, make_membership, make_user
from regions.tests.make import make_agency, make_region
from trail.models import Event
from trail.services.events import record
from trail.services.once import once

pytestmark = pytest.mark.django_db
MANAGERS = {Role.COORDINATOR, Role.NATIONAL_ADMIN}


@pytest.fixture
def coordinator(client):
    user = make_user(Role.COORDINATOR, username="koordinator")
    client.force_login(user)
    return user


def form_of(**fields):
    return {"full_name": "Rina Wati", "username": "rina.wati", "role": Role.VIEWER, "once": "a1", **fields}


def invite(client, **fields):
    return client.post("/orang/undang/", form_of(**fields))


def nothing_left():
    return not User.objects.filter(username="rina.wati").exists() and not Invitation.objects.exists()


# --- inviting ---------------------------------------------------------------------------------------------------


def test_an_invitation_makes_a_person_without_password_and_shows_the_link_once(client, coordinator):
    response = invite(client, phone="0812 3456 7890", email="rina@contoh.id")
    person = User.objects.get(username="rina.wati")
    assert not person.has_usable_password()
    assert [(one.role, one.region_id) for one in person.memberships.all()] == [(Role.VIEWER, "64.71")]
    token = response.context["link"].rstrip("/").rpartition("/")[2]
    stored = Invitation.objects.get()
    assert stored.token_sha256 == invitations.digest(token) and stored.created_by == coordinator
    assert timedelta(hours=47, minutes=59) < stored.expires_at - timezone.now() <= timedelta(hours=48)
    assert response.context["whatsapp"].startswith("https://wa.me/6281234567890?text=")
    assert "no-store" in response["Cache-Control"]
    event = Event.objects.get(action="person_invited")
    assert (event.actor, event.subject, event.region_code) == (coordinator, f"user:{person.pk}", "64.71")
    assert token not in str(list(Event.objects.values())) + str(list(Invitation.objects.values()))


def test_sending_the_form_twice_makes_one_person_and_shows_no_second_link(client, coordinator):
    first, second = invite(client), invite(client)
    assert "link" in first.context and "link" not in second.context
    assert second.status_code == 200
    assert User.objects.filter(username="rina.wati").count() == Invitation.objects.count() == 1


def test_an_operator_belongs_to_an_agency_of_the_own_region(client, coordinator):
    own, foreign = make_agency(), make_agency(region=make_region("64.72"))
    for agency in ["", foreign.pk, 999]:
        assert invite(client, role=Role.OPERATOR, agency=agency).status_code == 422
        assert nothing_left()
    assert invite(client, role=Role.OPERATOR, agency=own.pk).status_code == 200
    assert Membership.objects.get(user__username="rina.wati").agency == own


@pytest.mark.parametrize(
    "slipped",
    [
        {"role": Role.NATIONAL_ADMIN},
        {"role": Role.EVALUATOR},
        {"role": Role.PROVINCE_VERIFIER, "region": "64"},
        {"region": "64.72"},
        {"region": "64"},
        {"role": Role.UNIT_OPERATOR, "region": "64.72.01"},
        {"role": Role.UNIT_OPERATOR, "region": "64.71"},
        {"role": Role.UNIT_OPERATOR},
        {"role": Role.COORDINATOR, "region": "64.71.01"},
        {"username": "A B"},
        {"username": "../x"},
        {"full_name": ""},
        {"phone": "telepon"},
        {"email": "bukan surel"},
    ],
)
def test_what_is_not_offered_is_refused_and_leaves_nothing(client, coordinator, slipped):
    make_region("64.72.01")
    make_region("64.71.01")
    assert invite(client, **slipped).status_code == 422
    assert nothing_left()
    assert not Event.objects.filter(action="person_invited").exists()


def test_fields_that_are_not_in_the_form_do_nothing(client, coordinator):
    extra = {
        "is_active": "",
        "must_change_password": "on",
        "password": "x",
        "starts_on": "2000-01-01",
        "user": coordinator.pk,
    }
    invite(client, **extra)
    membership = Membership.objects.get(user__username="rina.wati")
    assert membership.user.is_active and not membership.user.has_usable_password()
    assert membership.starts_on == timezone.localdate()
    assert coordinator.memberships.count() == 1


def test_the_national_admin_invites_coordinators_verifiers_and_colleagues(client):
    client.force_login(make_user(Role.NATIONAL_ADMIN))
    make_region("64.72")
    for number, (role, region) in enumerate(
        [(Role.COORDINATOR, "64.72"), (Role.PROVINCE_VERIFIER, "64"), (Role.EVALUATOR, ""), (Role.NATIONAL_ADMIN, "")]
    ):
        assert invite(client, username=f"baru{number}", role=role, region=region, once=f"k{number}").status_code == 200
        assert Membership.objects.get(user__username=f"baru{number}").role == role
    for role, region in [
        (Role.OPERATOR, "64.72"),
        (Role.COORDINATOR, "64"),
        (Role.COORDINATOR, ""),
        (Role.EVALUATOR, "64"),
    ]:
        assert invite(client, role=role, region=region, once="z").status_code == 422


def test_a_known_person_gets_a_second_role_only_on_purpose(client, coordinator):
    known = make_user(Role.TASK_FORCE, username="rina.wati")
    response = invite(client)
    assert response.status_code == 422 and not response.context["form"]["existing"].is_hidden
    assert known.memberships.count() == 1
    assert invite(client, existing="on").status_code == 302
    assert sorted(known.memberships.values_list("role", flat=True)) == [Role.TASK_FORCE, Role.VIEWER]
    assert invite(client, existing="on").status_code == 422
    assert known.memberships.count() == 2
    known.refresh_from_db()
    assert known.check_password(PASSWORD) and not Invitation.objects.exists()


def test_a_stranger_with_that_name_stays_unnamed(client, coordinator):
    stranger = make_user(Role.VIEWER, username="rina.wati", full_name="Rahasia Negara", region=make_region("64.72"))
    response = invite(client, existing="on")
    assert response.status_code == 422
    assert "Rahasia Negara" not in response.content.decode()
    assert stranger.memberships.count() == 1


def test_nobody_gives_roles_to_oneself(client, coordinator):
    assert invite(client, username=coordinator.username, existing="on").status_code == 422
    assert coordinator.memberships.count() == 1


# --- the list and the person --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_who_opens_the_pages_of_people(client, role):
    client.force_login(make_user(role))
    expected = 200 if role in MANAGERS else 403
    assert client.get("/orang/").status_code == expected
    assert client.get("/orang/undang/").status_code == expected


def test_nobody_unnamed_sees_people(client):
    for page in ["/orang/", "/orang/undang/", "/orang/1/", "/orang/1/akhiri/"]:
        assert client.get(page).url.startswith("/masuk/")


def test_a_coordinator_sees_the_own_region_and_nothing_else(client, coordinator):
    own = make_membership(role=Role.UNIT_OPERATOR)
    others = [
        make_membership(role=Role.VIEWER, region=make_region("64.72")),
        make_membership(role=Role.PROVINCE_VERIFIER),
        make_membership(role=Role.EVALUATOR),
    ]
    page = client.get("/orang/").content.decode()
    assert own.user.full_name in page
    for foreign in others:
        assert foreign.user.full_name not in page
        for action in ["", "akhiri/", "tautan/", "buka-lagi/", "dua-langkah/"]:
            response = client.post(f"/orang/{foreign.pk}/{action}") if action else client.get(f"/orang/{foreign.pk}/")
            assert response.status_code == 404
        foreign.refresh_from_db()
        assert foreign.ends_on is None


def test_a_coordinator_learns_nothing_of_a_persons_roles_elsewhere(client, coordinator):
    person = make_user(Role.VIEWER)
    elsewhere = make_region("64.72", name="Kota Rahasia")
    make_membership(user=person, role=Role.VIEWER, region=elsewhere)
    record("membership_added", by=None, subject=f"user:{person.pk}", detail="Kota Rahasia", region="64.72")
    page = client.get(f"/orang/{person.memberships.first().pk}/").content.decode()
    assert person.full_name in page
    assert "Kota Rahasia" not in page


def test_the_list_is_narrowed_by_what_stands_in_the_address(client, coordinator):
    waiting = make_membership(role=Role.VIEWER, user=make_user(full_name="Wati Menunggu"))
    waiting.user.set_unusable_password()
    waiting.user.save()
    make_membership(role=Role.TASK_FORCE, user=make_user(full_name="Eko Selesai"), ends_on=timezone.localdate())
    make_membership(
        role=Role.TASK_FORCE, user=make_user(full_name="Sri Nanti"), starts_on=timezone.localdate() + timedelta(3)
    )

    def names(query):
        return [row.user.full_name for row in client.get(f"/orang/?{query}").context["page"]]

    assert names("state=waiting") == ["Wati Menunggu"]
    assert names("state=ended") == ["Eko Selesai"]
    assert names("state=later") == ["Sri Nanti"]
    assert names("state=active") == [coordinator.full_name]
    assert names("q=eko") == ["Eko Selesai"]
    assert names("role=task_force") == ["Eko Selesai", "Sri Nanti"]
    assert names("q=tidakada") == []
    assert "Tidak ada orang yang cocok" in client.get("/orang/?q=tidakada").content.decode()
    for row in client.get("/orang/").context["page"]:
        assert row in client.get(f"/orang/?state={row.state}").context["page"]


def test_the_list_costs_the_same_for_one_row_and_for_many(client, coordinator, django_assert_max_num_queries):
    with django_assert_max_num_queries(15) as few:
        client.get("/orang/")
    for _ in range(3):
        make_membership(role=Role.OPERATOR)
    with django_assert_max_num_queries(len(few)):
        client.get("/orang/")


def test_a_person_with_three_roles_costs_what_one_with_one_role_costs(
    client, coordinator, django_assert_max_num_queries
):
    person = make_user(Role.VIEWER)
    url = f"/orang/{person.acting.pk}/"
    with django_assert_max_num_queries(15) as few:
        client.get(url)
    make_membership(user=person, role=Role.TASK_FORCE)
    make_membership(user=person, role=Role.COORDINATOR)
    with django_assert_max_num_queries(len(few)):
        client.get(url)


# --- letting go ----------------------------------------------------------------------------------------------------


def test_an_ended_role_is_gone_with_the_very_next_request_and_comes_back_the_same_day(client, coordinator):
    person, session = make_user(Role.COORDINATOR), Client()
    session.force_login(person)
    assert session.get("/orang/").status_code == 200
    url = f"/orang/{person.acting.pk}/"
    assert client.get(url + "akhiri/").status_code == 200
    assert session.get("/orang/").status_code == 200
    assert client.post(url + "akhiri/").status_code == 302
    assert [session.get("/orang/").status_code for _ in range(6)] == [302] * 6
    assert client.post(url + "akhiri/").status_code == 302
    assert Event.objects.filter(action="membership_ended").count() == 1

    assert client.post(url + "buka-lagi/").status_code == 302
    assert person.memberships.current().count() == 1
    assert Event.objects.filter(action="membership_reopened").count() == 1


def test_taking_an_end_back_restores_the_last_day_and_only_today(client, coordinator):
    until = timezone.localdate() + timedelta(days=30)
    membership = make_membership(role=Role.VIEWER, ends_on=until)
    client.post(f"/orang/{membership.pk}/akhiri/")
    client.post(f"/orang/{membership.pk}/buka-lagi/")
    membership.refresh_from_db()
    assert membership.ends_on == until
    yesterday = make_membership(role=Role.VIEWER, ends_on=timezone.localdate() - timedelta(days=1))
    client.post(f"/orang/{yesterday.pk}/buka-lagi/")
    yesterday.refresh_from_db()
    assert yesterday.ends_on == timezone.localdate() - timedelta(days=1)


def test_ones_own_role_cannot_be_ended(client, coordinator):
    assert client.post(f"/orang/{coordinator.acting.pk}/akhiri/").status_code == 403
    assert coordinator.memberships.current().count() == 1


def test_a_new_link_replaces_the_older_and_the_password_lives_until_it_is_used(client, coordinator):
    person = make_user(Role.VIEWER)
    url = f"/orang/{person.acting.pk}/tautan/"
    first = client.post(url, {"once": "1"}).context["link"]
    second = client.post(url, {"once": "2"}).context["link"]
    assert "link" not in client.post(url, {"once": "2"}).context
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    stranger = Client()
    assert stranger.get(first).status_code == 410
    assert stranger.get(second).status_code == 200
    assert Event.objects.filter(action="link_issued", subject=f"user:{person.pk}").count() == 2


def test_a_link_for_somebody_out_of_reach_is_refused(client, coordinator):
    person = make_user(Role.VIEWER)
    own = person.acting.pk
    make_membership(user=person, role=Role.NATIONAL_ADMIN)
    assert client.post(f"/orang/{own}/tautan/").status_code == 403
    assert client.post(f"/orang/{own}/dua-langkah/").status_code == 403
    assert not Invitation.objects.exists()
    assert "di luar wewenang" in client.get(f"/orang/{own}/").content.decode()


def test_a_lost_phone_is_taken_off_the_account(client, coordinator):
    person = make_user(Role.VIEWER)
    device = second_factor.pending(person)
    device.confirmed = True
    device.save()
    assert client.post(f"/orang/{person.acting.pk}/dua-langkah/").status_code == 302
    assert not second_factor.has_device(person)
    assert Event.objects.get(action="second_factor_off").actor == coordinator


@pytest.mark.parametrize("form", ["tautan", "dua-langkah", "buka-lagi"])
def test_the_address_of_a_form_leads_to_the_persons_page(client, coordinator, form):
    here = make_user(Role.VIEWER).acting
    elsewhere = make_user(Role.VIEWER, region=make_region("64.72")).acting
    answer = client.get(f"/orang/{here.pk}/{form}/")
    assert (answer.status_code, answer.url) == (302, f"/orang/{here.pk}/")
    assert client.get(f"/orang/{elsewhere.pk}/{form}/").status_code == 404
    assert client.put(f"/orang/{here.pk}/{form}/").status_code == 405
    assert not Event.objects.filter(action__in=["link_issued", "second_factor_off", "membership_reopened"]).exists()


def test_a_key_of_another_form_invites_all_the_same(client, coordinator):
    once(coordinator, "kunci", lambda: "task_force_review", purpose="stage_move.hand_in")
    answer = client.post("/orang/undang/", form_of(once="kunci"))
    assert answer.status_code == 200
    assert "/undangan/" in answer.context["link"]


def test_a_search_has_a_length(client, coordinator):
    answer = client.get("/orang/", {"q": "x" * 60_000})
    assert answer.status_code == 200
    assert answer.context["filter"].form.errors["q"]
    assert client.get("/orang/", {"q": "x" * 100}).context["filter"].form.errors == {}
