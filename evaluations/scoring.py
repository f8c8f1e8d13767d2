"""The three columns of a score: claimed, supported, scored. Pure: what counts in each, and what then is earned.

A *mark* is what one question brings to one column. Points of questions that do not apply go to the rest of their
indicator, column by column, because a claim that a question does not apply may be made, backed, or refused. The reasons
stand in docs/scoring.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from clusters import scoring

ZERO = scoring.ZERO
T = TypeVar("T")


class Columns(NamedTuple, Generic[T]):
    """The same thing in each of the three columns."""

    claimed: T
    supported: T
    scored: T


@dataclass(frozen=True, slots=True)
class Mark:
    """What part of its points a question earns in a column (0..1), and whether it takes part there at all."""

    fraction: Decimal
    applies: bool = True


NOTHING = Mark(ZERO)
OUT = Mark(ZERO, applies=False)


class Basis(Enum):
    """Whose word supports a claim: the evidence that is there, the task force, the judges."""

    EVIDENCE = "evidence"
    APPROVAL = "approval"
    VERDICT = "verdict"


def claim(rule: scoring.Rule, value: scoring.Value) -> Mark:
    """What the answer brings. Raises ValueError for a value that the rule does not know."""
    return Mark(scoring.fraction(rule, value)) if scoring.applies(value) else OUT


def verdict(fraction: Decimal, level: str) -> Mark:
    """What a judge's verdict brings: a level of its own takes a question out, every other takes it in."""
    return OUT if level == scoring.NOT_APPLICABLE else Mark(fraction)


def support(
    claimed: Mark, *, basis: Basis, wants_nothing: bool, complete: bool, approved: bool, given: Mark | None
) -> Mark:
    """What of a claim is backed. `complete`: all evidence wanted is there; `given`: the newest verdict, if any.

    That a question does not apply is proven by no evidence: only the task force or a judge can back it. Never more than
    the claim: neither the fraction, nor is a question out that the claim leaves in.
    """
    if not claimed.applies:
        backed = bool(given and not given.applies) if basis is Basis.VERDICT else approved
        return OUT if backed else NOTHING
    if basis is Basis.VERDICT and given is not None:
        return Mark(min(claimed.fraction, given.fraction))  # a verdict "not applicable" gives 0 where the claim is in
    if wants_nothing:
        return claimed
    backed = complete if basis is Basis.EVIDENCE else approved and basis is Basis.APPROVAL
    return claimed if backed else NOTHING


@lru_cache(maxsize=4096)
def maxima_of(nominal: tuple[Decimal, ...], applying: tuple[bool, ...]) -> tuple[Decimal, ...]:
    """`scoring.redistribute`, remembered: an instrument has few indicators, and few of their questions do not apply."""
    return scoring.redistribute(nominal, applying)


def spread(nominal: tuple[Decimal, ...], marks: Sequence[Mark]) -> tuple[tuple[Decimal, ...], tuple[Decimal, ...]]:
    """What each question of an indicator can earn in a column, and what it earns; both in the order given.

    The maxima add up to the nominal ones, and each question's points lie in 0..its maximum.
    """
    maxima = maxima_of(nominal, tuple(mark.applies for mark in marks))
    return maxima, tuple(scoring.points(mark.fraction, most) for mark, most in zip(marks, maxima, strict=True))


@dataclass(frozen=True, slots=True)
class Figures:
    """What an evaluation stands at in one of the five scored stages: points, exact.

    `points` is what the stage gives: the claim in the self-assessment, the verdicts afterwards. `predicate` is a code,
    after prerequisites, of `points`. `clusters`: the three columns by cluster code; `points` in the third. `held` says
    which prerequisites keep the points from their predicate, '' where none does.
    """

    points: Decimal
    claimed: Decimal
    supported: Decimal
    predicate: str
    clusters: dict[str, Columns[Decimal]]
    held: str = ""
