import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regions import codes

two = st.integers(11, 99).map(str)
code = st.lists(two, min_size=1, max_size=3).map(".".join) | st.tuples(
    two, two, two, st.integers(1001, 2999).map(str)
).map(".".join)


@given(territory=code, other=code, tail=st.integers(1, 4))
def test_contains_is_the_same_parts_at_the_beginning(territory, other, tail):
    for inside in (other, ".".join((territory + "." + other).split(".")[: territory.count(".") + tail])):
        parts = territory.split(".")
        assert codes.contains(territory, inside) == (inside.split(".")[: len(parts)] == parts)
    assert codes.contains("", other)


@given(code)
def test_ancestors_are_the_parents_of_parents(code):
    walk = code
    above: list[str] = []
    while walk := codes.parent(walk):
        above.insert(0, walk)
    assert codes.ancestors(code) == above
    assert all(codes.contains(territory, code) and not codes.contains(code, territory) for territory in above)
    assert codes.level(code) == len(above) + 1


def test_every_shipped_code_is_well_formed_and_has_its_parent(shipped):
    assert [code for code in shipped if not codes.well_formed(code)] == []
    assert [code for code in shipped if codes.level(code) > 1 and codes.parent(code) not in shipped] == []


def test_kind_agrees_with_the_names_of_all_kabupaten_and_kota(shipped):
    kinds = {code: codes.kind(code) for code in shipped if codes.level(code) == 2}
    assert len(kinds) == 514
    assert [code for code, kind in kinds.items() if not shipped[code].startswith(f"{kind} ")] == []


@pytest.mark.parametrize(
    "text", ["6", "641", "64.7", "64.71.1", "64.71.01.101", "64-71", "64.71.", "६४", "64\n", "64.71.01.1001.1"]
)
def test_malformed(text):
    assert not codes.well_formed(text)


@given(code)
def test_a_code_typed_with_or_without_dots_is_the_same(code):
    assert codes.typed(code) == codes.typed(code.replace(".", "")) == code


@given(st.from_regex(re.compile(r"[0-9]{1,12}"), fullmatch=True))
def test_typed_digits_keep_their_order(digits):
    assert (codes.typed(digits) or "").replace(".", "") == digits


@pytest.mark.parametrize("text", ["", "Balikpapan", "64a", ".64", "64 71"])
def test_what_is_not_the_beginning_of_a_code(text):
    assert codes.typed(text) is None
