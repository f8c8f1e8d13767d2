"""The page on which national admins say how long a cycle's evidence is kept."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.models import Cycle
from evaluations.tests.make import make_answer, make_evaluation, make_link
from trail.models import Event

pytestmark = pytest.mark.django_db


def admin() -> Client:
    client = Client()
    client.force_login(make_user(Role.NATIONAL_ADMIN))
    return client


def awarded() -> Cycle:
    evaluation = make_evaluation()
    make_link(answer=make_answer(evaluation=evaluation))
    type(evaluation).objects.update(stage=Stage.AWARDED)
    return evaluation.cycle


def test_the_day_is_set_after_a_look_at_what_goes() -> None:
    client, cycle = admin(), awarded()
    address = reverse("evaluations:cycle_keep", args=[cycle.pk])
    page = client.get(address).content.decode()
    assert "1 dokumen (1 berkas" in page
    assert client.post(address, {"until": "2090-12-31", "seen": ""}).status_code == 302
    cycle.refresh_from_db()
    assert cycle.keep_evidence_until == date(2090, 12, 31)
    event = Event.objects.about(f"cycle:{cycle.pk}").get(action="cycle.keep_evidence")
    assert (event.before, event.after) == ({"until": None}, {"until": "2090-12-31"})
    shown = client.get(cycle.get_absolute_url()).content.decode()
    assert "31 Desember 2090" in shown and "1 dokumen (1 berkas" in shown
    assert client.post(address, {"until": "", "seen": "2090-12-31"}).status_code == 302
    cycle.refresh_from_db()
    assert cycle.keep_evidence_until is None
    assert "tanpa batas waktu" in client.get(cycle.get_absolute_url()).content.decode()


@pytest.mark.parametrize("until", [str(timezone.localdate()), "2001-01-01", "2101-01-01", "31/12/2090 jam 5"])
def test_a_day_that_is_none_or_not_to_come_is_refused(until: str) -> None:
    client, cycle = admin(), awarded()
    answer = client.post(reverse("evaluations:cycle_keep", args=[cycle.pk]), {"until": until, "seen": ""})
    assert answer.status_code == 422
    assert until in answer.content.decode()
    cycle.refresh_from_db()
    assert cycle.keep_evidence_until is None
    assert not Event.objects.filter(action="cycle.keep_evidence").exists()


def test_the_slower_of_two_sees_the_others_day() -> None:
    client, cycle = admin(), awarded()
    Cycle.objects.update(keep_evidence_until=date(2080, 1, 2))
    address = reverse("evaluations:cycle_keep", args=[cycle.pk])
    answer = client.post(address, {"until": "2090-12-31", "seen": ""})
    page = answer.content.decode()
    assert (answer.status_code, "2 Januari 2080" in page, 'value="2090-12-31"' in page) == (409, True, True)
    cycle.refresh_from_db()
    assert cycle.keep_evidence_until == date(2080, 1, 2)
    assert client.post(address, {"until": "2090-12-31", "seen": "2080-01-02"}).status_code == 302


def test_nobody_else_sets_it() -> None:
    cycle = awarded()
    client = Client()
    client.force_login(make_user(Role.COORDINATOR))
    address = reverse("evaluations:cycle_keep", args=[cycle.pk])
    assert client.get(address).status_code == 403
    assert client.post(address, {"until": str(timezone.localdate() + timedelta(9))}).status_code == 403
    cycle.refresh_from_db()
    assert cycle.keep_evidence_until is None
