"""File names as people (and attackers) send them."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evidence.names import MAX_LENGTH, clean_name, ending_of
from evidence.refusals import Refused
from evidence.services.files import checked_extension

ANY_NAME = st.one_of(
    st.text(max_size=300),
    st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Po", "Nd"]), max_size=60),
    st.builds("{}.pdf".format, st.text(max_size=300)),
)


@given(ANY_NAME)
@example("../../etc/passwd")
@example("a\r\nSet-Cookie: a=b.pdf")
@example("\U0001f468‍\U0001f469" * 120 + ".pdf")
@example("CON")
@example("-rf")
def test_clean_names_are_harmless(raw: str) -> None:
    name = clean_name(raw)
    assert len(name) <= MAX_LENGTH
    assert not set(name) & set('/\\<>:"|?*\r\n\0')
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in name)
    assert not name.startswith((".", "-", " ")) and not name.endswith((".", " "))
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("SK Wali Kota No. 12.2025.pdf", "SK Wali Kota No. 12.2025.pdf"),
        ("C:\\Users\\budi\\Rekap Akta.xlsx", "Rekap Akta.xlsx"),
        ("foto\u202egpj.exe", "fotogpj.exe"),
        ("lpt1.docx", "_lpt1.docx"),
        ("a" * 400 + ".pdf", "a" * (MAX_LENGTH - 4) + ".pdf"),
        (" - daftar hadir .pdf", "daftar hadir.pdf"),
        ("Profil Anak “2025” é.pdf", "Profil Anak “2025” é.pdf"),
    ],
)
def test_names_people_use_stay_readable(raw: str, shown: str) -> None:
    assert clean_name(raw) == shown


@given(ANY_NAME)
def test_a_name_is_judged_as_it_will_be_shown(raw: str) -> None:
    """What reads as a program's ending is one: no sign that vanishes may stand between."""
    try:
        extension = checked_extension(raw)
    except Refused:
        return
    assert ending_of(clean_name(raw)) == extension
