"""The rules that an instrument carries as data: how a question earns, where a predicate begins.

Pure, like `clusters.parsing`, which reads and checks them, and `clusters.scoring`, which applies them and through
which the rest of the portal reaches them.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from kla_portal.lib.numbers import plain_text

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
MOST = Decimal(10) ** 12
"""No count, target or number of points reaches this: it only keeps nonsense out."""
SOURCES = ("published", "assumption")
COLUMN_TYPES = ("text", "number", "date", "choice")
ROLLUP_OF = {"kecamatan": "kecamatan", "desa": "desa/kelurahan"}
TABLE_ROWS = 500
"""The most rows that a table's answer may have."""
KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Level:
    """One thing that can be chosen, by whoever answers or by whoever judges, and the fraction it earns."""

    key: str
    label: str
    fraction: Decimal


@dataclass(frozen=True, slots=True)
class YesNo:
    yes: Decimal
    no: Decimal
    source: str = "assumption"
    kind: str = "yes_no"


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[Level, ...]
    source: str = "assumption"
    kind: str = "choice"


@dataclass(frozen=True, slots=True)
class Step:
    """One band of a percentage or count: holds from `lower` (included) up to the next band's lower bound (excluded)."""

    lower: Decimal
    fraction: Decimal


@dataclass(frozen=True, slots=True)
class Compare:
    """Of two years: the factors (0..1) by which the later year's fraction counts, as it is better than the earlier one,
    the same, or worse. Without an earlier figure it counts as worse."""

    improved: Decimal
    same: Decimal
    worse: Decimal


class _Bands:
    """What every rule with bands can tell of them. A percentage lies in 0..100, a count is a number from 0."""

    __slots__ = ()
    bands: tuple[Step, ...]
    unit: str

    @property
    def is_percentage(self) -> bool:
        return self.unit == "%"

    @property
    def is_whole(self) -> bool:
        """Can only whole numbers fall into the bands?"""
        return not self.is_percentage

    def holding(self, number: Decimal) -> int:
        """Index of the band that holds `number` (≥ 0)."""
        return max(place for place, step in enumerate(self.bands) if step.lower <= number)

    def span(self, place: int) -> str:
        """The band as text: '60–80 %', '≥ 80 %', '3–4 orang'; upper bounds of percentages are not included."""
        lower = self.bands[place].lower
        last = place + 1 == len(self.bands)
        upper = None if last else self.bands[place + 1].lower
        if not self.is_percentage:
            if upper is None:
                return f"≥ {plain_text(lower)} {self.unit}"
            top = upper - 1 if self.is_whole else upper
            span = plain_text(lower) if top == lower else f"{plain_text(lower)}–{plain_text(top)}"
            return f"{span} {self.unit}"
        if upper is None:
            return f"{plain_text(lower)} %" if lower == HUNDRED else f"≥ {plain_text(lower)} %"
        return f"< {plain_text(upper)} %" if lower == ZERO else f"{plain_text(lower)}–{plain_text(upper)} %"


@dataclass(frozen=True, slots=True)
class Banded(_Bands):
    """A percentage (0..100) or a count (whole number from 0), of one year or, with `compare`, of two.

    `better` is "higher" or "lower".
    """

    kind: str
    unit: str
    bands: tuple[Step, ...]
    better: str = "higher"
    compare: Compare | None = None
    source: str = "assumption"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `type`: text, number (from 0), date or choice (one of `options`)."""

    key: str
    label: str
    type: str
    required: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """What of a table falls into the bands. `of`: "rows" (how many are complete), "sum" (of a number column) or
    "share" (100 × sum of `column` ÷ sum of `among`)."""

    of: str
    column: str = ""
    among: str = ""


@dataclass(frozen=True, slots=True)
class Table(_Bands):
    """A matriks: rows under columns that the instrument sets, whose total falls into bands."""

    columns: tuple[Column, ...]
    total: Total
    unit: str
    bands: tuple[Step, ...]
    better: str = "higher"
    source: str = "assumption"
    kind: str = "table"

    @property
    def is_whole(self) -> bool:
        return self.total.of == "rows"

    @property
    def by_key(self) -> dict[str, Column]:
        return {column.key: column for column in self.columns}


@dataclass(frozen=True, slots=True)
class Rollup(_Bands):
    """How many of the region's kecamatan or desa/kelurahan (`of`) meet a condition, in per cent."""

    of: str
    unit: str
    bands: tuple[Step, ...]
    better: str = "higher"
    source: str = "assumption"
    kind: str = "rollup"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a checklist; `points` is its weight inside the question."""

    key: str
    label: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Checklist:
    levels: tuple[Level, ...]
    items: tuple[Item, ...]
    source: str = "assumption"
    kind: str = "checklist"

    @property
    def weight(self) -> Decimal:
        return sum((item.points for item in self.items), ZERO)


Rule = YesNo | Choice | Banded | Checklist | Table | Rollup


# --- predicates -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Requirement:
    """A prerequisite of a predicate: a question that must earn at least a fraction (0..1). `label` names it on the
    screen. One that is not `enforced` is told, but holds nobody back."""

    question: str
    least: Decimal
    label: str
    enforced: bool
    source: str = "assumption"
    source_url: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A predicate and where it begins. Not inclusive: the total must be greater than `lower`. `requires` holds for this
    band and for every higher one."""

    code: str
    name: str
    lower: Decimal
    inclusive: bool
    source: str = "assumption"
    note: str = ""
    source_url: str = ""
    requires: tuple[Requirement, ...] = ()

    def reached(self, total: Decimal) -> bool:
        return total >= self.lower if self.inclusive else total > self.lower


NO_PREDICATE = Band("none", "Belum berpredikat", ZERO, True, "published")
