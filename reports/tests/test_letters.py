"""A request letter: what it asks for, of whom, until when; the message, the PDF, and where its link leads."""

import os
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import PASSWORD, make_user
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, Assignment, Review, StageWindow
from evaluations.queries import letters
from evaluations.tests.make import make_answer, make_evaluation, make_link
from evidence.serving import INERT
from evidence.tests.make import make_revision
from kla_portal.lib.numbers import points_text
from kla_portal.tests.read_pdf import pages_of, text_of
from reports import services, store
from reports.letters import print_pdf
from reports.models import Letter
from reports.tasks import print_letter
from reports.tests.make import make_letter, make_printed_letter
from trail.models import Job, JobState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("report_store")]
TODAY = date(2025, 11, 3)


@pytest.fixture
def evaluation():
    found = make_evaluation()
    found.region.agencies.filter(kind="dp3a").update(name="Dinas P3A Kota Balikpapan")
    return found


@pytest.fixture
def agency(evaluation):
    return evaluation.region.agencies.get(kind="disdukcapil")


@pytest.fixture
def coordinator(evaluation):
    return make_user(Role.COORDINATOR, evaluation.region, full_name="Siti Contoh", phone="0812-0000")


def page_of(evaluation, agency) -> str:
    return reverse("evaluations:agency_request", args=[evaluation.pk, agency.pk])


def list_of(evaluation, agency) -> str:
    return f"{reverse('evaluations:evaluation_missing', args=[evaluation.pk])}?instansi={agency.pk}"


def written(evaluation, agency, by):
    return letters.letter(evaluation, agency, by, number="", until=TODAY + timedelta(days=9), today=TODAY)


def lines(content) -> dict:
    return {line["code"]: line for group in content["groups"] for line in group["lines"]}


def test_a_letter_asks_for_the_answer_and_the_documents_that_are_missing(evaluation, agency, coordinator):
    content = written(evaluation, agency, coordinator)
    asked = lines(content)
    assert asked["2.1"]["wants"][0]["label"] == letters.ANSWER
    missing = asked["2.1"]["wants"][1:]
    assert missing
    answer = make_answer(evaluation=evaluation, code="2.1")
    after = lines(written(evaluation, agency, coordinator))
    assert after["2.1"]["wants"] == missing
    for want in answer.question.wants:
        revision = make_revision(evaluation.region, agency=agency)
        make_link(answer=answer, revision=revision, want=want["key"])
    assert "2.1" not in lines(written(evaluation, agency, coordinator))
    assert content["until"] == "12 November 2025"
    assert (content["office"], content["signer"]) == ("Dinas P3A Kota Balikpapan", "Siti Contoh")


def test_the_points_are_what_hangs_on_it(evaluation, agency, coordinator):
    content = written(evaluation, agency, coordinator)
    worth = sum(Decimal(line["points"].replace(",", ".")) for line in lines(content).values())
    assert Decimal(content["points"].replace(",", ".")) == worth > 0
    assert content["count"] == len(lines(content))


def test_a_letter_tells_no_agency_what_a_closed_document_of_another_says(evaluation, agency, coordinator):
    answer = make_answer(evaluation=evaluation, code="2.1")
    want = answer.question.wants[0] | {"years": "any", "valid": True}
    type(answer.question).objects.filter(pk=answer.question_id).update(wants=[want])
    helping = evaluation.region.agencies.get(kind="dinkes")
    Assignment.objects.create(evaluation=evaluation, question=answer.question, agency=helping, is_lead=False)
    secret = make_revision(
        evaluation.region, agency=agency, personal_data=True, data_year=1987, valid_until=date(2003, 4, 5)
    )
    make_link(answer=answer, revision=secret, want=want["key"])
    own, theirs = (
        " ".join(row["label"] for row in lines(written(evaluation, each, coordinator))["2.1"]["wants"])
        for each in (agency, helping)
    )
    assert "1987" in own and "5 April 2003" in own
    assert "dokumen tertutup yang terpasang belum sesuai" in theirs
    assert "1987" not in theirs and "2003" not in theirs


def test_during_the_review_only_what_was_returned_is_asked_for(evaluation, agency, coordinator):
    answer = make_answer(evaluation=evaluation, code="2.1")
    type(evaluation).objects.filter(pk=evaluation.pk).update(stage=Stage.TASK_FORCE_REVIEW)
    evaluation.refresh_from_db()
    content = written(evaluation, agency, coordinator)
    assert content["count"] == 0 < content["locked"]
    force = make_user(Role.TASK_FORCE, evaluation.region)
    Review.objects.create(answer=answer, answer_version=answer.version, approved=False, reason="x", by=force)
    Answer.objects.filter(pk=answer.pk).update(state=AnswerState.RETURNED)
    assert set(lines(written(evaluation, agency, coordinator))) == {"2.1"}


@pytest.mark.parametrize(
    ("closes", "expected"),
    [(None, 7), (30, 23), (8, 1), (7, 7), (3, 3), (0, 0), (-5, 7)],
)
def test_the_day_follows_the_calendar(evaluation, closes, expected):
    if closes is not None:
        end = datetime(2025, 11, 3, 23, 0, tzinfo=ZoneInfo("Asia/Makassar")) + timedelta(days=closes)
        StageWindow.objects.create(
            cycle=evaluation.cycle, stage=Stage.SELF_ASSESSMENT, opens_at=end - timedelta(days=60), closes_at=end
        )
    assert letters.due(evaluation, TODAY) == TODAY + timedelta(days=expected)


def test_a_message_stays_short_and_says_what_it_leaves_out(evaluation, agency, coordinator):
    content = written(evaluation, agency, coordinator)
    [group] = [group for group in content["groups"] if group["lines"]][:1]
    line = group["lines"][0]
    group["lines"] = [line | {"code": f"9.{n}"} for n in range(40)]
    content = content | {"groups": [group], "count": 40}
    line["wants"].append({"label": "dokumen " * 60, "demands": ""})
    text = letters.text(content, "https://kla.contoh.id/x/")
    assert "*9.11* " in text
    assert "*9.12* " not in text
    assert "… dan 28 lainnya, lihat tautan." in text
    assert sum(row.startswith("*9.") for row in text.splitlines()) == letters.MOST
    assert "https://kla.contoh.id/x/" in text
    assert max(map(len, text.splitlines())) < 200
    assert len(text) < 4000


def test_agency_request_has_the_letter_the_message_and_the_way_there(client, evaluation, agency, coordinator):
    client.force_login(coordinator)
    day = timezone.localdate() + timedelta(days=20)
    answer = client.get(page_of(evaluation, agency), {"sampai": day.isoformat(), "nomor": "400.2/17/DP3A"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "400.2/17/DP3A" in page
    assert str(day.year) in page
    address = f"http://testserver{list_of(evaluation, agency)}"
    assert address in page
    sent = urlsplit(answer.context["whatsapp"])
    assert (sent.scheme, sent.netloc) == ("https", "wa.me")
    assert parse_qs(sent.query)["text"] == [answer.context["message"]]
    assert address in answer.context["message"]
    assert not re.search(r"\son\w+=|\sstyle=", page)


@pytest.mark.parametrize("day", ["", "kemarin", "2020-01-01", "2099-01-01"])
def test_agency_request_with_a_day_that_cannot_be_says_so(client, evaluation, agency, coordinator, day):
    client.force_login(coordinator)
    if day:
        page = client.get(page_of(evaluation, agency), {"sampai": day})
        assert page.status_code == 422
        assert "invalid-feedback" in page.content.decode()
        assert "Yth. Kepala" in page.content.decode()
    asked = client.post(reverse("reports:letter_request", args=[evaluation.pk, agency.pk]), {"sampai": day})
    assert asked.status_code == 422
    assert not Letter.objects.exists()


def test_agency_request_when_nothing_is_missing_says_so(client, evaluation, coordinator):
    other = evaluation.region.agencies.create(kind="dp3a", name="Bagian Umum", short_name="Umum")
    client.force_login(coordinator)
    page = client.get(page_of(evaluation, other)).content.decode()
    assert "Tidak ada yang perlu diminta" in page
    assert "Buat PDF" not in page


def test_agency_request_asks_no_more_for_more(client, evaluation, agency, coordinator, django_assert_max_num_queries):
    client.force_login(coordinator)
    address = page_of(evaluation, agency)
    client.get(address)
    with django_assert_max_num_queries(15) as first:
        client.get(address)
    answer = make_answer(evaluation=evaluation, code="2.1")
    for _ in range(3):
        make_link(answer=answer, revision=make_revision(evaluation.region))
    with django_assert_max_num_queries(len(first)):
        client.get(address)


def test_the_link_leads_the_operator_to_the_uploads_after_the_sign_in(client, evaluation, agency):
    operator = make_user(Role.OPERATOR, evaluation.region, agency)
    link = list_of(evaluation, agency)
    gate = client.get(link)
    assert gate.status_code == 302
    page = client.get(gate.url)
    [wanted] = re.findall(r'name="next" value="([^"]+)"', page.content.decode())
    signed = client.post(gate.url, {"username": operator.username, "password": PASSWORD, "next": wanted})
    assert (signed.status_code, signed.url) == (302, link)
    question = reverse("evaluations:answer_edit", args=[evaluation.pk, "2.1"])
    assert f"{question}?minta=data#unggah" in client.get(link).content.decode()


@pytest.mark.parametrize("returned", [False, True])
def test_the_letter_and_the_list_it_leads_to_ask_for_the_same(client, evaluation, agency, coordinator, returned):
    answer = make_answer(evaluation=evaluation, code="2.1")
    make_link(answer=answer, revision=make_revision(evaluation.region, agency=agency), want="data")
    if returned:
        type(evaluation).objects.filter(pk=evaluation.pk).update(stage=Stage.TASK_FORCE_REVIEW)
        force = make_user(Role.TASK_FORCE, evaluation.region)
        Review.objects.create(answer=answer, answer_version=answer.version, approved=False, reason="x", by=force)
        Answer.objects.filter(pk=answer.pk).update(state=AnswerState.RETURNED)
    client.force_login(coordinator)
    letter = client.get(page_of(evaluation, agency)).context
    client.force_login(make_user(Role.OPERATOR, evaluation.region, agency))
    shown = client.get(letter["address"].removeprefix("http://testserver")).context["shown"]
    asked = letter["letter"]
    assert (shown.questions, points_text(shown.at_stake)) == (asked["count"], asked["points"])
    assert asked["count"] == (1 if returned else 2)


def test_agency_request_of_what_is_locked_says_so_and_shows_the_way(client, evaluation, agency, coordinator):
    make_answer(evaluation=evaluation, code="2.1")
    type(evaluation).objects.filter(pk=evaluation.pk).update(stage=Stage.TASK_FORCE_REVIEW)
    client.force_login(coordinator)
    page = client.get(page_of(evaluation, agency)).content.decode()
    assert "Jawaban sedang ditelaah dan terkunci" in page
    assert reverse("evaluations:stage_move", args=[evaluation.pk, "call_back"]) in page
    assert "Tidak ada yang perlu diminta" not in page and "Buat PDF" not in page


def test_letter_request_prints_once_what_is_the_same(client, evaluation, agency, coordinator):
    client.force_login(coordinator)
    address = reverse("reports:letter_request", args=[evaluation.pk, agency.pk])
    day = (timezone.localdate() + timedelta(days=10)).isoformat()
    first = client.post(address, {"sampai": day, "nomor": "1"})
    assert first.status_code == 302
    assert client.post(address, {"sampai": day, "nomor": "1"}).url == first.url
    assert client.post(address, {"sampai": day, "nomor": "2"}).url != first.url
    assert (Letter.objects.count(), Job.objects.filter(kind=services.LETTER).count()) == (2, 2)


def test_a_letter_is_printed_as_an_official_letter(client, report_store, evaluation, agency, coordinator):
    letter = make_printed_letter(evaluation=evaluation, agency=agency, by=coordinator, number="400.2/17/DP3A")
    assert letter.state == JobState.DONE
    assert os.listdir(report_store) == [letter.file_name]
    client.force_login(coordinator)
    assert "Unduh PDF" in client.get(letter.get_absolute_url()).content.decode()
    answer = client.get(reverse("reports:letter_download", args=[letter.pk]))
    text = text_of(b"".join(answer))
    for words in ("Nomor", "400.2/17/DP3A", "Permintaan data dukung", "Yth. Kepala", "2.1", "Siti Contoh", "paling"):
        assert words in text, words
    assert answer.headers["Content-Security-Policy"] == INERT
    assert (answer.headers["X-Frame-Options"], answer.headers["Content-Type"]) == ("DENY", "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")


def test_a_heading_stays_with_its_first_question(evaluation, agency, coordinator):
    content = written(evaluation, agency, coordinator)
    line = content["groups"][0]["lines"][0] | {"text": "Apakah ada", "wants": [{"label": "SK", "demands": ""}]}
    long = line | {"code": "8.1", "text": "Apakah ada kebijakan " * 6, "wants": line["wants"] * 8}
    groups = [{"code": "I", "name": "Awal", "lines": [line] * 20}, {"code": "II", "name": "Lanjutan", "lines": [long]}]
    pages = pages_of(print_pdf(content | {"groups": groups, "address": "x"}))
    [page] = [page for page in pages if "II Lanjutan" in page]
    assert "8.1" in page.partition("II Lanjutan")[2]


def test_the_same_letter_is_the_same_file(evaluation, agency, coordinator):
    letter = make_printed_letter(evaluation=evaluation, agency=agency, by=coordinator)
    with store.backend().open(letter.file_name) as file:
        before = file.read()
    store.drop(letter.file_name)
    page = services.request_letter(evaluation, agency, letter.payload, until=letter.until, by=coordinator)
    assert page.pk == letter.pk
    print_letter(str(letter.job_id))
    with store.backend().open(letter.file_name) as file:
        assert file.read() == before


def test_letters_of_a_dead_worker_say_so(client, evaluation, agency, coordinator):
    letter = make_letter(evaluation=evaluation, agency=agency, by=coordinator)
    Job.objects.filter(pk=letter.job_id).update(state=JobState.RUNNING, lease_until="2020-01-01T00:00Z")
    client.force_login(coordinator)
    assert "PDF gagal disusun" in client.get(letter.get_absolute_url()).content.decode()
    download = reverse("reports:letter_download", args=[letter.pk])
    assert client.get(download).url == letter.get_absolute_url()
    with time_machine.travel(timezone.now()):
        again = services.request_letter(evaluation, agency, letter.payload, until=letter.until, by=coordinator)
    assert (again.pk, again.job.state) == (letter.pk, JobState.QUEUED)
