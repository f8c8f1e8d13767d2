"""A what-if as it stands in an address, and the ground it is reckoned on.

In the address only the questions that differ are named, `1.1:yes!~2.1:0.8`: the code, the level (as judges give them;
`n/a` where the question may be inapplicable; nothing: the answer as it is), and `!` when what the question wants is
taken as accepted. Nothing of it is ever stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from clusters import scoring
from evaluations.enums import AnswerState
from evaluations.lifting import Backing, Change, Ground, Group, Outcome, Part, Plan, outcome
from evaluations.queries.scorecard import Facts, QuestionScore, Scorecard, basis_of
from evaluations.scoring import OUT, Mark, verdict

MOST_TEXT = 12_000
"""No address names more; a whole instrument changed at once takes half of it."""
INAPPLICABLE = "Tidak berlaku"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is assumed of one question. `level` is a key, "" for the answer as it is."""

    level: str = ""
    proven: bool = False


@dataclass(frozen=True)
class Stand:
    """An evaluation as it stands, ready to be reckoned with."""

    card: Scorecard
    ground: Ground
    by_code: dict[str, QuestionScore]

    @cached_property
    def now(self) -> Outcome:
        return outcome(self.ground)

    def with_wishes(self, wishes: Mapping[str, Wish]) -> Outcome:
        """The score as it would be."""
        return outcome(self.ground, {code: self.change(code, wish) for code, wish in wishes.items()})

    def change(self, code: str, wish: Wish) -> Change:
        """`wish` must be one that `read` or `useful` let through."""
        return Change(_mark(self.by_code[code], wish.level) if wish.level else None, wish.proven)

    def useful(self, code: str, wish: Wish) -> Wish | None:
        """The wish without what already is so; None when nothing is left. Raises KeyError for what does not exist."""
        row, now = self.by_code[code], self.now.worth[code]
        level = wish.level
        mark = _mark(row, level) if level else now.claimed
        if mark == now.claimed:
            level = ""
        proven = wish.proven and can_prove(row, now.part.backing)
        return Wish(level, proven) if level or proven else None


def can_prove(row: QuestionScore, backing: Backing) -> bool:
    """Is there anything that would still have to be accepted, of this answer or of another one?"""
    others = [Mark(scoring.ONE), *([OUT] if row.question.row.may_be_inapplicable else [])]
    return any(backing.of(mark) != mark for mark in (row.marks.claimed, *others))


def levels_of(row: QuestionScore) -> tuple[scoring.Level, ...]:
    """What may be assumed as the answer, from the lowest to the highest, and at the end that it does not apply."""
    levels = row.question.levels
    if row.question.row.may_be_inapplicable:
        levels += (scoring.Level(scoring.NOT_APPLICABLE, INAPPLICABLE, scoring.ZERO),)
    return levels


def _mark(row: QuestionScore, level: str) -> Mark:
    found = {each.key: each for each in levels_of(row)}[level]
    return OUT if level == scoring.NOT_APPLICABLE else Mark(found.fraction)


def stand(known: Facts, card: Scorecard) -> Stand:
    """`card` is the score that follows from the facts as they are. No query."""
    basis = basis_of(known)
    by_code: dict[str, QuestionScore] = {}
    groups = []
    for cluster in card.clusters:
        indicators = []
        for indicator in cluster.indicators:
            parts = []
            for row in indicator.questions:
                by_code[row.question.code] = row
                backing = Backing(
                    basis=basis,
                    wants_nothing=row.wants_nothing,
                    complete=not row.missing,
                    approved=row.answer.state == AnswerState.APPROVED,
                    given=verdict(row.score.fraction, row.score.level) if row.score else None,
                )
                parts.append(Part(row.question.code, row.nominal, row.marks.claimed, backing, row.question.best))
            indicators.append(tuple(parts))
        groups.append(Group(cluster.cluster.code, tuple(indicators)))
    return Stand(card, Ground(tuple(groups), card.outline.bands), by_code)


def read(text: str, here: Stand) -> tuple[dict[str, Wish], int]:
    """The wishes that an address names, and how many of its entries nobody can follow (unknown, or no change)."""
    wishes: dict[str, Wish] = {}
    strange = 0
    for entry in filter(None, text[:MOST_TEXT].split("~")):
        code, _, rest = entry.partition(":")
        try:
            wish = here.useful(code, Wish(rest.removesuffix("!"), rest.endswith("!")))
        except KeyError:
            wish = None
        if wish is None:
            strange += 1
        else:
            wishes[code] = wish
    return _in_order(wishes, here), strange


def write(wishes: Mapping[str, Wish]) -> str:
    """As `read` reads it."""
    return "~".join(f"{code}:{wish.level}{'!' if wish.proven else ''}" for code, wish in wishes.items())


def _in_order(wishes: Mapping[str, Wish], here: Stand) -> dict[str, Wish]:
    return {code: wishes[code] for code in here.by_code if code in wishes}


def typed(fields: Mapping[str, str], wishes: Mapping[str, Wish], here: Stand) -> dict[str, Wish]:
    """The wishes after a form was sent: for each question on the page `u_<code>` (a level or "") and `d_<code>`."""
    after = dict(wishes)
    for name, level in fields.items():
        code = name.removeprefix("u_")
        if name.startswith("u_") and code in here.by_code:
            after.pop(code, None)
            try:
                wish = here.useful(code, Wish(level, f"d_{code}" in fields))
            except KeyError:
                continue
            if wish:
                after[code] = wish
    return _in_order(after, here)


def of_plan(plan: Plan, here: Stand) -> dict[str, Wish]:
    """The plan as a what-if: the best answer where a better one is needed, and everything proven."""
    wishes = {}
    for code, raises in plan.changes.items():
        level = here.by_code[code].question.levels[-1].key if raises else ""
        wish = here.useful(code, Wish(level, True))
        if wish:
            wishes[code] = wish
    return _in_order(wishes, here)


def address(**state: str) -> str:
    """A query string with what is not empty, in this order; short, because it is sent by messenger."""
    return "?" + "&".join(f"{name}={quote(value, safe=':~!,')}" for name, value in state.items() if value)
