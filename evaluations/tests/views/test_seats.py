"""The page of the task force: who reads it, who arranges it, and what a refused or overtaken form keeps."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.models import Evaluation, Seat
from evaluations.services.seats import set_seat
from evaluations.tests.make import make_evaluation, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation(stage=Stage.TASK_FORCE_REVIEW)


@pytest.fixture
def coordinator(client: Client, evaluation: Evaluation):
    user = make_user(Role.COORDINATOR, evaluation.region)
    client.force_login(user)
    return user


def page(evaluation: Evaluation) -> str:
    return reverse("evaluations:task_force", args=[evaluation.pk])


def seat_for(member, /, **fields) -> dict:
    return {"does": "set", "member": member.pk, "version": 0, "once": "k"} | fields


def test_the_region_reads_it_and_the_coordinator_arranges_it(client, evaluation):
    found = {}
    for who, user in people(evaluation).items():
        client.logout()
        if user:
            client.force_login(user)
        got = client.get(page(evaluation))
        found[who] = (got.status_code, "Masukkan ke susunan" in got.text)
    city = dict.fromkeys(("operator", "other_operator", "task_force", "viewer"), (200, False))
    assert found == {
        "coordinator": (200, True), "province": (403, False), "admin": (403, False),
        "nobody": (302, False), "retired": (302, False),
    } | city | dict.fromkeys(set(found) - set(city) - {"coordinator", "province", "admin", "nobody", "retired"}, (404, False))  # fmt: skip  # noqa: E501


def test_a_member_is_seated_and_taken_out_again(client, evaluation, coordinator):
    member = make_user(Role.TASK_FORCE, evaluation.region)
    code = evaluation.cycle.instrument.clusters.first().code
    client.post(page(evaluation), seat_for(member, clusters=[code], is_chair="on"))
    client.post(page(evaluation), seat_for(member, clusters=[code], is_chair="on"))
    seat = Seat.objects.get()
    assert (seat.member, seat.clusters, seat.is_chair, seat.version) == (member, [code], True, 1)
    shown = client.get(page(evaluation)).text
    assert f"<strong>Ketua:</strong> {member}" in shown and "mengesahkan hasilnya" in shown
    client.post(page(evaluation), {"does": "remove", "member": member.pk, "version": 1})
    assert not Seat.objects.exists()


def test_nonsense_and_strangers_are_refused_and_nothing_is_left(client, evaluation, coordinator):
    member = make_user(Role.TASK_FORCE, evaluation.region)
    for fields in ({"clusters": ["XX"]}, {"member": coordinator.pk}, {"version": ""}, {"does": "lain"}):
        assert client.post(page(evaluation), seat_for(member) | fields).status_code == 422, fields
    client.force_login(member)
    assert client.post(page(evaluation), seat_for(member)).status_code == 403
    assert not Seat.objects.exists()


def test_the_slower_of_two_sees_what_is_there_with_the_own_choice(client, evaluation, coordinator):
    member = make_user(Role.TASK_FORCE, evaluation.region)
    set_seat(evaluation, member, is_chair=False, by=coordinator)
    late = client.post(page(evaluation), seat_for(member, is_chair="on"))
    assert late.status_code == 409 and "susunan ini berubah" in late.text
    assert 'name="is_chair" checked' in late.text and 'name="version" value="1"' in late.text
    assert not Seat.objects.get().is_chair
    removed = {"does": "remove", "member": member.pk, "version": 4}
    assert client.post(page(evaluation), removed).status_code == 409


@pytest.mark.parametrize("members", [1, 3])
def test_few_queries(client, evaluation, coordinator, members, django_assert_max_num_queries):
    for _ in range(members):
        set_seat(evaluation, make_user(Role.TASK_FORCE, evaluation.region), is_chair=False, by=coordinator)
    client.get(page(evaluation))
    with django_assert_max_num_queries(9):
        client.get(page(evaluation))
