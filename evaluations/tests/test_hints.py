"""Hints as people write them."""

import pytest

from evaluations.hints import anchor, page_of


@pytest.mark.parametrize(
    ("hint", "page"),
    [
        ("12", 12), ("hal. 12", 12), ("Hal 12", 12), ("halaman 12", 12), ("hlm. 7", 7), ("hal.3-5", 3), ("12-14", 12),
        ("12 – 14", 12), ("3 dan 5", 3), ("2, 4, 6", 2), ("4 s.d. 9", 4), ("p. 8", 8), ("pp 8-9", 8), ("hal: 6", 6),
        ("Pasal 4 hal. 12", 12), ("Lampiran II halaman 3", 3), ("halaman 0", None),
        ("", None), ("Pasal 4", None), ("Lampiran II", None), ("bab 2", None), ("hal. dua", None),
        ("2024 lampiran", None), ("hal. 123456", None), ("ٱ١", None),
    ],
)  # fmt: skip
def test_the_page_that_a_hint_names(hint: str, page: int | None) -> None:
    assert page_of(hint) == page


def test_the_way_to_a_page_that_is_shown() -> None:
    assert [anchor("hal. 3", shown) for shown in (0, 2, 3)] == ["", "", "#hal-3"]
