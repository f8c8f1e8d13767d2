"""A better answer never earns less, whatever the kind; and a better standing never loses a predicate."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clusters import scoring
from clusters.scoring import parse_rule
from clusters.tests.make import PREDICATES
from clusters.tests.test_scoring import banded, fractions

D = Decimal
COLUMNS = [
    {"key": "nama", "label": "Nama", "type": "text", "required": True},
    {"key": "part", "label": "Bagian", "type": "number"},
    {"key": "whole", "label": "Semua", "type": "number"},
]
TOTALS = {
    "rows": {"of": "rows"},
    "sum": {"of": "sum", "column": "part"},
    "share": {"of": "share", "column": "part", "among": "whole"},
}
amounts = st.integers(0, 400)


def text(number: int | Decimal) -> str:
    return f"{number:f}" if isinstance(number, Decimal) else str(number)


def earns_no_less(rule: scoring.Rule, better: str, less: Any, more: Any) -> bool:
    """`more` holds the larger number; what that is worth hangs on the direction."""
    low, high = scoring.fraction(rule, less), scoring.fraction(rule, more)
    assert 0 <= low <= 1 and 0 <= high <= 1
    return low <= high if better == "higher" else low >= high


@given(st.lists(fractions, min_size=2, max_size=6, unique=True))
def test_a_higher_option_never_earns_less(steps: list[Decimal]) -> None:
    options = [{"key": f"o{n}", "label": f"O{n}", "fraction": str(step)} for n, step in enumerate(sorted(steps))]
    rule = parse_rule("choice", {"options": options})
    earned = [scoring.fraction(rule, option["key"]) for option in options]
    assert earned == sorted(earned) and 0 <= earned[0] <= earned[-1] <= 1


factors = st.lists(fractions, min_size=3, max_size=3).map(lambda some: sorted(some, reverse=True))
percentages = st.decimals(0, 100, places=2)


@given(banded("percentage"), factors, st.one_of(st.none(), percentages), percentages, percentages)
def test_of_two_years_a_better_later_figure_never_earns_less(
    rule: scoring.Banded, three: list[Decimal], before: Decimal | None, one: Decimal, other: Decimal
) -> None:
    two = replace(rule, compare=scoring.Compare(*three))
    earlier = {} if before is None else {"before": text(before)}
    less, more = ({**earlier, "now": text(number)} for number in sorted((one, other)))
    assert earns_no_less(two, rule.better, less, more)


@given(banded("count"), factors, st.integers(0, 6000), st.integers(0, 6000), st.integers(0, 6000))
def test_of_two_years_a_worse_earlier_figure_never_earns_less(
    rule: scoring.Banded, three: list[Decimal], one: int, other: int, now: int
) -> None:
    two = replace(rule, compare=scoring.Compare(*three))
    less, more = ({"before": str(number), "now": str(now)} for number in sorted((one, other)))
    low, high = scoring.fraction(two, less), scoring.fraction(two, more)
    assert low >= high if rule.better == "higher" else low <= high


@st.composite
def tables(draw: st.DrawFn, total: str) -> scoring.Table:
    whole = draw(banded("percentage" if total == "share" else "count"))
    found = parse_rule(
        "table",
        {
            "columns": COLUMNS,
            "total": TOTALS[total],
            "unit": "%" if total == "share" else "buah",
            "better": whole.better,
            "bands": [{"from": str(step.lower), "fraction": str(step.fraction)} for step in whole.bands],
        },
    )
    assert isinstance(found, scoring.Table)
    return found


rows = st.lists(st.tuples(amounts, amounts), max_size=8)


def filled(many: list[tuple[int, int]]) -> list[dict[str, str]]:
    return [{"nama": "A", "part": str(part), "whole": str(whole)} for part, whole in many]


@given(tables("rows"), rows)
def test_one_more_complete_row_counts_once(rule: scoring.Table, many: list[tuple[int, int]]) -> None:
    assert earns_no_less(rule, rule.better, filled(many), filled([*many, (1, 1)]))
    assert scoring.total_of(rule, filled(many)) == len(many)


@given(tables("sum") | tables("share"), rows, st.integers(0, 7), amounts)
def test_a_larger_figure_in_a_row_never_counts_less(
    rule: scoring.Table, many: list[tuple[int, int]], place: int, added: int
) -> None:
    raised = [(part + added * (n == place), whole) for n, (part, whole) in enumerate(many)]
    assert earns_no_less(rule, rule.better, filled(many), filled(raised))


@given(tables("sum") | tables("share"), rows, st.randoms(use_true_random=False))
def test_rows_count_the_same_in_any_order(rule: scoring.Table, many: list[tuple[int, int]], random: Any) -> None:
    shuffled = list(many)
    random.shuffle(shuffled)
    assert scoring.fraction(rule, filled(shuffled)) == scoring.fraction(rule, filled(many))


@given(banded("percentage"), st.integers(0, 300), st.data())
def test_more_units_that_meet_a_condition_never_earn_less(plain: scoring.Banded, of: int, data: st.DataObject) -> None:
    rule = scoring.Rollup("desa", "%", plain.bands, plain.better)
    less, more = sorted(data.draw(st.tuples(st.integers(0, of), st.integers(0, of))))
    assert earns_no_less(rule, plain.better, {"met": str(less), "of": str(of)}, {"met": str(more), "of": str(of)})


NEEDS = [
    {"question": "1.1", "least": "1", "label": "Perda KLA", "enforced": True, "source": "assumption"},
    {"question": "2.1", "least": "0.5", "label": "Akta", "enforced": False, "source": "assumption"},
]
BANDS = scoring.parse_bands([band | {"requires": NEEDS} if n == 3 else band for n, band in enumerate(PREDICATES)])
totals = st.decimals(0, 1000, places=9)


@given(totals, totals, fractions, fractions, fractions, fractions)
def test_more_points_and_better_answers_never_lose_a_predicate(
    one: Decimal, other: Decimal, a: Decimal, b: Decimal, c: Decimal, d: Decimal
) -> None:
    """Hence the supported predicate is never above the claimed one."""
    order = ["none", *(band.code for band in BANDS)]
    (less, more), (low, high), (few, many) = sorted((one, other)), sorted((a, b)), sorted((c, d))
    worse = scoring.standing(less, BANDS, {"1.1": low, "2.1": few})
    better = scoring.standing(more, BANDS, {"1.1": high, "2.1": many})
    assert order.index(worse.predicate.code) <= order.index(better.predicate.code)
    for found in (worse, better):
        assert order.index(found.predicate.code) <= order.index(found.reached.code)
        assert bool(found.sentence) is (found.predicate != found.reached)
