"""Asking, waiting, fetching; and who may."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.models import Evaluation
from evaluations.tests.make import make_answer, make_evaluation, make_score, people
from evidence.serving import INERT
from reports import store
from reports.models import Report
from reports.tasks import render_report
from reports.tests.make import make_printed_report, make_report
from trail.models import Event, Job, JobState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    options = {"location": tmp_path, "allow_overwrite": True}
    settings.STORAGES = settings.STORAGES | {
        "reports": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    }
    settings.REQUIRE_TOTP = False
    return tmp_path


def url(name, report):
    target = report.evaluation_id if name in ("report_list", "report_request") else report.pk
    return reverse(f"reports:{name}", args=[target])


GETS = ["report_list", "report_detail", "report_download"]
POSTS = ["report_request", "report_retry"]


def ask(client, name, report):
    return (
        client.post(url(name, report), {"once": str(uuid.uuid4())}) if name in POSTS else client.get(url(name, report))
    )


def test_report_request_leads_to_the_report_and_twice_to_the_same(client):
    evaluation = make_evaluation()
    client.force_login(make_user(Role.COORDINATOR, evaluation.region))
    address, key = reverse("reports:report_request", args=[evaluation.pk]), str(uuid.uuid4())
    first = client.post(address, {"once": key})
    report = Report.objects.get()
    assert (first.status_code, first.url) == (302, report.get_absolute_url())
    assert client.post(address, {"once": key}).url == first.url
    assert client.post(address, {"once": str(uuid.uuid4())}).url == first.url
    assert (Report.objects.count(), Job.objects.count()) == (1, 1)
    assert Event.objects.filter(action="report.request").count() == 2  # the double click is one request


def test_report_list_shows_what_one_may_read_and_asks_no_more_for_more(client, django_assert_max_num_queries):
    evaluation = make_evaluation()
    user = make_user(Role.COORDINATOR, evaluation.region)
    for code in ("1.1", "2.1", "3.1"):
        make_answer(evaluation=evaluation, code=code)
        report = make_report(evaluation=evaluation, by=user)
    client.force_login(user)
    with django_assert_max_num_queries(12):
        page = client.get(url("report_list", report))
    assert page.status_code == 200
    assert [row.pk for row in page.context["reports"]] == [row.pk for row in Report.objects.order_by("-created_at")]
    assert page.content.decode().count("Menunggu giliran") == 3


def test_report_list_without_any_says_what_to_do(client):
    evaluation = make_evaluation()
    client.force_login(make_user(Role.COORDINATOR, evaluation.region))
    assert b"Belum ada laporan" in client.get(reverse("reports:report_list", args=[evaluation.pk])).content


def test_report_detail_shows_progress_and_asks_again(client):
    report = make_report()
    Job.objects.filter(pk=report.job_id).update(
        state=JobState.RUNNING, progress=43, step="Menyusun halaman 9", lease_until="2999-01-01T00:00Z"
    )
    client.force_login(report.requested_by)
    page = client.get(report.get_absolute_url()).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "43 %" in page
    assert "Menyusun halaman 9" in page
    assert "Muat ulang" in page  # for those without JavaScript

    piece = client.get(report.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert piece.strip().startswith("<section")
    assert "<html" not in piece


def test_report_detail_of_a_printed_report_offers_it_and_asks_no_more(client):
    report = make_printed_report()
    client.force_login(report.requested_by)
    page = client.get(report.get_absolute_url()).content.decode()
    assert url("report_download", report) in page
    assert f"{report.pages} halaman" in page
    assert report.fingerprint[:16] in page
    assert "hx-trigger" not in page


def test_report_detail_of_a_dead_worker_says_so_and_tries_again(client):
    report = make_report()
    Job.objects.filter(pk=report.job_id).update(state=JobState.RUNNING, lease_until="2020-01-01T00:00Z")
    client.force_login(report.requested_by)
    page = client.get(report.get_absolute_url()).content.decode()
    assert "Pengolah laporan berhenti sebelum selesai" in page
    assert url("report_retry", report) in page

    key = str(uuid.uuid4())
    for _ in range(2):  # a double click
        assert client.post(url("report_retry", report), {"once": key}).status_code == 302
    assert Report.objects.get(pk=report.pk).state == JobState.QUEUED
    assert Event.objects.filter(action="report.retry").count() == 1


def test_report_retry_of_a_sound_report_is_refused(client):
    report = make_printed_report()
    client.force_login(report.requested_by)
    answer = ask(client, "report_retry", report)
    assert answer.status_code == 403
    assert "tidak gagal" in answer.content.decode()
    assert Report.objects.get(pk=report.pk).state == JobState.DONE


def test_report_download_is_inert_and_not_stored(client):
    report = make_printed_report()
    client.force_login(report.requested_by)
    answer = client.get(url("report_download", report))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == store.backend().open(report.file_name).read()
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="laporan-evaluasi-kota-balikpapan-')
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == INERT
    assert (answer.headers["X-Frame-Options"], answer.headers["Content-Type"]) == ("DENY", "application/pdf")


def test_report_download_before_the_end_leads_back(client):
    report = make_report()
    client.force_login(report.requested_by)
    answer = client.get(url("report_download", report))
    assert (answer.status_code, answer.url) == (302, report.get_absolute_url())


def test_a_file_that_somebody_removed_is_stated_and_printed_again(client):
    report = make_printed_report()
    store.backend().delete(report.file_name)
    client.force_login(report.requested_by)
    page = client.get(client.get(url("report_download", report)).url).content.decode()
    assert "tidak ada lagi di penyimpanan" in page
    assert "Coba lagi" in page
    job = Job.objects.get(pk=report.job_id)
    assert (job.state, job.error) == (JobState.DONE, "")  # a look changes nothing

    assert ask(client, "report_retry", report).status_code == 302
    assert Job.objects.get(pk=report.job_id).state == JobState.QUEUED
    event = Event.objects.get(action="report.retry")
    assert (event.actor, event.after) == (report.requested_by, {"report": str(report.pk), "lost": True})
    render_report(str(report.job_id))
    assert client.get(url("report_download", report)).status_code == 200


def test_another_region_finds_nothing(client):
    report = make_report()
    who = people(report.evaluation)
    for stranger in ("sister", "far", "far_province", "idle_evaluator", "evaluator", "unit_operator"):
        client.force_login(who[stranger])
        for name in GETS + POSTS:
            assert ask(client, name, report).status_code == 404, (stranger, name)
    client.logout()
    for name in GETS + POSTS:
        assert ask(client, name, report).status_code == 302, name
    assert Event.objects.filter(action__startswith="report.").count() == 1


def test_who_sees_the_evaluation_but_not_the_draft_is_told_why(client):
    report = make_report()
    who = people(report.evaluation)
    for reader in ("viewer", "province", "admin"):
        client.force_login(who[reader])
        for name in GETS + POSTS:
            answer = ask(client, name, report)
            assert answer.status_code == 403, (reader, name)
            assert b"terbuka setelah" in answer.content, (reader, name)


def test_a_draft_stays_with_the_region_after_submission(client):
    report = make_report()
    who = people(report.evaluation)
    Evaluation.objects.filter(pk=report.evaluation_id).update(stage=Stage.MINISTRY_REVIEW)
    client.force_login(who["evaluator"])
    for name in ("report_detail", "report_download", "report_retry"):
        assert ask(client, name, report).status_code == 403, name
    assert client.get(url("report_list", report)).context["reports"] == []
    client.force_login(who["coordinator"])
    assert client.get(url("report_detail", report)).status_code == 200


def test_a_report_with_scores_is_closed_to_those_who_may_not_see_them(client):
    evaluation = make_evaluation(stage=Stage.MINISTRY_REVIEW)
    make_score(answer=make_answer(evaluation=evaluation), reason="KENARI")
    who = people(evaluation)
    report = make_printed_report(evaluation=Evaluation.objects.get(pk=evaluation.pk), by=who["evaluator"])
    assert report.with_scores

    client.force_login(who["coordinator"])
    for name in ("report_detail", "report_download", "report_retry"):
        answer = ask(client, name, report)
        assert answer.status_code == 403
        assert "setelah hasil ditetapkan" in answer.content.decode()
    assert client.get(url("report_list", report)).context["reports"] == []

    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.AWARDED)
    assert ask(client, "report_download", report).status_code == 403  # an intermediate verdict is not the result
    final = make_printed_report(evaluation=Evaluation.objects.get(pk=evaluation.pk), by=who["evaluator"])
    assert [row.pk for row in client.get(url("report_list", report)).context["reports"]] == [final.pk]
    assert client.get(url("report_download", final)).status_code == 200

    client.force_login(who["sister"])  # the award is public, its report is not
    assert client.get(url("report_download", final)).status_code == 403


@pytest.mark.parametrize(("name", "page"), [("report_request", "report_list"), ("report_retry", "report_detail")])
def test_changes_need_a_post_and_a_look_leads_to_the_form(client, name, page):
    report = make_report()
    client.force_login(report.requested_by)
    assert client.get(url(name, report)).url == url(page, report)
    assert client.delete(url(name, report)).status_code == 405
    client.force_login(people(report.evaluation)["far"])
    assert client.get(url(name, report)).status_code == 404
    assert Event.objects.filter(action__startswith="report.").count() == 1


def test_waiting_for_a_report_keeps_no_session_alive(client):
    """The page's own questions are no sign of the person; the piece carries the name that says so."""
    report = make_report()
    client.force_login(report.requested_by)
    polling = re.compile(r'<section [^>]*name="poll"[^>]*hx-get="([^"]+)"[^>]*hx-trigger="every 2s"')
    with time_machine.travel(timezone.now(), tick=False) as clock:
        page = client.get(report.get_absolute_url())
        for minutes in (10, 19):
            address, name = polling.search(page.content.decode())[1], "poll"
            clock.shift(timedelta(minutes=minutes))
            page = client.get(address, headers={"HX-Request": "true", "HX-Trigger-Name": name})
            assert page.status_code == 200
        clock.shift(timedelta(minutes=1))
        asked = client.get(address, headers={"HX-Request": "true", "HX-Trigger-Name": name})
        assert asked.status_code == 401
    assert "_auth_user_id" not in client.session


def test_the_region_is_told_the_role_of_a_judge_who_asked(client):
    evaluation = make_evaluation(stage=Stage.AWARDED)
    make_answer(evaluation=evaluation)
    who = people(evaluation)
    report = make_printed_report(evaluation=evaluation, by=who["evaluator"])
    name = str(who["evaluator"])
    client.force_login(who["coordinator"])
    page = client.get(report.get_absolute_url()).content.decode()
    assert name not in page
    assert "Evaluator kementerian" in page
    client.force_login(who["admin"])
    assert name in client.get(report.get_absolute_url()).content.decode()


def test_the_region_reads_the_names_of_its_own_people(client):
    report = make_report()
    client.force_login(people(report.evaluation)["task_force"])
    assert str(report.requested_by) in client.get(report.get_absolute_url()).content.decode()
