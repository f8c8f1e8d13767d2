"""The verdict on a document as the bench sends it: who may, what comes back, what a refused one leaves."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from evaluations.enums import DocumentVerdict, Stage
from evaluations.models import Allotment, AnswerEvidence, Evaluation, EvidenceVerdict
from evaluations.tests.make import make_answer, make_document_verdict, make_evaluation, make_link, make_score, people
from evidence.enums import FileState
from evidence.tests.make import make_pdf, make_revision
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation(stage=Stage.ADMIN_VERIFICATION)


@pytest.fixture
def link(evaluation) -> AnswerEvidence:
    return make_link(answer=make_answer(evaluation=evaluation, code="2.1"), want="data")


@pytest.fixture
def judge(client: Client, evaluation: Evaluation) -> User:
    user = make_user(Role.PROVINCE_VERIFIER, make_region(code=evaluation.region.parent_code))
    client.force_login(user)
    return user


def address(link: AnswerEvidence) -> str:
    return reverse("evaluations:document_judge", args=[link.pk])


def bench(link: AnswerEvidence, query: str = "") -> str:
    return reverse("evaluations:score_bench", args=[link.answer.evaluation_id, link.answer.question.code]) + query


def sent(link: AnswerEvidence, verdict: str = "accepted", /, **fields: Any) -> dict[str, Any]:
    if verdict in ("doubtful", "rejected"):
        fields.setdefault("reason", "Tidak terbaca.")
    return {"revision": link.revision_id, "verdict_version": 0, "verdict": verdict} | fields


def revised(link: AnswerEvidence) -> AnswerEvidence:
    AnswerEvidence.objects.filter(pk=link.pk).update(revision=make_revision(item=link.revision.item))
    return AnswerEvidence.objects.get(pk=link.pk)


# --- sending ---------------------------------------------------------------------------------------------------------
def test_a_verdict_leads_back_to_the_same_question_and_document(client, link, judge):
    form = sent(link, "rejected", reasons=["year"], reason=" Lihat halaman 2. ", klaster="I", sisa="on")
    response = client.post(address(link), form, follow=True)
    row = EvidenceVerdict.objects.get()
    assert (row.verdict, row.by, row.revision) == (DocumentVerdict.REJECTED, judge, link.revision)
    assert row.reason == "Dokumen bukan dari tahun yang dinilai. Lihat halaman 2."
    assert response.redirect_chain == [(bench(link, f"?klaster=I&sisa=on&berkas={link.pk}#document-verdict"), 302)]
    page = response.content.decode()
    assert "Putusan dokumen disimpan: ditolak." in page and "Lihat halaman 2." in page
    assert 'name="verdict_version" value="1"' in page


def test_htmx_gets_the_verdict_and_what_hangs_on_it(client, link, judge):
    second = make_link(answer=link.answer)
    response = client.post(address(link), sent(link, "rejected"), headers=HTMX)
    piece = response.content.decode()
    assert response.status_code == 200 and "<html" not in piece
    assert 'id="document-verdict"' in piece and "autofocus" in piece and "Tidak terbaca." in piece
    for part in ("file-tabs", "accept-claim", "place-now"):
        assert f'id="{part}" hx-swap-oob' in piece or f'id="{part}" aria-label="Berkas" hx-swap-oob' in piece
    assert "disabled aria-describedby" not in piece
    last = client.post(address(second), sent(second, "rejected"), headers=HTMX).content.decode()
    assert "disabled aria-describedby" in last and "Semua dokumen ditolak" in last


def test_without_a_reason_it_is_refused_and_what_was_typed_stays(client, link, judge):
    for headers in ({}, HTMX):
        response = client.post(address(link), sent(link, "doubtful", reason=" "), headers=headers)
        page = response.content.decode()
        assert response.status_code == 422
        assert "Pilih atau tulis alasan" in page
        assert page.count('class="judge" name="document-verdict" open') == 1
    assert not EvidenceVerdict.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"verdict": "perhaps"}, {"revision": "x"}, {"verdict_version": -1}, {"reason": "x" * 2001}]
)
def test_what_cannot_be_read_is_refused(client, link, judge, wrong):
    assert client.post(address(link), sent(link, "doubtful") | wrong).status_code == 422
    assert not EvidenceVerdict.objects.exists()


def test_a_verdict_can_be_taken_back(client, link, judge):
    client.post(address(link), sent(link))
    page = client.post(address(link), sent(link, "withdraw", verdict_version=1), follow=True).content.decode()
    assert not EvidenceVerdict.objects.exists()
    assert "Putusan dibatalkan." in page and "Belum dinilai pada tahap ini" in page


def test_sent_twice_it_is_judged_once(client, link, judge):
    form = sent(link, "doubtful", once="k")
    assert [client.post(address(link), form).status_code for _ in range(2)] == [302, 302]
    assert EvidenceVerdict.objects.get().version == 1
    assert Event.objects.filter(action="evidence.judge").count() == 1


def test_the_slower_of_two_judges_sees_both_verdicts(client, link, judge):
    client.post(address(link), sent(link, "rejected", reason="Yang pertama."))
    for headers in ({}, HTMX):
        response = client.post(address(link), sent(link, "doubtful", reason="Yang kedua."), headers=headers)
        page = response.content.decode()
        assert response.status_code == 409
        assert "Putusan Anda belum disimpan" in page and "Yang pertama." in page and "Yang kedua." in page
        assert 'name="verdict_version" value="1"' in page
    assert EvidenceVerdict.objects.get().reason == "Yang pertama."


def test_a_document_replaced_or_taken_off_meanwhile_is_shown_anew(client, link, judge):
    make_document_verdict(link=link, verdict="rejected", reason="Buram.")
    now = revised(link)
    response = client.post(address(link), sent(link, verdict_version=1), headers=HTMX)
    page = response.content.decode()
    assert (response.status_code, response["HX-Retarget"], response["HX-Reswap"]) == (409, "#dokumen", "outerHTML")
    assert "revisi baru" in page and "Revisi 2, belum dinilai; revisi 1 ditolak: Buram." in page
    assert f'name="revision" value="{now.revision_id}"' in page
    AnswerEvidence.objects.filter(pk=link.pk).update(removed_at="2025-01-01T00:00Z")
    response = client.post(address(link), sent(now))
    assert response.status_code == 409 and "sudah dilepas" in response.content.decode()
    assert EvidenceVerdict.objects.count() == 1


def test_claim_and_documents_do_not_contradict(client, link, judge):
    score = make_score(answer=link.answer)
    response = client.post(address(link), sent(link, "rejected"))
    assert response.status_code == 422
    assert "Klaim pertanyaan ini sudah diterima. Beri nilai lain dulu" in response.content.decode()
    score.delete()
    client.post(address(link), sent(link, "rejected"))
    one = reverse("evaluations:answer_score", args=[link.answer.evaluation_id, "2.1"])
    response = client.post(one, {"answer_version": 1, "score_version": 0, "verdict": "accepted"})
    assert response.status_code == 422 and "semua dokumen pertanyaan ini ditolak" in response.content.decode()
    all_ = reverse("evaluations:score_accept_all", args=[link.answer.evaluation_id])
    page = client.post(all_, {"seen": [f"{link.answer_id}:1"], "code": "2.1"}, follow=True).content.decode()
    assert "0 klaim diterima" in page and "1 klaim dilewati karena semua dokumennya ditolak" in page


def test_fields_that_are_not_asked_for_change_nothing(client, link, judge):
    other = make_user(Role.EVALUATOR)
    client.post(address(link), sent(link, stage=Stage.FINAL, by=other.pk, version=9, reason="x", link=1))
    row = EvidenceVerdict.objects.get()
    assert (row.stage, row.by, row.version, row.reason) == (Stage.ADMIN_VERIFICATION, judge, 1, "")


@pytest.mark.parametrize("stage", Stage)
def test_who_may_send_it(client, stage):
    evaluation = make_evaluation(stage=stage)
    link = make_link(answer=make_answer(evaluation=evaluation, code="2.1"))
    judges = {Stage.ADMIN_VERIFICATION: "province"} | dict.fromkeys(
        (Stage.MINISTRY_REVIEW, Stage.FIELD_VERIFICATION, Stage.FINAL), "evaluator"
    )
    seen = {Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW}
    for who, user in people(evaluation).items():
        if user is None or who == "retired":
            continue
        client.force_login(user)
        status = client.post(address(link), sent(link)).status_code
        if who == judges.get(stage):
            assert status == 302
        elif who in ("sister", "far", "far_province", "unit_operator", "idle_evaluator") and stage != Stage.AWARDED:
            assert status == 404, who
        else:
            assert status == (404 if who == "evaluator" and stage in seen else 403), who
    assert EvidenceVerdict.objects.count() == (stage in judges)


def test_a_file_that_waits_shows_why_it_cannot_be_judged(client, link, judge):
    link.revision.file.state = FileState.INSPECTED
    link.revision.file.save()
    page = client.get(bench(link)).content.decode()
    assert "belum lolos pemeriksaan" in page and 'data-key="a"' not in page
    assert client.post(address(link), sent(link)).status_code == 403


# --- the bench -------------------------------------------------------------------------------------------------------
def test_the_pane_shows_pages_facts_and_the_page_pointed_to(client, evaluation, judge):
    revision = make_revision(
        region=evaluation.region, content=make_pdf("Surat", pages=3), title="SK Gugus Tugas", number="188/1",
        data_year=2024, signatory="Wali Kota",
    )  # fmt: skip
    revision.file.pages = 3
    revision.file.save()
    answer = make_answer(evaluation=evaluation, code="2.1")
    link = make_link(answer=answer, revision=revision, page_hint="hal. 2")
    page = client.get(bench(link)).content.decode()
    for number in (1, 2, 3):
        assert reverse("evaluations:evidence_page", args=[link.pk, number]) in page and f"{number} / 3" in page
    assert 'data-open-at="hal-2"' in page and page.count('loading="lazy"') == 2
    for fact in ("188/1", "Wali Kota", "2024", revision.file.sha256[:12], "hal. 2"):
        assert fact in page
    assert reverse("evaluations:evidence_view", args=[link.pk]) + "#hal-2" in page
    assert "<object" not in page and "<iframe" not in page and "<embed" not in page


def test_the_first_document_without_a_verdict_is_opened_and_keys_lead_to_its_neighbours(client, link, judge):
    second, third = make_link(answer=link.answer), make_link(answer=link.answer)
    make_document_verdict(link=link)
    shown = client.get(bench(link)).context
    assert shown["tab"].proof.pk == str(second.pk)
    assert [(tab.proof.pk, tab.key, bool(tab.said)) for tab in shown["tabs"]] == [
        (str(link.pk), "[", True), (str(second.pk), "", False), (str(third.pk), "]", False),
    ]  # fmt: skip
    assert client.get(bench(link, f"?berkas={link.pk}")).context["tab"].proof.pk == str(link.pk)
    assert client.get(bench(link, "?berkas=x")).context["tab"].proof.pk == str(second.pk)


def test_the_list_tells_doubted_and_rejected_documents(client, evaluation, link, judge):
    other = make_link(answer=make_answer(evaluation=evaluation, code="3.1"))
    make_document_verdict(link=other, verdict="rejected", reason="Buram.")
    assert "1 dokumen ditolak" in client.get(bench(link)).content.decode()


def test_verdicts_of_earlier_stages_stand_beside(client, evaluation, link, judge):
    make_document_verdict(link=link, verdict="doubtful", reason="Menurut provinsi.", by=judge)
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.MINISTRY_REVIEW)
    ministry = make_user(Role.EVALUATOR)
    Allotment.objects.create(evaluation=evaluation, evaluator=ministry)
    client.force_login(ministry)
    page = client.get(bench(link)).content.decode()
    assert "Belum dinilai pada tahap ini" in page
    assert "Menurut provinsi." in page and str(judge) in page and "Verifikasi administrasi" in page


def test_the_bench_asks_the_same_whatever_hangs_on_the_question(client, evaluation, link, judge):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(bench(link))
        return len(queries)

    client.get(bench(link))
    make_document_verdict(link=link)
    with_one = asked()
    for code in ("2.1", "2.1", "3.1"):
        make_document_verdict(link=make_link(answer=make_answer(evaluation=evaluation, code=code)))
    assert asked() == with_one <= 15


def test_a_verdict_asks_the_same_whatever_hangs_on_the_question(client, link, judge):
    def asked(one: AnswerEvidence) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.post(address(one), sent(one, "rejected"), headers=HTMX)
        return len(queries)

    asked(link)
    second, third = make_link(answer=link.answer), make_link(answer=link.answer)
    assert asked(second) == asked(third) <= 32


# --- who reads it ----------------------------------------------------------------------------------------------------
def test_the_region_learns_from_verdicts_when_scores_open_to_it(client, evaluation, link):
    link.revision.item.title = "Rekap akta"
    link.revision.item.save()
    make_document_verdict(link=link, verdict="rejected", reason="Bukan dari kota ini.")
    answer, view, result = (
        link.answer.get_absolute_url(),
        reverse("evaluations:evidence_view", args=[link.pk]),
        reverse("evaluations:evaluation_result", args=[evaluation.pk]) + "?buka=semua",
    )
    folk = people(evaluation)
    for stage, told in ((Stage.MINISTRY_REVIEW, False), (Stage.AWARDED, True)):
        Evaluation.objects.filter(pk=evaluation.pk).update(stage=stage)
        client.force_login(folk["coordinator"])
        for path in (answer, view, result):
            page = client.get(path).content.decode()
            assert ("Bukan dari kota ini." in page, "Ditolak" in page) == (told, told), path
            assert "Verifikator provinsi (" not in page  # the role, and no name
        client.force_login(folk["evaluator"])
        assert "Bukan dari kota ini." in client.get(answer).content.decode()


def test_the_reason_stays_with_those_who_may_open_the_document(client, evaluation, link):
    link.revision.item.personal_data = True
    link.revision.item.save()
    make_document_verdict(link=link, verdict="rejected", reason="Nama anak terbaca.")
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.AWARDED)
    folk, result = people(evaluation), reverse("evaluations:evaluation_result", args=[evaluation.pk]) + "?buka"
    for who, told in (("coordinator", True), ("task_force", True), ("viewer", False), ("other_operator", False)):
        client.force_login(folk[who])
        for path in (link.answer.get_absolute_url(), result):
            page = client.get(path).content.decode()
            assert "Ditolak" in page and ("Nama anak terbaca." in page) == told, who


def test_the_task_force_opens_the_pages_in_place(client):
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    link = make_link(answer=make_answer(evaluation=evaluation, code="2.1"))
    client.force_login(people(evaluation)["task_force"])
    view = reverse("evaluations:evidence_view", args=[link.pk])
    page = client.get(reverse("evaluations:review_bench", args=[evaluation.pk]) + "?klaster=I").content.decode()
    assert f'hx-get="{view}"' in page and reverse("evaluations:evidence_page", args=[link.pk, 1]) not in page
    piece = client.get(view, headers=HTMX).content.decode()
    assert "<html" not in piece and f'id="{link.pk}-hal-1"' in piece
    assert reverse("evaluations:evidence_page", args=[link.pk, 1]) in piece and "putusan/" not in piece
