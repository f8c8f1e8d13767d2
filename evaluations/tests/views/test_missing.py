"""What the evidence lacks: who reads how much, how it is grouped and sorted, and how it leaves."""

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from clusters.models import Question
from evaluations.enums import Stage
from evaluations.models import AnswerEvidence, Evaluation
from evaluations.tests.make import make_answer, make_evaluation, make_link, people
from evidence.models import EvidenceItem
from evidence.tests.make import make_revision, make_upload
from kla_portal.lib import sheets

pytestmark = pytest.mark.django_db


def demanding(evaluation: Evaluation, code: str, *wants: dict[str, object]) -> None:
    Question.objects.filter(instrument=evaluation.cycle.instrument, code=code).update(wants=list(wants))


def worked() -> Evaluation:
    """1.1 (200 claimed) has a photo where a signed Perda is wanted; 2.1 (120) lacks one of two; 3.2 wants nothing."""
    evaluation = make_evaluation()
    demanding(evaluation, "1.1", {"key": "perda", "label": "Perda KLA", "kinds": ["perda"], "signed": True})
    make_link(answer=make_answer(evaluation=evaluation, code="1.1", value="yes"), want="perda")
    make_link(answer=make_answer(evaluation=evaluation, code="2.1", value="72.5"), want="data")
    make_answer(evaluation=evaluation, code="3.2", value="done")
    return evaluation


def address(evaluation: Evaluation, name: str = "evaluation_missing") -> str:
    return reverse(f"evaluations:{name}", args=[evaluation.pk])


def entered(client: Client, evaluation: Evaluation, who: str = "coordinator") -> User:
    user = people(evaluation)[who]
    assert user is not None
    client.force_login(user)
    return user


def test_the_coordinator_reads_what_lacks_with_its_points_and_goes_to_the_upload(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    response = client.get(address(evaluation))
    page = response.content.decode()
    assert response.status_code == 200
    total = response.context["total"]
    assert (total.questions, total.missing, total.at_risk, total.shaky) == (4, 3, 120, 200)
    assert "Perda KLA: Jenis dokumennya “" in page and "Nomor, tanggal dan penanda tangan dokumen belum diisi." in page
    assert f"/evaluasi/{evaluation.pk}/p/2.1/?minta=foto#unggah" in page
    asked = client.get(f"/evaluasi/{evaluation.pk}/p/2.1/?minta=foto")
    assert asked.context["file_form"]["want"].value() == "foto" and asked.context["asked"]


def test_the_headline_counts_all_that_its_questions_lack_and_no_two_regions_share_a_name(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    page = client.get(address(evaluation)).content.decode()
    assert "data dukung belum ada dan 2 peringatan, pada 4 pertanyaan" in page
    for name in ("Per perangkat daerah", "Per klaster"):
        assert f">{name}</h2>" in page and f'aria-label="{name}"' not in page


def test_the_rows_are_sorted_by_the_points_that_hang_on_them(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    found = client.get(address(evaluation), {"menurut": "klaster"}).context["parts"]
    assert [(part.key, [gap.code for gap in gaps]) for part, gaps in found] == [
        ("KEL", ["1.1", "1.2"]),
        ("I", ["2.1", "3.1"]),
    ]


def test_an_operator_begins_with_their_own_part_and_may_read_the_rest(client: Client) -> None:
    evaluation = worked()
    user = entered(client, evaluation, "operator")
    own = client.get(address(evaluation)).context
    assert own["form"].chosen("instansi") == str(user.acting.agency_id)
    assert {gap.code for _, gaps in own["parts"] for gap in gaps} == {"1.2", "2.1"}
    every = client.get(address(evaluation), {"instansi": ""}).context
    assert {gap.code for _, gaps in every["parts"] for gap in gaps} == {"1.1", "1.2", "2.1", "3.1"}


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"keadaan": "kurang"}, {"1.2", "2.1", "3.1"}),
        ({"keadaan": "peringatan"}, {"1.1"}),
        ({"keadaan": "terjawab"}, {"1.1", "2.1"}),
        ({"klaster": "KEL"}, {"1.1", "1.2"}),
        ({"klaster": "XX", "keadaan": "semua", "instansi": "x"}, {"1.1", "1.2", "2.1", "3.1"}),
        ({"klaster": "KEL", "keadaan": "terjawab", "menurut": "klaster"}, {"1.1"}),
    ],
)
def test_the_filters_live_in_the_address(client: Client, query: dict[str, str], codes: set[str]) -> None:
    evaluation = worked()
    entered(client, evaluation)
    parts = client.get(address(evaluation), query).context["parts"]
    assert {gap.code for _, gaps in parts for gap in gaps} == codes


def test_the_head_reads_the_sums_alone_until_it_is_handed_in(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation, "viewer")
    page = client.get(address(evaluation)).content.decode()
    assert "120,00" in page and "Per klaster" in page
    assert "Perda KLA" not in page and "/p/2.1/" not in page
    assert client.get(address(evaluation, "evaluation_missing_export")).status_code == 403
    Evaluation.objects.update(stage=Stage.TASK_FORCE_REVIEW)
    assert "Perda KLA" in client.get(address(evaluation)).content.decode()


@pytest.mark.parametrize("who", ["province", "evaluator", "admin"])
def test_it_is_no_paper_of_the_judges(client: Client, who: str) -> None:
    evaluation = worked()
    Evaluation.objects.update(stage=Stage.ADMIN_VERIFICATION)
    entered(client, evaluation, who)
    assert client.get(address(evaluation)).status_code == 403
    assert client.get(address(evaluation, "evaluation_missing_export")).status_code == 403


def test_it_leaves_as_a_sheet_whose_points_add_up(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    response = client.get(address(evaluation, "evaluation_missing_export"), {"instansi": ""})
    assert response["Content-Type"] == sheets.MIME
    found = sheets.read(BytesIO(response.content))
    rows = found["Kekurangan"][1:]
    assert [row[0] for row in rows] == ["1.1"] * 2 + ["2.1", "1.2", "3.1"]
    assert [row[6] for row in rows if row[0] == "2.1"] == ["Belum ada"]
    assert sum(float(row[7]) for row in rows if row[7:8] and row[7]) == 120
    assert found["Per klaster"][-1][:5] == ["Seluruhnya", "4", "3", "2", "120"]


def test_with_everything_there_it_says_so(client: Client) -> None:
    evaluation = make_evaluation()
    Question.objects.update(wants=[])
    entered(client, evaluation)
    assert "Tidak ada yang kurang" in client.get(address(evaluation)).content.decode()


def test_the_page_asks_few_questions_however_much_there_is(client: Client) -> None:
    evaluation = worked()
    entered(client, evaluation)
    client.get(address(evaluation))
    counts = []
    for documents in (1, 3):
        for _ in range(documents):
            answer = evaluation.answers.get(question__code="2.1")
            make_link(answer=answer, want="foto", revision=make_revision(region=evaluation.region))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(address(evaluation), {"instansi": ""})
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14


def test_a_document_of_a_past_year_and_an_ended_status_are_told_on_the_question(client: Client) -> None:
    evaluation = make_evaluation()
    years = evaluation.cycle.data_years
    demanding(
        evaluation,
        "2.1",
        {"key": "data", "label": "Data", "years": "each"},
        {"key": "status", "label": "SK SRA", "valid": True},
        {"key": "lain", "label": "Tambahan", "optional": True},
    )
    answer = make_answer(evaluation=evaluation, code="2.1", value="72.5")
    old, ended = (make_revision(region=evaluation.region) for _ in range(2))
    old.item.data_year, ended.item.valid_until = min(years) - 3, date(2020, 1, 31)
    old.item.save()
    ended.item.save()
    make_link(answer=answer, want="data", revision=old)
    make_link(answer=answer, want="status", revision=ended)
    entered(client, evaluation)
    page = client.get(answer.get_absolute_url()).content.decode()
    assert f"Tahun data {min(years) - 3} di luar" in page
    assert f"Belum ada untuk tahun data {' dan '.join(map(str, sorted(years)))}." in page
    assert "Berlaku hanya sampai 31 Januari 2020." in page
    assert "Tambahan" in page and "tidak wajib" in page
    assert reverse("evaluations:library_edit", args=[old.item.pk]) in page


def closed_and_unfit() -> Evaluation:
    """A document of the civil registry, closed to others, that no want of 2.1 is content with."""
    evaluation = make_evaluation()
    demanding(
        evaluation, "2.1",
        {"key": "data", "label": "Data", "kinds": ["rekap"], "years": "each", "signed": True, "valid": True},
    )  # fmt: skip
    answer = make_answer(evaluation=evaluation, code="2.1", value="72.5")
    facts = {"kind": "lainnya", "data_year": 1987, "valid_until": date(2003, 4, 5), "title": "Daftar anak 1987"}
    registry = evaluation.region.agencies.get(kind="disdukcapil")
    closed = make_revision(region=evaluation.region, agency=registry, personal_data=True, **facts)
    make_link(answer=answer, want="data", revision=closed)
    return evaluation


def told_of(client: Client, evaluation: Evaluation) -> str:
    """Both pages and the sheet, as text."""
    pages = [client.get(f"/evaluasi/{evaluation.pk}/p/2.1/"), client.get(address(evaluation), {"instansi": ""})]
    sheet = client.get(address(evaluation, "evaluation_missing_export"), {"instansi": ""})
    assert [response.status_code for response in (*pages, sheet)] == [200] * 3
    return "".join(page.content.decode() for page in pages) + str(sheets.read(BytesIO(sheet.content))["Kekurangan"])


@pytest.mark.parametrize("who", ["other_operator", "viewer"])
def test_of_a_closed_document_only_that_it_does_not_fit_is_told(client: Client, who: str) -> None:
    evaluation = closed_and_unfit()
    Evaluation.objects.update(stage=Stage.TASK_FORCE_REVIEW)
    entered(client, evaluation, who)
    told = told_of(client, evaluation)
    assert told.count("Ada dokumen tertutup yang belum sesuai; pemiliknya melihat rinciannya.") == 3
    for secret in ("1987", "2003", "Nomor", "penanda tangan", "Jenis dokumennya"):
        assert secret not in told, secret


@pytest.mark.parametrize("who", ["operator", "coordinator", "task_force"])
def test_whoever_may_open_it_is_told_what_does_not_fit(client: Client, who: str) -> None:
    evaluation = closed_and_unfit()
    Evaluation.objects.update(stage=Stage.TASK_FORCE_REVIEW)
    entered(client, evaluation, who)
    told = told_of(client, evaluation)
    assert told.count("Tahun data 1987 di luar") == told.count("Berlaku hanya sampai 5 April 2003.") == 3
    assert "dokumen tertutup" not in told


# --- asked for where it is uploaded ---------------------------------------------------------------------------------
def uploading(evaluation: Evaluation) -> str:
    demanding(
        evaluation,
        "2.1",
        {"key": "data", "label": "Data", "kinds": ["rekap"], "years": "any"},
        {"key": "status", "label": "SK SRA", "kinds": ["sk"], "signed": True, "valid": True},
    )
    return reverse("evaluations:evidence_add", args=[evaluation.pk, "2.1"])


def sent(**typed: str) -> dict[str, object]:
    return {"want": "status", "kind": "sk", "title": "SK SRA", "once": "k", "file": make_upload(), **typed}


def test_what_the_want_demands_is_asked_for_and_kept_with_the_document(client: Client) -> None:
    evaluation = make_evaluation()
    address = uploading(evaluation)
    entered(client, evaluation)
    form = client.get(f"/evaluasi/{evaluation.pk}/p/2.1/").context["file_form"]
    assert form.fact_names == ("number", "dated", "signatory", "data_year", "valid_from", "valid_until")
    assert form.facts_open and form["kind"].value() == "rekap"
    typed = {"number": "188/24", "dated": "2024-03-01", "signatory": "Wali Kota", "valid_until": "2030-12-31"}
    assert client.post(address, sent(**typed)).status_code == 302
    item = AnswerEvidence.objects.get().revision.item
    assert (item.number, item.dated, item.signatory) == ("188/24", date(2024, 3, 1), "Wali Kota")
    assert (item.valid_from, item.valid_until, item.data_year) == (None, date(2030, 12, 31), None)
    assert client.get(f"/evaluasi/{evaluation.pk}/p/2.1/").context["links"][0].warnings == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"data_year": "24"},
        {"dated": "kemarin"},
        {"number": "9" * 81},
        {"valid_from": "2025-01-02", "valid_until": "2025-01-01"},
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(client: Client, wrong: dict[str, str]) -> None:
    evaluation = make_evaluation()
    address = uploading(evaluation)
    entered(client, evaluation)
    response = client.post(address, sent(**wrong))
    assert response.status_code == 422 and response.context["file_form"].facts_open
    assert set(response.context["file_form"].errors) == {list(wrong)[-1]}
    assert not AnswerEvidence.objects.exists() and not EvidenceItem.objects.exists()


def test_where_nothing_is_demanded_nothing_is_asked(client: Client) -> None:
    evaluation = make_evaluation()
    entered(client, evaluation)
    form = client.get(f"/evaluasi/{evaluation.pk}/p/2.1/").context["file_form"]
    assert form.fact_names == () and not form.facts_open
