"""A document of the library put to a question."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.models import Answer, AnswerEvidence, Cycle, Evaluation
from evaluations.queries import library
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link
from evidence.enums import FileState, LinkState
from evidence.models import EvidenceRevision, StoredFile
from evidence.services.items import reindex
from evidence.tests.make import make_pdf, make_revision, make_upload

pytestmark = pytest.mark.django_db
SK = make_pdf("SK")


@pytest.fixture
def before() -> Evaluation:
    """The region's evaluation of the cycle before."""
    evaluation = make_evaluation(cycle=make_cycle(name="Evaluasi KLA 2023", data_years=[2022]), stage=Stage.AWARDED)
    Cycle.objects.filter(pk=evaluation.cycle_id).update(created_at=timezone.now() - timedelta(days=700))
    return evaluation


@pytest.fixture
def evaluation(before: Evaluation) -> Evaluation:
    return make_evaluation(region=before.region, cycle=make_cycle(instrument=before.cycle.instrument))


@pytest.fixture
def enter(client: Client, evaluation: Evaluation) -> Callable[[str, str], Client]:
    def sign_in(role: str, agency: str = "") -> Client:
        kind = evaluation.region.agencies.get(kind=agency) if agency else None
        client.force_login(make_user(role, evaluation.region, kind))
        return client

    return sign_in


def pick(evaluation: Evaluation, code: str = "2.1", **query: object) -> str:
    address = reverse("evaluations:evidence_pick", args=[evaluation.pk, code])
    return address + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")


def offered(page: str) -> str:
    """The part of the page that offers what proved this question before."""
    return page.partition('id="dahulu"')[2].partition('id="pustaka"')[0]


def test_the_earlier_document_comes_first_with_what_no_longer_fits(
    enter: Callable[..., Client], before: Evaluation, evaluation: Evaluation
) -> None:
    revision = make_revision(
        before.region, title="Rekap akta 2022", data_year=2022, valid_until=date(2023, 12, 31), personal_data=False
    )
    make_link(answer=make_answer(evaluation=before, code="2.1"), revision=revision, want="data", page_hint="hal. 3")
    make_revision(before.region, title="Foto kegiatan", content=make_pdf("lain"), personal_data=False)
    page = enter(Role.OPERATOR, "disdukcapil").get(pick(evaluation)).content.decode()
    first = offered(page)
    assert "Rekap akta 2022" in first and "Foto kegiatan" not in first and "Foto kegiatan" in page
    assert "Isinya tentang tahun 2022, sedangkan siklus ini menilai 2024–2025." in first
    assert "Masa berlakunya berakhir 31 Desember 2023." in first
    assert "2.1 (Evaluasi KLA 2023)" in first
    chosen = enter(Role.OPERATOR, "disdukcapil").get(pick(evaluation, dokumen=revision.item_id)).content.decode()
    assert 'value="hal. 3"' in chosen and '<option value="data" selected>' in chosen


def test_what_is_chosen_is_put_to_the_question(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    revision = make_revision(evaluation.region, title="SK Tim", personal_data=False)
    client = enter(Role.OPERATOR, "disdukcapil")
    sent = {"dokumen": revision.item_id, "want": "data"}
    answer = client.post(pick(evaluation), sent | {"page_hint": "hal. 2"}, follow=True)
    assert answer.redirect_chain[0][1] == 302 and "dipasang dari pustaka" in answer.content.decode()
    link = AnswerEvidence.objects.get()
    assert (link.revision, link.want, link.page_hint) == (revision, "data", "hal. 2")
    again = client.post(pick(evaluation), sent, follow=True).content.decode()
    assert "sudah terpasang di sini" in again and "toast-success" not in again and "toast-info" in again
    assert AnswerEvidence.objects.count() == 1
    page = client.get(pick(evaluation, dokumen=revision.item_id)).content.decode()
    assert "Terpasang di sini" in page and reverse("evaluations:evidence_hint", args=[link.pk]) in page
    assert ">Pilih<" not in page and "Hapus saringan" not in page
    assert "Hapus saringan" in client.get(pick(evaluation, q="SK")).content.decode()


@pytest.mark.parametrize("typed", [{"want": "entah"}, {"want": "data", "page_hint": "x" * 41}])
def test_a_refused_choice_leaves_nothing(
    enter: Callable[..., Client], evaluation: Evaluation, typed: dict[str, str]
) -> None:
    revision = make_revision(evaluation.region, personal_data=False)
    answer = enter(Role.COORDINATOR).post(pick(evaluation), typed | {"dokumen": str(revision.item_id)})
    assert answer.status_code == 422 and typed.get("page_hint", "") in answer.content.decode()
    assert not AnswerEvidence.objects.exists()


def test_what_may_not_be_used_is_neither_shown_nor_taken(
    enter: Callable[..., Client], before: Evaluation, evaluation: Evaluation
) -> None:
    region = evaluation.region
    other = region.agencies.get(kind="dinkes")
    hidden = {
        "tertutup": make_revision(region, agency=other, title="Rahasia dinkes", content=make_pdf("a")),
        "terhapus": make_revision(
            region, title="Terhapus", content=make_pdf("b"), personal_data=False, deleted_at=timezone.now()
        ),
        "karantina": make_revision(region, title="Tersegel", content=make_pdf("c"), personal_data=False),
    }
    StoredFile.objects.filter(pk=hidden["karantina"].file_id).update(state=FileState.QUARANTINED)
    for revision in hidden.values():
        make_link(answer=make_answer(evaluation=before, code="2.1"), revision=revision)
    client = enter(Role.OPERATOR, "disdukcapil")
    page = client.get(pick(evaluation)).content.decode()
    assert not any(revision.item.title in page for revision in hidden.values())
    for revision in hidden.values():
        assert client.get(pick(evaluation, dokumen=revision.item_id)).status_code == 404
        assert client.post(pick(evaluation), {"dokumen": revision.item_id, "want": ""}).status_code == 404
    assert client.get(pick(evaluation, dokumen="bukan-uuid")).status_code == 404
    assert client.post(pick(evaluation), {"want": ""}).status_code == 404
    assert "Rahasia dinkes" in enter(Role.COORDINATOR).get(pick(evaluation)).content.decode()
    assert AnswerEvidence.objects.filter(answer__evaluation=evaluation).count() == 0


def test_the_library_is_searched_by_every_word(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    enter(Role.COORDINATOR)
    for title, name in (("SK Gugus Tugas 2024", "sk-42.pdf"), ("Rekap Akta 2024", "rekap.pdf")):
        send_to_library(evaluation, title, name)
    client = enter(Role.COORDINATOR)
    found = {
        words: [
            title
            for title in ("SK Gugus Tugas 2024", "Rekap Akta 2024")
            if title in client.get(pick(evaluation, q=words)).content.decode()
        ]
        for words in ("tugas", "2024 SK", "sk-42", "2024", "tidakada")
    }
    assert found == {
        "tugas": ["SK Gugus Tugas 2024"],
        "2024 SK": ["SK Gugus Tugas 2024"],
        "sk-42": ["SK Gugus Tugas 2024"],
        "2024": ["SK Gugus Tugas 2024", "Rekap Akta 2024"],
        "tidakada": [],
    }


def send_to_library(evaluation: Evaluation, title: str, name: str) -> None:
    revision = make_revision(evaluation.region, title=title, name=name, content=make_pdf(title), personal_data=False)
    reindex(revision.item, revision)


@pytest.mark.parametrize(
    ("role", "agency", "status"),
    [(Role.TASK_FORCE, "", 403), (Role.VIEWER, "", 403), (Role.OPERATOR, "dinkes", 403), (Role.COORDINATOR, "", 200)],
)
def test_who_picks(enter: Callable[..., Client], evaluation: Evaluation, role: str, agency: str, status: int) -> None:
    assert enter(role, agency).get(pick(evaluation)).status_code == status


def test_the_page_costs_the_same_with_one_and_three_documents(
    enter: Callable[..., Client], before: Evaluation, evaluation: Evaluation
) -> None:
    counts = []
    client = enter(Role.OPERATOR, "disdukcapil")
    for number in range(3):
        revision = make_revision(before.region, title=f"D{number}", content=make_pdf(str(number)), personal_data=False)
        make_link(answer=make_answer(evaluation=before, code="2.1"), revision=revision)
        client.get(pick(evaluation))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(pick(evaluation, dokumen=revision.item_id))
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2] <= 26


def test_sending_a_known_file_says_where_it_is(
    enter: Callable[..., Client], before: Evaluation, evaluation: Evaluation
) -> None:
    revision = make_revision(before.region, title="SK Tim", content=SK, personal_data=False)
    make_link(answer=make_answer(evaluation=before, code="3.1"), revision=revision)
    client = enter(Role.OPERATOR, "disdukcapil")
    address = reverse("evaluations:evidence_add", args=[evaluation.pk, "2.1"])
    for told, typed in (
        ("tanpa salinan baru. Dipakai juga pada 3.1 (Evaluasi KLA 2023).", "SK Tim"),
        ("sudah terpasang pada pertanyaan ini sebagai “SK Tim”; tidak ditambahkan lagi. Judul yang Anda ketik", "Lain"),
    ):
        sent = {"file": make_upload(SK), "kind": "sk", "want": "data", "page_hint": "hal. 1", "title": typed}
        page = client.post(address, sent, follow=True).content.decode()
        assert told in page and ("Judul yang Anda ketik tidak dipakai" in page) == (typed == "Lain")
    assert AnswerEvidence.objects.filter(answer__evaluation=evaluation).count() == 1
    assert Answer.objects.get(evaluation=evaluation, question__code="2.1").version == 2


def test_a_hint_is_written_and_leads_to_its_page(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    revision = make_revision(evaluation.region, personal_data=False)
    StoredFile.objects.filter(pk=revision.file_id).update(pages=20)
    link = make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=revision)
    address = reverse("evaluations:evidence_hint", args=[link.pk])
    client = enter(Role.OPERATOR, "disdukcapil")
    assert client.get(address).status_code == 200
    page = client.post(address, {"page_hint": "hal. 12", "was": ""}, follow=True).content.decode()
    assert "hal. 12" in page and f'{reverse("evaluations:evidence_view", args=[link.pk])}#hal-12"' in page
    told = "nomor halamannya tidak dikenali; tulis misalnya hal. 12"
    assert told not in page
    sent = {"page_hint": "halaman dua belas", "was": "hal. 12"}
    assert told in client.post(address, sent, follow=True).content.decode()
    client.post(address, {"page_hint": "hal. 12", "was": "halaman dua belas"})
    refused = client.post(address, {"page_hint": "y" * 41, "was": "hal. 12"})
    assert refused.status_code == 422 and "y" * 41 in refused.content.decode()
    stale = client.post(address, {"page_hint": "hal. 3", "was": ""})
    assert stale.status_code == 409 and "“hal. 12”" in stale.content.decode() and "hal. 3" in stale.content.decode()
    link.refresh_from_db()
    assert link.page_hint == "hal. 12"
    assert client.post(address, {"page_hint": "hal. 3", "was": "hal. 12"}).status_code == 302
    AnswerEvidence.objects.update(removed_at=timezone.now())
    assert client.get(address).status_code == 404


def test_a_hint_on_a_closed_document_is_not_told(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    revision = make_revision(evaluation.region, agency=evaluation.region.agencies.get(kind="dinkes"))
    make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=revision, page_hint="kisah anak AW")
    address = reverse("evaluations:answer_edit", args=[evaluation.pk, "2.1"])
    assert "kisah anak AW" not in enter(Role.OPERATOR, "disdukcapil").get(address).content.decode()
    assert "kisah anak AW" in enter(Role.OPERATOR, "dinkes").get(address).content.decode()


def test_only_who_may_describe_a_document_is_asked_to(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    owner = evaluation.region.agencies.get(kind="dinkes")
    revision = make_revision(evaluation.region, agency=owner, url="https://contoh.go.id/a", personal_data=False)
    EvidenceRevision.objects.filter(pk=revision.pk).update(link_state=LinkState.BROKEN)
    make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=revision, want="data")
    address = reverse("evaluations:answer_edit", args=[evaluation.pk, "2.1"])
    mend = reverse("evaluations:library_edit", args=[revision.item_id])
    for role, agency, shown in ((Role.OPERATOR, "disdukcapil", False), (Role.COORDINATOR, "", True)):
        client = enter(role, agency)
        page = client.get(address).content.decode()
        assert f"Milik {owner} · dipasang " in page
        assert "fit-warning" in page and (mend in page) == shown == (client.get(mend).status_code == 200)


def test_a_title_that_names_another_year_is_a_warning_too(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    for title in ("Rekap 2021", "Rekap 2024", "Rekap tanpa tahun"):
        make_revision(evaluation.region, title=title, content=make_pdf(title), personal_data=False)
    page = enter(Role.COORDINATOR).get(pick(evaluation)).content.decode()
    assert page.count("Isinya tentang tahun") == 1 and "Isinya tentang tahun 2021" in page


def test_the_list_counts_no_further_than_it_can_be_paged(
    enter: Callable[[str, str], Client], evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "MOST", 13)
    for number in range(14):
        make_revision(evaluation.region, title=f"Dokumen {number}")
    page = enter(Role.COORDINATOR, "").get(pick(evaluation, page=2)).context["page"]
    assert (page.paginator.count, page.paginator.more, len(page.object_list)) == (13, True, 1)
