"""Many regions at once, on the screen: looked at, confirmed, watched."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, BatchKind, Stage
from evaluations.models import Batch, Cycle, Evaluation
from evaluations.queries import batching
from evaluations.services import batches
from evaluations.tasks import run_batch
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_score
from regions.tests.make import make_region
from trail.models import Job, JobState

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def in_ministry(cycle: Cycle, code: str, stage: str = Stage.MINISTRY_REVIEW) -> Evaluation:
    evaluation = make_evaluation(region=make_region(code=code), cycle=cycle, stage=stage)
    make_score(answer=make_answer(evaluation=evaluation, code="2.1", state=AnswerState.APPROVED))
    return evaluation


def address(cycle: Cycle, key: str = "move:review") -> str:
    return reverse("evaluations:batch_start", args=[cycle.pk]) + f"?tindakan={key}"


def picked(evaluation: Evaluation) -> str:
    return f"{evaluation.pk}:{evaluation.version}"


def test_ticked_looked_at_confirmed_and_done() -> None:
    cycle = make_cycle()
    several = [in_ministry(cycle, code) for code in ("64.71", "64.72")]
    client, url = client_of(make_user(Role.NATIONAL_ADMIN)), address(cycle)
    assert client.get(url + "&semua=1").content.decode().count(" checked") == 2
    ticked = [picked(each) for each in several]
    sure = client.post(url, {"pilih": ticked})
    assert sure.status_code == 200 and "untuk 2 daerah?" in sure.content.decode()
    assert not Batch.objects.exists()
    for _ in range(2):  # a second click
        sent = client.post(url, {"pilih": ticked, "sah": "on", "once": "k"}, follow=True)
    [batch] = Batch.objects.all()
    assert sent.redirect_chain[0][0] == batch.get_absolute_url()
    run_batch(str(batch.job_id))
    page = client.get(batch.get_absolute_url()).content.decode()
    assert "Selesai" in page and "hx-get" not in page
    assert set(Evaluation.objects.filter(cycle=cycle).values_list("stage", flat=True)) == {Stage.FIELD_VERIFICATION}


def test_whom_it_does_not_take_is_told_with_the_reason_and_cannot_be_ticked() -> None:
    cycle = make_cycle()
    waiting = in_ministry(cycle, "64.71", Stage.FINAL)
    page = client_of(make_user(Role.NATIONAL_ADMIN)).get(address(cycle, "move:award")).content.decode()
    assert "Predikatnya belum diputuskan" in page and picked(waiting) not in page


@pytest.mark.parametrize("sent", [{}, {"pilih": ["x"]}, {"pilih": ["x:y:z"]}, {"pilih": [f"{'0' * 32}:99999999999"]}])
def test_what_cannot_be_read_is_refused_and_starts_nothing(sent: dict[str, Any]) -> None:
    cycle = make_cycle()
    in_ministry(cycle, "64.71")
    client = client_of(make_user(Role.NATIONAL_ADMIN))
    assert client.post(address(cycle), sent | {"sah": "on"}).status_code == 422
    assert client.post(address(cycle, "extend"), {"until": "", "pilih": "x"}).status_code == 422
    assert client.post(address(cycle, ""), sent).status_code == 422
    assert not Batch.objects.exists()


def test_an_extension_keeps_what_was_typed_until_it_is_right() -> None:
    cycle, now = make_cycle(), timezone.now()
    evaluation = in_ministry(cycle, "64.71")
    cycle.windows.create(stage=Stage.MINISTRY_REVIEW, opens_at=now - timedelta(days=9), closes_at=now)
    client, url = client_of(make_user(Role.NATIONAL_ADMIN)), address(cycle, "extend")
    refused = client.post(url, {"pilih": picked(evaluation), "reason": "Banjir besar"})
    assert refused.status_code == 422 and "Banjir besar" in refused.content.decode()
    typed = {"pilih": picked(evaluation), "reason": "Banjir besar", "until": "2099-01-01T23:59"}
    cycle.windows.update(closes_at=now + timedelta(days=365 * 100))
    assert "dilewati: Batas yang berlaku sekarang" in client.post(url, typed).content.decode()
    cycle.windows.update(closes_at=now)
    page = client.post(url, typed).content.decode()
    assert "Banjir besar" in page and "dilewati" not in page
    client.post(url, typed | {"sah": "on"})
    [batch] = Batch.objects.all()
    run_batch(str(batch.job_id))
    assert evaluation.extensions.get().reason == "Banjir besar"


def test_filters_live_in_the_address() -> None:
    cycle, now = make_cycle(), timezone.now()
    here, far = in_ministry(cycle, "64.71"), in_ministry(cycle, "73.71")
    client = client_of(make_user(Role.NATIONAL_ADMIN))
    assert picked(far) not in (page := client.get(address(cycle) + "&provinsi=64").content.decode())
    assert picked(here) in page
    assert picked(here) not in client.get(address(cycle) + "&keadaan=terlambat").content.decode()
    window = {"opens_at": now - timedelta(days=9), "closes_at": now - timedelta(days=1)}
    cycle.windows.create(stage=Stage.MINISTRY_REVIEW, **window)
    assert picked(here) in client.get(address(cycle) + "&keadaan=terlambat").content.decode()


def test_the_province_sees_its_own_regions_and_its_own_step() -> None:
    cycle = make_cycle()
    own, far = (in_ministry(cycle, code, Stage.ADMIN_VERIFICATION) for code in ("64.71", "73.71"))
    client = client_of(make_user(Role.PROVINCE_VERIFIER, make_region(code="64")))
    make_score(answer=own.answers.get(question__code="1.1"))
    page = client.get(address(cycle, "move:verify")).content.decode()
    assert picked(own) in page and picked(far) not in page and "Tutup peninjauan" not in page
    assert client.get(address(cycle, "decide")).context["action"] is None
    assert client_of(make_user(Role.COORDINATOR, own.region)).get(address(cycle)).status_code == 403


def test_the_refused_can_be_tried_once_more() -> None:
    cycle = make_cycle()
    moved, other = in_ministry(cycle, "64.71"), in_ministry(cycle, "64.72")
    admin = make_user(Role.NATIONAL_ADMIN)
    items = [[str(moved.pk), 99], [str(other.pk), other.version]]
    batch = batches.start(cycle, BatchKind.MOVE, "review", items=items, by=admin)
    run_batch(str(batch.job_id))
    page = client_of(admin).get(batch.get_absolute_url()).content.decode()
    assert batches.MOVED in page and moved.get_absolute_url() in page
    again = client_of(admin).get(address(cycle) + f"&ulang={batch.pk}").content.decode()
    assert picked(moved) in again and picked(other) not in again and " checked" in again


def test_one_that_stopped_is_gone_on_with_by_who_asked() -> None:
    cycle = make_cycle()
    evaluation, admin = in_ministry(cycle, "64.71"), make_user(Role.NATIONAL_ADMIN)
    batch = batches.start(cycle, BatchKind.MOVE, "review", items=[[str(evaluation.pk), evaluation.version]], by=admin)
    Job.objects.filter(pk=batch.job_id).update(state=JobState.FAILED, error="Terhenti.")
    assert "Lanjutkan" in client_of(admin).get(batch.get_absolute_url()).content.decode()
    other = client_of(make_user(Role.NATIONAL_ADMIN))
    assert "Lanjutkan" not in other.get(batch.get_absolute_url()).content.decode()
    assert other.post(batch.get_absolute_url()).status_code == 403
    assert client_of(admin).post(batch.get_absolute_url()).status_code == 302
    assert Job.objects.get(pk=batch.job_id).state == JobState.QUEUED
    part = client_of(admin).get(batch.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert "<h1" not in part and "Menunggu giliran" in part


@pytest.mark.parametrize(
    "key",
    ["move:verify", "move:review", "move:award", "decide", "extend", "release:admin_verification"],
)
def test_a_preview_asks_as_much_for_three_regions_as_for_one(key: str) -> None:
    cycle, admin = make_cycle(), make_user(Role.NATIONAL_ADMIN)
    stage = Stage.FINAL if key in ("decide", "move:award") else Stage.MINISTRY_REVIEW
    stage = Stage.ADMIN_VERIFICATION if key == "move:verify" else stage
    action = {each.key: each for each in batching.actions_for(admin)}[key]
    counts = []
    for codes in (["64.71"], ["64.72", "64.74"]):
        for code in codes:
            in_ministry(cycle, code, stage)
        client = client_of(admin)
        client.get(address(cycle, key))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address(cycle, key))
        counts.append(len(queries))
    assert len(page.context["page"].object_list) == 3 and action.label in page.content.decode()
    assert counts[0] == counts[1] <= 15, counts
