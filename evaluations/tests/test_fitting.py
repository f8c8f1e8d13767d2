"""Documents against wants, case by case, and what holds whatever they are."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.enums import EvidenceKind
from clusters.wants import Want
from evaluations.fitting import Code, Document, Ground, covered, faults, fit

TODAY = date(2025, 11, 20)
GROUND = Ground((2024, 2025), TODAY, date(2026, 7, 1))
SK = Want("sk", "SK tim", kinds=("sk", "perkada"), signed=True)
RECAP = Want("rekap", "Rekap", kinds=("rekap",), years="any")
TWO = Want("data", "Data dua tahun", kinds=("rekap", "laporan"), years="each")
SRA = Want("sra", "SK SRA", kinds=("sk", "sertifikat"), valid=True)
SIGNED = Document("sk", number="12/2024", dated=date(2024, 3, 1), signatory="Wali Kota")
IN_FORCE = Document("sk", valid_from=date(2023, 1, 1), valid_until=date(2027, 1, 1))


@pytest.mark.parametrize(
    ("document", "want", "told"),
    [
        (SIGNED, SK, []),
        (replace(SIGNED, kind="perkada"), SK, []),
        (replace(SIGNED, number=""), SK, ["Nomor SK belum diisi."]),
        (replace(SIGNED, kind="perkada", dated=None), SK, ["Tanggal Perbup/Perwali belum diisi."]),
        (replace(SIGNED, signatory=""), SK, ["Penanda tangan SK belum diisi."]),
        (replace(SIGNED, kind="foto"), SK, ["Jenis dokumennya “Foto”; yang diminta SK atau Perbup/Perwali."]),
        (
            Document("lainnya"),
            SK,
            [
                "Jenis dokumennya “Dokumen lain”; yang diminta SK atau Perbup/Perwali.",
                "Nomor, tanggal dan penanda tangan dokumen belum diisi.",
            ],
        ),
        # a recap that is signed carries no number, a link says it in its own place
        (Document("rekap", dated=TODAY, signatory="Bappeda"), Want("r", "R", kinds=("rekap",), signed=True), []),
        (Document("tautan"), Want("p", "Salinan", kinds=("sk", "tautan"), signed=True), []),
        (Document("tautan", broken=True), Want("p", "Salinan", kinds=("tautan",)),
         ["Tautannya tidak dapat dibuka. Unggah salinan dokumennya."]),
        # years
        (Document("rekap", data_year=2024), RECAP, []),
        (Document("rekap", data_year=2022), RECAP, ["Tahun data 2022 di luar 2024–2025."]),
        (Document("rekap"), RECAP, ["Tahun data belum diisi; yang diminta 2024–2025."]),
        (Document("rekap", titled=frozenset({2025})), RECAP, []),
        (Document("rekap", data_year=2022, titled=frozenset({2025})), RECAP, ["Tahun data 2022 di luar 2024–2025."]),
        (Document("sk", data_year=2019, number="1", dated=TODAY, signatory="A"), SK, []),
        # validity
        (IN_FORCE, SRA, []),
        (replace(IN_FORCE, valid_until=None), SRA, []),
        (replace(IN_FORCE, valid_from=None, valid_until=None), SRA, ["Masa berlakunya belum diisi."]),
        (replace(IN_FORCE, valid_until=date(2025, 11, 19)), SRA, ["Berlaku hanya sampai 19 November 2025."]),
        (replace(IN_FORCE, valid_until=TODAY), SRA,
         ["Berakhir 20 November 2025, sebelum evaluasi selesai (1 Juli 2026)."]),
        (replace(IN_FORCE, valid_until=date(2026, 7, 1)), SRA, []),
        (replace(IN_FORCE, valid_from=date(2025, 12, 1)), SRA, ["Baru berlaku 1 Desember 2025."]),
        (replace(IN_FORCE, valid_until=date(2020, 1, 1), valid_from=None), RECAP,
         ["Jenis dokumennya “SK”; yang diminta Rekapitulasi/matriks.",
          "Tahun data belum diisi; yang diminta 2024–2025."]),
        # what nobody asked for
        (Document("foto"), Want("foto", "Foto", kinds=("foto",)), []),
        (Document("foto"), Want("apa", "Apa saja"), []),
        (Document("foto"), None, []),
        (Document("foto", sealed=True), None,
         ["Berkasnya dikarantina, jadi tidak dihitung. Unggah versi yang bersih."]),
        (Document("foto", gone=True), None,
         ["Berkasnya sudah dihapus dari penyimpanan, jadi tidak membuktikan apa pun."]),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(document: Document, want: Want | None, told: list[str]) -> None:
    assert [fault.text for fault in faults(document, want, GROUND)] == told


def test_without_data_years_or_an_end_nothing_is_demanded_of_them() -> None:
    bare = Ground((), TODAY)
    assert faults(Document("rekap"), RECAP, bare) == ()
    assert faults(replace(IN_FORCE, valid_until=TODAY), SRA, bare) == ()
    assert fit([TWO], {}, bare).lines[0].lacks == ()


def test_what_the_library_can_mend_is_told_apart() -> None:
    found = faults(Document("lainnya", sealed=True), SK, GROUND)
    assert {fault.code for fault in found if not fault.is_fact} == {Code.SEALED}


# --- a whole question -----------------------------------------------------------------------------------------------
def test_each_data_year_that_nothing_speaks_of_is_named() -> None:
    [line] = fit([TWO], {"data": [Document("rekap", data_year=2025)]}, GROUND).lines
    assert (line.there, line.lacks, line.lacks_text) == (True, (2024,), "Belum ada untuk tahun data 2024.")
    both = [Document("rekap", data_year=2025), Document("laporan", data_year=2024)]
    assert fit([TWO], {"data": both}, GROUND).lines[0].fits
    one = [Document("rekap", data_year=2025, titled=frozenset({2024, 2025}))]
    assert fit([TWO], {"data": one}, GROUND).lines[0].fits


def test_what_is_sealed_or_gone_is_not_there() -> None:
    for document in (replace(SIGNED, sealed=True), replace(SIGNED, gone=True)):
        found = fit([SK], {"sk": [document]}, GROUND)
        assert ([want.key for want in found.missing], found.warned) == (["sk"], 1)
    assert not fit([SK], {"sk": [replace(SIGNED, sealed=True), SIGNED]}, GROUND).missing


def test_what_is_optional_is_never_missing() -> None:
    wants = [SK, replace(RECAP, optional=True)]
    assert [want.key for want in fit(wants, {}, GROUND).missing] == ["sk"]
    assert not fit(wants, {"sk": [SIGNED]}, GROUND).incomplete


@pytest.mark.parametrize(
    ("want", "documents", "request_"),
    [
        (SK, [SIGNED], ""),
        (SK, [replace(SIGNED, kind="foto")] * 2, "SK tim (yang terpasang berjenis Foto; mohon diganti)"),
        (SK, [Document("lainnya")], "SK tim (yang terpasang berjenis Dokumen lain; mohon diganti)"),
        (SK, [Document("sk")], "SK tim (nomor, tanggal dan penanda tangan SK mohon diisi)"),
        (TWO, [Document("rekap", data_year=2019)], "Data dua tahun, tahun 2024 dan 2025 (yang ada bertahun 2019)"),
        (TWO, [Document("rekap", data_year=2024)], "Data dua tahun, tahun 2025"),
        (TWO, [Document("rekap")], "Data dua tahun (tahun datanya mohon diisi)"),
        (RECAP, [Document("rekap", data_year=2019)], "Rekap (yang ada bertahun 2019; yang diminta 2024–2025)"),
        (SK, [], ""),
    ],
)
def test_all_that_is_wrong_with_what_is_put_to_a_want_is_asked_for_in_one_line(
    want: Want, documents: list[Document], request_: str
) -> None:
    assert [line.request for line in fit([want], {want.key: documents}, GROUND).lines] == [request_]


def test_a_document_that_does_not_fit_still_counts() -> None:
    found = fit([SK], {"sk": [Document("foto")]}, GROUND)
    assert (found.missing, found.lines[0].there, found.incomplete) == ((), True, True)


# --- whatever they are ----------------------------------------------------------------------------------------------
DAYS = st.none() | st.dates(TODAY - timedelta(900), TODAY + timedelta(900))
DOCUMENTS = st.builds(
    Document,
    kind=st.sampled_from(EvidenceKind.values),
    number=st.sampled_from(["", "1"]),
    dated=DAYS,
    signatory=st.sampled_from(["", "A"]),
    data_year=st.none() | st.integers(2021, 2026),
    titled=st.frozensets(st.integers(2022, 2026), max_size=2),
    valid_from=DAYS,
    valid_until=DAYS,
    broken=st.booleans(),
    sealed=st.booleans(),
    gone=st.booleans(),
)
WANTS = st.builds(
    Want,
    key=st.just("w"),
    label=st.just("W"),
    kinds=st.lists(st.sampled_from(EvidenceKind.values), max_size=3, unique=True).map(tuple),
    years=st.sampled_from(["", "any", "each"]),
    signed=st.booleans(),
    valid=st.booleans(),
    optional=st.booleans(),
)
GROUNDS = st.builds(
    Ground,
    st.sets(st.integers(2023, 2025), max_size=2).map(lambda years: tuple(sorted(years))),
    st.just(TODAY),
    st.none() | st.dates(TODAY, TODAY + timedelta(400)),
)


@given(WANTS, st.lists(DOCUMENTS, max_size=4), DOCUMENTS, GROUNDS)
def test_one_more_document_never_makes_more_missing(
    want: Want, before: list[Document], more: Document, ground: Ground
) -> None:
    less = fit([want], {"w": before}, ground)
    then = fit([want], {"w": [*before, more]}, ground)
    assert set(then.missing) <= set(less.missing)
    assert set(then.lines[0].lacks) <= set(less.lines[0].lacks)
    if not faults(more, want, ground):
        assert then.warned - bool(then.lines[0].lacks_text) == less.warned - bool(less.lines[0].lacks_text)


@given(WANTS, st.lists(DOCUMENTS, max_size=4), GROUNDS, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(want: Want, documents: list[Document], ground: Ground, chance: Any) -> None:
    mixed = documents[:]
    chance.shuffle(mixed)
    one, other = (fit([want], {"w": order}, ground) for order in (documents, mixed))
    assert (one.missing, one.warned, one.lines[0].lacks) == (other.missing, other.warned, other.lines[0].lacks)


@given(WANTS, DOCUMENTS, GROUNDS)
def test_each_thing_is_told_once_and_by_a_sentence(want: Want, document: Document, ground: Ground) -> None:
    found = faults(document, want, ground)
    assert len({fault.code for fault in found}) == len(found)
    assert all(fault.text.endswith(".") for fault in found)


@given(DOCUMENTS, GROUNDS)
def test_only_data_years_are_covered(document: Document, ground: Ground) -> None:
    assert covered(document, ground) <= set(ground.years)


def test_of_a_closed_document_neither_its_faults_nor_its_years_are_told() -> None:
    open_ = Document("foto", data_year=2024, titled=frozenset({2019}))
    closed = replace(open_, closed=True)
    assert [fault.code for fault in faults(closed, TWO, GROUND)] == [Code.CLOSED]
    assert faults(replace(closed, kind="rekap"), TWO, GROUND) == ()
    [known], [hidden] = (fit([TWO], {"data": [each]}, GROUND).lines for each in (open_, closed))
    assert "2025" in known.lacks_text and hidden.lacks == known.lacks
    assert hidden.lacks_text and "20" not in hidden.lacks_text
