"""Faults in rules and predicates, each with its place: the kinds and keys that came with the second edition."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.parsing import RuleError, parse_bands, parse_rule
from clusters.tests.make import COMPARE, COUNT, PREDICATES, ROLLUP, TABLE, TWO_YEARS

SHARE = TABLE | {
    "total": {"of": "share", "column": "anak", "among": "semua"},
    "unit": "%",
    "columns": [*TABLE["columns"], {"key": "semua", "label": "Semua", "type": "number"}],
}
NEED = {"question": "1.1", "least": "1", "label": "Perda KLA", "enforced": True, "source": "assumption"}


@pytest.mark.parametrize(
    ("kind", "rule", "path"),
    [
        ("table", TABLE | {"columns": []}, "columns"),
        ("table", TABLE | {"columns": [{"key": "a", "label": "A", "type": "angka"}]}, "columns[0].type"),
        ("table", TABLE | {"columns": [{"key": "a", "label": "A"}] * 2}, "columns[1].key"),
        ("table", TABLE | {"columns": [{"key": "a", "label": "", "type": "text"}]}, "columns[0].label"),
        ("table", TABLE | {"columns": [{"key": "a", "label": "A", "required": "ya"}]}, "columns[0].required"),
        ("table", TABLE | {"columns": [{"key": "a", "label": "A", "type": "choice"}]}, "columns[0].options"),
        ("table", TABLE | {"columns": [{"key": "a", "label": "A", "options": ["x", "y"]}]}, "columns[0].options"),
        (
            "table",
            TABLE | {"columns": [{"key": "a", "label": "A", "type": "choice", "options": ["x", "x"]}]},
            "columns[0].options",
        ),
        ("table", TABLE | {"total": {"of": "max"}}, "total.of"),
        ("table", TABLE | {"total": {"of": "sum", "column": "nama"}}, "total.column"),
        ("table", TABLE | {"total": {"of": "rows", "column": "anak"}}, "total.column"),
        ("table", TABLE | {"unit": "%"}, "unit"),
        ("table", SHARE | {"unit": "anak"}, "unit"),
        (
            "table",
            SHARE | {"bands": [{"from": "0", "fraction": "0"}, {"from": "101", "fraction": "1"}]},
            "bands[1].from",
        ),
        ("table", TABLE | {"compare": COMPARE}, "“compare”"),
        ("rollup", ROLLUP | {"of": "rt"}, "of"),
        ("rollup", ROLLUP | {"unit": "desa"}, "unit"),
        ("count", COUNT | {"unit": "%"}, "unit"),
        ("percentage", TWO_YEARS | {"compare": {"improved": "1", "same": "1"}}, "compare.worse"),
        ("percentage", TWO_YEARS | {"compare": {"improved": "0.5", "same": "1", "worse": "0"}}, "compare"),
        ("percentage", TWO_YEARS | {"compare": {"improved": "2", "same": "1", "worse": "0"}}, "compare.improved"),
        ("percentage", TWO_YEARS | {"compare": "ya"}, "compare"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_with_its_place(kind: str, rule: dict[str, Any], path: str) -> None:
    with pytest.raises(RuleError) as refused:
        parse_rule(kind, rule)
    assert refused.value.path == path


def test_a_share_divides_one_column_by_another() -> None:
    assert parse_rule("table", SHARE).unit == "%"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"least": "0"}, "[3].requires[0].least"),
        ({"least": "1.5"}, "[3].requires[0].least"),
        ({"enforced": "true"}, "[3].requires[0].enforced"),
        ({"label": ""}, "[3].requires[0].label"),
        ({"question": None}, "[3].requires[0].question"),
        ({"source": "rumor"}, "source"),
        ({"bukan": "apa"}, "[3].requires[0].“bukan”"),
    ],
)
def test_a_prerequisite_that_cannot_be_used_is_refused_with_its_place(change: dict[str, Any], path: str) -> None:
    bands = copy.deepcopy(PREDICATES)
    bands[3]["requires"] = [NEED | change]
    with pytest.raises(RuleError) as refused:
        parse_bands(bands)
    assert refused.value.path == path


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([("table", TABLE), ("table", SHARE), ("rollup", ROLLUP), ("count", COUNT)]), st.data())
def test_nothing_but_a_rule_error_comes_of_broken_rules(pair: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    kind, rule = pair
    broken = copy.deepcopy(rule)
    broken[data.draw(st.sampled_from(sorted(broken)))] = data.draw(ANY)
    try:
        parse_rule(kind, broken)
    except RuleError as refused:
        assert str(refused)


@given(st.lists(ANY, max_size=3) | ANY)
def test_nothing_but_a_rule_error_comes_of_broken_predicates(raw: Any) -> None:
    with pytest.raises(RuleError):
        parse_bands(raw)
