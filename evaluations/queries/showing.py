"""An answer in its parts, as it is read: lines of a checklist, two years, the rows of a table. No query."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from clusters import scoring
from kla_portal.lib.numbers import plain_text

Years = tuple[str, str]
"""What the earlier and the later year of a comparison are called on the screen."""


@dataclass(frozen=True, slots=True)
class Line:
    """One part of an answer; `earns`: is it more than nothing?"""

    label: str
    text: str
    earns: bool


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table as text: rows in the order of the columns, and under number columns their sums ('' under others)."""

    columns: tuple[scoring.Column, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def marked(self) -> list[list[tuple[str, bool]]]:
        """The rows as pairs of text and whether it is a number."""
        return [
            [(text, column.type == "number") for text, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]

    @property
    def foot(self) -> list[tuple[str, bool]]:
        """The sums as pairs of text and whether it is a number; nothing without a number column."""
        return [(text, bool(text)) for text in self.sums] if any(self.sums) else []


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer to be read. `text` says it in a few words; `applies` is False where the region says that the question
    does not apply to it (the reason stands in the note)."""

    text: str
    applies: bool
    lines: tuple[Line, ...] = ()
    table: ShownTable | None = None


def shown(rule: scoring.Rule, value: Any, years: Years) -> Shown:
    """`value` as stored. Raises ValueError for a value that the rule does not know."""
    text, applies = scoring.describe(rule, value), scoring.applies(value)
    if value is None or not applies:
        return Shown(text, applies)
    if isinstance(rule, scoring.Table):
        return Shown(text, applies, table=_table(rule, value))
    return Shown(text, applies, lines=_lines(rule, value, years))


def _lines(rule: scoring.Rule, value: Any, years: Years) -> tuple[Line, ...]:
    if isinstance(rule, scoring.Checklist):
        levels = {level.key: level for level in rule.levels}
        given = [(item.label, levels.get(value.get(item.key, ""))) for item in rule.items]
        return tuple(
            Line(label, level.label if level else "Belum dijawab", bool(level and level.fraction))
            for label, level in given
        )
    if isinstance(rule, scoring.Banded) and rule.compare is not None:
        given_years = zip(years, (value.get("before"), value.get("now")), strict=True)
        return tuple(
            Line(year, f"{plain_text(number)} {rule.unit}" if number else "Belum diisi", bool(number))
            for year, number in given_years
        )
    return ()


def cell_text(column: scoring.Column, stored: str) -> str:
    """A stored cell as people write it: 12.500,5 and 31-12-2024. Typed again, it is stored the same."""
    if column.type == "number" and stored:
        return plain_text(stored)
    if column.type == "date" and stored:
        return datetime.date.fromisoformat(stored).strftime("%d-%m-") + stored[:4]
    return stored


def table_rows(rule: scoring.Table, value: Any) -> list[list[str]]:
    """The rows of a stored table as text, in the order of the columns."""
    return [[cell_text(column, row.get(column.key, "")) for column in rule.columns] for row in value or []]


def differing_rows(one: Any, other: Any) -> list[int]:
    """The numbers of the rows in which two stored tables differ; nothing for other answers."""
    if not isinstance(one, list) or not isinstance(other, list):
        return []
    return [number for number, (first, second) in enumerate(zip_longest(one, other), 1) if first != second]


def _table(rule: scoring.Table, value: Any) -> ShownTable:
    sums = (
        plain_text(scoring.sum_points(Decimal(row[column.key]) for row in value if row.get(column.key)))
        if column.type == "number"
        else ""
        for column in rule.columns
    )
    return ShownTable(rule.columns, tuple(tuple(row) for row in table_rows(rule, value)), tuple(sums))
