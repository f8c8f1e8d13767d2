"""The rule of a question as a form and back."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.canon import rule_data
from clusters.enums import QuestionKind
from clusters.forms.rows import Cell, Group, act, decimal, faults_of, read, shown, stored
from clusters.forms.rules import converted, from_rule
from clusters.scoring import parse_rule
from clusters.tests.make import RULES, TWO_YEARS

KINDS = [(kind, RULES[kind]) for kind in QuestionKind.values] + [("percentage", TWO_YEARS)]
LISTED = Group(
    "rows", "Baris", (Cell("label", "Label"), Cell("part", "Bagian", "fraction"), Cell("key", "Kunci", "key")), "Tambah"
)


@pytest.mark.parametrize(("kind", "rule"), KINDS)
def test_a_rule_comes_back_from_its_form(kind: str, rule: dict[str, Any]) -> None:
    draft = from_rule(kind, rule)
    assert rule_data(parse_rule(kind, draft.rule())) == rule_data(parse_rule(kind, rule))
    assert draft.problems() == {}
    assert all(faults_of(group, draft.rows[group.name]) == {} for group in draft.groups)


@pytest.mark.parametrize("target", QuestionKind.values)
@pytest.mark.parametrize(("kind", "rule"), KINDS)
def test_every_kind_turns_into_every_other(kind: str, rule: dict[str, Any], target: str) -> None:
    draft = converted(from_rule(kind, rule), target)
    assert draft.kind == target
    assert set(draft.rows) >= {group.name for group in draft.groups}
    ready = {"checklist": draft.rows.get("items", [{}])[0].get("label"), "count": draft.singles["unit"],
             "table": draft.singles["unit"]}  # fmt: skip
    if ready.get(target, True):
        parse_rule(target, draft.rule())


@given(st.decimals(0, 10**9, places=3))
def test_a_number_shown_is_read_as_the_same(number: Decimal) -> None:
    assert decimal(shown(number)) == number
    assert Decimal(stored(shown(number))) == number


@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_number_or_none(text: str) -> None:
    found = decimal(text)
    assert found is None or found >= 0


@given(st.dictionaries(st.from_regex(r"rows-[0-9]{1,4}-[a-z]{1,6}", fullmatch=True), st.text(max_size=5), max_size=12))
def test_whatever_is_sent_gives_rows_with_every_cell(data: dict[str, str]) -> None:
    rows = read(LISTED, data)
    assert all(set(row) == {"label", "part", "key"} for row in rows)
    keys = [row["key"] for row in rows if row["key"]]
    made = [row["key"] for row in rows if row["key"] not in {value.strip() for value in data.values()}]
    assert len(set(made)) == len(made)
    assert len(keys) <= len(rows)


@pytest.mark.parametrize(
    ("button", "left"),
    [
        ({"add": "rows"}, ["a", "b", ""]),
        ({"remove": "rows-0"}, ["b"]),
        ({"up": "rows-1"}, ["b", "a"]),
        ({"up": "rows-0"}, ["a", "b"]),
        ({"remove": "rows-7"}, ["a", "b"]),
        ({"remove": "other-0"}, ["a", "b"]),
        ({"remove": "rows-²"}, ["a", "b"]),
        ({"redraw": "1"}, ["a", "b"]),
    ],
)
def test_buttons_change_rows(button: dict[str, str], left: list[str]) -> None:
    rows = {"rows": [{"label": label, "part": "1", "key": label} for label in ("a", "b")]}
    act([LISTED], rows, button)
    assert [row["label"] for row in rows["rows"]] == left
