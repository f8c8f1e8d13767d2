import pytest
from django.test import Client

from accounts import queries
from accounts.enums import Role
from accounts.tests.make import make_membership, make_user
from regions.tests.make import make_region
from trail.services.events import record

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    user = make_user(Role.OPERATOR)
    for action, subject, region in (
        ("answer.save", "evaluation:00000000-0000-0000-0000-000000000001", "64.71"),
        ("talk.open", "thread:1", ""),
        ("part.note", "evaluation:00000000-0000-0000-0000-000000000001", "64.71"),
        ("answer.save", "evaluation:00000000-0000-0000-0000-000000000002", "64.72"),
    ):
        record(action, by=user, subject=subject, detail="2.1", region=region, reason="Rahasia")
    record("membership_added", by=None, subject=queries.subject_of(user), region="64.71")
    user.acting.role = Role.EVALUATOR
    record("answer.save", by=user, subject="evaluation:00000000-0000-0000-0000-000000000003", region="64.71")
    return user


def actions(person, territory, done=True):
    return [event.action for event in queries.deeds(person, territory=territory, done=done)]


def test_a_coordinator_sees_what_was_done_here_in_a_role_of_the_city(person):
    assert actions(person, "64.71") == ["part.note", "answer.save"]
    assert actions(person, "64.71", done=False) == ["membership_added"]


def test_the_nation_sees_all_places_and_no_division_of_work(person):
    assert actions(person, "") == ["answer.save"] * 3


def test_the_page_leads_to_where_it_happened_and_says_nothing_of_what_was_written(client: Client, person):
    client.force_login(make_user(Role.COORDINATOR))
    address = f"/orang/{person.memberships.get().pk}/jejak/"
    page = client.get(address).content.decode()
    assert "/evaluasi/00000000-0000-0000-0000-000000000001/p/2.1/" in page
    assert "Rahasia" not in page and "00000000-0000-0000-0000-000000000002" not in page
    account = client.get(address + "?akun=1").content.decode()
    assert "Peran ditambahkan" in account and "Jawaban disimpan" not in account


def test_only_who_manages_people_opens_it_and_only_in_their_territory(client: Client, person):
    far = make_membership(role=Role.VIEWER, region=make_region("64.72", name="Kota Lain"))
    client.force_login(make_user(Role.COORDINATOR))
    assert client.get(f"/orang/{far.pk}/jejak/").status_code == 404
    client.force_login(make_user(Role.OPERATOR))
    assert client.get(f"/orang/{person.memberships.get().pk}/jejak/").status_code == 403
