"""Names of files as offices give them, and the questions they belong to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.enums import EvidenceKind
from clusters.wants import Want
from evaluations.matching import choose, match

CODES = ("1.1", "1.2a", "1.2zb", "3.1", "4.2", "4.3", "10.2", "12.4", "12.5", "17.3a", "21A.3", "21A.4a", "24B.1", "5")


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ("4.2 akta 2024.pdf", ["4.2"]), ("4.2_akta_2024.pdf", ["4.2"]), ("4.2-akta.pdf", ["4.2"]), ("4.2.pdf", ["4.2"]),
        ("4.2", ["4.2"]), ("4.2. akta.pdf", ["4.2"]), ("(4.2) akta.pdf", ["4.2"]), ("[4.2]akta.pdf", ["4.2"]),
        ("4,2 akta.pdf", ["4.2"]), ("P4.2 akta.pdf", ["4.2"]), ("p.4.2 akta.pdf", ["4.2"]), ("akta 4.2.PDF", ["4.2"]),
        ("21A.3 prap.pdf", ["21A.3"]), ("21a.3_prap.pdf", ["21A.3"]), ("1.2ZB sk.pdf", ["1.2zb"]),
        ("I/04/4.2_akta_2024_Disdukcapil.pdf", ["4.2"]), ("II.10.2 sk.pdf", ["10.2"]), ("KEL.1.1 perda.pdf", ["1.1"]),
        ("4.2 Akta/scan001.pdf", ["4.2"]), ("4.2\\scan 001.pdf", ["4.2"]), ("4.3/4.2 akta.pdf", ["4.2"]),
        ("4.2 & 4.3 akta dan KIA.pdf", ["4.2", "4.3"]), ("4.3+4.2.pdf", ["4.3", "4.2"]), ("4.2 4.2.pdf", ["4.2"]),
        ("4.2-4.3 akta.pdf", ["4.2"]), ("P5 uraian.pdf", ["5"]), ("4.2 2024.pdf", ["4.2"]), ("4.2-2024.pdf", ["4.2"]),
        # none
        ("4.9 akta.pdf", []), ("akta.pdf", []), ("", []), (".pdf", []), ("5 foto.pdf", []), ("24.2 x.pdf", []),
        ("12.4.2024 rapat.pdf", []), ("12.4.24 rapat.pdf", []), ("rapat 12-4-2024.pdf", []), ("12.4-15.4.2024.pdf", []),
        ("12.4 - 15.4.2024 rapat.pdf", []), ("2024.4.2 rapat.pdf", []), ("tgl 12.4 rapat.pdf", []),
        ("jam 10.2.pdf", []), ("laporan v1.1.pdf", []), ("laporan versi 1.1.pdf", []), ("14.2 x.pdf", []),
        ("21A.3.1 x.pdf", []), ("4.2.1 x.pdf", []), ("14.25 x.pdf", []), ("4.2a x.pdf", []), ("Rp 1.1 M.pdf", []),
        ("SK nomor 4.2.pdf", []), ("20240412.pdf", []), ("IMG_2024.jpg", []),
    ],
)  # fmt: skip
def test_the_codes_of_a_name(path: str, codes: list[str]) -> None:
    assert list(match(path, CODES).codes) == codes


@pytest.mark.parametrize(
    ("path", "year", "title", "kind"),
    [
        ("4.2_akta_2024_Disdukcapil.pdf", 2024, "Akta 2024 Disdukcapil", EvidenceKind.OTHER),
        ("SK Gugus Tugas 2023.pdf", 2023, "SK Gugus Tugas 2023", EvidenceKind.DECREE),
        ("2023/4.2 rekap akta.pdf", 2023, "Rekap akta", EvidenceKind.RECAP),
        ("4.2 rekap 2023-2024.pdf", None, "Rekap 2023-2024", EvidenceKind.RECAP),
        ("notula 12.4.2024.docx", None, "Notula 12.4.2024", EvidenceKind.REPORT),
        ("Perda Nomor 5 Tahun 2019.pdf", None, "Perda Nomor 5 Tahun 2019", EvidenceKind.REGULATION),
        ("Perwali_7_KLA.pdf", None, "Perwali 7 KLA", EvidenceKind.HEAD_REGULATION),
        ("IMG-20240412.jpg", None, "IMG-20240412", EvidenceKind.PHOTO),
        ("4.2.xlsx", None, "4.2", EvidenceKind.RECAP),
        ("MoU kejaksaan.pdf", None, "MoU kejaksaan", EvidenceKind.AGREEMENT),
        ("Profil Anak 2025.pdf", 2025, "Profil Anak 2025", EvidenceKind.PROFILE),
        ("RAD KLA 2024.pdf", 2024, "RAD KLA 2024", EvidenceKind.PLAN),
        ("radio.pdf", None, "Radio", EvidenceKind.OTHER),
    ],
)
def test_year_title_and_kind(path: str, year: int | None, title: str, kind: str) -> None:
    found = match(path, CODES)
    assert (found.year, found.title, found.kind) == (year, title, kind)


WORD = st.text("bcdefghjklmnoqrstuwyz", min_size=2, max_size=9).filter(lambda word: word not in ("no", "rev", "jam"))


@given(st.sampled_from([code for code in CODES if "." in code]), st.lists(WORD, max_size=4), st.sampled_from(" _"))
def test_a_code_in_front_is_found_whatever_follows(code: str, words: list[str], between: str) -> None:
    assert match(between.join([code, *words]) + ".pdf", CODES).codes == (code,)


@given(st.text(max_size=80))
def test_nothing_but_known_codes_comes_of_any_text(text: str) -> None:
    found = match(text, CODES)
    assert set(found.codes) <= set(CODES) and len(set(found.codes)) == len(found.codes)
    assert found.kind in EvidenceKind.values and (found.year is None or 2000 <= found.year <= 2099)
    assert match(text, ()).codes == ()


@given(st.dates(), st.sampled_from(["%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y", "%Y.%m.%d", "%d.%m.%y"]))
def test_a_date_is_no_code(day: object, form: str) -> None:
    every = [f"{one}.{two}" for one in range(1, 32) for two in range(1, 32)]
    assert match(f"rapat {day:{form}}.pdf".replace("/", "."), every).codes == ()


AKTA = Want("akta", "Rekap kepemilikan akta kelahiran", kinds=("rekap",))
TIM = Want("tim", "SK tim akta", kinds=("sk", "perkada"))
FREE = Want("lain", "Dokumen kegiatan anak")


@pytest.mark.parametrize(
    ("wants", "kind", "title", "key"),
    [
        ([], "sk", "SK tim", ""),
        ([FREE], "sk", "apa pun", "lain"),
        ([AKTA, TIM], "rekap", "x", "akta"),
        ([AKTA, TIM], "sk", "x", "tim"),
        ([AKTA, TIM, FREE], "foto", "Foto kegiatan anak", "lain"),
        ([AKTA, TIM], "foto", "foto", ""),
        ([AKTA, TIM], "laporan", "laporan akta", ""),
        ([AKTA, TIM], "laporan", "laporan akta kelahiran", "akta"),
    ],
)
def test_the_want_it_would_meet(wants: list[Want], kind: str, title: str, key: str) -> None:
    assert choose(wants, kind, title) == key
