"""Preparing a cycle, on the screen: what would come over, then one click."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.models import Answer, Batch
from evaluations.tasks import run_batch
from evaluations.tests.make import make_answer, make_cycle
from evaluations.tests.services.test_preparing import two_cycles, was_in

pytestmark = pytest.mark.django_db


def client_of(role: Role) -> Client:
    client = Client()
    client.force_login(make_user(role))
    return client


def test_looked_at_and_asked_for_once() -> None:
    earlier, cycle = two_cycles()
    make_answer(evaluation=was_in(earlier), code="2.1", value="64")
    client, url = client_of(Role.NATIONAL_ADMIN), reverse("evaluations:cycle_prepare", args=[cycle.pk])
    page = client.get(url)
    assert page.context["found"].answers == 1 and f"dibawa dari {earlier}" in page.content.decode()
    for _ in range(2):
        sent = client.post(url, {"dari": earlier.pk, "once": "k"})
    [batch] = Batch.objects.all()
    assert sent.headers["Location"] == batch.get_absolute_url()
    run_batch(str(batch.job_id))
    assert Answer.objects.get(evaluation__cycle=cycle, question__code="2.1").proposal == "64"
    assert "Selesai" in client.get(batch.get_absolute_url()).content.decode()


def test_a_cycle_that_does_not_lead_here_is_refused_and_starts_nothing() -> None:
    earlier, cycle = two_cycles()
    client, url = client_of(Role.NATIONAL_ADMIN), reverse("evaluations:cycle_prepare", args=[cycle.pk])
    assert client.post(url, {"dari": make_cycle().pk}).status_code == 422
    assert client.post(url, {"dari": "x"}).status_code == 422
    assert client.post(url, {"dari": earlier.pk}).status_code == 422  # it has no regions
    assert not Batch.objects.exists()
    first = reverse("evaluations:cycle_prepare", args=[earlier.pk])
    assert "Tidak ada siklus sebelumnya" in client.get(first).content.decode()


def test_only_for_national_admins_and_in_a_fixed_number_of_queries() -> None:
    earlier, cycle = two_cycles(same=False)
    url, counts = reverse("evaluations:cycle_prepare", args=[cycle.pk]), []
    assert client_of(Role.EVALUATOR).get(url).status_code == 403
    client = client_of(Role.NATIONAL_ADMIN)
    for codes in (["64.71"], ["64.72", "64.74"]):
        for code in codes:
            make_answer(evaluation=was_in(earlier, code), code="2.1")
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15, counts
