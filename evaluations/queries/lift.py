"""What would lift a region, as rows of its page: points at risk and to be won, per agency, and the ways to a goal."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.enums import Role
from clusters import scoring
from clusters.queries import Cluster
from clusters.scoring import ZERO, Band, Requirement, Standing
from evaluations import permissions
from evaluations.enums import DRAFTING, AnswerState, Stage
from evaluations.lifting import AgencyStep, Outcome, Plan, Step, Sums, Worth, by_agencies, by_questions, requirements
from evaluations.models import Evaluation
from evaluations.queries.scorecard import QuestionScore, Scorecard
from evaluations.queries.whatif import INAPPLICABLE, Stand, Wish, can_prove, levels_of, of_plan, write
from evaluations.queries.work import Owner, returned_answers
from evaluations.scoring import Basis
from regions.models import Agency

NOBODY = "Koordinator (belum dibagikan)"


# --- questions ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Option:
    """One level that can be assumed, and what it would earn on the claimed side."""

    key: str
    label: str
    points: Decimal
    chosen: bool


@dataclass(frozen=True, slots=True)
class Climb:
    """What a better answer would add to the claim: the next level up, and the highest. `to` is "" at the top."""

    now: str
    to: str = ""
    gain: Decimal = ZERO
    top: str = ""
    top_gain: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Row:
    """One question. `can_upload`: may this reader add evidence now? `wish`: what the what-if assumes of it."""

    score: QuestionScore
    cluster: Cluster
    owners: tuple[Owner, ...]
    worth: Worth
    can_upload: bool = False
    wish: Wish | None = None

    @property
    def code(self) -> str:
        return self.score.question.code

    @property
    def lead(self) -> Agency | None:
        return next((owner.agency for owner in self.owners if owner.is_lead), None)

    @property
    def at_risk(self) -> Decimal:
        """Claimed and not supported."""
        return self.worth.claimed_points - self.worth.supported_points

    @property
    def to_win(self) -> Decimal:
        """What the best answer would add to the claim."""
        return max(ZERO, scoring.points(self.worth.part.best, self.worth.claimed_most) - self.worth.claimed_points)

    @property
    def missing(self) -> tuple[str, ...]:
        """The documents wanted and not there, by name."""
        return tuple(want.label for want in self.score.missing)

    @property
    def why(self) -> str:
        """Why points are at risk that no missing document explains."""
        backing, score = self.worth.part.backing, self.score.score
        if backing.basis is Basis.VERDICT:
            return "Dinilai lebih rendah oleh penilai" if score else "Belum dinilai"
        if self.worth.supported.fraction == self.worth.claimed.fraction:
            return "Menunggu persetujuan “tidak berlaku” pada pertanyaan lain di indikator ini"
        if self.score.answer.state == AnswerState.RETURNED:
            return "Dikembalikan gugus tugas"
        return "Menunggu persetujuan gugus tugas" if backing.basis is Basis.APPROVAL else ""

    @property
    def climb(self) -> Climb:
        now = present(self.score)
        higher = [level for level in self.score.question.levels if level.fraction > self.worth.claimed.fraction]
        if not higher or not self.worth.claimed_most:
            return Climb(now)
        first, last = (
            scoring.points(level.fraction, self.worth.claimed_most) - self.worth.claimed_points
            for level in (higher[0], higher[-1])
        )
        return Climb(now, higher[0].label, first, higher[-1].label, last)

    @property
    def options(self) -> tuple[Option, ...]:
        chosen = self.wish.level if self.wish else ""
        most = self.worth.claimed_most or self.score.nominal
        return tuple(
            Option(level.key, level.label, scoring.points(level.fraction, most), level.key == chosen)
            for level in levels_of(self.score)
        )

    @property
    def can_prove(self) -> bool:
        """Is there anything that would still have to be accepted?"""
        return can_prove(self.score, self.worth.part.backing)


def present(row: QuestionScore) -> str:
    """The answer as it stands, in the words of the levels where one fits it, else in its own."""
    if not row.answered or not row.applies:
        return scoring.describe(row.rule, row.value)
    same = (level.label for level in row.question.levels if level.fraction == row.claimed_fraction)
    return next(same, scoring.describe(row.rule, row.value))


def label_of(row: QuestionScore, level: str) -> str:
    """The words of a level that is assumed; of none, the answer as it stands."""
    if not level:
        return present(row)
    return next((each.label for each in levels_of(row) if each.key == level), INAPPLICABLE)


def uploadable(user: Any, evaluation: Evaluation, card: Scorecard, owners: Mapping[int, Sequence[Owner]]) -> set[int]:
    """The questions (pks) that this person may add evidence to now, as `can_add_evidence` says. One query at most."""
    if evaluation.stage not in DRAFTING or not user.acts_as(*permissions.CITY_WRITERS):
        return set()
    mine = {
        row.question.pk: row.answer.pk
        for row in card.questions
        if user.acts_as(Role.COORDINATOR)
        or any(owner.agency.pk == user.acting.agency_id for owner in owners.get(row.question.pk, ()))
    }
    if evaluation.stage == Stage.SELF_ASSESSMENT:
        return set(mine)
    returned = returned_answers(evaluation)
    return {question for question, answer in mine.items() if answer in returned}


def rows_of(
    here: Stand, owners: Mapping[int, Sequence[Owner]], open_: Collection[int], wishes: Mapping[str, Wish]
) -> list[Row]:
    """Every question in the order of the instrument. `open_`: pks of the questions that the reader may upload to."""
    return [
        Row(
            row,
            cluster.cluster,
            tuple(owners.get(row.question.pk, ())),
            here.now.worth[row.question.code],
            row.question.pk in open_,
            wishes.get(row.question.code),
        )
        for cluster in here.card.clusters
        for indicator in cluster.indicators
        for row in indicator.questions
    ]


TABS: dict[str, tuple[str, Callable[[Row], Decimal]]] = {
    "risiko": ("Poin berisiko", lambda row: row.at_risk),
    "raih": ("Poin yang dapat diraih", lambda row: row.to_win),
}
"""The ranked lists, each with what it ranks by."""
ORDERS = (("", "Poin terbanyak"), ("kode", "Nomor pertanyaan"), ("instansi", "Perangkat daerah"))


def ranked(rows: Iterable[Row], tab: str, *, agency: str = "", cluster: str = "", order: str = "") -> list[Row]:
    """The rows of one list: those with points, or all of them where the list ranks nothing."""
    worth = TABS[tab][1] if tab in TABS else None
    found = [
        row
        for row in rows
        if (worth is None or worth(row) > ZERO)
        and (not cluster or row.cluster.code == cluster)
        and (not agency or any(str(owner.agency.pk) == agency for owner in row.owners))
    ]
    if order == "kode" or (worth is None and not order):
        return found
    rank = worth or (lambda row: row.worth.gain)
    if order == "instansi":
        return sorted(found, key=lambda row: (row.lead is None, row.lead.short_name if row.lead else "", -rank(row)))
    return sorted(found, key=lambda row: -rank(row))


# --- the goal -------------------------------------------------------------------------------------------------------
def goals(here: Stand) -> list[Band]:
    """Every predicate higher than the one that is supported, the lowest first."""
    reached = here.now.supported.predicate
    bands = here.ground.bands
    return [band for band in bands if reached not in bands or bands.index(band) > bands.index(reached)]


@dataclass(frozen=True, slots=True)
class Condition:
    """A prerequisite of the goal: does what is claimed meet it, and what is supported?"""

    requirement: Requirement
    question: QuestionScore | None
    claimed: bool
    supported: bool


def conditions(here: Stand, then: Outcome, goal: Band) -> list[Condition]:
    """What the goal wants beside points, as it would stand."""
    found = []
    for each in requirements(goal, here.ground.bands):
        worth = then.worth.get(each.question)
        found.append(
            Condition(
                each,
                here.by_code.get(each.question),
                bool(worth and worth.claimed.fraction >= each.least),
                bool(worth and worth.supported.fraction >= each.least),
            )
        )
    return found


# --- the what-if ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class WishRow:
    """One thing assumed, and what it does to its own question. `reset`: the address of the what-if without it."""

    row: QuestionScore
    before: str
    after: str
    proven: bool
    claimed: Decimal
    supported: Decimal
    reset: str


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A cluster whose points the what-if changes."""

    cluster: Cluster
    now: Sums
    then: Sums


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two totals, as it is and as it would be."""

    label: str
    now: Decimal
    then: Decimal
    before: Standing
    after: Standing

    @property
    def difference(self) -> Decimal:
        return self.then - self.now


@dataclass(frozen=True, slots=True)
class Estimate:
    wishes: tuple[WishRow, ...]
    sides: tuple[Side, Side]
    groups: tuple[GroupChange, ...]


def estimate(here: Stand, then: Outcome, wishes: Mapping[str, Wish], to: Callable[[str], str]) -> Estimate:
    """What the what-if changes. Supported first: that is what counts in the end. `to`: the address of a what-if."""
    now = here.now
    return Estimate(
        tuple(
            WishRow(
                here.by_code[code],
                present(here.by_code[code]),
                label_of(here.by_code[code], wish.level),
                wish.proven,
                then.worth[code].claimed_points - now.worth[code].claimed_points,
                then.worth[code].supported_points - now.worth[code].supported_points,
                to(write({other: each for other, each in wishes.items() if other != code})),
            )
            for code, wish in wishes.items()
        ),
        (
            Side("Didukung", now.total.supported, then.total.supported, now.supported, then.supported),
            Side("Klaim", now.total.claimed, then.total.claimed, now.claimed, then.claimed),
        ),
        tuple(
            GroupChange(group.cluster, now.groups[group.cluster.code], then.groups[group.cluster.code])
            for group in here.card.clusters
            if now.groups[group.cluster.code] != then.groups[group.cluster.code]
        ),
    )


# --- ways to the goal -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class PlanStep:
    """A question of a plan with what is to be done. `to` is the answer that it takes, "" when proof is enough."""

    step: Step
    row: Row
    to: str


@dataclass(frozen=True, slots=True)
class Way:
    """A plan for the page. `wishes`: the plan as a what-if, for the address."""

    plan: Plan
    steps: tuple[PlanStep, ...]
    agencies: tuple[AgencyStep[Agency], ...]
    wishes: str


def ways(here: Stand, rows: Iterable[Row], goal: Band) -> tuple[Way, Way]:
    """The fewest questions, and the fewest agencies, that reach the goal."""
    by_code = {row.code: row for row in rows}
    leads = {code: row.lead for code, row in by_code.items() if row.lead}
    agencies = by_agencies(here.ground, goal, leads)
    return (
        _way(here, by_questions(here.ground, goal), by_code),
        _way(here, agencies.questions, by_code, agencies.steps),
    )


def _way(here: Stand, plan: Plan, rows: Mapping[str, Row], agencies: tuple[AgencyStep[Agency], ...] = ()) -> Way:
    steps = tuple(
        PlanStep(step, rows[step.code], rows[step.code].score.question.levels[-1].label if step.raises else "")
        for step in plan.steps
    )
    return Way(plan, steps, agencies, write(of_plan(plan, here)))


# --- agency by agency -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AgencyPart:
    """What one agency leads: its questions at risk and to be raised, most points first. None: not dealt out yet."""

    agency: Agency | None
    risk: tuple[Row, ...]
    win: tuple[Row, ...]
    at_risk: Decimal
    to_win: Decimal
    gain: Decimal

    @property
    def name(self) -> str:
        return self.agency.name if self.agency else NOBODY

    @property
    def top(self) -> list[Row]:
        """All its questions with something to gain, most points first."""
        return sorted({row.code: row for row in (*self.risk, *self.win)}.values(), key=lambda row: -row.worth.gain)


def parts_of(rows: Iterable[Row]) -> list[AgencyPart]:
    """The agencies that could add points, most points first."""
    led: dict[Agency | None, list[Row]] = {}
    for row in rows:
        if row.worth.gain > ZERO or row.to_win > ZERO:
            led.setdefault(row.lead, []).append(row)
    parts = [
        AgencyPart(
            agency,
            tuple(ranked(several, "risiko")),
            tuple(ranked(several, "raih")),
            scoring.sum_points(row.at_risk for row in several),
            scoring.sum_points(row.to_win for row in several),
            scoring.sum_points(row.worth.gain for row in several),
        )
        for agency, several in led.items()
    ]
    return sorted(parts, key=lambda part: (-part.gain, part.name))
