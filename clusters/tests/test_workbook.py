"""An instrument goes out as a workbook and comes back the same; what is wrong with a sheet is named with its place."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters import layout, workbook
from clusters.content import InstrumentData
from clusters.loading import read as read_yaml
from clusters.nodes import Fault, Invalid, Place
from clusters.tests.generated import instruments
from clusters.writing import yaml_text
from kla_portal.lib import sheets

FOLDER = Path(__file__).resolve().parents[1] / "instruments"
SHIPPED = sorted(FOLDER.glob("*.yaml"))
Book = dict[str, list[list[str]]]


def reread(data: InstrumentData) -> InstrumentData:
    return workbook.read(io.BytesIO(workbook.write(data)))


@pytest.fixture(scope="module")
def shipped() -> InstrumentData:
    return read_yaml((FOLDER / "kla-2024.yaml").read_bytes())


@pytest.fixture(scope="module")
def cells(shipped: InstrumentData) -> Book:
    return sheets.read(io.BytesIO(workbook.write(shipped)))


@pytest.fixture
def book(cells: Book) -> Book:
    """The shipped instrument as the text of its cells, to be spoilt."""
    return {name: [list(row) for row in rows] for name, rows in cells.items()}


def faults_of(book: Book) -> tuple[Fault, ...]:
    with pytest.raises(Invalid) as refused:
        workbook.understand(book)
    return refused.value.faults


def told(book: Book) -> list[str]:
    return [f"{fault} | {fault.cure}" for fault in faults_of(book)]


def row_of(book: Book, sheet: str, code: str, heading: str = "") -> int:
    """The index of the row that has the code under the heading (the first column when none is given)."""
    column = book[sheet][0].index(heading) if heading else 0
    return next(n for n, row in enumerate(book[sheet]) if row[column : column + 1] == [code])


def put(book: Book, sheet: str, row: int, heading: str, text: str) -> None:
    place = book[sheet][0].index(heading)
    book[sheet][row] += [""] * (place + 1 - len(book[sheet][row]))
    book[sheet][row][place] = text


# --- there and back -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_instrument_survives_the_workbook(file: Path) -> None:
    data = read_yaml(file.read_bytes())
    back = reread(data)
    assert back == data and back.digest == data.digest
    assert yaml_text(back) == yaml_text(data)


@settings(max_examples=100)
@given(instruments())
def test_any_instrument_survives_the_sheets(data: InstrumentData) -> None:
    rows = workbook.lay_out(data)
    assert (
        workbook.understand({name: [[str(cell) for cell in row] for row in sheet] for name, sheet in rows.items()})
        == data
    )


@settings(max_examples=10)
@given(instruments())
def test_any_instrument_survives_the_workbook(data: InstrumentData) -> None:
    back = reread(data)
    assert back == data and read_yaml(yaml_text(back).encode()).digest == data.digest


def test_the_workbook_reads_as_officials_speak(book: Book) -> None:
    assert list(book) == ["Petunjuk", *(sheet.name for sheet in layout.SHEETS)]
    question = dict(zip(book["Pertanyaan"][0], book["Pertanyaan"][1], strict=False))
    assert (question["Kode"], question["Jenis"], question["Nilai"]) == ("1.1", "Ya/tidak", "12")
    assert question["Penanggung jawab"] == "Bagian Hukum; Dinas P3A"
    assert row_of(book, "Indikator", "1", "Nomor") == 1


def test_columns_and_sheets_may_stand_in_any_order_and_words_in_any_case(book: Book, shipped: InstrumentData) -> None:
    turned = {
        name.upper(): [row[::-1] for row in padded(rows)]
        for name, rows in reversed(book.items())
        if name != "Instrumen"
    }
    turned["PERTANYAAN"] = [
        [cell.upper() if cell == "Ya/tidak" else cell for cell in row] for row in turned["PERTANYAAN"]
    ]
    assert workbook.read(io.BytesIO(sheets.write({**turned, "Instrumen": book["Instrumen"]}))) == shipped


def padded(rows: list[list[str]]) -> list[list[str]]:
    width = max((len(row) for row in rows), default=0)
    return [[*row, *[""] * (width - len(row))] for row in rows]


def test_decimal_commas_and_codes_of_the_portal_are_understood(book: Book, shipped: InstrumentData) -> None:
    for row in book["Pilihan"][1:]:
        row[3] = row[3].replace(".", ",")
    put(book, "Pertanyaan", 1, "Jenis", "yes_no")
    put(book, "Pertanyaan", 1, "Penanggung jawab", "bagian_hukum\ndp3a")
    assert workbook.read(io.BytesIO(sheets.write(book))) == shipped


# --- what is wrong ----------------------------------------------------------------------------------------------------
def test_the_contradictions_of_the_published_recap_are_each_named(book: Book) -> None:
    """Cluster I is headed 150 and its indicators give 115; indicator 19 is headed 51 and its questions give 54; of 21B
    it is 17 and 18; question 7.2 repeats 7.1."""
    cluster = row_of(book, "Klaster", "I")
    indicator, part = (row_of(book, "Indikator", number, "Nomor") for number in ("19", "21B"))
    put(book, "Klaster", cluster, "Nilai", "150")
    assert (book["Indikator"][indicator][4], book["Indikator"][part][4]) == ("51", "17")
    put(book, "Pertanyaan", row_of(book, "Pertanyaan", "19.4", "Kode"), "Nilai", "6")
    put(book, "Pertanyaan", row_of(book, "Pertanyaan", "21B.2", "Kode"), "Nilai", "9")
    first, second = row_of(book, "Pertanyaan", "7.1", "Kode"), row_of(book, "Pertanyaan", "7.2", "Kode")
    put(book, "Pertanyaan", second, "Pertanyaan", book["Pertanyaan"][first][2])
    assert told(book) == [
        "lembar Instrumen, baris 7, kolom Nilai: tertulis 1.000, tetapi klaster di dalamnya berjumlah 1.035 | "
        "Jadikan 1.035, atau perbaiki nilai klaster di dalamnya.",
        f"lembar Klaster, baris {cluster + 1}, kolom Nilai: tertulis 150, tetapi indikator di dalamnya berjumlah 115"
        " | Jadikan 115, atau perbaiki nilai indikator di dalamnya.",
        f"lembar Indikator, baris {indicator + 1}, kolom Nilai: tertulis 51, tetapi pertanyaan di dalamnya berjumlah 54"
        " | Jadikan 54, atau perbaiki nilai pertanyaan di dalamnya.",
        f"lembar Indikator, baris {part + 1}, kolom Nilai: tertulis 17, tetapi pertanyaan di dalamnya berjumlah 18"
        " | Jadikan 18, atau perbaiki nilai pertanyaan di dalamnya.",
        f"lembar Pertanyaan, baris {second + 1}, kolom Pertanyaan: pertanyaan 7.2 mengulang bunyi pertanyaan 7.1"
        " | Tulis kembali bunyi pertanyaan 7.2, atau hapus salah satunya.",
    ]
    with pytest.raises(Invalid) as refused:
        workbook.read(io.BytesIO(sheets.write(book)))
    assert list(refused.value.faults) == list(faults_of(book))


def spoil(sheet: str, heading: str, text: str, row: int = 1) -> Callable[[Book], None]:
    return lambda book: put(book, sheet, row, heading, text)


def add(sheet: str, *cells: str) -> Callable[[Book], None]:
    return lambda book: book[sheet].append(list(cells))


def drop_column(sheet: str, heading: str) -> Callable[[Book], None]:
    def act(book: Book) -> None:
        place = book[sheet][0].index(heading)
        for row in book[sheet]:
            del row[place : place + 1]

    return act


@pytest.mark.parametrize(
    ("act", "place", "problem"),
    [
        # codes
        (spoil("Pertanyaan", "Kode", "1.2b", 2), "Pertanyaan/4/Kode", "sudah dipakai pada lembar Pertanyaan, baris 3"),
        (spoil("Klaster", "Kode", "I"), "Klaster/3/Kode", "sudah dipakai"),
        (spoil("Indikator", "Nomor", "2"), "Indikator/3/Nomor", "sudah dipakai"),
        (spoil("Pertanyaan", "Kode", ""), "Pertanyaan/2/Kode", "wajib diisi"),
        (spoil("Pertanyaan", "Kode", "a b"), "Pertanyaan/2/Kode", "bukan kode yang sah"),
        (spoil("Instrumen", "Nilai", ""), "Instrumen/2/Nilai", "wajib diisi"),
        # owners, words, texts
        (spoil("Pertanyaan", "Penanggung jawab", "Dinas Sihir; Dinas P3A"), "Pertanyaan/2/Penanggung jawab",
         "“Dinas Sihir” tidak dikenal"),
        (spoil("Pertanyaan", "Jenis", "esai"), "Pertanyaan/2/Jenis", "bukan salah satu dari: Ya/tidak, Pilihan"),
        (spoil("Pertanyaan", "Sumber", "katanya"), "Pertanyaan/2/Sumber", "dari: Terpublikasi, Asumsi"),
        (spoil("Pertanyaan", "Pertanyaan", "a" * 1001), "Pertanyaan/2/Pertanyaan", "lebih panjang dari 1000 huruf"),
        (spoil("Pertanyaan", "Pertanyaan", "Apakah daerah sudah memiliki…"), "Pertanyaan/2/Pertanyaan", "terpotong"),
        (spoil("Pertanyaan", "Petunjuk", "a\x0bb"), "Pertanyaan/2/Petunjuk", "tanda kendali"),
        # points, fractions and bands
        (spoil("Pertanyaan", "Nilai", "12%"), "Pertanyaan/2/Nilai", "bukan nilai"),
        (spoil("Pertanyaan", "Nilai", "-3"), "Pertanyaan/2/Nilai", "bukan nilai"),
        (spoil("Pertanyaan", "Bagian bila ya", "1.5"), "Pertanyaan/2/Bagian bila ya", "1,5 di luar 0 sampai 1"),
        (spoil("Pertanyaan", "Bagian bila ya", ""), "Pertanyaan/2/Bagian bila ya", "bukan angka"),
        (spoil("Pilihan", "Bagian", "2", 3), "Pilihan/4/Bagian", "di luar 0 sampai 1"),
        (spoil("Pilihan", "Bagian", "25%", 3), "Pilihan/4/Bagian", "bukan angka"),
        (spoil("Pilihan", "Kunci", "none", 2), "Pilihan/3/Kunci", "ditulis dua kali"),
        (spoil("Pita", "Mulai dari", "5"), "Pita/2/Mulai dari", "dimulai dari 0"),
        (spoil("Pita", "Bagian", "1"), "Pita/3/Bagian", "berlawanan"),
        (spoil("Predikat", "Batas bawah", "500", 2), "Predikat/3/Batas bawah", "berurutan"),
        (spoil("Prasyarat", "Pertanyaan", "99.9"), "Prasyarat/2/Pertanyaan", "“99.9” tidak ada"),
        # rows without a parent, rows and cells that nothing uses
        (spoil("Indikator", "Klaster", "IX"), "Indikator/2/Klaster", "klaster “IX” tidak ada pada lembar Klaster"),
        (spoil("Pertanyaan", "Indikator", "99"), "Pertanyaan/2/Indikator", "indikator “99” tidak ada"),
        (spoil("Pertanyaan", "Indikator", ""), "Pertanyaan/2/Indikator", "wajib diisi"),
        (add("Bukti", "99.9", "sk", "SK"), "Bukti/last/Pertanyaan", "pertanyaan “99.9” tidak ada"),
        (add("Pilihan", "1.1", "a", "A", "1"), "Pilihan/last/", "tidak dipakai: pertanyaan itu berjenis Ya/tidak"),
        (add("Pita", "1.2a", "0", "1"), "Pita/last/", "tidak dipakai: pertanyaan itu berjenis Pilihan"),
        (add("Prasyarat", "juara", "1.1", "1", "A", "ya", "Asumsi"), "Prasyarat/last/Predikat",
         "“juara” tidak ada"),
        (add("Pilihan kolom", "1.1", "a", "b"), "Pilihan kolom/last/Kolom", "tidak ada pada matriks"),
        (spoil("Pertanyaan", "Satuan", "%"), "Pertanyaan/2/Satuan", "tidak dipakai"),
        (spoil("Pertanyaan", "Jenis", "Persentase"), "Pertanyaan/2/Jenis", "memerlukan baris pada lembar Pita"),
        # sheets and headings
        (lambda book: book.pop("Klaster"), "Klaster/1/", "tidak ada atau kosong"),
        (lambda book: book.update(Lain=[["a"]]), "Lain/1/", "tidak dikenal"),
        (spoil("Klaster", "Nama", "Judul", 0), "Klaster/1/Judul", "tidak dikenal"),
        (drop_column("Pertanyaan", "Nilai"), "Pertanyaan/1/Nilai", "kolom Nilai tidak ada"),
        (lambda book: book["Klaster"][2].extend(["x", "y"]), "Klaster/3/", "di luar tabel"),
        (lambda book: book["Instrumen"].append(["Warna", "biru"]), "Instrumen/9/", "“Warna” tidak dikenal"),
        (lambda book: book["Instrumen"].append(["Kode", "b"]), "Instrumen/9/Nilai", "dua kali"),
        (lambda book: put(book, "Instrumen", 4, "Nilai", "Sampai klaster"), "Indikator/2/", "hanya sampai klaster"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_sheet_row_and_column(
    book: Book, act: Callable[[Book], object], place: str, problem: str
) -> None:
    act(book)
    sheet, row, column = place.split("/")
    expected = Place(len(book[sheet]) if row == "last" else int(row), sheet, column)
    found = [fault for fault in faults_of(book) if fault.place == expected]
    assert len(found) == 1 and problem in found[0].problem, told(book)[:5]


def test_a_missing_column_is_one_fault_and_not_one_of_each_row(book: Book) -> None:
    drop_column("Pertanyaan", "Penanggung jawab")(book)
    assert len(faults_of(book)) == 1


def test_several_options_outside_0_to_1_are_all_named(book: Book) -> None:
    for row in (2, 3, 4):
        put(book, "Pilihan", row, "Bagian", "7")
    assert [fault.line for fault in faults_of(book)] == [3, 4, 5]


def test_what_is_no_workbook_is_refused_in_words() -> None:
    with pytest.raises(Invalid) as refused:
        workbook.read(io.BytesIO(b"code: kla-2024"))
    assert "tidak sesuai dengan akhiran namanya" in str(refused.value)


@settings(max_examples=150)
@given(st.data())
def test_no_damage_to_a_workbook_breaks_the_reader(cells: Book, data: st.DataObject) -> None:
    """Either an instrument or named faults."""
    book = {name: [list(row) for row in rows[:12]] for name, rows in cells.items()}
    for _ in range(data.draw(st.integers(1, 4))):
        rows = book[data.draw(st.sampled_from(sorted(book)))]
        if not rows:
            continue
        at = data.draw(st.integers(0, len(rows) - 1))
        how = data.draw(st.integers(0, 3))
        if how == 0:
            del rows[at]
        elif how == 1 and rows[at]:
            column = data.draw(st.integers(0, len(rows[at]) - 1))
            rows[at][column] = data.draw(
                st.text(max_size=20).filter(sheets.holds) | st.sampled_from(["", "1", "I", "1.1"])
            )
        elif how == 2:
            rows.insert(at, list(rows[at]))
        else:
            book.pop(data.draw(st.sampled_from(sorted(book))))
    with pytest.raises(Invalid) as refused:
        workbook.understand(book)
    assert refused.value.faults and all(fault.problem for fault in refused.value.faults)
