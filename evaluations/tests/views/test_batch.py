"""Many files at once: into the in-tray, and from there to questions."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.models import AnswerEvidence, Evaluation
from evaluations.tests.make import make_answer, make_evaluation, make_link
from evidence.models import EvidenceItem
from evidence.tests.make import make_pdf, make_revision, make_upload, make_upload_under_way
from regions.models import Agency
from regions.tests.make import make_agency, make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
BATCH, PLACE = "evaluations:library_batch", "evaluations:library_place"
SENT: dict[str, Any] = {"personal_data": "on"}


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


@pytest.fixture
def enter(client: Client, evaluation: Evaluation) -> Callable[..., Client]:
    def sign_in(role: str, agency: str = "") -> Client:
        kind = evaluation.region.agencies.get(kind=agency) if agency else None
        client.force_login(make_user(role, evaluation.region, kind))
        return client

    return sign_in


def agency_of(evaluation: Evaluation, kind: str = "disdukcapil") -> Agency:
    return evaluation.region.agencies.get(kind=kind)


def in_tray(evaluation: Evaluation, name: str, **fields: Any) -> EvidenceItem:
    fields.setdefault("agency", agency_of(evaluation))
    return make_revision(evaluation.region, content=make_pdf(name), name=name, title=name, **fields).item


def tick(*pairs: tuple[EvidenceItem, str], once: str = "") -> dict[str, Any]:
    codes = {f"code-{item.pk}": code for item, code in pairs}
    return {"pick": [str(item.pk) for item, _ in pairs], "once": once} | codes


def test_files_become_documents_that_wait_with_what_their_names_say(
    enter: Callable[..., Client], evaluation: Evaluation
) -> None:
    client = enter(Role.COORDINATOR)
    files = [make_upload(make_pdf(name), name) for name in ("2.1_rekap_akta_2024.pdf", "SK Tim 12.4.2024.pdf")]
    sent = SENT | {"agency": agency_of(evaluation).pk, "file": files, "once": "k"}
    page = client.post(reverse(BATCH), sent, follow=True).content.decode()
    assert "2 berkas masuk ke baki" in page and 'value="2.1"' in page
    rows = EvidenceItem.objects.order_by("title").values_list("title", "kind", "data_year", "personal_data", "agency")
    own = agency_of(evaluation).pk
    assert list(rows) == [
        ("Rekap akta 2024", "rekap", 2024, True, own),
        ("SK Tim 12.4.2024", "sk", None, True, own),
    ]
    for file in files:
        file.seek(0)
    client.post(reverse(BATCH), sent)
    assert EvidenceItem.objects.count() == 2 and not AnswerEvidence.objects.exists()


def test_a_refused_file_stops_no_other(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    files = [make_upload(b"<html>bukan</html>", "2.1 a.pdf"), make_upload(make_pdf("b"), "3.1 b.pdf")]
    sent = SENT | {"agency": agency_of(evaluation).pk, "file": files}
    answer = enter(Role.COORDINATOR).post(reverse(BATCH), sent)
    page = answer.content.decode()
    assert answer.status_code == 422 and "2.1 a.pdf: " in page and 'value="3.1"' in page
    assert [item.title for item in EvidenceItem.objects.all()] == ["B"]


@pytest.mark.parametrize("lacking", ["agency", "file"])
def test_a_form_without_agency_or_files_is_refused(
    enter: Callable[..., Client], evaluation: Evaluation, lacking: str
) -> None:
    sent = SENT | {"agency": agency_of(evaluation).pk, "file": [make_upload()]}
    del sent[lacking]
    assert enter(Role.COORDINATOR).post(reverse(BATCH), sent).status_code == 422
    assert not EvidenceItem.objects.exists()


def test_a_file_in_pieces_keeps_its_folder_and_arrives_once(
    enter: Callable[..., Client], evaluation: Evaluation
) -> None:
    client = enter(Role.OPERATOR, "disdukcapil")
    operator = make_user(Role.OPERATOR, evaluation.region, agency_of(evaluation))
    client.force_login(operator)
    content = make_pdf("pindaian")
    upload = make_upload_under_way(by=operator, content=content, size=len(content), name="scan001.pdf")
    sent = {"upload": upload.pk, "path": "Kiriman/2.1 Akta/scan001.pdf", "agency": agency_of(evaluation).pk}
    for _ in range(2):
        assert client.post(reverse(BATCH), sent).status_code == 302
    item = EvidenceItem.objects.get()
    assert (item.tags, item.personal_data) == (["kiriman", "2.1 akta"], False)
    assert 'value="2.1"' in client.get(reverse(BATCH)).content.decode()


def test_a_refused_file_in_pieces_says_why_and_stops_no_other(client: Client, evaluation: Evaluation) -> None:
    operator = make_user(Role.OPERATOR, evaluation.region, agency_of(evaluation))
    client.force_login(operator)
    answers = []
    for name, content in (("rusak.pdf", b"%PDF-1.4\nxx"), ("2.1 akta.pdf", make_pdf("akta"))):
        upload = make_upload_under_way(by=operator, content=content, size=len(content), name=name)
        answers.append(client.post(reverse(BATCH), {"upload": upload.pk, "agency": agency_of(evaluation).pk}))
    refused, taken = answers
    assert refused.status_code == 422 and "Berkas rusak atau terpotong" in refused.content.decode()
    assert taken.status_code == 302 and [item.title for item in EvidenceItem.objects.all()] == ["Akta"]


def test_what_the_library_has_is_not_taken_twice(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    content = make_pdf("sama")
    make_revision(evaluation.region, content=content, title="SK Tim")
    sent = SENT | {"agency": agency_of(evaluation).pk, "file": [make_upload(content, "salinan.pdf")]}
    page = enter(Role.COORDINATOR).post(reverse(BATCH), sent, follow=True).content.decode()
    assert "sudah ada di pustaka sebagai “SK Tim”" in page and "masuk ke baki" not in page
    assert EvidenceItem.objects.count() == 1


def test_an_operator_brings_in_only_for_the_own_agency_and_sees_only_its_tray(
    enter: Callable[..., Client], evaluation: Evaluation
) -> None:
    in_tray(evaluation, "2.1 punya dinkes.pdf", agency=agency_of(evaluation, "dinkes"), personal_data=False)
    in_tray(evaluation, "2.1 punya sendiri.pdf")
    used = in_tray(evaluation, "terpakai.pdf")
    make_link(answer=make_answer(evaluation=evaluation, code="3.1"), revision=used.revisions.get())
    far = make_agency(region=make_region(code="73.71"), kind="dinkes")
    make_revision(far.region, agency=far, title="2.1 punya Makassar", content=make_pdf("m"), personal_data=False)
    client = enter(Role.OPERATOR, "disdukcapil")
    page = client.get(reverse(BATCH)).content.decode()
    shown = [name for name in ("dinkes.pdf", "sendiri.pdf", "terpakai.pdf", "Makassar") if name in page]
    assert shown == ["sendiri.pdf"]
    for other in (agency_of(evaluation, "dinkes"), far):
        sent = SENT | {"agency": other.pk, "file": [make_upload()]}
        assert client.post(reverse(BATCH), sent).status_code == 422
    page = enter(Role.COORDINATOR).get(reverse(BATCH)).content.decode()
    shown = [name for name in ("dinkes.pdf", "sendiri.pdf", "terpakai.pdf", "Makassar") if name in page]
    assert shown == ["dinkes.pdf", "sendiri.pdf"]


@pytest.mark.parametrize("role", [Role.TASK_FORCE, Role.VIEWER])
def test_who_only_reads_is_refused(enter: Callable[..., Client], evaluation: Evaluation, role: str) -> None:
    client = enter(role)
    assert client.get(reverse(BATCH)).status_code == 403
    assert client.post(reverse(PLACE), {"pick": []}).status_code == 403


def test_what_is_confirmed_is_attached_once(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    one, two = in_tray(evaluation, "2.1 data akta.pdf"), in_tray(evaluation, "tanpa kode.pdf")
    rest = in_tray(evaluation, "3.1 lain.pdf")
    client = enter(Role.COORDINATOR)
    for _ in range(2):
        page = client.post(reverse(PLACE), tick((one, "2.1"), (two, "3.1"), once="k"), follow=True).content.decode()
        assert "2 dokumen dipasang" in page
    links = AnswerEvidence.objects.values_list("answer__question__code", "revision__item", "want")
    assert set(links) == {("2.1", one.pk, "data"), ("3.1", two.pk, "sertifikat")}
    assert rest.title in page and one.title not in page
    assert Event.objects.filter(action="evidence.attach").count() == 2


def test_a_code_that_there_is_not_refuses_all(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    one, two = in_tray(evaluation, "2.1 akta.pdf"), in_tray(evaluation, "lain.pdf")
    client = enter(Role.COORDINATOR)
    answer = client.post(reverse(PLACE), tick((one, "2.1"), (two, "9.99")))
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="9.99"' in page and "Tidak ada pertanyaan “9.99”." in page
    assert client.post(reverse(PLACE), tick((one, ""))).status_code == 422
    assert client.post(reverse(PLACE), {"pick": []}).status_code == 422
    assert not AnswerEvidence.objects.exists()


def test_what_may_not_be_attached_says_why_and_stays(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    mine, other = in_tray(evaluation, "2.1 akta.pdf"), in_tray(evaluation, "3.1 bukan bagian kami.pdf")
    client = enter(Role.OPERATOR, "disdukcapil")
    page = client.post(reverse(PLACE), tick((mine, "2.1"), (other, "3.1")), follow=True).content.decode()
    assert "1 dokumen dipasang" in page and "bukan bagian perangkat daerah Anda" in page
    assert AnswerEvidence.objects.get().revision.item == mine and other.title in page


def test_another_s_document_is_not_attached(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    theirs = in_tray(evaluation, "2.1 x.pdf", agency=agency_of(evaluation, "dinkes"), personal_data=False)
    client = enter(Role.OPERATOR, "disdukcapil")
    for sent in (tick((theirs, "2.1")), {"pick": ["bukan-uuid"], "code-bukan-uuid": "2.1"}):
        client.post(reverse(PLACE), sent)
    assert not AnswerEvidence.objects.exists()


def test_without_an_evaluation_under_way_documents_wait(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    Evaluation.objects.update(stage=Stage.ADMIN_VERIFICATION)
    item = in_tray(evaluation, "2.1 akta.pdf")
    client = enter(Role.COORDINATOR)
    page = client.get(reverse(BATCH)).content.decode()
    assert item.title in page and 'name="pick"' not in page
    assert "Tidak ada evaluasi" in client.post(reverse(PLACE), tick((item, "2.1")), follow=True).content.decode()
    assert not AnswerEvidence.objects.exists()


def test_what_would_not_fit_is_told_and_not_ticked(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    in_tray(evaluation, "2.1 akta lama.pdf", data_year=2019)
    fits = in_tray(evaluation, "2.1 akta.pdf", data_year=2024, kind="rekap", dated=date(2024, 5, 1), signatory="Kepala")
    rows = {row.item.title: row for row in enter(Role.COORDINATOR).get(reverse(BATCH)).context["rows"]}
    assert rows[fits.title].ticked and not rows[fits.title].warnings
    told = rows["2.1 akta lama.pdf"]
    assert not told.ticked and "tahun 2019" in told.warnings[0]
    assert told.warnings[0] in enter(Role.COORDINATOR).get(reverse(BATCH)).content.decode()


def test_the_tray_costs_the_same_with_one_and_three_documents(
    enter: Callable[..., Client], evaluation: Evaluation
) -> None:
    client = enter(Role.OPERATOR, "disdukcapil")
    counts = []
    for number in range(3):
        in_tray(evaluation, f"2.1 akta {number}.pdf")
        client.get(reverse(BATCH))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(BATCH))
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2] <= 16


def test_what_has_left_the_tray_meanwhile_is_told(enter: Callable[..., Client], evaluation: Evaluation) -> None:
    client = enter(Role.COORDINATOR)
    stays, gone = in_tray(evaluation, "SK.pdf"), in_tray(evaluation, "Rekap.pdf")
    make_link(answer=make_answer(evaluation=evaluation, code="2.1"), revision=gone.revisions.get())
    told = "1 dokumen sudah dipasang atau tidak ada lagi di baki."
    sent = tick((stays, "2.1"), (gone, ""), once="k")
    page = client.post(reverse(PLACE), sent, follow=True).content.decode()
    assert told in page and "1 dokumen dipasang sebagai data dukung." in page
    again = client.post(reverse(PLACE), sent, follow=True).content.decode()
    assert "dipasang atau tidak ada" not in again, "the answer to the first was lost: it says the same count again"
    assert "1 dokumen dipasang sebagai data dukung." in again
    assert told in client.post(reverse(PLACE), tick((gone, "2.1"), once="l"), follow=True).content.decode()
