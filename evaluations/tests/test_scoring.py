"""Claimed, supported, scored: what counts in each column, and what holds of an indicator whatever is answered."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters import scoring as of_clusters
from clusters.scoring import ONE, ZERO
from evaluations.scoring import NOTHING, OUT, Basis, Mark, claim, spread, support, verdict

D = Decimal
HALF = Mark(D("0.5"))


# --- by hand --------------------------------------------------------------------------------------------------------
def test_what_an_answer_brings():
    rule = of_clusters.parse_rule("yes_no", {"yes": "1", "no": "0.25"})
    assert [claim(rule, value) for value in ("yes", "no", None, "n/a")] == [Mark(ONE), Mark(D("0.25")), NOTHING, OUT]


def test_what_a_verdict_brings():
    assert (verdict(D("0.5"), ""), verdict(ZERO, "n/a"), verdict(ZERO, "none")) == (HALF, OUT, NOTHING)


BACKED: list[tuple[str, Mark, dict[str, Any], Mark]] = [
    ("all evidence there", HALF, {"basis": Basis.EVIDENCE, "complete": True}, HALF),
    ("a piece missing", HALF, {"basis": Basis.EVIDENCE, "approved": True}, NOTHING),
    ("approved", HALF, {"basis": Basis.APPROVAL, "approved": True}, HALF),
    ("not yet approved", HALF, {"basis": Basis.APPROVAL, "complete": True}, NOTHING),
    ("wants nothing", HALF, {"basis": Basis.APPROVAL, "wants_nothing": True, "complete": True}, HALF),
    ("no verdict yet", HALF, {"basis": Basis.VERDICT, "approved": True, "complete": True}, NOTHING),
    ("no verdict yet, wants nothing", HALF, {"basis": Basis.VERDICT, "wants_nothing": True}, HALF),
    ("accepted", HALF, {"basis": Basis.VERDICT, "given": HALF}, HALF),
    ("lowered", HALF, {"basis": Basis.VERDICT, "given": Mark(D("0.2"))}, Mark(D("0.2"))),
    ("lowered, wants nothing", HALF, {"basis": Basis.VERDICT, "wants_nothing": True, "given": NOTHING}, NOTHING),
    ("raised", HALF, {"basis": Basis.VERDICT, "given": Mark(ONE)}, HALF),
    ("said not to apply by a judge alone", HALF, {"basis": Basis.VERDICT, "given": OUT}, NOTHING),
    ("not applicable, evidence there", OUT, {"basis": Basis.EVIDENCE, "complete": True}, NOTHING),
    ("not applicable, approved and called back", OUT, {"basis": Basis.EVIDENCE, "approved": True}, OUT),
    ("not applicable, approved", OUT, {"basis": Basis.APPROVAL, "approved": True}, OUT),
    ("not applicable, wants nothing", OUT, {"basis": Basis.APPROVAL, "wants_nothing": True}, NOTHING),
    ("not applicable, no verdict", OUT, {"basis": Basis.VERDICT, "approved": True}, NOTHING),
    ("not applicable, accepted", OUT, {"basis": Basis.VERDICT, "given": OUT}, OUT),
    ("not applicable, judged otherwise", OUT, {"basis": Basis.VERDICT, "given": HALF}, NOTHING),
]


@pytest.mark.parametrize(("claimed", "how", "expected"), [row[1:] for row in BACKED], ids=[row[0] for row in BACKED])
def test_what_backs_a_claim(claimed: Mark, how: dict[str, Any], expected: Mark):
    facts: dict[str, Any] = {"wants_nothing": False, "complete": False, "approved": False, "given": None} | how
    assert support(claimed, **facts) == expected


def test_the_points_of_a_question_that_does_not_apply_go_to_the_others_in_proportion():
    """4, 2 and 6 points, the 6 out: 4 becomes 8, 2 becomes 4. Half of the first, all of the second: 4 + 4."""
    maxima, points = spread((D(4), D(2), D(6)), [HALF, Mark(ONE), OUT])
    assert (maxima, points) == ((8, 4, 0), (4, 4, 0))


def test_thirds_lose_nothing():
    """1, 1 and 1 point for the 7 of a fourth: 10/3 each, the last billionth with the first."""
    maxima, points = spread((D(1), D(1), D(1), D(7)), [Mark(ONE), Mark(ONE), Mark(ONE), OUT])
    assert maxima == (D("3.333333334"), D("3.333333333"), D("3.333333333"), 0)
    assert sum(points) == 10


def test_a_whole_indicator_cannot_be_inapplicable():
    assert spread((D(4), D(2)), [OUT, OUT]) == ((4, 2), (0, 0))


# --- of any indicator -----------------------------------------------------------------------------------------------
parts = st.integers(0, 12).map(lambda n: (D(n) / 12).quantize(of_clusters.FRACTION_STEP))
maxima = st.integers(1, 60_000).map(lambda n: D(n) / 1000)
flags = st.booleans()
marks = st.one_of(parts.map(Mark), st.just(OUT))


@st.composite
def questions(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Every question of an indicator: its points, its claim, and all that can back it."""
    fields = {
        "points": maxima, "claimed": marks, "wants_nothing": flags, "complete": flags, "approved": flags,
        "given": st.one_of(st.none(), marks),
    }  # fmt: skip
    return draw(st.lists(st.fixed_dictionaries(fields), min_size=1, max_size=12))


bases = st.sampled_from(Basis)


def columns(rows: list[dict[str, Any]], basis: Basis) -> tuple[Any, Any, Any]:
    nominal = tuple(row["points"] for row in rows)
    backed = [
        support(
            row["claimed"], basis=basis, wants_nothing=row["wants_nothing"], complete=row["complete"],
            approved=row["approved"], given=row["given"],
        )
        for row in rows
    ]  # fmt: skip
    return (
        spread(nominal, [row["claimed"] for row in rows]),
        spread(nominal, backed),
        spread(nominal, [row["given"] or NOTHING for row in rows]),
    )


@settings(max_examples=300)
@given(questions(), bases)
def test_every_column_lies_within_bounds_and_the_indicator_keeps_its_points(rows: list[dict[str, Any]], basis: Basis):
    whole = sum(row["points"] for row in rows)
    for most, points in columns(rows, basis):
        assert sum(most) == whole
        assert all(0 <= earned <= limit for limit, earned in zip(most, points, strict=True))


@settings(max_examples=500)
@given(questions(), bases)
def test_supported_never_exceeds_claimed_at_any_question(rows: list[dict[str, Any]], basis: Basis):
    """At the question, hence at indicator, cluster and total: docs/scoring.md gives the proof, rounding included."""
    (_, claimed), (_, supported), _ = columns(rows, basis)
    assert all(less <= more for less, more in zip(supported, claimed, strict=True))


@settings(max_examples=300)
@given(questions(), st.data())
def test_a_better_answer_never_lowers_an_indicator(rows: list[dict[str, Any]], data: st.DataObject):
    nominal = tuple(row["points"] for row in rows)
    before = [row["claimed"] for row in rows]
    place = data.draw(st.integers(0, len(rows) - 1))
    better = data.draw(parts)
    after = list(before)
    if before[place].applies and better >= before[place].fraction:
        after[place] = Mark(better)
    less, more = spread(nominal, before)[1], spread(nominal, after)[1]
    assert all(one <= other for one, other in zip(less, more, strict=True))


@settings(max_examples=300)
@given(questions(), bases, st.randoms(use_true_random=False))
def test_the_order_of_questions_changes_no_sum(rows: list[dict[str, Any]], basis: Basis, random: Any):
    shuffled = list(rows)
    random.shuffle(shuffled)

    def sums(some: list[dict[str, Any]]) -> list[Decimal]:
        return [sum(points) for _, points in columns(some, basis)]

    if len({row["points"] for row in rows}) == len(rows):
        assert sums(rows) == sums(shuffled)
    # Of equally heavy questions the first gets the last billionths of a division, so that much may move and no more.
    steps = len(rows) * of_clusters.POINTS_STEP
    assert all(abs(one - other) <= steps for one, other in zip(sums(rows), sums(shuffled), strict=True))
