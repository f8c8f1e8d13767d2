"""Names that every system can keep, none twice."""

from hypothesis import given
from hypothesis import strategies as st

from reports.packages_names import LONGEST, path_of

RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
ALLOWED = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/")
ANY = st.text(max_size=200)
DOCUMENTS = st.fixed_dictionaries(
    {
        "cluster": ANY | st.sampled_from(["I", "con", "../..", "KEL"]),
        "indicator": ANY | st.sampled_from(["4", "21A", "nul"]),
        "code": ANY | st.sampled_from(["4.2", "..", "CON", "21A.1"]),
        "title": ANY | st.sampled_from(["4.2 akta 2024", "Akta", "akta", "SK/2024", "", "ß" * 150]),
        "year": st.none() | st.integers(0, 32767),
        "agency": ANY | st.sampled_from(["Disdukcapil", "", "Dinas P3A"]),
        "ending": st.sampled_from(["pdf", "jpg", "XLSX", "", "../x"]),
    }
)


@given(st.lists(DOCUMENTS, max_size=30))
def test_names_can_be_kept_anywhere(documents):
    taken: set[str] = set()
    paths = [path_of(**document, taken=taken) for document in documents]
    assert len({path.casefold() for path in paths}) == len(paths)
    for path in paths:
        assert len(path) <= LONGEST
        assert set(path) <= ALLOWED
        folders = path.split("/")
        assert len(folders) == 3
        for part in folders:
            assert part.strip(". ") == part
            assert part
            assert part.partition(".")[0].casefold() not in RESERVED


@given(st.lists(DOCUMENTS, max_size=10))
def test_the_same_documents_have_the_same_names(documents):
    def named() -> list[str]:
        taken: set[str] = set()
        return [path_of(**document, taken=taken) for document in documents]

    assert named() == named()


def test_the_place_and_the_name_of_a_document():
    birth = {"cluster": "I", "indicator": "4", "code": "4.2", "year": 2024, "agency": "Disdukcapil", "ending": "pdf"}
    taken: set[str] = set()
    assert path_of(**birth, title="4.2 akta 2024", taken=taken) == "I/04/4.2_akta_2024_Disdukcapil.pdf"
    assert path_of(**birth, title="AKTA", taken=taken) == "I/04/4.2_akta_2024_Disdukcapil_2.pdf"
    assert path_of(**birth | {"year": None}, title="Anak & Ibu (Café)", taken=taken) == (
        "I/04/4.2_anak-ibu-cafe_Disdukcapil.pdf"
    )
    assert path_of(**birth, title="4.20 liter", taken=taken) == "I/04/4.2_4-20-liter_2024_Disdukcapil.pdf"
    assert path_of(**birth | {"indicator": "21A"}, title="児童", taken=taken) == (
        "I/21A/4.2_dokumen_2024_Disdukcapil.pdf"
    )
