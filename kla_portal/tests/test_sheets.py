"""Spreadsheets go out and come back the same, hostile ones do not come in."""

import io
import random
import resource
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from evidence.tests.make import make_docx, make_pdf, make_xlsx
from kla_portal.lib import sheets
from kla_portal.lib.jail.reasons import REASONS
from kla_portal.lib.sheets import Unreadable, read, write

WRITTEN = {
    "Pertanyaan": [
        ["Kode", "Teks", "Nilai", "Catatan"],
        ["1.10", "=1+1", Decimal("12.5"), None],
        ["007", "", 3, "a\nb"],
    ],
    "Kosong": [],
}


def reread(content: bytes) -> dict[str, list[list[str]]]:
    return read(io.BytesIO(content))


def refusal(content: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        reread(content)
    return str(refused.value)


def test_what_is_written_is_read() -> None:
    assert reread(write(WRITTEN)) == {
        "Pertanyaan": [["Kode", "Teks", "Nilai", "Catatan"], ["1.10", "=1+1", "12.5"], ["007", "", "3", "a\nb"]],
        "Kosong": [],
    }


def test_the_same_input_gives_the_same_bytes() -> None:
    assert write(WRITTEN) == write(WRITTEN)


@settings(max_examples=25)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="￾￿"), max_size=60))))
def test_any_text_survives(rows: list[list[str]]) -> None:
    found = reread(write({"Teks": rows})).get("Teks", [])
    for number, row in enumerate(rows):
        there = found[number] if number < len(found) else []
        assert [*there, *[""] * (len(row) - len(there))] == row


def test_numbers_that_a_spreadsheet_would_round_are_written_as_text() -> None:
    long = Decimal("1234567890.1234567891")
    assert reread(write({"A": [["Nilai"], [long], [Decimal("0.1")], [Decimal("33.333333333")], [-2]]}))["A"][1:] == [
        ["1234567890.1234567891"], ["0.1"], ["33.333333333"], ["-2"],
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+62811", "-5%", "@SUM(A1)", '=HYPERLINK("http://a.example")', "'a", "#REF!"])
def test_no_text_becomes_a_formula(text: str) -> None:
    content = write({"A": [["Teks"], [text]]})
    cell = load_workbook(io.BytesIO(content))["A"]["A2"]
    assert (cell.data_type, cell.value) == ("s", text)
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert reread(content)["A"][1] == [text]


def test_the_heading_stands_out_and_codes_stay_text_where_somebody_goes_on_writing() -> None:
    sheet = load_workbook(io.BytesIO(write(WRITTEN, {"Pertanyaan": [8, 60, 10, 40]})))["Pertanyaan"]
    assert sheet.freeze_panes == "A2" and sheet["A1"].font.bold and not sheet["A2"].font.bold
    assert [sheet.column_dimensions[letter].width for letter in "ABCD"] == [8, 60, 10, 40]
    assert [sheet.column_dimensions[letter].number_format for letter in "AC"] == ["@", "General"]


@pytest.mark.parametrize("rows", [[["a" * 32_768]], [["\ud800"]]], ids=["longer than a cell", "not Unicode"])
def test_text_that_no_cell_can_hold_is_not_cut(rows: list[list[str]]) -> None:
    with pytest.raises(ValueError, match="no text for a cell"):
        write({"A": rows})


@pytest.mark.parametrize("name", ["", "a" * 32, "a/b"])
def test_a_sheet_name_is_not_changed(name: str) -> None:
    with pytest.raises(ValueError):
        write({name: [["a"]]})


def test_values_are_read_as_people_see_them() -> None:
    book = Workbook()
    moment = datetime(2024, 5, 6, 7, 8)  # noqa: DTZ001  a cell has no time zone
    book.active.append([0.1 + 0.2, 50.0, 1e-7, True, date(2024, 5, 6), moment, time(7, 8), "=1/0"])
    book.active["C3"] = "bawah"
    out = io.BytesIO()
    book.save(out)
    assert reread(out.getvalue())["Sheet"] == [
        ["0.3", "50", "0.0000001", "TRUE", "2024-05-06", "2024-05-06 07:08:00", "07:08:00"],
        [],
        ["", "", "bawah"],
    ]


def test_a_file_is_read_by_its_path_too(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(write(WRITTEN))
    assert list(read(tmp_path / "a.xlsx")) == ["Pertanyaan", "Kosong"]


DTD = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><worksheet>&b;</worksheet>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (make_pdf(), "mismatch"),
        (make_docx(), "mismatch"),
        (b"kode,teks\n1.1,a\n", "mismatch"),
        (make_xlsx()[:-40], "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "office_encrypted"),
        (make_xlsx(extra={"xl/vbaProject.bin": b"Sub Auto_Open()"}), "office_macro"),
        (make_xlsx(extra={"xl/embeddings/a.bin": b"x"}), "office_embedded"),
        (make_xlsx(extra={"xl/worksheets/sheet1.xml": DTD}), "office_structure"),
        (make_xlsx(extra={"xl/media/a.bin": b"\0" * 30_000_000}), "office_bomb"),
        (make_xlsx(extra={"xl/worksheets/sheet1.xml": "<worksheet><sheetData><row"}), "broken"),
        (make_xlsx() + b"PK\x05\x06<script>", "polyglot"),
    ],
)
def test_what_is_no_harmless_spreadsheet_is_refused(content: bytes, code: str) -> None:
    assert refusal(content) == REASONS[code]


def far_cell(place: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    row = "".join(filter(str.isdigit, place))
    body = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{place}"><v>1</v></c></row>'
    return make_xlsx(
        extra={"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}"><sheetData>{body}</sheetData></worksheet>'}
    )


def text_of(cells: int) -> bytes:
    """A sheet with that many different cells of 32,000 characters: zeros in long rows would be a bomb."""
    draw = random.Random(1)
    return write({"Teks": [[draw.randbytes(16_000).hex()] for _ in range(cells)]})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (far_cell("A20001"), "Lembar “Data” memuat lebih dari 20.000 baris"),
        (far_cell("BI2"), "Lembar “Data” memuat lebih dari 60 kolom"),
        (far_cell("XFD1048576"), "terlalu banyak memori"),
        (write({f"L{number}": [["a"]] for number in range(41)}), "lebih dari 40 lembar"),
        (text_of(340), "10 MB teks, terlampaui pada lembar “Teks”"),
        (b"PK\x03\x04" + b"\0" * sheets.MAX_BYTES, "lebih besar dari 20 MB"),
    ],
    ids=["rows", "columns", "two far corners", "sheets", "text", "bytes"],
)
def test_limits(content: bytes, words: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert words in refusal(content)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 100


def test_just_inside_the_limits() -> None:
    assert len(reread(far_cell("BH20000"))["Data"]) == 20_000
    assert len(reread(write({f"L{number}": [["a"]] for number in range(40)}))) == 40
    assert len(reread(text_of(320))["Teks"]) == 320
