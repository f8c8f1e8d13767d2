"""A file is taken whole or refused with every fault, each with its line and column."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.history import reading
from evaluations.history.places import Gazetteer
from evaluations.history.reading import BadFile, Row, read, text_of

PLACES = Gazetteer(
    [
        ("31", "Daerah Khusus Ibukota Jakarta"), ("31.71", "Kota Administrasi Jakarta Pusat"),
        ("35", "Jawa Timur"), ("35.19", "Kabupaten Madiun"), ("35.75", "Kota Pasuruan"), ("35.77", "Kota Madiun"),
        ("61", "Kalimantan Barat"), ("61.10", "Kabupaten Melawi"),
        ("62", "Kalimantan Tengah"), ("62.71", "Kota Palangkaraya"),
        ("64", "Kalimantan Timur"), ("64.71", "Kota Balikpapan"),
    ]
)  # fmt: skip
LAST = 2027
HEADER = "kode,daerah,provinsi,tahun,tahap,klaster,nilai,maksimum,predikat,sumber,catatan"
GOOD = {
    "kode": "64.71", "daerah": "", "provinsi": "", "tahun": "2022", "tahap": "final", "klaster": "", "nilai": "732",
    "maksimum": "1000", "predikat": "nindya", "sumber": "https://contoh.go.id/a", "catatan": "",
}  # fmt: skip


def taken(text: str) -> list[Row]:
    return read(text, PLACES, last_year=LAST)


def line(**changed: str) -> str:
    return ",".join(f'"{cell}"' for cell in (GOOD | changed).values())


def one(**changed: str) -> Row:
    [row] = taken(f"{HEADER}\n{line(**changed)}")
    return row


def faults(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(BadFile) as refused:
        taken(text)
    return [(fault.line, fault.column, fault.reason) for fault in refused.value.faults]


def test_a_row_is_read() -> None:
    assert one(catatan="dua  kata") == Row(
        2, "64.71", "Kota Balikpapan", 2022, "final", "", Decimal(732), Decimal(1000), "nindya",
        "https://contoh.go.id/a", "dua kata",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"kode": "6471"}, "64.71"),
        ({"kode": "", "daerah": "KOTA BALIKPAPAN"}, "64.71"),
        ({"kode": "", "daerah": "Balikpapan"}, "64.71"),
        ({"kode": "", "daerah": "Kota Palangka Raya", "provinsi": "Kalimantan Tengah"}, "62.71"),
        ({"kode": "", "daerah": "Kab. Madiun"}, "35.19"),
        ({"kode": "", "daerah": "Kota Madiun", "provinsi": "Prov. Jawa Timur"}, "35.77"),
        ({"kode": "", "daerah": "Kota Adm. Jakarta Pusat", "provinsi": "DKI Jakarta"}, "31.71"),
        ({"kode": "64.71", "daerah": "Kota Balikpapan", "provinsi": "Kalimantan Timur"}, "64.71"),
    ],
)
def test_a_region_goes_by_its_code_or_its_name(typed: dict[str, str], code: str) -> None:
    assert one(**typed).region_code == code


@pytest.mark.parametrize(
    ("typed", "score"),
    [("767,25", "767.25"), ("767.25", "767.25"), ("597.928", "597.928"), ("1000", "1000"), ("0", "0"), ("", None)],
)
def test_numbers_come_with_comma_or_point(typed: str, score: str | None) -> None:
    assert one(nilai=typed).score == (None if score is None else Decimal(score))


@pytest.mark.parametrize(
    ("typed", "maximum"), [("1.000", 1000), ("1,000", 1000), ("1.000,00", 1000), ("1,000.0", 1000)]
)
def test_a_maximum_of_a_thousand_may_have_its_point(typed: str, maximum: int) -> None:
    assert one(maksimum=typed).maximum == maximum


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("stage", {"tahap": "Hasil akhir"}, "final"),
        ("stage", {"tahap": "verifikasi  administrasi"}, "admin"),
        ("stage", {"tahap": "SELF"}, "self"),
        ("stage", {"tahap": ""}, "unstated"),
        ("predicate", {"predikat": "Utama"}, "utama"),
        ("predicate", {"predikat": "KLA"}, "paripurna"),
        ("predicate", {"predikat": "Tanpa predikat"}, "none"),
        ("predicate", {"predikat": ""}, ""),
        ("cluster", {"klaster": "Klaster III", "predikat": ""}, "III"),
        ("cluster", {"klaster": "klaster 3", "predikat": ""}, "III"),
        ("cluster", {"klaster": "Kelana-Dekela", "predikat": ""}, "KD"),
        ("cluster", {"klaster": "kel", "predikat": ""}, "KEL"),
    ],
)
def test_words_are_understood(field: str, typed: dict[str, str], stored: str) -> None:
    assert getattr(one(**typed), field) == stored


FAULTS = [
    ({"kode": "64.99"}, "kode", "tidak dikenal"),
    ({"kode": "64"}, "kode", "adalah provinsi"),
    ({"kode": "61.1"}, "kode", "Mungkin 61.10 (Kabupaten Melawi)?"),
    ({"kode": "35.75", "daerah": "Kota Madiun"}, "daerah", "Kode 35.75 adalah Kota Pasuruan"),
    ({"kode": "", "daerah": "Kota Balikpapn"}, "daerah", "Mungkin “Kota Balikpapan”?"),
    ({"kode": "", "daerah": "Madiun"}, "daerah", "“Kabupaten Madiun” atau “Kota Madiun”"),
    ({"kode": "", "daerah": "Kota Balikpapan", "provinsi": "Jawa Timur"}, "provinsi", "berada di Kalimantan Timur"),
    ({"provinsi": "Kalimantan Timor"}, "provinsi", "Mungkin “Kalimantan Timur”"),
    ({"kode": "", "daerah": ""}, "daerah", "belum diisi"),
    ({"tahun": "2005"}, "tahun", "dari 2006 sampai 2027"),
    ({"tahun": "2028"}, "tahun", "dari 2006 sampai 2027"),
    ({"tahun": "²⁰²²"}, "tahun", "empat angka"),
    ({"tahun": ""}, "tahun", "empat angka"),
    ({"tahap": "babak dua"}, "tahap", "Pakai salah satu"),
    ({"klaster": "VI", "predikat": ""}, "klaster", "Pakai salah satu"),
    ({"klaster": "II"}, "predikat", "Kosongkan pada baris klaster"),
    ({"nilai": "tujuh ratus"}, "nilai", "Bukan angka"),
    ({"nilai": "-5"}, "nilai", "Bukan angka"),
    ({"nilai": "1e3"}, "nilai", "Bukan angka"),
    ({"nilai": "٧٠٠"}, "nilai", "Bukan angka"),
    ({"nilai": "1.000"}, "nilai", "seribu atau satu"),
    ({"nilai": "700.1234"}, "nilai", "tiga angka"),
    ({"nilai": "1000,5"}, "nilai", "Lebih dari 1000"),
    ({"nilai": "160", "maksimum": "150", "klaster": "KEL", "predikat": ""}, "nilai", "melebihi maksimumnya (150)"),
    ({"maksimum": "0"}, "maksimum", "di atas nol"),
    ({"maksimum": "1200"}, "maksimum", "Lebih dari 1000"),
    ({"predikat": "Hebat"}, "predikat", "Pakai salah satu"),
    ({"nilai": "", "predikat": ""}, "nilai", "sama-sama kosong"),
    ({"sumber": ""}, "sumber", "belum diisi"),
    ({"sumber": "koran kemarin"}, "sumber", "Bukan alamat halaman"),
    ({"sumber": "javascript:alert(1)"}, "sumber", "Bukan alamat halaman"),
    ({"sumber": "https://contoh.go.id/" + "a" * 500}, "sumber", "Alamat lebih dari 500"),
    ({"catatan": "x" * 1001}, "catatan", "Catatan lebih dari 1000"),
    ({"catatan": "ber\x07bunyi"}, "catatan", "karakter kendali"),
]


@pytest.mark.parametrize(("typed", "column", "words"), FAULTS)
def test_every_fault_has_its_place(typed: dict[str, str], column: str, words: str) -> None:
    [(number, where, reason)] = faults(f"{HEADER}\n{line()}\n\n{line(**{'tahun': '2021'} | typed)}")
    assert (number, where) == (4, column)
    assert words in reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["Berkas kosong"]),
        ("\n\n", ["Berkas kosong"]),
        (HEADER, ["Tidak ada baris hasil"]),
        ("tahun,sumber\n", ["Kolom kode_daerah atau daerah tidak ada", "Kolom nilai atau predikat tidak ada"]),
        ("daerah,nilai\n", ["Kolom tahun tidak ada", "Kolom sumber tidak ada"]),
        (f"{HEADER},warna\n", ["Kolom ini tidak dikenal"]),
        (f"{HEADER},Skor\n", ["Kolom ini ada dua kali"]),
        (f'{HEADER}\n{line()}\n"64.71', ["Tanda petik"]),
        (f"{HEADER}\n{line()},lebih", ["di luar kolom"]),
        (f"{HEADER}\n{line()}\n{line(kode='6471', nilai='1')}", ["sama dengan baris 2"]),
        (f"{HEADER}\n" + f"{line(catatan='x' * 900)}\n" * 2400, ["lebih dari 2 MB"]),
    ],
)
def test_a_file_that_is_no_such_table(text: str, words: list[str]) -> None:
    found = faults(text)
    assert len(found) == len(words)
    for (_, _, reason), expected in zip(found, words, strict=True):
        assert expected in reason


def test_the_line_of_a_fault_counts_the_lines_inside_cells() -> None:
    text = "\n".join((HEADER, line(catatan="dua\r\nbaris"), line(tahun="1999")))
    assert [number for number, *_ in faults(text)] == [4]


def test_more_faults_than_anybody_reads_are_not_looked_for() -> None:
    assert len(faults(f"{HEADER}\n" + f"{line(tahun='0')}\n" * 500)) == reading.MAX_FAULTS


def test_more_rows_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 3)
    text = f"{HEADER}\n" + "\n".join(line(tahun=str(year)) for year in range(2010, 2015))
    assert [(number, reason[:31]) for number, _, reason in faults(text)] == [(5, "Berkas memuat lebih dari 20.000")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_as_spreadsheets_save_it(separator: str, encoding: str, newline: str) -> None:
    text = newline.join(
        (
            separator.join(("Catatan", "Sumber", "Nilai", "Tahun", "Kode daerah")),
            separator.join(('"satu, dua; “tiga”"', "https://contoh.go.id/a", '"767,25"', "2022", "64.71")),
        )
    )
    [row] = taken(text_of(text.encode(encoding)))
    assert (row.score, row.note) == (Decimal("767.25"), "satu, dua; “tiga”")


@pytest.mark.parametrize("data", [b"PK\x03\x04...", b"a\0b", "tahun".encode("utf-16"), b"\x81\xff", b"x" * 2_097_153])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        text_of(data)


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    try:
        taken(text_of(data))
    except BadFile as bad:
        assert 0 < len(bad.faults) <= reading.MAX_FAULTS


CELLS = st.one_of(
    st.sampled_from(["64.71", "2022", "final", "700", "nindya", "https://a.id/", "II", ""]), st.text(max_size=12)
)


@settings(max_examples=300)
@given(st.lists(st.lists(CELLS, min_size=11, max_size=12), max_size=5), st.sampled_from(",;\t"))
def test_no_cells_break_the_reading(rows: list[list[str]], separator: str) -> None:
    text = "\n".join([HEADER.replace(",", separator), *(separator.join(cells) for cells in rows)])
    try:
        found = taken(text)
    except BadFile as bad:
        assert bad.faults
    else:
        assert len({row.key for row in found}) == len(found) > 0
        assert all(row.score is not None or row.predicate for row in found)


def test_a_note_that_looks_like_a_formula_goes_out_and_comes_back() -> None:
    assert reading.inert("=1+1") == "'=1+1"
    assert one(catatan="'=1+1").note == "=1+1"
    assert one(catatan="'kutipan'").note == "'kutipan'"


def test_the_shipped_file_names_each_source_and_no_score_above_its_maximum() -> None:
    text = Path(reading.__file__).with_name("published.csv").read_text()
    lines = text.splitlines()
    assert lines[0] == "region_code,region,year,stage,cluster,score,maximum,predicate,source_url,note"
    places = Gazetteer((code, name) for code, name, *_ in (row.split(",") for row in lines[1:]))
    rows = read(text, places, last_year=2026)
    assert len(rows) == len(lines) - 1 == 146
    sumbawa = [row for row in rows if row.region == "Kabupaten Sumbawa"]
    whole = next(row for row in sumbawa if not row.cluster)
    assert sum(row.score or 0 for row in sumbawa if row.cluster) == whole.score == Decimal("505.85")
    assert sum(row.maximum or 0 for row in sumbawa if row.cluster) == whole.maximum == 1000
    pasuruan = {row.predicate for row in rows if row.region == "Kota Pasuruan"}
    assert pasuruan == {"nindya", "madya"}
