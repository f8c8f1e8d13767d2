"""Table questions on their page, as a spreadsheet in and out, and all answers as a spreadsheet."""

import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clusters.enums import QuestionKind
from clusters.models import Indicator
from clusters.tests.make import ROLLUP, TWO_YEARS, make_instrument, make_question
from evaluations.enums import Stage
from evaluations.models import Answer, Evaluation
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link, people
from evaluations.views.answers import MORE
from kla_portal.lib import sheets
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
CODE = "2.2"
HEADINGS = ["Nama lembaga", "Jenis", "Tanggal SK", "Jumlah anak"]
ROWS = [{"nama": "PAUD Melati", "jenis": "PAUD", "sk": "2024-12-31", "anak": "40"}, {"nama": "SD 3", "anak": "12.5"}]


@pytest.fixture
def evaluation() -> Evaluation:
    instrument = make_instrument()
    birth = Indicator.objects.get(cluster__instrument=instrument, number="2")
    make_question(birth, CODE, QuestionKind.TABLE, 10, ["disdukcapil"], [])
    make_question(birth, "2.3", QuestionKind.PERCENTAGE, 10, ["disdukcapil"], [], rule=TWO_YEARS)
    make_question(birth, "2.4", QuestionKind.ROLLUP, 10, ["dinkes"], [], rule=ROLLUP, may_be_inapplicable=True)
    return make_evaluation(cycle=make_cycle(instrument=instrument))


@pytest.fixture
def operator(evaluation: Evaluation, client: Client) -> Client:
    user = people(evaluation)["operator"]
    assert user is not None
    client.force_login(user)
    return client


def url(evaluation: Evaluation, name: str = "answer_table_upload", code: str = CODE) -> str:
    return reverse(f"evaluations:{name}", args=[evaluation.pk, code])


def stored(evaluation: Evaluation, code: str = CODE) -> Answer:
    return Answer.objects.get(evaluation=evaluation, question__code=code)


def a_file(*rows: list[Any], name: str = "Matriks") -> SimpleUploadedFile:
    return SimpleUploadedFile("matriks.xlsx", sheets.write({name: [list(row) for row in rows]}), sheets.MIME)


def upload(client: Client, evaluation: Evaluation, *rows: list[Any], version: int = 1) -> Any:
    return client.post(url(evaluation), {"version": version, "file": a_file(*rows)})


def lines(content: bytes) -> dict[str, list[list[str]]]:
    return sheets.read(io.BytesIO(content))


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- the page -------------------------------------------------------------------------------------------------------
def test_without_javascript_cells_are_fields_and_more_rows_come_with_a_save(
    evaluation: Evaluation, operator: Client
) -> None:
    page = url(evaluation, "answer_edit")
    assert operator.get(page).content.count(b'name="cell-3-nama"') == 1
    data = {"cell-1-nama": "PAUD Melati", "cell-2-anak": "1.250", "note": "", "version": "1", "more_rows": "1"}
    response = operator.post(page, data)
    assert response["Location"] == f"{page}?baris={MORE}#matriks"
    assert stored(evaluation).value == [{"nama": "PAUD Melati"}, {"anak": "1250"}]
    shown = operator.get(response["Location"].partition("#")[0]).content.decode()
    assert f'name="cell-{2 + MORE}-nama"' in shown and f'name="cell-{3 + MORE}-nama"' not in shown
    assert 'value="1.250"' in shown


@pytest.mark.parametrize("asked", ["x", "-1", "99999999999999999999", "²"])
def test_a_nonsense_number_of_rows_is_not_taken(evaluation: Evaluation, operator: Client, asked: str) -> None:
    response = operator.get(url(evaluation, "answer_edit"), {"baris": asked})
    assert response.status_code == 200 and b'name="cell-3-nama"' in response.content


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_fault_names_the_cell_and_nothing_is_stored(
    evaluation: Evaluation, operator: Client, headers: dict[str, str]
) -> None:
    data = {"rows": '[["A"],["B","TK","","tujuh"]]', "note": "", "version": "1"}
    response = operator.post(url(evaluation, "answer_edit"), data, headers=headers)
    page = text_of(response)
    assert (response.status_code, stored(evaluation).value) == (422, None)
    assert "Baris 2, kolom Jenis: pilih salah satu dari: PAUD, SD." in page
    assert 'data-faults="2-jenis 2-anak"' in page
    if not headers:
        assert 'value="tujuh"' in page and '<option value="TK" selected>TK</option>' in page
        assert page.count('aria-invalid="true"') == 2


def test_what_a_table_earns_is_told_as_one_types(evaluation: Evaluation, operator: Client) -> None:
    response = operator.post(
        url(evaluation, "answer_points"), {"rows": '[["A","","","25"],["B","","","40"]]', "version": "1"}, headers=HTMX
    )
    assert "6,00 / 10,00" in text_of(response) and "2 baris; 65 anak berada pada pita 60–80 anak" in text_of(response)
    response = operator.post(url(evaluation, "answer_points"), {"rows": '[["","","","x"]]', "version": "1"})
    assert "0,00 / 10,00" in text_of(response) and "Baris 1, kolom Jumlah anak" in text_of(response)
    assert stored(evaluation).value is None


def test_a_conflict_shows_both_tables_and_sends_the_typed_one_again(evaluation: Evaluation, operator: Client) -> None:
    page = url(evaluation, "answer_edit")
    operator.post(page, {"rows": '[["Yang pertama","","","1"]]', "note": "", "version": "1"})
    response = operator.post(page, {"rows": '[["Yang kedua","","","2"]]', "note": "", "version": "1"}, headers=HTMX)
    said = text_of(response)
    assert response.status_code == 409 and "Yang pertama" in said and "Yang kedua" in said
    assert 'Baris yang berbeda: <span class="num-wrap">1</span>' in said
    assert 'name="rows" value="[[&quot;Yang kedua&quot;,&quot;&quot;,&quot;&quot;,&quot;2&quot;]]"' in said
    again = {"rows": '[["Yang kedua","","","2"]]', "note": "", "version": "2"}
    assert operator.post(page, again).status_code == 302
    assert stored(evaluation).value == [{"nama": "Yang kedua", "anak": "2"}]


def test_the_trail_keeps_the_rows_that_a_save_changed(evaluation: Evaluation, operator: Client) -> None:
    page = url(evaluation, "answer_edit")
    operator.post(page, {"rows": '[["A"],["B"],["C"]]', "note": "", "version": "1"})
    operator.post(page, {"rows": '[["A"],["b"]]', "note": "", "version": "2"})
    last = Event.objects.filter(action="answer.save").latest("pk")
    assert last.before["value"] == {"rows": 3, "changed": {"2": {"nama": "B"}, "3": {"nama": "C"}}}
    assert last.after["value"] == {"rows": 2, "changed": {"2": {"nama": "b"}}}


def test_other_kinds_on_their_page(evaluation: Evaluation, client: Client) -> None:
    client.force_login(people(evaluation)["coordinator"])
    years = url(evaluation, "answer_edit", "2.3")
    assert "Tahun 2024 (%)" in text_of(client.get(years)) and "Tahun 2025 (%)" in text_of(client.get(years))
    assert client.post(years, {"before": "60", "now": "x", "note": "", "version": "1"}).status_code == 422
    assert client.post(years, {"before": "60", "now": "72,5", "note": "", "version": "1"}).status_code == 302
    assert stored(evaluation, "2.3").value == {"before": "60", "now": "72.5"}
    make_region(code=f"{evaluation.region_id}.01.1001")
    rollup = url(evaluation, "answer_edit", "2.4")
    assert "Menurut data wilayah: 1." in text_of(client.get(rollup))
    data = {"met": "", "of": "", "inapplicable": "on", "note": "", "version": "1"}
    refused = client.post(rollup, data)
    assert refused.status_code == 422 and "Tulis alasannya" in text_of(refused)
    assert stored(evaluation, "2.4").value is None
    assert client.post(rollup, data | {"note": "Tidak ada desa."}).status_code == 302
    assert stored(evaluation, "2.4").value == "n/a"
    assert "Tidak berlaku" in text_of(client.get(rollup))


@pytest.mark.parametrize("rows", [ROWS, None])
def test_whoever_may_not_write_reads_the_table(evaluation: Evaluation, client: Client, rows: Any) -> None:
    make_answer(evaluation=evaluation, code=CODE, value=rows)
    make_answer(evaluation=evaluation, code="2.3", value={"now": "72.5"})
    client.force_login(people(evaluation)["other_operator"])
    page = text_of(client.get(url(evaluation, "answer_edit")))
    assert ("PAUD Melati" in page) is bool(rows) and ("52,5</td>" in page) is bool(rows)
    assert ("31-12-2024" in page) is bool(rows)
    years = text_of(client.get(url(evaluation, "answer_edit", "2.3")))
    assert "Tahun 2024: <strong>Belum diisi" in years and "Tahun 2025: <strong>72,5 %" in years


@pytest.mark.parametrize(("bench", "who", "stage"), [
    ("review_bench", "task_force", Stage.TASK_FORCE_REVIEW),
    ("score_bench", "province", Stage.ADMIN_VERIFICATION),
    ("evaluation_result", "province", Stage.ADMIN_VERIFICATION),
])  # fmt: skip
def test_judges_read_tables_years_and_reasons(
    evaluation: Evaluation, client: Client, bench: str, who: str, stage: str
) -> None:
    make_answer(evaluation=evaluation, code=CODE, value=ROWS)
    make_answer(evaluation=evaluation, code="2.3", value={"before": "60", "now": "72.5"})
    make_answer(evaluation=evaluation, code="2.4", value="n/a", note="Tidak ada desa.")
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=stage)
    client.force_login(people(evaluation)[who])
    codes = [CODE, "2.3", "2.4"] if bench == "score_bench" else [None]
    pages = [reverse(f"evaluations:{bench}", args=[evaluation.pk, *([code] if code else [])]) for code in codes]
    query = {} if bench == "score_bench" else {"klaster": "I"}
    page = " ".join(text_of(client.get(address, query)) for address in pages)
    assert "PAUD Melati" in page and 'Isi matriks: <span class="num">2</span> baris' in page
    assert "Tahun 2024: <strong>60 %" in page and "Tahun 2025: <strong>72,5 %" in page
    assert "Tidak ada desa." in page and ("Alasan tidak berlaku" in page or "Alasan daerah" in page)


# --- a spreadsheet in -------------------------------------------------------------------------------------------------
def test_a_file_into_an_empty_table_is_stored_at_once(evaluation: Evaluation, operator: Client) -> None:
    assert "Nama lembaga" in text_of(operator.get(url(evaluation)))
    rows = [
        ["Rekap 2024"],
        [" JUMLAH  anak", "No", "nama lembaga", "jenis", "Tanggal SK"],
        [Decimal("1250.5"), Decimal(1), "PAUD Melati", "paud", "31-12-2024"],
        [],
        ["0,125", "", " SD 3 "],
    ]
    response = operator.post(url(evaluation), {"version": 1, "file": a_file(*rows, name="Data")}, follow=True)
    assert "2 baris dari berkas disimpan." in text_of(response)
    assert stored(evaluation).value == [
        {"nama": "PAUD Melati", "jenis": "PAUD", "sk": "2024-12-31", "anak": "1250.5"},
        {"nama": "SD 3", "anak": "0.125"},
    ]
    again = operator.post(url(evaluation), {"version": 1, "file": a_file(*rows, name="Data")}, follow=True)
    assert "Isi berkas sama dengan yang tersimpan." in text_of(again)
    assert Event.objects.filter(action="answer.save").count() == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([HEADINGS, ["A", "TK", "", Decimal(3)]], "Baris 2, kolom B (Jenis): pilih salah satu dari: PAUD, SD."),
        ([[], [], HEADINGS, [], ["A", "", "31-02-2024"]], "Baris 5, kolom C (Tanggal SK): isikan tanggal"),
        ([HEADINGS[::-1], ["banyak"]], "Baris 2, kolom A (Jumlah anak): isikan angka"),
        ([HEADINGS, ["A", "", "", "1.234"]], "Baris 2, kolom D (Jumlah anak): “1.234” dapat berarti ribuan"),
        ([HEADINGS[:3], ["A"]], "Lembar “Matriks”: kolom “Jumlah anak” tidak ada."),
        ([[*HEADINGS, "jenis"], ["A"]], "Lembar “Matriks”, kolom E: judul “Jenis” tertulis dua kali."),
        ([["Nama", "Alamat"], ["A", "B"]], "Judul kolom tidak ditemukan pada 20 baris pertama."),
        ([HEADINGS], "tidak memuat baris di bawah judul kolomnya"),
        ([[]], "Judul kolom tidak ditemukan"),
        ([HEADINGS, *[["A"]] * 501], "Berkas memuat 501 baris; paling banyak 500."),
        ([HEADINGS, *[["A", "", "", "x"]] * 60], "Dan 10 kesalahan lain."),
    ],
)  # fmt: skip
def test_a_file_with_a_fault_is_refused_whole(
    evaluation: Evaluation, operator: Client, rows: list[list[Any]], said: str
) -> None:
    response = upload(operator, evaluation, *rows)
    assert response.status_code == 422
    assert said in text_of(response)
    assert stored(evaluation).value is None and not Event.objects.filter(action="answer.save").exists()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (SimpleUploadedFile("x.xlsx", b"bukan lembar kerja", sheets.MIME), ""),
        (SimpleUploadedFile("x.xlsx", b"", sheets.MIME), "kosong"),
        (None, "Pilih berkas XLSX."),
    ],
)
def test_what_is_no_spreadsheet_is_refused_with_a_reason(
    evaluation: Evaluation, operator: Client, file: Any, said: str
) -> None:
    response = operator.post(url(evaluation), {"version": 1} | ({"file": file} if file else {}))
    assert response.status_code == 422 and said in text_of(response)
    assert "data-error-summary" in text_of(response)


def test_a_file_over_other_rows_asks_first_and_then_replaces_them(evaluation: Evaluation, operator: Client) -> None:
    make_answer(evaluation=evaluation, code=CODE, value=ROWS, note="sumber")
    response = upload(operator, evaluation, [*HEADINGS, "Alamat"], ["TK Anggrek", "PAUD", "", Decimal(7), "Jl. A"])
    page = text_of(response)
    assert response.status_code == 200 and stored(evaluation).value == ROWS
    assert "PAUD Melati" in page and "TK Anggrek" in page and "Kolom yang tidak dipakai: Alamat." in page
    sent = {"rows": json.dumps([["TK Anggrek", "PAUD", "", "7"]]), "note": "sumber", "version": "1"}
    assert response.context["rows"] == sent["rows"].replace(", ", ",")
    assert operator.post(url(evaluation, "answer_edit"), sent).status_code == 302
    answer = stored(evaluation)
    assert (answer.value, answer.note) == ([{"nama": "TK Anggrek", "jenis": "PAUD", "anak": "7"}], "sumber")


def test_a_file_for_an_older_version_is_a_conflict(evaluation: Evaluation, operator: Client) -> None:
    make_answer(evaluation=evaluation, code=CODE, value=None, version=3, text_version=3, state="empty")
    response = upload(operator, evaluation, HEADINGS, ["A", "", "", Decimal(1)], version=1)
    assert response.status_code == 409 and stored(evaluation).value is None


@pytest.mark.parametrize("name", ["answer_table_upload", "answer_table_download"])
def test_other_questions_have_no_spreadsheet(evaluation: Evaluation, operator: Client, name: str) -> None:
    assert operator.get(url(evaluation, name, "2.1")).status_code == 404


# --- and out ---------------------------------------------------------------------------------------------------------
def test_a_downloaded_table_can_be_sent_back(evaluation: Evaluation, operator: Client) -> None:
    rows = [*ROWS, {"nama": "=1+1", "anak": "1.2340"}]
    make_answer(evaluation=evaluation, code=CODE, value=rows[:2])
    response = operator.get(url(evaluation, "answer_table_download"))
    assert response["Content-Disposition"] == 'attachment; filename="matriks-2-2.xlsx"'
    found = lines(response.content)
    assert found["Matriks"] == [HEADINGS, ["PAUD Melati", "PAUD", "31-12-2024", "40"], ["SD 3", "", "", "12.5"]]
    assert ["Jenis", "tidak", "Salah satu dari: PAUD; SD"] in found["Petunjuk"]
    back = SimpleUploadedFile("m.xlsx", response.content, sheets.MIME)
    page = operator.post(url(evaluation), {"version": 1, "file": back}, follow=True)
    assert "Isi berkas sama dengan yang tersimpan." in text_of(page)


def test_all_answers_as_a_spreadsheet(evaluation: Evaluation, client: Client) -> None:
    make_answer(evaluation=evaluation, code=CODE, value=ROWS, note="=HYPERLINK(1)\uffff")
    make_link(answer=make_answer(evaluation=evaluation, code="2.3", value={"before": "60", "now": "72.5"}))
    make_answer(evaluation=evaluation, code="2.4", value="n/a", note="Tidak ada desa.")
    client.force_login(people(evaluation)["coordinator"])
    address = reverse("evaluations:evaluation_export", args=[evaluation.pk])
    response = client.get(address)
    found = lines(response.content)
    assert list(found) == ["Jawaban", CODE]
    assert found[CODE][1] == ["PAUD Melati", "PAUD", "31-12-2024", "40"]
    by_code = {row[0]: dict(zip(found["Jawaban"][0], row, strict=False)) for row in found["Jawaban"][1:]}
    assert list(by_code) == ["1.1", "1.2", "2.1", CODE, "2.3", "2.4", "3.1", "3.2"]
    assert (by_code[CODE]["Jawaban"], by_code[CODE]["Catatan"]) == ("2 baris; 52,5 anak", "=HYPERLINK(1)")
    assert by_code["2.3"]["Rincian"] == "Tahun 2024: 60 %\nTahun 2025: 72,5 %"
    assert (by_code["2.3"]["Data dukung"], by_code["2.4"]["Jawaban"]) == ("1", "Tidak berlaku")
    assert by_code["1.1"]["Jawaban"] == "Belum dijawab"
    assert by_code["2.4"]["Perangkat daerah"] != ""
    assert b"<f>" not in response.content


def test_one_agencys_answers_as_a_spreadsheet(evaluation: Evaluation, client: Client) -> None:
    client.force_login(people(evaluation)["coordinator"])
    address = reverse("evaluations:evaluation_export", args=[evaluation.pk])
    agency = evaluation.region.agencies.get(kind="disdukcapil")
    found = lines(client.get(address, {"instansi": agency.pk}).content)
    assert [row[0] for row in found["Jawaban"][1:]] == ["1.2", "2.1", CODE, "2.3"]
    for nonsense in ("x", "0", "²", "99999999999999999999", "9" * 5000):
        assert client.get(address, {"instansi": nonsense}).status_code == 404


def test_the_queries_of_an_export_do_not_grow_with_the_answers(evaluation: Evaluation, client: Client) -> None:
    client.force_login(people(evaluation)["coordinator"])
    address = reverse("evaluations:evaluation_export", args=[evaluation.pk])
    client.get(address)  # keeps the instrument in memory
    counts = []
    for code in (CODE, "2.3", "2.4"):
        make_link(answer=make_answer(evaluation=evaluation, code=code))
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[2]
