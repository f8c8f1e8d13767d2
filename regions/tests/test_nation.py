"""The shipped list in the database, be it SQLite or a PostgreSQL whose locale sorts '35.01' after '35/'."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regions import codes
from regions.models import Region

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nation")]


def test_balikpapan():
    inside = Counter(region.kind for region in Region.objects.within("64.71"))
    assert inside == {"Kota": 1, "Kecamatan": 6, "Kelurahan": 34}
    assert Region.objects.get(code="64.71").zone == "WITA"


@pytest.mark.parametrize(
    "code", ["11", "35", "64", "64.71", "64.71.01", "64.71.01.1001", "96.71", "", "3", "35.", "99"]
)
def test_within_is_the_set_that_plain_python_finds(shipped, code):
    wanted = sorted(known for known in shipped if code == "" or known == code or known.startswith(code + "."))
    assert [region.code for region in Region.objects.within(code)] == wanted


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_ranges_from_any_real_code(shipped, data):
    code = data.draw(st.sampled_from(sorted(shipped)))
    depth = codes.level(code)
    inside = {known for known in shipped if known == code or known.startswith(code + ".")}
    assert set(Region.objects.within(code).values_list("code", flat=True)) == inside
    assert set(Region.objects.children_of(code).values_list("code", flat=True)) == {
        known for known in inside if codes.level(known) == depth + 1
    }
    assert list(Region.objects.ancestors_of(code).values_list("code", flat=True)) == codes.ancestors(code)


def test_children_of_the_nation_are_the_provinces(shipped):
    provinces = sorted(code for code in shipped if len(code) == 2)
    assert list(Region.objects.children_of("").values_list("code", flat=True)) == provinces


@pytest.mark.parametrize(
    "text", ["balikpapan", "BALIKPAPAN", "kota BAL", "selatan balik", "pu’u", "100%", "_", "\\", "'"]
)
def test_search_by_name_finds_every_word_in_any_case(shipped, text):
    words = text.lower().split()
    wanted = {code for code, name in shipped.items() if all(word in name.lower() for word in words)}
    found = list(Region.objects.search(text).values_list("code", flat=True))
    assert set(found) == wanted
    assert found == sorted(found, key=lambda code: (codes.level(code), code))


@pytest.mark.parametrize(
    ("text", "prefix"),
    [("64.71", "64.71"), ("6471", "64.71"), ("64.7", "64.7"), ("9", "9"), ("647101100", "64.71.01.100")],
)
def test_search_by_the_beginning_of_a_code(shipped, text, prefix):
    found = set(Region.objects.search(text).values_list("code", flat=True))
    assert found == {code for code in shipped if code.startswith(prefix)}
    assert found
