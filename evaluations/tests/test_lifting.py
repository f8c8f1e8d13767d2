"""The what-if and the ways to a goal: by hand, and by property on grounds that hypothesis makes."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.scoring import ZERO, Band, Requirement
from evaluations.lifting import Backing, Change, Ground, Group, Part, by_agencies, by_questions, outcome
from evaluations.scoring import OUT, Basis, Mark

D = Decimal
FRACTIONS = [D(n) / 5 for n in range(6)]
LOW, HIGH = Band("low", "Rendah", D(50), True), Band("high", "Tinggi", D(70), False)
PROVEN, BARE = Backing(complete=True, approved=True), Backing()


def part(code: str, points: int | str, claimed: Mark | str, backing: Backing = PROVEN, best: str = "1") -> Part:
    return Part(code, D(points), claimed if isinstance(claimed, Mark) else Mark(D(claimed)), backing, D(best))


def ground(*parts: Part, bands: tuple[Band, ...] = (LOW, HIGH)) -> Ground:
    """One cluster with one indicator."""
    return Ground((Group("I", (parts,)),), bands)


@st.composite
def grounds(draw: st.DrawFn, *, most: int = 12) -> Ground:
    """100 nominal points or so in one to three clusters; anything claimed, on any basis, with any prerequisite."""
    basis, count = draw(st.sampled_from(Basis)), 0
    groups = []
    for number in range(draw(st.integers(1, 3))):
        indicators = []
        for _ in range(draw(st.integers(1, 2))):
            size = draw(st.integers(1, max(1, most // 4)))
            indicators.append(tuple(draw(parts(f"{count + place}", basis)) for place in range(size)))
            count += size
        groups.append(Group(f"k{number}", tuple(indicators)))
    codes = [str(number) for number in range(count)]
    requirement = st.builds(
        Requirement, st.sampled_from(codes), st.sampled_from(FRACTIONS[1:]), st.just("Perda"), st.booleans()
    )
    low = replace(LOW, requires=tuple(draw(st.lists(requirement, max_size=1))))
    high = replace(HIGH, requires=tuple(draw(st.lists(requirement, max_size=2))))
    return Ground(tuple(groups), (low, high))


@st.composite
def parts(draw: st.DrawFn, code: str, basis: Basis) -> Part:
    best = draw(st.sampled_from(FRACTIONS[2:]))
    fraction = st.sampled_from([each for each in FRACTIONS if each <= best])
    mark = st.one_of(st.builds(Mark, fraction), st.just(OUT))
    backing = Backing(
        basis, draw(st.booleans()), draw(st.booleans()), draw(st.booleans()), draw(st.one_of(st.none(), mark))
    )
    return Part(code, D(draw(st.integers(1, 40))) / 2, draw(mark), backing, best)


def applied(where: Ground, changes: dict[str, bool]):
    """A plan as a what-if: the best answer where a better one is needed, and everything proven."""
    best = {each.code: each.best for each in where.parts}
    return outcome(where, {code: Change(Mark(best[code]) if up else None, True) for code, up in changes.items()})


# --- by hand ---------------------------------------------------------------------------------------------------------
def test_another_answer_counts_on_both_sides_where_its_proof_is_there() -> None:
    here = ground(part("1", 60, "0.5"), part("2", 40, "1", BARE))
    then = outcome(here, {"1": Change(Mark(D(1)))})
    assert (then.total.claimed, then.total.supported) == (100, 60)
    assert (then.claimed.predicate, then.supported.predicate) == (HIGH, LOW)


def test_taking_the_proof_as_accepted_counts_what_is_claimed() -> None:
    here = ground(part("1", 60, "0.5"), part("2", 40, "1", BARE))
    then = outcome(here, {"2": Change(proven=True)})
    assert (then.total.claimed, then.total.supported) == (70, 70)
    assert then.supported.predicate == LOW, "70 is not more than 70"


def test_a_question_that_does_not_apply_leaves_its_points_to_its_neighbours() -> None:
    here = ground(part("1", 60, "0.5"), part("2", 40, "0"))
    then = outcome(here, {"2": Change(OUT, proven=True)})
    assert (then.total.claimed, then.total.supported) == (50, 50)
    assert then.worth["1"].claimed_most == 100
    back = outcome(ground(part("1", 60, "0.5"), part("2", 40, OUT)), {"2": Change(Mark(D(1)))})
    assert back.total.claimed == 70


def test_what_a_judge_gave_stays_the_limit_until_it_is_taken_as_accepted() -> None:
    judged = Backing(basis=Basis.VERDICT, complete=True, given=Mark(D("0.4")))
    here = ground(part("1", 100, "0.8", judged))
    assert outcome(here).total.supported == 40
    assert outcome(here, {"1": Change(Mark(D(1)))}).total.supported == 40
    assert outcome(here, {"1": Change(Mark(D(1)), proven=True)}).total.supported == 100


def test_the_way_takes_the_largest_gains_and_leaves_answers_that_only_want_proof() -> None:
    here = ground(part("1", 30, "0"), part("2", 25, "0.8", BARE), part("3", 20, "0.5"), part("4", 25, "1"))
    plan = by_questions(here, LOW)
    assert (plan.start, plan.most, plan.reached) == (35, 100, True)
    assert [(step.code, step.raises, step.gain, step.after) for step in plan.steps] == [("1", True, 30, 65)]
    far = by_questions(here, HIGH)
    assert [(step.code, step.raises, step.gain, step.after) for step in far.steps] == [
        ("1", True, 30, 65),
        ("2", False, 20, 85),
    ]


def test_an_enforced_prerequisite_comes_first_however_little_it_brings() -> None:
    law = Requirement("3", D(1), "Perda KLA", True)
    advice = Requirement("4", D(1), "Forum", False)
    bands = (replace(LOW, requires=(law,)), replace(HIGH, requires=(advice,)))
    here = ground(part("1", 60, "0"), part("2", 35, "1"), part("3", 1, "0.4"), part("4", 4, "0"), bands=bands)
    plan = by_questions(here, bands[1])
    assert [(step.code, step.because) for step in plan.steps] == [("3", law), ("1", None)]
    assert outcome(here).supported.predicate.code == "none"


@pytest.mark.parametrize("fault", ["best", "inapplicable", "nobody"])
def test_a_prerequisite_that_cannot_be_met_blocks_the_way_and_is_named(fault: str) -> None:
    law = Requirement("9" if fault == "nobody" else "2", D(1), "Perda KLA", True)
    second = {"best": part("2", 40, "0", best="0.8"), "inapplicable": part("2", 40, OUT)}.get(fault, part("2", 40, "0"))
    plan = by_questions(ground(part("1", 60, "0"), second, bands=(replace(LOW, requires=(law,)),)), LOW)
    assert (plan.reached, plan.blocked, plan.steps) == (False, (law,), ())


def test_an_indicator_of_which_nothing_applies_is_left_alone() -> None:
    """Its points are there, but the first question taken in again would take all of them at once."""
    here = ground(part("1", 60, OUT), part("2", 40, OUT))
    plan = by_questions(here, LOW)
    assert (plan.reached, plan.most) == (False, 0)
    assert outcome(here, {"2": Change(Mark(D(1)), proven=True)}).total.supported == 100


def test_a_goal_out_of_reach_says_how_far_everything_full_would_go() -> None:
    plan = by_questions(ground(part("1", 60, "0", best="0.5"), part("2", 40, "0", best="0.5")), HIGH)
    assert (plan.reached, plan.most, plan.blocked) == (False, 50, ())


def test_agencies_are_taken_by_what_all_their_questions_bring() -> None:
    here = ground(part("1", 30, "0"), part("2", 25, "0"), part("3", 25, "0"), part("4", 20, "1"))
    plan = by_agencies(here, HIGH, {"1": "a", "2": "b", "3": "b", "4": "a"})
    assert [(step.agency, step.count, step.gain, step.after) for step in plan.steps] == [
        ("b", 2, 50, 70),
        ("a", 1, 30, 100),
    ]
    assert [step.code for step in plan.questions.steps] == ["1", "2"], "75 is enough"
    assert by_agencies(here, LOW, {"1": "a", "2": "b", "3": "b"}).steps[0].agency == "b"


def test_questions_of_nobody_cannot_be_taken_by_an_agency() -> None:
    here = ground(part("1", 60, "0"), part("2", 40, "0"))
    plan = by_agencies(here, LOW, {"2": "a"})
    assert (plan.steps, plan.questions.reached) == ((), False)


# --- by property -----------------------------------------------------------------------------------------------------
@given(grounds(), st.data())
def test_assuming_what_already_is_changes_nothing(where: Ground, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from([each.code for each in where.parts])))
    same = {each.code: Change(each.claimed) for each in where.parts if each.code in chosen}
    assert outcome(where, same) == outcome(where) == outcome(where, {"no such code": Change(Mark(D(1)), True)})


@given(grounds())
def test_every_total_is_bounded_and_no_more_is_supported_than_claimed(where: Ground) -> None:
    now = outcome(where)
    maximum = sum(each.nominal for each in where.parts)
    assert 0 <= now.total.supported <= now.total.claimed <= maximum
    assert all(row.gain >= 0 and row.proof_gain >= 0 for row in now.worth.values())


@given(grounds(), st.data())
def test_a_better_answer_or_a_proof_never_costs_a_point(where: Ground, data: st.DataObject) -> None:
    taking_part = [each for each in where.parts if each.claimed.applies]
    if not taking_part:
        return
    one = data.draw(st.sampled_from(taking_part))
    better = data.draw(st.sampled_from([each for each in FRACTIONS if one.claimed.fraction <= each <= one.best]))
    now, then = outcome(where), outcome(where, {one.code: Change(Mark(better), data.draw(st.booleans()))})
    assert then.total.claimed >= now.total.claimed
    assert then.total.supported >= now.total.supported


@given(grounds(), st.data())
def test_what_is_assumed_of_different_questions_does_not_depend_on_the_order(
    where: Ground, data: st.DataObject
) -> None:
    codes = [each.code for each in where.parts]
    changes = {code: Change(Mark(data.draw(st.sampled_from(FRACTIONS))), data.draw(st.booleans())) for code in codes}
    turned = dict(reversed(changes.items()))
    assert outcome(where, changes).total == outcome(where, turned).total


@settings(max_examples=400)
@given(grounds(), st.sampled_from([0, 1]))
def test_the_way_reaches_the_goal_when_it_is_assumed_and_its_running_total_is_true(where: Ground, number: int) -> None:
    goal = where.bands[number]
    plan = by_questions(where, goal)
    if not plan.reached:
        everything = applied(where, {row.part.code: True for row in outcome(where).worth.values() if row.gain > ZERO})
        assert everything.total.supported == plan.most
        assert where.bands.index(goal) > _place(everything.supported.predicate, where)
        return
    then = applied(where, plan.changes)
    assert then.total.supported == (plan.steps[-1].after if plan.steps else plan.start)
    assert _place(then.supported.predicate, where) >= number


@given(grounds(most=8), st.sampled_from([0, 1]))
def test_no_smaller_set_of_questions_reaches_the_goal(where: Ground, number: int) -> None:
    goal = where.bands[number]
    plan = by_questions(where, goal)
    if not plan.reached or not plan.steps:
        return
    codes = [row.part.code for row in outcome(where).worth.values() if row.gain > ZERO]
    for smaller in combinations(codes, len(plan.steps) - 1):
        then = applied(where, dict.fromkeys(smaller, True))
        assert _place(then.supported.predicate, where) < number


@given(grounds(most=8), st.sampled_from([0, 1]), st.data())
def test_no_smaller_set_of_agencies_reaches_the_goal(where: Ground, number: int, data: st.DataObject) -> None:
    goal = where.bands[number]
    leads = {each.code: data.draw(st.sampled_from("abcd")) for each in where.parts}
    plan = by_agencies(where, goal, leads)
    assert plan.questions.reached == by_questions(where, goal).reached
    if not plan.questions.reached:
        return
    assert {leads[step.code] for step in plan.questions.steps} <= {step.agency for step in plan.steps}
    gains = [row.part.code for row in outcome(where).worth.values() if row.gain > ZERO]
    for smaller in combinations("abcd", max(0, len(plan.steps) - 1)):
        if len(smaller) < len(plan.steps):
            then = applied(where, {code: True for code in gains if leads[code] in smaller})
            assert _place(then.supported.predicate, where) < number


def _place(predicate: Band, where: Ground) -> int:
    return where.bands.index(predicate) if predicate in where.bands else -1
