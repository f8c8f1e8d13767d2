"""The rows of a table question: typed cell by cell, gathered by the browser, or sent as a spreadsheet.

In a form the rows are lists of text in the order of the columns, empty rows included, so that a fault names the row
that is on the screen. Without JavaScript each cell is a field of its own, `cell-<row>-<column key>`; a browser with
JavaScript (static/js/matrix.js) sends them all in one field, `rows`, as JSON. A form may not have more than
DATA_UPLOAD_MAX_NUMBER_FIELDS fields, so beyond `MOST_CELLS` the cells have no names and only `rows` is sent.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from clusters import scoring
from clusters.answers import CellFault, read_rows
from evaluations.queries.showing import table_rows
from kla_portal.lib import sheets

Grid = list[list[str]]
MOST_CELLS = 900
SPARE = 3
"""Empty rows below the filled ones, to begin with."""
MOST_TOLD = 10
NAME = re.compile(r"cell-([1-9][0-9]{0,3})-(.+)")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the form. `options`: of a choice; what was typed and is none of them stands among them."""

    id: str
    name: str
    column: scoring.Column
    text: str
    options: tuple[str, ...]
    wrong: bool


def as_rows(rule: scoring.Table, grid: Grid) -> list[dict[str, str]]:
    """The grid as `scoring.normalise` takes it."""
    return [{column.key: text for column, text in zip(rule.columns, row, strict=False)} for row in grid]


class RowsInput(forms.Widget):
    """Reads the rows from `rows` or from the cells; None when neither is there, or when they cannot be read."""

    faults: tuple[CellFault, ...] = ()

    def __init__(self, rule: scoring.Table) -> None:
        super().__init__()
        self.rule = rule

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Grid | None:
        return _gathered(data["rows"], len(self.rule.columns)) if "rows" in data else self._cells(data)

    def _cells(self, data: Any) -> Grid | None:
        places = {column.key: place for place, column in enumerate(self.rule.columns)}
        found: dict[int, list[str]] = {}
        for field in data:
            named = NAME.fullmatch(field)
            if named and named[2] in places:
                row = found.setdefault(int(named[1]), [""] * len(places))
                row[places[named[2]]] = data[field]
        return [found.get(number, [""] * len(places)) for number in range(1, max(found) + 1)] if found else None

    @property
    def fault_cells(self) -> str:
        """The cells at fault for the script, as '2-anak 7-sk'."""
        return " ".join(f"{fault.row}-{fault.column.key}" for fault in self.faults)


def _gathered(text: str, width: int) -> Grid | None:
    try:
        grid = json.loads(text)
        json.dumps(grid, ensure_ascii=False).encode()  # half a character can be written in JSON and shown nowhere
    except (ValueError, RecursionError):
        return None
    rows = isinstance(grid, list) and all(isinstance(row, list) and len(row) <= width for row in grid)
    return grid if rows and all(isinstance(cell, str) for row in grid for cell in row) else None


class RowsField(forms.Field):
    """Cleans to the grid that was sent; its cells are judged with the question's rule. Every fault names its cell."""

    widget: RowsInput

    def __init__(self, rule: scoring.Table, **kwargs: Any) -> None:
        super().__init__(required=False, widget=RowsInput(rule), **kwargs)

    def clean(self, value: Any) -> Grid:
        if value is None:
            raise ValidationError("Isi matriks tidak terkirim utuh. Muat ulang halaman ini, lalu coba lagi.")
        self.widget.faults = tuple(read_rows(self.widget.rule, as_rows(self.widget.rule, value))[1])
        if told := _told([str(fault) for fault in self.widget.faults], MOST_TOLD):
            raise ValidationError(told)
        return list(value)


def _told(faults: list[str], most: int) -> list[str]:
    return faults[:most] + ([f"Dan {len(faults) - most} kesalahan lain."] if len(faults) > most else [])


def cells_of(widget: RowsInput, grid: Grid, spare: int) -> list[list[Cell]]:
    """The rows to be shown, `spare` empty ones below the filled."""
    wrong = {(fault.row, fault.column.key) for fault in widget.faults}
    columns = widget.rule.columns
    rows = []
    for number, texts in enumerate([*grid, *([[]] * spare)], 1):
        padded = [*texts, *[""] * len(columns)]
        rows.append([
            _cell(number, column, text, (number, column.key) in wrong)
            for column, text in zip(columns, padded, strict=False)
        ])  # fmt: skip
    return rows


def _cell(number: int, column: scoring.Column, text: str, wrong: bool) -> Cell:
    known = text in ("", *column.options)
    options = column.options if known else (*column.options, text)
    name = f"cell-{number}-{column.key}"
    return Cell(f"id_{name}", name, column, text, options if column.type == "choice" else (), wrong)


# --- a spreadsheet ---------------------------------------------------------------------------------------------------
SEARCHED = 20
"""Rows in which the headings are looked for."""
MOST_TOLD_OF_FILE = 50
UNCLEAR = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")


class TableUploadForm(forms.Form):
    """An XLSX file whose columns are found by their headings, in any order, letter case and spacing.

    `cleaned_data["file"]` is the rows as they are stored. Every fault names sheet, row and column; one is enough to
    refuse the file. `ignored`: headings in the file that the question does not have.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    file = forms.FileField(
        label="Berkas XLSX",
        error_messages={"required": "Pilih berkas XLSX.", "empty": "Berkas ini kosong. Pilih berkas lain."},
        max_length=255,
        widget=forms.ClearableFileInput(attrs={"accept": f".xlsx,{sheets.MIME}"}),
    )

    def __init__(self, *args: Any, rule: scoring.Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule = rule
        self.ignored: list[str] = []

    def clean_file(self) -> list[dict[str, str]]:
        try:
            found = sheets.read(self.cleaned_data["file"])
        except sheets.Unreadable as fault:
            raise ValidationError(str(fault)) from fault
        name, at = self._headings(found)
        columns = self._columns(name, found[name][at])
        rows, faults = self._rows(found[name][at + 1 :], columns, at + 2)
        if len(rows) > scoring.TABLE_ROWS:
            faults.append(f"Berkas memuat {len(rows)} baris; paling banyak {scoring.TABLE_ROWS}.")
        if not rows and not faults:
            faults.append(f"Lembar “{name}” tidak memuat baris di bawah judul kolomnya.")
        if faults:
            raise ValidationError(_told(faults, MOST_TOLD_OF_FILE))
        return rows

    def _headings(self, found: dict[str, list[list[str]]]) -> tuple[str, int]:
        """The sheet and the row (from 0) with the most of the columns' headings."""
        wanted = {_folded(column.label) for column in self.rule.columns}
        places = [
            (len(wanted & {_folded(text) for text in row}), name, at)
            for name, rows in found.items()
            for at, row in enumerate(rows[:SEARCHED])
        ]
        best = max((place[0] for place in places), default=0)
        if not best:
            labels = ", ".join(f"“{column.label}”" for column in self.rule.columns)
            raise ValidationError(f"Judul kolom tidak ditemukan pada {SEARCHED} baris pertama. Yang dicari: {labels}.")
        return next((name, at) for count, name, at in places if count == best)

    def _columns(self, name: str, headings: list[str]) -> dict[int, scoring.Column]:
        """Which column of the sheet (from 0) holds which column of the question."""
        by_label = {_folded(column.label): column for column in self.rule.columns}
        found: dict[int, scoring.Column] = {}
        faults = []
        for place, text in enumerate(headings):
            column = by_label.get(_folded(text))
            if column is None:
                self.ignored += [text] if text.strip() else []
            elif column in found.values():
                faults.append(f"Lembar “{name}”, kolom {letter(place)}: judul “{column.label}” tertulis dua kali.")
            else:
                found[place] = column
        missing = [column for column in self.rule.columns if column not in found.values()]
        faults += [f"Lembar “{name}”: kolom “{column.label}” tidak ada." for column in missing]
        if faults:
            raise ValidationError(faults)
        return found

    def _rows(
        self, rows: list[list[str]], columns: dict[int, scoring.Column], first: int
    ) -> tuple[list[dict[str, str]], list[str]]:
        """The rows as they are stored, and the faults. `first`: the sheet's number of the first of `rows`."""
        raw = [{column.key: row[place] for place, column in columns.items() if place < len(row)} for row in rows]
        place_of = {column.key: place for place, column in columns.items()}
        stored, found = read_rows(self.rule, raw)
        faults = [(fault.row, place_of[fault.column.key], fault.column, fault.problem) for fault in found]
        faults += [
            (number, place, column, f"“{text}” dapat berarti ribuan atau desimal; tulis tanpa titik, misalnya 1234.")
            for number, row in enumerate(rows, 1)
            for place, column in columns.items()
            if column.type == "number" and place < len(row) and UNCLEAR.fullmatch(text := row[place].strip())
        ]
        faults.sort(key=lambda fault: fault[:2])
        return stored, [
            f"Baris {first + row - 1}, kolom {letter(place)} ({column.label}): {problem}"
            for row, place, column, problem in faults
        ]


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def letter(place: int) -> str:
    """The name of a spreadsheet's column, from 0.

    >>> letter(0), letter(25), letter(26), letter(59)
    ('A', 'Z', 'AA', 'BH')
    """
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def sent_rows(rule: scoring.Table, stored: Any) -> str:
    """Stored rows as the field `rows` carries them."""
    return json.dumps(table_rows(rule, stored), ensure_ascii=False, separators=(",", ":"))
