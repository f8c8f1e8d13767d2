"""A matriks is filled by pasting from a spreadsheet, by hand and by uploading, with and without JavaScript."""

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from evaluations.demo.people import PASSWORD
from kla_portal.lib import sheets
from tests.browser import axe, sign_in, watch
from tests.journeys.steps import PATIENCE_MS, open_evaluation
from tests.servers import Portal

pytestmark = pytest.mark.parametrize("portal", ["embedded"], indirect=True)
OFFICERS, PARTNERS, ORPHANS = "4.5", "22B.4", "10.5"
"""Table questions of the shipped instrument: the first is led by Disdukcapil; the others have no rows in the demo."""
PASTE = """(cell, text) => {
    const board = new DataTransfer();
    board.setData("text/plain", text);
    cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: board, bubbles: true, cancelable: true}));
}"""


class Desk:
    """Somebody at a table question."""

    def __init__(self, page: Page, portal: Portal, who: str) -> None:
        self.page, self.portal = page, portal
        self.errors = watch(page)
        sign_in(page, f"{who}@contoh", PASSWORD)
        self.evaluation = open_evaluation(page)

    def open(self, code: str) -> None:
        self.page.goto(f"{self.evaluation}p/{code}/")

    def cell(self, row: int, column: int) -> Locator:
        return self.page.locator("[data-matrix] tbody tr").nth(row - 1).locator("input, select").nth(column - 1)

    def paste(self, row: int, column: int, text: str) -> None:
        self.cell(row, column).focus()
        self.cell(row, column).evaluate(PASTE, text)

    def rows(self) -> list[list[str]]:
        """What stands in the table, without empty rows."""
        found = self.page.locator("[data-matrix] tbody tr").evaluate_all(
            "rows => rows.map((row) => [...row.querySelectorAll('input, select')].map((cell) => cell.value))"
        )
        return [row for row in found if any(row)]

    def is_saved(self) -> None:
        expect(self.page.locator("[data-saved]")).to_contain_text(re.compile(r"^\s*Tersimpan"), timeout=PATIENCE_MS)

    def stored(self, code: str) -> Any:
        with closing(sqlite3.connect(self.portal.var / "portal.sqlite3")) as database:
            row = database.execute(
                """SELECT answer.value FROM evaluations_answer answer
                   JOIN clusters_question question ON question.id = answer.question_id
                   WHERE question.code = ? AND replace(answer.evaluation_id, '-', '') = ?""",
                (code, self.evaluation.strip("/").rpartition("/")[2].replace("-", "")),
            ).fetchone()
        return json.loads(row[0]) if row[0] else None


@pytest.fixture
def desk(person: Callable[..., Page], portal: Portal) -> Callable[..., Desk]:
    return lambda who, **options: Desk(person(**options), portal, who)


def test_an_operator_pastes_rows_and_sees_what_they_earn(desk: Callable[..., Desk]) -> None:
    here = desk("operator")
    page, points = here.page, here.page.locator("#points-line")
    here.open(OFFICERS)
    before = here.rows()
    page.get_by_role("button", name="Kosongkan matriks").click()
    expect(points).to_contain_text(re.compile(r"^\s*0,00"))
    page.get_by_role("button", name="Urungkan").click()
    assert here.rows() == before
    page.get_by_role("button", name="Kosongkan matriks").click()
    here.is_saved()
    assert here.stored(OFFICERS) is None

    copied = (
        "Nama petugas\tTempat tugas\tNama pelatihan\tTanggal pelatihan\tNomor sertifikat\r\n"
        'Petugas A\tMPP\t"Pelatihan ""KHA""\r\nangkatan 2"\t31/12/2024\t12\r\n'
        "Petugas B\tKecamatan\tPelatihan KHA\t1-2-2025\t\r\n"
    )
    here.paste(1, 1, copied)
    expect(page.get_by_role("status").filter(has_text="2 baris ditempelkan.")).to_be_visible()
    expect(points).to_contain_text("2 baris; 2 petugas")
    expect(points).not_to_contain_text(re.compile(r"^\s*0,00"))
    here.cell(3, 1).fill("Petugas C")
    here.cell(3, 1).press("Enter")
    expect(here.cell(4, 1)).to_be_focused()
    here.cell(3, 2).fill("Kantor")
    here.is_saved()
    axe(page)
    page.reload()
    assert here.rows() == [
        ["Petugas A", "MPP", 'Pelatihan "KHA" angkatan 2', "31-12-2024", "12"],
        ["Petugas B", "Kecamatan", "Pelatihan KHA", "01-02-2025", ""],
        ["Petugas C", "Kantor", "", "", ""],
    ]
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    axe(page)
    assert here.errors == []


def test_sixty_rows_at_once_and_a_cell_that_does_not_fit(desk: Callable[..., Desk]) -> None:
    here = desk("koordinator")
    page = here.page
    here.open(PARTNERS)
    lines = [[f"Mitra {n}", "Dunia usaha", "Penyuluhan", f"400/{n}", "31-12-2026"] for n in range(1, 61)]
    here.paste(1, 1, "\n".join("\t".join(line) for line in lines))
    here.is_saved()
    assert len(here.stored(PARTNERS)) == 60
    page.reload()
    assert here.rows() == lines
    expect(page.locator("#points-line")).to_contain_text("60 baris")

    here.paste(60, 2, "Kawan\tRapat")
    expect(page.locator("#value-error")).to_contain_text(re.compile("Baris 60, kolom Jenis mitra: pilih salah satu"))
    expect(here.cell(60, 2)).to_have_attribute("aria-invalid", "true")
    expect(here.cell(60, 2)).to_have_value("Kawan")
    expect(page.locator("[data-saved]")).to_contain_text("Belum tersimpan", timeout=PATIENCE_MS)
    assert here.stored(PARTNERS)[59]["peran"] == "Penyuluhan"
    here.cell(60, 2).select_option("Dunia usaha")
    here.is_saved()
    assert here.stored(PARTNERS)[59]["peran"] == "Rapat"
    expect(page.locator("[data-matrix] [aria-invalid]")).to_have_count(0)

    page.get_by_role("button", name="Hapus baris 1", exact=True).click()
    here.is_saved()
    assert len(here.stored(PARTNERS)) == 59
    here.paste(1, 1, "\n".join(["x\ty"] * 501))
    expect(page.get_by_role("status").filter(has_text="paling banyak 500")).to_be_visible()
    assert len(here.rows()) == 59
    assert here.errors == []


def a_file(*rows: list[str]) -> dict[str, Any]:
    headings = ["Jenis mitra", "NAMA MITRA", "Peran atau kegiatan bersama", "Berlaku sampai",
                "Nomor kesepahaman, perjanjian, atau SK"]  # fmt: skip
    content = sheets.write({"Rekap": [["Rekap mitra"], list(headings), *[list(row) for row in rows]]})
    return {"name": "mitra.xlsx", "mimeType": sheets.MIME, "buffer": content}


def test_a_spreadsheet_with_a_wrong_cell_then_a_right_one(desk: Callable[..., Desk]) -> None:
    here = desk("koordinator")
    page = here.page
    here.open(ORPHANS)
    page.get_by_role("link", name="Unggah XLSX").click()
    page.get_by_label("Berkas XLSX").set_input_files(a_file(["Media", "Radio", "Siaran"], ["Kawan", "Koran", "Berita"]))
    page.get_by_role("button", name="Unggah dan periksa").click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_be_focused()
    expect(refusal).to_contain_text(re.compile(r"Baris 4, kolom A \(Jenis mitra\): pilih salah satu dari"))
    axe(page)
    assert here.stored(ORPHANS) is None

    page.get_by_label("Berkas XLSX").set_input_files(a_file(["Media", "Radio", "Siaran"], ["media", "Koran", "Berita"]))
    page.get_by_role("button", name="Unggah dan periksa").click()
    expect(page.get_by_text("2 baris dari berkas disimpan.")).to_be_visible()
    assert [row[0] for row in here.rows()] == ["Radio", "Koran"]

    page.get_by_role("link", name="Unggah XLSX").click()
    page.get_by_label("Berkas XLSX").set_input_files(a_file(["", "Yayasan", "Bantuan"]))
    page.get_by_role("button", name="Unggah dan periksa").click()
    expect(page.get_by_role("heading", name="Ganti isi matriks?")).to_be_visible()
    axe(page)
    assert len(here.stored(ORPHANS)) == 2
    page.get_by_role("button", name="Ganti dengan isi berkas").click()
    expect(page.locator("[data-matrix]")).to_be_visible()
    assert [row[0] for row in here.rows()] == ["Yayasan"]

    with page.expect_download() as coming:
        page.get_by_role("link", name="Unduh XLSX").click()
    assert sheets.read(coming.value.path())["Matriks"][1][0] == "Yayasan"
    assert here.errors == []


def test_without_javascript_rows_come_by_a_button(desk: Callable[..., Desk]) -> None:
    here = desk("koordinator", java_script_enabled=False)
    here.open("6.5")
    count = len(here.page.locator("[data-matrix] tbody tr").all()) - 3
    here.cell(count + 1, 1).fill("Kegiatan tambahan")
    here.page.get_by_role("button", name="Tambah baris").click()
    expect(here.page.locator("[data-matrix] tbody tr")).to_have_count(count + 1 + 10)
    expect(here.cell(count + 1, 1)).to_have_value("Kegiatan tambahan")
    here.cell(count + 1, 1).fill("")
    here.page.get_by_role("button", name="Simpan", exact=True).click()
    expect(here.page.locator("[data-matrix] tbody tr")).to_have_count(count + 3)
