"""Rows inside a form: as many as one likes, added, removed and moved by buttons that also work without JavaScript.

A row's cell is the field `<group>-<number>-<cell>`. The buttons are named `add` (value: the group), `remove` and `up`
(value: `<group>-<number>`) and `redraw`: pressed, they change what is shown and store nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import QueryDict

from clusters.checking import URL
from clusters.rules import KEY

ACTIONS = ("add", "remove", "up", "redraw")
MOST_ROWS = 100
GROUPED = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+")
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a row. `type`: text, long, lines (one entry per line), number, fraction (0 to 1), select, many
    (several of the choices, kept as their values with spaces between), check, url or key (made from the row's first
    cell when empty)."""

    name: str
    label: str
    type: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = True
    most: int = 300


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of the same cells. `add` is the text of the button, `help` a sentence above the rows."""

    name: str
    title: str
    cells: tuple[Cell, ...]
    add: str
    help: str = ""

    @property
    def key(self) -> str:
        """The cell that holds the row's key; empty when the group has none."""
        return next((cell.name for cell in self.cells if cell.type == "key"), "")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A cell as the page shows it. `spoken` names it for those who do not see the row it stands in."""

    cell: Cell
    id: str
    value: str
    fault: str
    spoken: str

    @property
    def chosen(self) -> tuple[str, ...]:
        """What is chosen of many, in words."""
        return tuple(label for value, label in self.cell.choices if value in self.value.split())

    @property
    def options(self) -> tuple[tuple[str, str, bool], ...]:
        """Each of many: value, label, and whether it is chosen."""
        return tuple((value, label, value in self.value.split()) for value, label in self.cell.choices)


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the page shows it; `id` is the value of its buttons."""

    id: str
    number: int
    cells: tuple[Drawn, ...]

    @property
    def faults(self) -> list[Drawn]:
        return [drawn for drawn in self.cells if drawn.fault]


@dataclass(frozen=True, slots=True)
class Rows:
    """A group with its rows as the page shows them."""

    group: Group
    lines: tuple[Line, ...]
    fault: str


@dataclass(frozen=True, slots=True)
class RowFault:
    """A fault beside a cell, for the summary: `id` is the cell's."""

    id: str
    label: str
    problem: str


def draw(group: Group, rows: Iterable[Mapping[str, str]], faults: Mapping[str, str]) -> Rows:
    """`faults` by the id of a cell, or by the name of a group."""
    lines = []
    for place, row in enumerate(rows):
        cells = []
        for cell in group.cells:
            key = f"{group.name}-{place}-{cell.name}"
            spoken = f"{cell.label}, baris {place + 1}"
            cells.append(Drawn(cell, key, row.get(cell.name, ""), faults.get(key, ""), spoken))
        lines.append(Line(f"{group.name}-{place}", place + 1, tuple(cells)))
    return Rows(group, tuple(lines), faults.get(group.name, ""))


def read(group: Group, data: Mapping[str, Any], *, blank_too: bool = False) -> list[Row]:
    """The rows that were typed, without the blank ones unless asked for; missing keys are made from the labels."""
    pattern = re.compile(rf"{re.escape(group.name)}-([0-9]{{1,3}})-[a-z_]+")
    places = sorted({int(found[1]) for name in data if (found := pattern.fullmatch(name))})[:MOST_ROWS]
    rows = []
    for place in places:
        typed = {cell.name: _typed(cell, data, f"{group.name}-{place}-{cell.name}") for cell in group.cells}
        row = {name: text.replace("\r\n", "\n").strip() for name, text in typed.items()}
        shown = [row[cell.name] for cell in group.cells if cell.type not in ("select", "many", "check")]
        if blank_too or any(shown or row.values()):
            rows.append(row)
    return with_keys(group, rows)


def _typed(cell: Cell, data: Mapping[str, Any], name: str) -> str:
    if cell.type == "many" and isinstance(data, QueryDict):
        return " ".join(data.getlist(name))
    return str(data.get(name, ""))


def with_keys(group: Group, rows: list[Row]) -> list[Row]:
    """Rows whose empty keys are made from their first cells, each once."""
    if not group.key:
        return rows
    taken = {row[group.key] for row in rows if row[group.key]}
    for row in rows:
        if not row[group.key] and (label := row[group.cells[0].name]):
            row[group.key] = _key(label, taken)
            taken.add(row[group.key])
    return rows


def _key(label: str, taken: set[str]) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")[:32] or "baris"
    return next(key for n in range(1, 200) if (key := stem if n == 1 else f"{stem}_{n}") not in taken)


def act(groups: Iterable[Group], rows: dict[str, list[Row]], data: Mapping[str, Any]) -> None:
    """What the pressed button does to the rows; one that names nothing does nothing."""
    for group in groups:
        here = rows[group.name]
        if data.get("add") == group.name and len(here) < MOST_ROWS:
            here.append({cell.name: cell.choices[0][0] if cell.type == "select" else "" for cell in group.cells})
        for action in ("remove", "up"):
            name, _, place = str(data.get(action, "")).rpartition("-")
            if name == group.name and place.isdecimal() and len(place) < 5 and int(place) < len(here):
                row = here.pop(int(place))
                if action == "up":
                    here.insert(max(0, int(place) - 1), row)


def faults_of(group: Group, rows: list[Row]) -> dict[str, str]:
    """What is wrong with the rows by themselves, by the id of the cell."""
    found = {}
    for place, row in enumerate(rows):
        for cell in group.cells:
            if problem := problem_of(cell, row[cell.name]):
                found[f"{group.name}-{place}-{cell.name}"] = problem
    return found


def problem_of(cell: Cell, text: str) -> str:
    """What is wrong with one cell, for the screen; empty when nothing is."""
    if cell.type == "check":
        return ""
    if not text:
        return "Isi bagian ini." if cell.required and cell.type != "key" else ""
    if len(text) > cell.most:
        return f"Paling panjang {cell.most} huruf."
    if cell.type in ("number", "fraction"):
        number = decimal(text)
        if number is None:
            return "Tulis angka mulai dari 0, misalnya 12 atau 0,5."
        return "Bagian berada antara 0 dan 1, misalnya 0,5." if cell.type == "fraction" and number > 1 else ""
    if cell.type == "select" and text not in dict(cell.choices):
        return "Pilih salah satu."
    if cell.type == "many" and not set(text.split()) <= set(dict(cell.choices)):
        return "Pilih dari daftar."
    if cell.type == "url" and not URL.fullmatch(text):
        return "Tulis alamat lengkap, misalnya https://jdih.contoh.go.id/dokumen."
    if cell.type == "key" and not KEY.fullmatch(text):
        return "Kunci memakai huruf kecil, angka, dan _ . - saja."
    return ""


def decimal(text: str) -> Decimal | None:
    """A number as officials write it: a comma parts decimals. A point parts thousands where it can, else decimals, so
    that 0.5 and 1.000 both mean what they look like. None when it is no number from 0.

    >>> decimal("0,5"), decimal("0.125"), decimal("1.000"), decimal("1.234,5"), decimal("-1")
    (Decimal('0.5'), Decimal('0.125'), Decimal('1000'), Decimal('1234.5'), None)
    """
    text = text.strip()
    whole, comma, rest = text.partition(",")
    if GROUPED.fullmatch(whole) and not whole.startswith("0"):
        whole = whole.replace(".", "")
    elif comma and "." in whole:
        return None
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", plain := f"{whole}.{rest}" if comma else whole):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def shown(number: Any) -> str:
    """A stored number as it stands in a field.

    >>> shown("0.50"), shown(Decimal("1000.000"))
    ('0,5', '1000')
    """
    found = decimal(str(number).replace(".", ","))
    return str(number) if found is None else f"{found.normalize():f}".replace(".", ",")


def stored(text: str) -> str:
    """What was typed as rules keep it; text that is no number stays as it is, for the rule to refuse."""
    number = decimal(text)
    return text if number is None else f"{number.normalize():f}"


class PointsField(forms.Field):
    """Points as typed, a Decimal of at most three decimals from `least`."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "points-input"})

    def __init__(self, *, least: Decimal = Decimal(0), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least = least

    def prepare_value(self, value: Any) -> Any:
        return shown(value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        number = decimal(str(value))
        if number is None or number.normalize().as_tuple().exponent < -3 or number >= 100_000:  # type: ignore[operator]
            raise forms.ValidationError("Tulis angka, misalnya 12 atau 7,5 (paling banyak tiga desimal).")
        if number < self.least:
            raise forms.ValidationError("Nilainya harus lebih dari 0.")
        return number


class RowsForm(forms.Form):
    """A form with rows. Subclasses say which groups and what stands in them; `cleaned_data` has each group's rows.

    A form sent by one of the buttons is not checked: it comes back unbound (`acted`), as typed, with the rows changed.
    """

    groups: tuple[Group, ...] = ()

    def __init__(
        self, data: Any = None, *, rows: Mapping[str, list[Row]] | None = None, initial: Any = None, **kwargs: Any
    ) -> None:
        self.acted = data is not None and self.is_acted(data)
        self.row_problems: dict[str, str] = {}
        self.rows: dict[str, list[Row]] = {}
        for group in self.all_groups():
            typed = None if data is None else read(group, data, blank_too=self.acted)
            self.rows[group.name] = list((rows or {}).get(group.name, [])) if typed is None else typed
        if self.acted:
            act(self.all_groups(), self.rows, data)
            initial, data = {**(initial or {}), **self._as_typed(data)}, None
        super().__init__(data, initial=initial, **kwargs)

    def all_groups(self) -> tuple[Group, ...]:
        return self.groups

    def is_acted(self, data: Mapping[str, Any]) -> bool:
        """Was it sent by a button that only changes what is shown?"""
        return any(name in data for name in ACTIONS)

    def _as_typed(self, data: Any) -> dict[str, Any]:
        return {
            name: name in data if isinstance(field, forms.BooleanField) else data.get(name, "")
            for name, field in self.base_fields.items()
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for group in self.all_groups():
            self.row_problems |= faults_of(group, self.rows[group.name])
            cleaned[group.name] = self.rows[group.name]
        return cleaned

    def full_clean(self) -> None:
        super().full_clean()
        if self.row_problems and self.is_bound:
            self.add_error(None, "Periksa baris yang ditandai.")

    @property
    def drawn(self) -> dict[str, Rows]:
        """The groups as the page shows them, by name."""
        return {group.name: draw(group, self.rows[group.name], self.row_problems) for group in self.all_groups()}

    @property
    def row_faults(self) -> list[RowFault]:
        """The faults beside rows, for the summary."""
        cells = {
            drawn.id: f"{rows.group.title}, baris {line.number}, {drawn.cell.label.lower()}"
            for rows in self.drawn.values()
            for line in rows.lines
            for drawn in line.cells
        }
        titles = {group.name: group.title for group in self.all_groups()}
        return [
            RowFault(key, cells.get(key) or titles.get(key, ""), problem) for key, problem in self.row_problems.items()
        ]
