"""What would lift a region: "what if", and small sets of questions or agencies that reach a predicate.

Pure: no Django, no clock, no database. It reckons with the same functions as the scorecard, so that a what-if without a
change is the score itself. Fractions are Decimals in 0..1, points exact Decimals.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from clusters import scoring
from clusters.scoring import ONE, ZERO, Band, Requirement, Standing
from evaluations.scoring import Basis, Mark, spread, support

Key = TypeVar("Key", bound=Hashable)


# --- what stands, and what is changed -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Backing:
    """What a claim rests on, as `evaluations.scoring.support` wants to know it."""

    basis: Basis = Basis.EVIDENCE
    wants_nothing: bool = False
    complete: bool = False
    approved: bool = False
    given: Mark | None = None

    def of(self, claimed: Mark) -> Mark:
        """What of a claim is supported."""
        return support(
            claimed,
            basis=self.basis,
            wants_nothing=self.wants_nothing,
            complete=self.complete,
            approved=self.approved,
            given=self.given,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A question as it stands: its own points, what the answer brings, what that rests on, and the most that any
    answer to it would earn (0..1)."""

    code: str
    nominal: Decimal
    claimed: Mark
    backing: Backing
    best: Decimal = ONE

    @property
    def supported(self) -> Mark:
        return self.backing.of(self.claimed)


@dataclass(frozen=True, slots=True)
class Group:
    """A cluster: its indicators, each the questions that share its points."""

    code: str
    indicators: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything a region has answered, and the predicates that can be reached. Codes are unique."""

    groups: tuple[Group, ...]
    bands: tuple[Band, ...]

    @property
    def parts(self) -> Iterator[Part]:
        return (part for group in self.groups for indicator in group.indicators for part in indicator)


@dataclass(frozen=True, slots=True)
class Change:
    """One question in a what-if. `claimed`: what another answer would bring, None leaves the answer. `proven`: what it
    wants is taken as accepted."""

    claimed: Mark | None = None
    proven: bool = False


NO_CHANGES: Mapping[str, Change] = {}


# --- what it comes to -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Sums:
    claimed: Decimal
    supported: Decimal


@dataclass(frozen=True, slots=True)
class Worth:
    """What one question brings on both sides, with the points it then earns and the most it could earn."""

    part: Part
    claimed: Mark
    supported: Mark
    claimed_points: Decimal
    claimed_most: Decimal
    supported_points: Decimal
    supported_most: Decimal

    @property
    def gain(self) -> Decimal:
        """What the best answer, proven, would add to what is supported; its neighbours gain and lose nothing.

        Of a question that is accepted as not applicable nothing: taking it in again would move its neighbours' points,
        in an indicator of which nothing applies too.
        """
        if not self.supported.applies:
            return ZERO
        return max(ZERO, scoring.points(self.part.best, self.supported_most) - self.supported_points)

    @property
    def proof_gain(self) -> Decimal:
        """What proving the present answer alone would add."""
        return scoring.points(self.claimed.fraction, self.supported_most) - self.supported_points


@dataclass(frozen=True, slots=True)
class Outcome:
    """Both totals, per cluster and per question, and where each of them stands."""

    total: Sums
    groups: dict[str, Sums]
    worth: dict[str, Worth]
    claimed: Standing
    supported: Standing


def outcome(ground: Ground, changes: Mapping[str, Change] = NO_CHANGES) -> Outcome:
    """The score as it would be; without changes the score as it is, exactly. Codes that do not exist change nothing."""
    worth: dict[str, Worth] = {}
    groups: dict[str, Sums] = {}
    for group in ground.groups:
        rows = [row for indicator in group.indicators for row in _indicator(indicator, changes)]
        worth |= {row.part.code: row for row in rows}
        groups[group.code] = Sums(
            scoring.sum_points(row.claimed_points for row in rows),
            scoring.sum_points(row.supported_points for row in rows),
        )
    total = Sums(
        scoring.sum_points(each.claimed for each in groups.values()),
        scoring.sum_points(each.supported for each in groups.values()),
    )
    return Outcome(
        total,
        groups,
        worth,
        scoring.standing(total.claimed, ground.bands, {code: row.claimed.fraction for code, row in worth.items()}),
        scoring.standing(total.supported, ground.bands, {code: row.supported.fraction for code, row in worth.items()}),
    )


def _indicator(parts: Sequence[Part], changes: Mapping[str, Change]) -> list[Worth]:
    claimed, supported = [], []
    for part in parts:
        change = changes.get(part.code)
        mark = change.claimed if change and change.claimed else part.claimed
        claimed.append(mark)
        supported.append(mark if change and change.proven else part.backing.of(mark))
    nominal = tuple(part.nominal for part in parts)
    return [
        Worth(part, claim, backed, claim_points, claim_most, backed_points, backed_most)
        for part, claim, backed, claim_most, claim_points, backed_most, backed_points in zip(
            parts, claimed, supported, *spread(nominal, claimed), *spread(nominal, supported), strict=True
        )
    ]


# --- the way to a goal ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Step:
    """One question of a plan. `raises`: a better answer is needed, not only the proof of the present one.
    `because`: the prerequisite that makes it necessary. `after`: the supported total with this and all before."""

    code: str
    raises: bool
    gain: Decimal
    after: Decimal
    because: Requirement | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A set of questions that reaches the goal, or why there is none (`blocked`, or simply not enough points)."""

    goal: Band
    start: Decimal
    most: Decimal
    steps: tuple[Step, ...]
    reached: bool
    blocked: tuple[Requirement, ...] = ()

    @property
    def changes(self) -> dict[str, bool]:
        """By question: is a better answer needed? All of them are to be proven."""
        return {step.code: step.raises for step in self.steps}


def requirements(goal: Band, bands: Sequence[Band]) -> list[Requirement]:
    """What must be met for a predicate: its own prerequisites and those of every lower one, in order."""
    return [each for band in bands if band.lower <= goal.lower for each in band.requires]


def unmet(goal: Band, ground: Ground, worth: Mapping[str, Worth]) -> list[Requirement]:
    """The prerequisites of the goal that what is supported does not meet, enforced or not."""
    return [
        each
        for each in requirements(goal, ground.bands)
        if each.question not in worth or worth[each.question].supported.fraction < each.least
    ]


def by_questions(ground: Ground, goal: Band, only: Collection[str] | None = None) -> Plan:
    """The fewest questions that reach the goal, when each is answered as well as can be and proven.

    First what an enforced prerequisite wants, then always the largest gain that is left. What a question gains does
    not depend on the others, so no smaller set reaches the goal, as long as what is accepted as not applicable stays
    so. At the end, questions whose present answer is enough once it is proven are left at that. `only`: the questions
    that may be taken.
    """
    now = outcome(ground)
    start = now.total.supported
    open_rows = {code: row for code, row in now.worth.items() if (only is None or code in only) and row.gain > ZERO}
    most = start + scoring.sum_points(row.gain for row in open_rows.values())
    wanted: dict[str, Requirement] = {}
    blocked = []
    for each in unmet(goal, ground, now.worth):
        if not each.enforced:
            continue
        row = open_rows.get(each.question)
        if row is None or row.part.best < each.least:
            blocked.append(each)
        elif each.question not in wanted or wanted[each.question].least < each.least:
            wanted[each.question] = each
    if blocked or not goal.reached(most):
        return Plan(goal, start, most, (), False, tuple(blocked))
    order = [*wanted, *sorted(open_rows.keys() - wanted.keys(), key=_largest_first(open_rows))]
    chosen, total = [], start
    for code in order:
        if goal.reached(total) and code not in wanted:
            break
        chosen.append(code)
        total += open_rows[code].gain
    proof_only = _enough_proven(goal, total, [open_rows[code] for code in chosen], wanted)
    return Plan(goal, start, most, _steps(start, [open_rows[code] for code in chosen], proof_only, wanted), True)


def _largest_first(rows: Mapping[str, Worth]) -> Callable[[str], tuple[Decimal, int]]:
    place = {code: number for number, code in enumerate(rows)}
    return lambda code: (-rows[code].gain, place[code])


def _enough_proven(goal: Band, total: Decimal, rows: list[Worth], wanted: Mapping[str, Requirement]) -> set[str]:
    """Those of the chosen whose answer may stay as it is and the goal is still reached, from the last chosen up."""
    enough = set()
    for row in reversed(rows):
        code = row.part.code
        spare = row.gain - row.proof_gain
        needs_more = code in wanted and row.claimed.fraction < wanted[code].least
        if row.proof_gain > ZERO and not needs_more and goal.reached(total - spare):
            enough.add(code)
            total -= spare
    return enough


def _steps(
    start: Decimal, rows: Iterable[Worth], proof_only: Collection[str], wanted: Mapping[str, Requirement]
) -> tuple[Step, ...]:
    steps, total = [], start
    for row in rows:
        code = row.part.code
        gain = row.proof_gain if code in proof_only else row.gain
        total += gain
        steps.append(Step(code, code not in proof_only, gain, total, wanted.get(code)))
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class AgencyStep(Generic[Key]):
    """One agency of a plan: how many questions it could still lift, what they bring together, the total after it."""

    agency: Key
    count: int
    gain: Decimal
    after: Decimal
    because: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True)
class AgencyPlan(Generic[Key]):
    """A set of agencies that reaches the goal, and which of their questions are enough (`questions`)."""

    steps: tuple[AgencyStep[Key], ...]
    questions: Plan


def by_agencies(ground: Ground, goal: Band, leads: Mapping[str, Key]) -> AgencyPlan[Key]:
    """The fewest agencies whose questions reach the goal. `leads`: by question the agency that answers for it; one
    that is not named is nobody's and cannot be taken.

    First those that an enforced prerequisite needs, then always the agency that brings most. Every question counts for
    one agency alone, so that no smaller set reaches the goal.
    """
    now = outcome(ground)
    gains: dict[Key, list[Decimal]] = {}
    for code, row in now.worth.items():
        if code in leads and row.gain > ZERO:
            gains.setdefault(leads[code], []).append(row.gain)
    worth = {agency: scoring.sum_points(several) for agency, several in gains.items()}
    needed: dict[Key, list[Requirement]] = {}
    for each in unmet(goal, ground, now.worth):
        if each.enforced and leads.get(each.question) in worth:
            needed.setdefault(leads[each.question], []).append(each)
    place = {agency: number for number, agency in enumerate(worth)}
    order = [*needed, *sorted(worth.keys() - needed.keys(), key=lambda agency: (-worth[agency], place[agency]))]
    steps: list[AgencyStep[Key]] = []
    total = now.total.supported
    for agency in order:
        if goal.reached(total) and agency not in needed:
            break
        total += worth[agency]
        steps.append(AgencyStep(agency, len(gains[agency]), worth[agency], total, tuple(needed.get(agency, ()))))
    taken = {step.agency for step in steps}
    questions = by_questions(ground, goal, {code for code, agency in leads.items() if agency in taken})
    return AgencyPlan(tuple(steps) if questions.reached else (), questions)
