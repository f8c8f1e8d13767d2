"""The pages of the library: who finds what, what a closed document gives away (nothing), and each form's answers."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.models import AnswerEvidence, Evaluation
from evaluations.queries import library as queries
from evaluations.tests.make import make_answer, make_evaluation, make_link
from evidence.enums import EvidenceKind, FileState, LinkState
from evidence.models import EvidenceItem, EvidenceRevision, FileAccess, StoredFile
from evidence.services import add_link
from evidence.services.items import reindex
from evidence.tests.make import make_pdf, make_person, make_revision, make_upload
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db
LIST = "/pustaka/"
SECRET = "Daftar anak korban"


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


@pytest.fixture
def coordinator(client: Client, evaluation: Evaluation) -> Client:
    client.force_login(make_user(Role.COORDINATOR, evaluation.region))
    return client


def as_(role: Role, evaluation: Evaluation, agency: str = "") -> Client:
    client = Client()
    held = evaluation.region.agencies.get(kind=agency) if agency else None
    client.force_login(make_user(role, evaluation.region, held))
    return client


def document(evaluation: Evaluation, title: str = "SK Gugus Tugas", **fields: Any) -> EvidenceRevision:
    """A document of Disdukcapil, each with bytes of its own."""
    agency = fields.pop("agency", evaluation.region.agencies.get(kind="disdukcapil"))
    fields = {"content": make_pdf(title), "name": f"{title}.pdf", **fields}
    if "url" in fields:
        del fields["content"], fields["name"]
    return make_revision(evaluation.region, agency=agency, title=title, **fields)


def to(name: str, revision: EvidenceRevision, *more: int) -> str:
    return reverse(f"evaluations:{name}", args=[revision.item_id, *more])


def found(client: Client, query: str = "") -> list[str]:
    """The titles in the list, '' for a closed document."""
    response = client.get(LIST + query)
    assert response.status_code == 200
    return ["" if row.closed else row.item.title for row in response.context["rows"]]


# --- finding ----------------------------------------------------------------------------------------------------------
def test_every_word_is_looked_for_everywhere(coordinator: Client, evaluation: Evaluation) -> None:
    one = document(evaluation, "SK Gugus Tugas", number="188.45/7", signatory="Wali Kota", tags=["forum anak"])
    document(evaluation, "Rekap Akta", name="akta_2024.pdf")
    document(evaluation, "Berita", url="https://contoh.go.id/kabar")
    reindex(one.item, one)
    for query, titles in {
        "gugus": ["SK Gugus Tugas"], "TUGAS sk": ["SK Gugus Tugas"], "188.45/7": ["SK Gugus Tugas"],
        "wali kota": ["SK Gugus Tugas"], "forum": ["SK Gugus Tugas"], "akta_2024": ["Rekap Akta"],
        "kabar": ["Berita"], "akta gugus": [], "100%": [], "": ["Berita", "Rekap Akta", "SK Gugus Tugas"],
    }.items():  # fmt: skip
        assert found(coordinator, f"?q={query}") == titles, query
    assert found(coordinator, "?label=Forum Anak") == ["SK Gugus Tugas"]
    assert found(coordinator, "?label=forum") == []


def test_filters_and_orders(coordinator: Client, evaluation: Evaluation) -> None:
    today = timezone.localdate()
    dinkes = evaluation.region.agencies.get(kind="dinkes")
    document(evaluation, "B lama", valid_until=today - timedelta(days=1), dated=date(2023, 1, 1), data_year=2023)
    document(
        evaluation, "A segera", valid_until=today + timedelta(days=59), dated=date(2024, 1, 1), personal_data=False
    )
    document(evaluation, "C jauh", valid_until=today + timedelta(days=62), agency=dinkes, kind=EvidenceKind.DECREE)
    used = document(evaluation, "D dipakai", agency=None)
    make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=used)
    for query, titles in {
        "jenis=sk": ["C jauh"], f"instansi={dinkes.pk}": ["C jauh"], "instansi=tanpa": ["D dipakai"],
        "tahun=2023": ["B lama"], "pribadi=tidak": ["A segera"],
        "keadaan=belum-dipakai": ["C jauh", "A segera", "B lama"],
        "keadaan=segera-berakhir": ["A segera"], "keadaan=berakhir": ["B lama"],
        "urut=judul": ["A segera", "B lama", "C jauh", "D dipakai"],
        "urut=tanggal": ["A segera", "B lama", "D dipakai", "C jauh"],
        "urut=berlaku": ["B lama", "A segera", "C jauh", "D dipakai"],
        "jenis=bukan-jenis&urut=juga": ["D dipakai", "C jauh", "A segera", "B lama"],
    }.items():  # fmt: skip
        assert found(coordinator, f"?{query}") == titles, query


def test_rare_filters_are_folded_until_one_is_set(coordinator: Client, evaluation: Evaluation) -> None:
    for query, opened in (("", False), ("?q=sk&jenis=sk", False), ("?tahun=2024", True), ("?urut=judul", True)):
        page = coordinator.get(reverse("evaluations:library") + query).content.decode()
        assert ('<details class="filter-more" open>' in page) == opened, query
        head, _, folded = page.partition('<details class="filter-more"')
        assert 'name="q"' in head and 'name="tahun"' in folded and page.count('name="tahun"') == 1


def test_states_are_those_of_the_newest_revision(coordinator: Client, evaluation: Evaluation) -> None:
    broken = document(evaluation, "Tautan", url="https://contoh.go.id/a")
    healed = document(evaluation, "Sembuh", url="https://contoh.go.id/b")
    EvidenceRevision.objects.filter(pk__in=[broken.pk, healed.pk]).update(link_state=LinkState.BROKEN)
    make_revision(item=healed.item, content=make_pdf("salinan"))
    for state, title in ((FileState.INSPECTED, "Menunggu"), (FileState.QUARANTINED, "Jahat")):
        StoredFile.objects.filter(pk=document(evaluation, title).file_id).update(state=state)
    assert found(coordinator, "?keadaan=tautan-putus") == ["Tautan"]
    assert found(coordinator, "?keadaan=menunggu") == ["Menunggu"]
    assert found(coordinator, "?keadaan=dikarantina") == ["Jahat"]


def test_pages_and_a_bounded_count(
    coordinator: Client, evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PER_PAGE", 2)
    monkeypatch.setattr(queries, "MOST", 5)
    years = [date(2020, 1, 1), None, date(2024, 1, 1), None, date(2022, 1, 1)]
    for number, dated in enumerate(years):
        document(evaluation, f"Dokumen {number}", dated=dated)
    assert "5</span> dokumen." in coordinator.get(LIST).content.decode()
    ordered = [title for page in (1, 2, 3) for title in found(coordinator, f"?urut=tanggal&page={page}")]
    assert ordered == ["Dokumen 2", "Dokumen 4", "Dokumen 0", "Dokumen 3", "Dokumen 1"]
    document(evaluation, "Dokumen 5")
    assert "Lebih dari <span" in coordinator.get(LIST).content.decode()
    assert [found(coordinator, f"?page={page}") for page in (1, 3, 99)] == [
        ["Dokumen 5", "Dokumen 4"], ["Dokumen 1"], ["Dokumen 1"],
    ]  # fmt: skip


def test_an_empty_library_says_what_to_do(evaluation: Evaluation, coordinator: Client) -> None:
    assert "Tambah dokumen" in coordinator.get(LIST).content.decode()
    text = as_(Role.TASK_FORCE, evaluation).get(LIST).content.decode()
    assert "Pustaka masih kosong" in text and "Tambah dokumen" not in text
    assert "Tidak ada dokumen yang cocok" in coordinator.get(LIST + "?q=entah").content.decode()


# --- closed -----------------------------------------------------------------------------------------------------------
def test_a_closed_document_gives_nothing_away(evaluation: Evaluation) -> None:
    dinkes = evaluation.region.agencies.get(kind="dinkes")
    what = {"number": "SECRET/9", "signatory": "Rahasia", "tags": ["terlarang"], "data_year": 2019}
    closed = document(evaluation, SECRET, agency=dinkes, dated=date(2019, 5, 4), valid_until=date(2020, 1, 1), **what)
    reindex(closed.item, closed)
    operator = as_(Role.OPERATOR, evaluation, "disdukcapil")
    text = operator.get(LIST).content.decode()
    assert found(operator) == [""] and "tertutup: data pribadi" in text
    for word in (
        SECRET,
        "SECRET/9",
        "Rahasia",
        "terlarang",
        "2019",
        str(closed.item_id),
        dinkes.short_name + "</span>",
    ):
        assert word not in text, word
    assert (
        found(operator, "?jenis=lainnya") == [""] == found(operator, "?pribadi=ya") == found(operator, "?urut=ukuran")
    )
    for telling in (
        "q=korban", "q=SECRET/9", "label=terlarang", "tahun=2019", f"instansi={dinkes.pk}", "keadaan=berakhir",
        "keadaan=belum-dipakai", "urut=judul", "urut=tanggal", "urut=berlaku",
    ):  # fmt: skip
        assert found(operator, f"?{telling}") == [], telling
    for name, more in {"library_item": (), "library_edit": (), "library_open": (1,), "library_page": (1, 1)}.items():
        response = operator.get(to(name, closed, *more))
        assert response.status_code == 403 and SECRET not in response.content.decode(), name
    assert not FileAccess.objects.exists()
    for reader in (as_(Role.OPERATOR, evaluation, "dinkes"), as_(Role.TASK_FORCE, evaluation)):
        assert found(reader, "?q=korban") == [SECRET]
        assert reader.get(to("library_item", closed)).status_code == 200


def test_another_region_has_nothing_here(evaluation: Evaluation) -> None:
    document(evaluation, personal_data=False)
    elsewhere = Client()
    elsewhere.force_login(make_user(Role.COORDINATOR, make_region("73.71")))
    assert found(elsewhere) == [] == found(elsewhere, "?q=gugus")
    revision = EvidenceRevision.objects.get()
    assert elsewhere.get(to("library_item", revision)).status_code == 404
    assert elsewhere.post(to("library_delete", revision)).status_code == 404
    assert elsewhere.get(to("library_open", revision, 1)).status_code == 404


# --- one document -----------------------------------------------------------------------------------------------------
def test_the_page_of_a_document(coordinator: Client, evaluation: Evaluation) -> None:
    first = document(evaluation, kind=EvidenceKind.DECREE)
    make_revision(item=first.item, content=make_pdf("Kedua"), name="kedua.pdf")
    for want in ("", "data"):
        make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=first, want=want, page_hint="hal. 3")
    response = coordinator.get(to("library_item", first))
    text = response.content.decode()
    assert [version.revision.number for version in response.context["versions"]] == [2, 1]
    assert len(response.context["uses"]) == 1, "one question, though it meets two wants"
    for told in (
        "kedua.pdf",
        "hal. 3",
        "bukan yang terbaru",
        "Nomor dokumen belum diisi",
        "Berkasnya belum pernah dibuka",
    ):
        assert told in text, told
    assert coordinator.get(to("library_open", first, 2)).status_code == 200
    assert coordinator.get(to("library_view", first, 1)).status_code == 200
    assert coordinator.get(to("library_open", first, 3)).status_code == 404
    text = coordinator.get(to("library_item", first)).content.decode()
    assert "Diunduh" in text and 'revisi <span class="num">2</span>' in text
    other = as_(Role.TASK_FORCE, evaluation).get(to("library_item", first)).content.decode()
    assert "Diunduh" not in other and "Ubah keterangan" not in other


def test_judges_are_a_role_in_the_list_of_accesses(coordinator: Client, evaluation: Evaluation) -> None:
    revision = document(evaluation)
    judge = make_user(Role.EVALUATOR, full_name="Nama Penilai")
    FileAccess.objects.create(revision=revision, by=judge, acting_as=Role.EVALUATOR, how="download")
    text = coordinator.get(to("library_item", revision)).content.decode()
    assert "Nama Penilai" not in text and str(Role.EVALUATOR.label) in text


def typed(revision: EvidenceRevision, **changes: Any) -> dict[str, Any]:
    return {"title": revision.item.title, "kind": "sk", "personal_data": "on", "version": 1, **changes}


def test_editing(coordinator: Client, evaluation: Evaluation) -> None:
    revision = document(evaluation)
    edit = to("library_edit", revision)
    said = {"number": "7", "tags": "Akta, #akta", "dated": "2024-05-06", "agency": revision.item.agency_id}
    response = coordinator.post(edit, typed(revision, **said))
    assert (response.status_code, response["Location"]) == (302, to("library_item", revision))
    item = EvidenceItem.objects.get(pk=revision.item_id)
    assert (item.number, item.tags, item.dated, item.version) == ("7", ["akta"], date(2024, 5, 6), 2)
    assert "Nomor: – → 7" in coordinator.get(to("library_item", revision)).content.decode().replace("nomor:", "Nomor:")

    refused = coordinator.post(
        edit, typed(revision, version=2, title="Judul ketikan", valid_from="2024-02-02", valid_until="2024-01-01")
    )
    assert refused.status_code == 422 and "Judul ketikan" in refused.content.decode()
    stale = coordinator.post(edit, typed(revision, version=1, title="Kalah cepat", number="8"))
    text = stale.content.decode()
    assert stale.status_code == 409 and "Kalah cepat" in text and "<td>7</td><td>8</td>" in text
    assert 'name="version" value="2"' in text, "sent again, it is on top of the newer one"
    item.refresh_from_db()
    assert (item.version, item.title) == (2, "SK Gugus Tugas")


def test_what_is_judged_is_shown_locked_and_refused_with_the_typed_text(
    coordinator: Client, evaluation: Evaluation
) -> None:
    revision = document(evaluation)
    EvidenceItem.objects.filter(pk=revision.item_id).update(title="SK  Gugus Tugas", kind="sk")
    edit = to("library_edit", revision)
    make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=revision)
    assert "disabled" not in coordinator.get(edit).content.decode()
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.MINISTRY_REVIEW)
    page = coordinator.get(edit)
    form, text = page.context["form"], page.content.decode()
    assert {name for name, field in form.fields.items() if not field.disabled} == {"tags", "note", "version", "opened"}
    assert "terkunci" in text and "2.1" in text and "Peninjauan kementerian" in text

    old_page = typed(revision, title="Judul ketikan", number="99", agency=revision.item.agency_id)
    refused = coordinator.post(edit, old_page)
    text = refused.content.decode()
    assert refused.status_code == 422 and "Judul ketikan" in text and "Terkunci selama dinilai" in text
    assert set(refused.context["form"].errors) == {"title", "number"}
    without_mark = typed(revision, agency=revision.item.agency_id, opened="on")
    del without_mark["personal_data"]
    assert set(coordinator.post(edit, without_mark).context["form"].errors) >= {"personal_data"}
    assert EvidenceItem.objects.get(pk=revision.item_id).version == 1

    assert coordinator.post(edit, {"tags": "akta", "note": "", "version": 1}).status_code == 302
    item = EvidenceItem.objects.get(pk=revision.item_id)
    assert (item.tags, item.title, item.kind, item.personal_data) == (["akta"], "SK  Gugus Tugas", "sk", True)
    assert item.agency_id == revision.item.agency_id


def test_handed_in_while_the_form_was_being_read(
    coordinator: Client, evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = document(evaluation)
    make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=revision)
    real, looks = queries.in_judgement, []

    def then_handed_in(item: EvidenceItem) -> list[queries.Use]:
        looks.append(real(item))
        Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.ADMIN_VERIFICATION)
        return looks[-1]

    monkeypatch.setattr(queries, "in_judgement", then_handed_in)
    refused = coordinator.post(to("library_edit", revision), typed(revision, title="Judul ketikan"))
    assert refused.status_code == 422 and "Judul ketikan" in refused.content.decode()
    assert [len(found) for found in looks] == [0, 1]
    assert EvidenceItem.objects.get(pk=revision.item_id).version == 1


def test_opening_personal_data_is_asked_about(coordinator: Client, evaluation: Evaluation) -> None:
    revision = document(evaluation)
    what = typed(revision, agency=revision.item.agency_id)
    del what["personal_data"]
    asked = coordinator.post(to("library_edit", revision), what)
    assert asked.status_code == 422 and 'name="opened"' in asked.content.decode()
    assert EvidenceItem.objects.get(pk=revision.item_id).personal_data
    assert coordinator.post(to("library_edit", revision), what | {"opened": "on"}).status_code == 302
    assert not EvidenceItem.objects.get(pk=revision.item_id).personal_data


def test_an_operator_cannot_hand_a_document_over(evaluation: Evaluation) -> None:
    revision = document(evaluation)
    operator = as_(Role.OPERATOR, evaluation, "disdukcapil")
    dinkes = evaluation.region.agencies.get(kind="dinkes")
    assert operator.post(to("library_edit", revision), typed(revision, agency=dinkes.pk)).status_code == 302
    assert EvidenceItem.objects.get(pk=revision.item_id).agency == revision.item.agency


def test_a_new_revision_by_form(coordinator: Client, evaluation: Evaluation) -> None:
    revision = document(evaluation)
    make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=revision)
    empty = coordinator.post(to("library_revise", revision), {})
    assert empty.status_code == 422 and "Pilih berkas" in empty.content.decode()
    assert coordinator.post(to("library_revise", revision), {"file": make_upload(b"bukan", "x.pdf")}).status_code == 422
    assert revision.item.revisions.count() == 1
    content = make_pdf("Baru")
    done = coordinator.post(to("library_revise", revision), {"file": make_upload(content)}, follow=True)
    assert "1 jawaban yang masih terbuka sekarang memakainya" in done.content.decode()
    same = coordinator.post(to("library_revise", revision), {"file": make_upload(content)}, follow=True)
    told = "Berkas ini sama dengan revisi 2; tidak ada revisi baru."
    assert told in same.content.decode() and revision.item.revisions.count() == 2
    keyed = {"once": "k"}
    third = coordinator.post(
        to("library_revise", revision), keyed | {"file": make_upload(make_pdf("Lain"))}, follow=True
    )
    assert "Revisi 3 disimpan." in third.content.decode()
    again = coordinator.post(
        to("library_revise", revision), keyed | {"file": make_upload(make_pdf("Lain"))}, follow=True
    )
    assert "Berkas ini sama dengan revisi 3; tidak ada revisi baru." in again.content.decode()
    wrong = coordinator.post(to("library_revise_link", revision), {"url": "http://localhost/"})
    assert wrong.status_code == 422


def test_the_question_before_deleting_names_the_days(
    coordinator: Client, evaluation: Evaluation, settings: Any
) -> None:
    settings.EVIDENCE_KEEP_DELETED_DAYS = 17
    page = coordinator.get(to("library_delete", document(evaluation))).content.decode()
    assert "(Keadaan: Dihapus) selama 17 hari; sesudah itu" in page


def test_delete_and_undo(coordinator: Client, evaluation: Evaluation) -> None:
    revision = document(evaluation)
    answer = make_answer(evaluation=evaluation, code="2.1")
    link = make_link(answer=answer, revision=revision)
    listed = coordinator.post(to("library_delete", revision), follow=True)
    assert "Urungkan</a>" in listed.content.decode() and found(coordinator) == []
    assert found(coordinator, "?keadaan=dihapus") == ["SK Gugus Tugas"]
    assert found(as_(Role.OPERATOR, evaluation, "disdukcapil"), "?keadaan=dihapus") == ["SK Gugus Tugas"]
    for reader in (as_(Role.OPERATOR, evaluation, "dinkes"), as_(Role.TASK_FORCE, evaluation)):
        assert found(reader, "?keadaan=dihapus") == []
        assert reader.get(to("library_item", revision)).status_code in (403, 404)
    for address in (
        to("library_open", revision, 1), to("library_page", revision, 1, 1),
        reverse("evaluations:evidence_open", args=[link.pk]), reverse("evaluations:evidence_page", args=[link.pk, 1]),
    ):  # fmt: skip
        assert coordinator.get(address).status_code == 404, address
    assert coordinator.get(answer.get_absolute_url()).context["removed"] == []
    assert "Pulihkan" in coordinator.get(to("library_item", revision)).content.decode()
    back = coordinator.post(to("library_restore", revision), follow=True)
    assert "terpasang lagi pada 1 jawaban" in back.content.decode() and found(coordinator) == ["SK Gugus Tugas"]
    assert AnswerEvidence.objects.attached().count() == 1


def test_deleting_what_was_handed_in_names_where(coordinator: Client, evaluation: Evaluation) -> None:
    revision = document(evaluation)
    make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=revision)
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.MINISTRY_REVIEW)
    response = coordinator.post(to("library_delete", revision))
    assert response.status_code == 409 and "belum dapat dihapus" in response.content.decode()
    assert EvidenceItem.objects.get(pk=revision.item_id).deleted_at is None


def test_adding(coordinator: Client, evaluation: Evaluation) -> None:
    add = reverse("evaluations:library_add")
    for wrong in ({}, {"url": "https://contoh.go.id/a"}, {"url": "http://10.1.1.1/", "title": "x"}):
        assert coordinator.post(add, {"kind": "sk", **wrong}).status_code == 422, wrong
    assert not EvidenceItem.objects.exists()
    what = {"kind": "sk", "title": "SK Baru", "number": "9", "personal_data": "on", "once": "k"}
    content = make_pdf("Isi SK")
    for _ in range(2):
        assert coordinator.post(add, {**what, "file": make_upload(content)}).status_code == 302
    item = EvidenceItem.objects.get()
    assert (item.title, item.number, item.agency) == ("SK Baru", "9", None)
    known = coordinator.post(add, {**what, "once": "l", "file": make_upload(content)}, follow=True)
    assert "sudah ada di pustaka" in known.content.decode() and EvidenceItem.objects.count() == 1
    assert (
        coordinator.post(add, {"kind": "lainnya", "title": "Berita", "url": "https://contoh.go.id/a"}).status_code
        == 302
    )
    assert EvidenceItem.objects.get(title="Berita").kind == EvidenceKind.LINK


def test_a_file_is_not_called_a_link(coordinator: Client, evaluation: Evaluation) -> None:
    offered = f'<option value="{EvidenceKind.LINK}"'
    web = add_link(
        "https://contoh.go.id/a",
        region=evaluation.region,
        agency=None,
        title="Web",
        personal_data=False,
        by=make_person(),
    )
    addresses = {reverse("evaluations:library_add"): False, to("library_edit", document(evaluation)): False}
    for address, links in (addresses | {to("library_edit", web): True}).items():
        assert (offered in coordinator.get(address).content.decode()) == links, address


# --- queries ----------------------------------------------------------------------------------------------------------
def test_the_pages_ask_as_often_for_three_as_for_one(coordinator: Client, evaluation: Evaluation) -> None:
    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as queries_:
            assert coordinator.get(address).status_code == 200
        return len(queries_)

    answers = [make_answer(evaluation=evaluation, code=code) for code in ("2.1", "1.1", "1.2")]
    revision = document(evaluation, "Satu")
    make_link(answer=answers[0], revision=revision)
    pages = (LIST, LIST + "?q=a", LIST + "?keadaan=belum-dipakai", LIST + "?urut=tanggal", to("library_item", revision))
    asked(LIST)
    before = [asked(page) for page in pages]
    for number, answer in enumerate(answers[1:]):
        make_link(answer=answer, revision=revision)
        more = make_revision(item=revision.item, content=make_pdf(f"revisi {number}"))
        FileAccess.objects.create(revision=more, by=make_user(), how="view")
        make_link(answer=answer, revision=document(evaluation, f"Lagi {number}"))
    assert [asked(page) for page in pages] == before
    assert max(before) <= 15, before
