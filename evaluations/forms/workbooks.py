"""A filled-in spreadsheet of an agency's questions: read, taken apart by question, carried from preview to saving."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from evaluations.forms.tables import letter
from evaluations.queries.workbooks import (
    ANSWER,
    CODE,
    DIGEST,
    KEY,
    NEEDED,
    NOTE,
    OF,
    PART_NOTE,
    PART_VERSION,
    READY,
    VERSION,
)  # fmt: skip
from evaluations.services.workbooks import Line
from kla_portal.lib import sheets

SEARCHED = 20
"""Rows in which the headings are looked for."""
MOST_LINES = 2_000


class WorkbookForm(forms.Form):
    """`cleaned_data["file"]`: a Line for each question in the file, in its order."""

    file = forms.FileField(
        label="Berkas XLSX",
        error_messages={"required": "Pilih berkas XLSX.", "empty": "Berkas ini kosong. Pilih berkas lain."},
        max_length=255,
        widget=forms.ClearableFileInput(attrs={"accept": f".xlsx,{sheets.MIME}"}),
    )

    def __init__(self, *args: Any, evaluation_id: UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.evaluation_id = evaluation_id

    def clean_file(self) -> list[Line]:
        try:
            found = sheets.read(self.cleaned_data["file"])
        except sheets.Unreadable as fault:
            raise ValidationError(str(fault)) from fault
        for rows in found.values():
            for at, row in enumerate(rows[:SEARCHED]):
                if set(NEEDED) <= {text.strip() for text in row}:
                    return self._lines(rows, at)
        raise ValidationError(
            "Ini bukan lembar kerja dari portal, atau judul kolomnya diubah. Unduh lembar kerja, isi, lalu unggah."
        )

    def _lines(self, rows: list[list[str]], at: int) -> list[Line]:
        column = {text.strip(): place for place, text in enumerate(rows[at])}
        found: dict[str, Line] = {}
        for number, row in enumerate(rows[at + 1 :], at + 2):
            cell = {name: row[column[name]] if column[name] < len(row) else "" for name in NEEDED}
            code = cell[CODE].strip()
            if not code:
                continue
            if cell[OF].strip() != str(self.evaluation_id):
                raise ValidationError(
                    f"Baris {number} berasal dari evaluasi atau siklus lain, atau kolom tersembunyinya berubah. "
                    "Unduh lembar kerja evaluasi ini."
                )
            if code not in found:
                found[code] = Line(
                    code, number, {}, {}, cell[NOTE], cell[READY], cell[PART_NOTE],
                    _number(cell[VERSION]), _number(cell[PART_VERSION]), cell[DIGEST],
                )  # fmt: skip
            key = cell[KEY].strip()
            if key in found[code].typed:
                raise ValidationError(f"Baris {number}: pertanyaan {code} tertulis dua kali.")
            found[code].typed[key] = cell[ANSWER]
            found[code].places[key] = f"{letter(column[ANSWER])}{number}"
        if not found:
            raise ValidationError("Lembar kerja ini tidak memuat satu pertanyaan pun.")
        if len(found) > MOST_LINES:
            raise ValidationError(f"Lembar kerja memuat lebih dari {MOST_LINES} pertanyaan.")
        return list(found.values())


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class CarriedForm(forms.Form):
    """The lines that the preview showed as new, as the page carried them. `cleaned_data["lines"]`: Lines."""

    lines = forms.CharField(widget=forms.HiddenInput, strip=False)

    def clean_lines(self) -> list[Line]:
        try:
            rows = json.loads(self.cleaned_data["lines"])
            return [_line(row) for row in rows]
        except (ValueError, TypeError, KeyError, RecursionError) as fault:
            raise ValidationError("Isian ini tidak terbaca lagi. Unggah berkasnya sekali lagi.") from fault


def _line(row: Any) -> Line:
    """Raises TypeError, KeyError or ValueError for anything but what `carried` has written."""
    texts = [row[name] for name in ("code", "note", "ready", "part_note", "digest")]
    numbers = [row[name] for name in ("row", "version", "part_version")]
    maps: list[Mapping[str, str]] = [row["typed"], row["places"]]
    every = [*texts, *(text for each in maps for pair in each.items() for text in pair)]
    if not all(isinstance(text, str) for text in every) or not all(type(n) is int for n in numbers):
        raise TypeError("a line of another shape")
    return Line(**{name: row[name] for name in Line.__dataclass_fields__})


def carried(lines: list[Line]) -> str:
    """What `CarriedForm` reads."""
    told = [{name: getattr(line, name) for name in Line.__dataclass_fields__} for line in lines]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
