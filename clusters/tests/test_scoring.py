"""Worked examples, properties and published results. Plain numbers and words only: no database."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters import scoring
from clusters.scoring import RuleError, Value, parse_rule
from clusters.tests.make import PREDICATES, RULES

D = Decimal
BANDS = scoring.parse_bands(PREDICATES)
LOWER = {
    "unit": "%",
    "better": "lower",
    "bands": [{"from": "0", "fraction": "1"}, {"from": "14", "fraction": "0.8"}, {"from": "30", "fraction": "0"}],
}
BUDGET = {
    "levels": [
        {"key": "none", "label": "Tidak", "fraction": "0"},
        {"key": "some", "label": "Sebagian", "fraction": "0.33"},
        {"key": "all", "label": "Ya", "fraction": "1"},
    ],
    "items": [{"key": key, "label": key, "points": points} for key, points in zip("abc", "733", strict=True)],
}
WORKED: list[tuple[str, dict[str, Any], Value, str, str, str]] = [
    # kind, rule, answer, fraction, points of 13, the answer as text
    ("yes_no", RULES["yes_no"], "yes", "1", "13", "Ya"),
    ("yes_no", RULES["yes_no"], "no", "0", "0", "Tidak"),
    ("yes_no", {"yes": "0", "no": "1"}, "no", "1", "13", "Tidak"),
    ("yes_no", RULES["yes_no"], None, "0", "0", "Belum dijawab"),
    ("choice", RULES["choice"], "none", "0", "0", "Belum ada"),
    ("choice", RULES["choice"], "draft", "0.5", "6.5", "Rancangan"),
    ("choice", RULES["choice"], "done", "1", "13", "Sudah ditetapkan"),
    ("percentage", RULES["percentage"], "0", "0", "0", "0 %"),
    ("percentage", RULES["percentage"], "19.999", "0", "0", "19,999 %"),
    ("percentage", RULES["percentage"], "20", "0.2", "2.6", "20 %"),
    ("percentage", RULES["percentage"], "72.5", "0.6", "7.8", "72,5 %"),
    ("percentage", RULES["percentage"], "100", "1", "13", "100 %"),
    ("percentage", LOWER, "0", "1", "13", "0 %"),
    ("percentage", LOWER, "13.99", "1", "13", "13,99 %"),
    ("percentage", LOWER, "14", "0.8", "10.4", "14 %"),
    ("percentage", LOWER, "64", "0", "0", "64 %"),
    ("count", RULES["count"], "1", "0", "0", "1 orang"),
    ("count", RULES["count"], "9", "0.8", "10.4", "9 orang"),
    ("count", RULES["count"], "10", "1", "13", "10 orang"),
    ("count", RULES["count"], "1500", "1", "13", "1.500 orang"),
    ("checklist", RULES["checklist"], {"akta": "perda"}, "0.6", "7.8", "1 dari 3 butir"),
    ("checklist", RULES["checklist"], {"akta": "letter", "gizi": "perda"}, "0.35", "4.55", "2 dari 3 butir"),
    ("checklist", RULES["checklist"], {"akta": "none", "gizi": "none"}, "0", "0", "0 dari 3 butir"),
    ("checklist", BUDGET, {"a": "all", "b": "some"}, "0.614615384615", "7.99", "2 dari 3 butir"),
    ("checklist", BUDGET, {"a": "all", "b": "all", "c": "all"}, "1", "13", "3 dari 3 butir"),
]


@pytest.mark.parametrize(("kind", "rule", "answer", "fraction", "points", "text"), WORKED)
def test_worked_examples(kind: str, rule: dict[str, Any], answer: Value, fraction: str, points: str, text: str) -> None:
    parsed = parse_rule(kind, rule)
    assert scoring.normalise(parsed, answer) == answer
    assert scoring.fraction(parsed, answer) == D(fraction)
    assert scoring.points(scoring.fraction(parsed, answer), D(13)) == D(points)
    assert scoring.describe(parsed, answer) == text
    assert scoring.explain(parsed, answer).startswith(
        text if answer is None or kind not in {"yes_no", "choice"} else "Jaw"
    )


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("percentage", " 72,50 ", "72.5"),
        ("percentage", "72,5%", "72.5"),
        ("percentage", "072.5", "72.5"),
        ("percentage", "100,0", "100"),
        ("percentage", 20, "20"),
        ("count", "1.500", "1500"),
        ("count", "007", "7"),
        ("count", "", None),
        ("count", None, None),
        ("choice", " done ", "done"),
        ("yes_no", "yes", "yes"),
        ("checklist", {}, None),
        ("checklist", {"paud": "perda", "akta": "letter", "gizi": ""}, {"akta": "letter", "paud": "perda"}),
    ],
)
def test_what_was_typed_becomes_what_is_stored(kind: str, typed: Any, stored: Value) -> None:
    assert scoring.normalise(parse_rule(kind, RULES[kind]), typed) == stored


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("percentage", "100,01"),
        ("percentage", "-1"),
        ("percentage", "NaN"),
        ("percentage", "1e2"),
        ("percentage", "７"),
        ("percentage", True),
        ("percentage", {"a": "b"}),
        ("count", "1,5"),
        ("count", "-3"),
        ("count", "1.50"),
        ("count", "9" * 13),
        ("count", "12 orang"),
        ("choice", "lain"),
        ("choice", ["done"]),
        ("yes_no", "ya"),
        ("checklist", "akta"),
        ("checklist", {"lain": "perda"}),
        ("checklist", {"akta": "lain"}),
        ("checklist", {"akta": ["perda"]}),
    ],
)
def test_what_cannot_be_an_answer_is_refused_in_words(kind: str, typed: Any) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].+\.$"):
        scoring.normalise(parse_rule(kind, RULES[kind]), typed)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("percentage", "101"), ("percentage", "tiga"), ("count", "Infinity"), ("choice", "lain"), ("yes_no", "ya"),
     ("checklist", {"lain": "perda"}), ("checklist", {"akta": "lain"}), ("checklist", "akta"), ("count", {"a": "b"})],
)  # fmt: skip
def test_an_answer_to_another_version_raises_and_earns_nothing(kind: str, value: Value) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        scoring.fraction(parse_rule(kind, RULES[kind]), value)


@pytest.mark.parametrize(
    ("kind", "rule", "path"),
    [
        ("matrix", {}, ""),
        ("yes_no", {"yes": "1"}, "no"),
        ("yes_no", {"yes": "1", "no": "0", "maybe": "0.5"}, "“maybe”"),
        ("yes_no", {"yes": "1", "no": "1"}, ""),
        ("yes_no", {"yes": "1.01", "no": "0"}, "yes"),
        ("yes_no", {"yes": "-1", "no": "0"}, "yes"),
        ("yes_no", {"yes": 0.5, "no": "0"}, "yes"),
        ("yes_no", ["yes"], ""),
        ("choice", {"options": []}, "options"),
        ("choice", {"options": "abc"}, "options"),
        ("choice", {"options": [{"key": "a", "label": "A", "fraction": "1"}] * 2}, "options[1].key"),
        ("choice", {"options": [{"key": "a", "label": " ", "fraction": "1"}, {}]}, "options[0].label"),
        ("choice", {"options": [{"key": "A b", "label": "A", "fraction": "1"}, {}]}, "options[0].key"),
        ("percentage", {**LOWER, "better": "higher"}, "bands[1].fraction"),
        ("percentage", {**LOWER, "better": "sideways"}, "better"),
        ("percentage", {**LOWER, "unit": "orang"}, "unit"),
        ("percentage", {**LOWER, "bands": LOWER["bands"][1:]}, "bands[0].from"),
        ("percentage", {**LOWER, "bands": [*LOWER["bands"], {"from": "20", "fraction": "0"}]}, "bands[3].from"),
        ("percentage", {**LOWER, "bands": [*LOWER["bands"], {"from": "101", "fraction": "0"}]}, "bands[3].from"),
        ("percentage", {**LOWER, "bands": [{"from": "0", "fraction": "1"}, {"from": "1", "fraction": "1"}]}, "bands"),
        ("count", {**RULES["count"], "bands": [{"from": "0", "fraction": "0"}, {"from": "1.5", "fraction": "1"}]},
         "bands[1].from"),
        ("checklist", {**BUDGET, "items": []}, "items"),
        ("checklist", {**BUDGET, "items": [{"key": "a", "label": "A", "points": "0"}]}, "items[0].points"),
        ("checklist", {**BUDGET, "source": "rumour"}, "source"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_used_names_its_place(kind: str, rule: Any, path: str) -> None:
    with pytest.raises(RuleError) as refused:
        parse_rule(kind, rule)
    assert refused.value.path == path


# --- predicates -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("total", "code"),
    [
        ("0", "none"), ("499.99", "none"), ("499.999999999", "none"),
        ("500", "pratama"), ("500.20", "pratama"), ("600", "pratama"),
        ("600.000000001", "madya"), ("600.01", "madya"), ("600.99", "madya"), ("601", "madya"), ("700", "madya"),
        ("700.01", "nindya"), ("800", "nindya"),
        ("800.01", "utama"), ("900", "utama"),
        ("900.01", "paripurna"), ("900.5", "paripurna"), ("1000", "paripurna"),
    ],
)  # fmt: skip
def test_predicate_at_its_borders(total: str, code: str) -> None:
    assert scoring.predicate(D(total), BANDS).code == code


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"lower": "400"}, "[1].lower"),
        ({"code": "pratama"}, "[1].code"),
        ({"code": "none"}, "[1].code"),
        ({"inclusive": "true"}, "[1].inclusive"),
        ({"needs": "perda"}, "[1].“needs”"),
    ],
)
def test_impossible_bands_name_their_place(change: dict[str, Any], path: str) -> None:
    bands = [PREDICATES[0], {**PREDICATES[1], **change}]
    with pytest.raises(RuleError) as refused:
        scoring.parse_bands(bands)
    assert refused.value.path == path


# --- properties -----------------------------------------------------------------------------------------------------
fractions = st.integers(0, 1000).map(lambda n: D(n) / 1000)
maxima = st.decimals(min_value=D("0.001"), max_value=D(300), places=3)


@st.composite
def banded(draw: st.DrawFn, kind: str) -> scoring.Banded:
    """Any percentage or count rule that `parse_rule` lets through."""
    most = 100 if kind == "percentage" else 5000
    lowers = sorted(draw(st.sets(st.integers(1, most), min_size=1, max_size=8)))
    better = draw(st.sampled_from(["higher", "lower"]))
    steps = sorted(draw(st.lists(fractions, min_size=len(lowers) + 1, max_size=len(lowers) + 1)))
    if steps[0] == steps[-1]:
        steps = [D(0), *steps[1:-1], D(1)] if len(steps) > 2 else [D(0), D(1)]
        steps = [steps[0], *sorted(steps[1:])]
    if better == "lower":
        steps.reverse()
    bands = [{"from": str(a), "fraction": str(b)} for a, b in zip([0, *lowers], steps, strict=True)]
    rule = parse_rule(kind, {"unit": "%" if kind == "percentage" else "orang", "better": better, "bands": bands})
    assert isinstance(rule, scoring.Banded)
    return rule


@st.composite
def checklists(draw: st.DrawFn) -> scoring.Checklist:
    weights = draw(st.lists(st.decimals(D("0.25"), D(20), places=2), min_size=1, max_size=15))
    steps = sorted(draw(st.sets(fractions, min_size=2, max_size=6)))
    rule = parse_rule(
        "checklist",
        {
            "levels": [{"key": f"l{n}", "label": f"L{n}", "fraction": str(step)} for n, step in enumerate(steps)],
            "items": [{"key": f"i{n}", "label": f"I{n}", "points": str(weight)} for n, weight in enumerate(weights)],
        },
    )
    assert isinstance(rule, scoring.Checklist)
    return rule


@st.composite
def answered_checklists(draw: st.DrawFn) -> tuple[scoring.Checklist, dict[str, str]]:
    rule = draw(checklists())
    levels = st.sampled_from([level.key for level in rule.levels])
    return rule, {item.key: draw(levels) for item in rule.items if draw(st.booleans())}


@given(banded("percentage"), st.decimals(0, 100, places=3), st.decimals(0, 100, places=3), maxima)
def test_percentages_are_bounded_and_monotone(
    rule: scoring.Banded, one: Decimal, other: Decimal, most: Decimal
) -> None:
    check_monotone(rule, min(one, other), max(one, other), most)


@given(banded("count"), st.integers(0, 10**6), st.integers(0, 10**6), maxima)
def test_counts_are_bounded_and_monotone(rule: scoring.Banded, one: int, other: int, most: Decimal) -> None:
    check_monotone(rule, D(min(one, other)), D(max(one, other)), most)


def check_monotone(rule: scoring.Banded, less: Decimal, more: Decimal, most: Decimal) -> None:
    low, high = scoring.fraction(rule, f"{less:f}"), scoring.fraction(rule, f"{more:f}")
    assert 0 <= low <= 1
    assert 0 <= scoring.points(high, most) <= most
    assert low <= high if rule.better == "higher" else low >= high


@given(answered_checklists(), maxima)
def test_checklists_are_bounded_and_a_better_level_never_earns_less(
    answered: tuple[scoring.Checklist, dict[str, str]], most: Decimal
) -> None:
    rule, answer = answered
    earned = scoring.fraction(rule, answer)
    assert 0 <= scoring.points(earned, most) <= most
    best = rule.levels[-1].key
    for item in rule.items:
        assert scoring.fraction(rule, {**answer, item.key: best}) >= earned


@given(checklists())
def test_a_full_checklist_of_best_levels_earns_exactly_its_best_fraction(rule: scoring.Checklist) -> None:
    assert scoring.fraction(rule, {item.key: rule.levels[-1].key for item in rule.items}) == rule.levels[-1].fraction


@given(answered_checklists())
def test_a_checklist_worth_its_items_earns_the_exact_points_of_its_items(
    answered: tuple[scoring.Checklist, dict[str, str]],
) -> None:
    rule, answer = answered
    steps = {level.key: level.fraction for level in rule.levels}
    exact = sum((item.points * steps[answer[item.key]] for item in rule.items if item.key in answer), D(0))
    assert scoring.points(scoring.fraction(rule, answer), rule.weight) == exact


@given(st.data())
def test_the_total_is_the_same_in_any_order(data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.tuples(answered_checklists(), maxima), min_size=2, max_size=12))
    earned = [scoring.points(scoring.fraction(rule, answer), most) for (rule, answer), most in parts]
    shuffled = data.draw(st.permutations(earned))
    assert str(scoring.sum_points(shuffled)) == str(scoring.sum_points(earned))


@given(st.decimals(0, 1000, places=9), st.decimals(0, 1000, places=9))
def test_more_points_never_mean_a_lower_predicate(one: Decimal, other: Decimal) -> None:
    order = ["none", *(band.code for band in BANDS)]
    less, more = (order.index(scoring.predicate(total, BANDS).code) for total in sorted((one, other)))
    assert less <= more


@given(banded("percentage") | banded("count") | checklists())
def test_the_levels_of_a_judge_rise_and_lie_in_bounds(rule: scoring.Rule) -> None:
    levels = scoring.levels(rule)
    assert len({level.key for level in levels}) == len(levels) >= 2
    assert all(0 <= level.fraction <= 1 for level in levels)
    assert all(lower.fraction < upper.fraction for lower, upper in pairwise(levels))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.decimals(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(RULES)), anything)
def test_no_input_breaks_a_rule_or_an_answer(kind: str, raw: Any) -> None:
    rule = parse_rule(kind, RULES[kind])
    try:
        stored = scoring.normalise(rule, raw)
    except ValueError:
        return
    assert scoring.normalise(rule, stored) == stored
    assert 0 <= scoring.fraction(rule, stored) <= 1
    assert scoring.describe(rule, stored)
    assert scoring.explain(rule, stored)


@given(st.sampled_from(sorted(RULES)) | st.text(max_size=5), anything)
def test_no_data_breaks_the_reading_of_rules(kind: str, data: Any) -> None:
    mixed = {**RULES.get(kind, {}), **data} if isinstance(data, dict) else data
    try:
        parse_rule(kind, mixed)
    except RuleError as fault:
        assert fault.problem


@given(st.sampled_from(sorted(RULES)), st.data())
def test_no_damage_inside_a_rule_breaks_the_reading(kind: str, data: st.DataObject) -> None:
    def damaged(part: Any) -> Any:
        if data.draw(st.integers(0, 5)) == 0:
            return data.draw(anything)
        if isinstance(part, dict):
            return {key: damaged(inner) for key, inner in part.items()}
        return [damaged(inner) for inner in part] if isinstance(part, list) else part

    try:
        parse_rule(kind, damaged(RULES[kind]))
    except RuleError as fault:
        assert fault.problem


def test_a_share_of_a_tiny_whole_is_all_of_it_and_breaks_nothing() -> None:
    rule = scoring.parse_rule(
        "table",
        {
            "columns": [{"key": key, "label": key, "type": "number"} for key in ("part", "whole")],
            "total": {"of": "share", "column": "part", "among": "whole"},
            "unit": "%",
            "bands": [{"from": "0", "fraction": "0"}, {"from": "100", "fraction": "1"}],
        },
    )
    value = scoring.normalise(rule, [{"part": "999999999999", "whole": "0,000001"}] * scoring.TABLE_ROWS)
    assert (scoring.total_of(rule, value), scoring.fraction(rule, value)) == (100, 1)
    assert "100,00 %" in scoring.describe(rule, value)
