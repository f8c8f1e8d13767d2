"""Answers as they are stored, from what was typed, pasted or sent. Pure, like `clusters.scoring`, which scores them."""

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clusters.rules import HUNDRED, ROLLUP_OF, TABLE_ROWS, Banded, Checklist, Column, Rollup, Rule, Table, YesNo

NOT_APPLICABLE = "n/a"
"""The answer of a question that does not apply; only where the instrument allows it."""
CELL = 500
"""The most characters that a cell of a table may have."""
THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+")
UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that nobody typed and no database or document takes: dropped from the cells of a table."""

Value = str | dict[str, str] | list[dict[str, str]] | None
"""An answer as stored: "yes"/"no", an option's key, a decimal string, {item: level}, {"before", "now"}, rows of a table
{column: text}, {"met", "of"}, NOT_APPLICABLE; None = not answered."""


def normalise(rule: Rule, raw: Any, may_be_inapplicable: bool = False) -> Value:
    """The answer as it is stored, from what was typed or sent. Nothing typed gives None.

    Percentages accept a comma or a point for decimals and a trailing %; counts are whole numbers, where a point parts
    thousands. Normalising a normalised answer changes nothing. Raises ValueError with a sentence for the screen; of a
    table it names row and column.

    >>> from clusters.rules import Step, ZERO, ONE
    >>> rule = Banded("percentage", "%", (Step(ZERO, ZERO), Step(Decimal(60), ONE)))
    >>> normalise(rule, " 72,50 % "), normalise(rule, "")
    ('72.5', None)
    >>> normalise(rule, "120")
    Traceback (most recent call last):
    ValueError: Persentase berada antara 0 dan 100.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    if raw == NOT_APPLICABLE:
        if not may_be_inapplicable:
            raise ValueError("Pertanyaan ini berlaku bagi setiap daerah.")
        return NOT_APPLICABLE
    if isinstance(rule, Checklist):
        return _checklist(rule, raw)
    if isinstance(rule, Table):
        return _table(rule, raw)
    if isinstance(rule, Rollup):
        return _rollup(rule, raw)
    if isinstance(rule, Banded) and rule.compare is not None:
        return _two_years(rule, raw)
    if not isinstance(raw, (str, int, Decimal)) or isinstance(raw, bool):
        raise ValueError("Jawaban tidak dapat dibaca.")
    text = str(raw).strip()
    if isinstance(rule, Banded):
        return _number(rule, text)
    known = {"yes", "no"} if isinstance(rule, YesNo) else {option.key for option in rule.options}
    if text not in known:
        raise ValueError("Pilih salah satu jawaban yang tersedia.")
    return text


def _checklist(rule: Checklist, raw: Any) -> Value:
    if not isinstance(raw, Mapping):
        raise ValueError("Pilih tingkat pada setiap butir.")
    items = {item.key for item in rule.items}
    levels = {level.key for level in rule.levels}
    given = {key: level for key, level in raw.items() if level not in (None, "")}
    if any(not isinstance(key, str) or key not in items for key in given):
        raise ValueError("Ada butir yang tidak dikenal pada pertanyaan ini.")
    if any(not isinstance(level, str) or level not in levels for level in given.values()):
        raise ValueError("Ada butir dengan tingkat yang tidak tersedia.")
    return {item.key: given[item.key] for item in rule.items if item.key in given} or None


def _two_years(rule: Banded, raw: Any) -> Value:
    given = _parts(raw, ("before", "now"))
    return {key: _number(rule, text) for key, text in given.items()} or None


def _rollup(rule: Rollup, raw: Any) -> Value:
    found = {key: _whole(text) for key, text in _parts(raw, ("met", "of")).items()}
    if len(found) == 2 and int(found["met"]) > int(found["of"]):
        raise ValueError(f"Yang memenuhi tidak dapat lebih banyak dari jumlah {ROLLUP_OF[rule.of]}.")
    return dict(found) or None


def _parts(raw: Any, names: tuple[str, ...]) -> dict[str, str]:
    """The named parts of an answer that are filled, in this order."""
    if not isinstance(raw, Mapping) or set(raw) - set(names):
        raise ValueError("Jawaban tidak dapat dibaca.")
    given = {name: raw[name] for name in names if raw.get(name) not in (None, "")}
    if any(not isinstance(part, (str, int, Decimal)) or isinstance(part, bool) for part in given.values()):
        raise ValueError("Jawaban tidak dapat dibaca.")
    return {name: text for name, part in given.items() if (text := str(part).strip())}


def _number(rule: Banded, text: str) -> str:
    if rule.kind == "count":
        return _whole(text)
    exact = Decimal(_decimal(text.removesuffix("%").strip(), "Isikan angka, misalnya 72,5."))
    if exact > HUNDRED:
        raise ValueError("Persentase berada antara 0 dan 100.")
    return f"{exact.normalize():f}"


def _whole(text: str) -> str:
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})+", text):
        text = text.replace(".", "")
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise ValueError("Isikan bilangan bulat mulai dari 0, misalnya 12.")
    return str(int(text))


def _decimal(text: str, problem: str) -> str:
    text = text.replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text):
        raise ValueError(problem)
    return text


# --- tables ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that cannot be stored: the place of its row (from 1, empty rows counted), its column, and why not."""

    row: int
    column: Column
    problem: str

    def __str__(self) -> str:
        return f"Baris {self.row}, kolom {self.column.label}: {self.problem}"


def read_rows(rule: Table, raw: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, str]], list[CellFault]]:
    """The rows as they are stored, without the empty ones, and every cell at fault, which is left out of its row.

    A row may still lack a required cell: what is typed is kept, it only counts less.
    """
    rows: list[dict[str, str]] = []
    faults: list[CellFault] = []
    for place, given in enumerate(raw, 1):
        row: dict[str, str] = {}
        for column in rule.columns:
            text = given.get(column.key)
            if text is None or not (text := str(text).strip()):
                continue
            try:
                row[column.key] = cell(column, text)
            except ValueError as fault:
                faults.append(CellFault(place, column, str(fault)))
        row = {key: text for key, text in row.items() if text}
        if row:
            rows.append(row)
    return rows, faults


def _table(rule: Table, raw: Any) -> Value:
    if not isinstance(raw, list) or not all(isinstance(row, Mapping) for row in raw):
        raise ValueError("Isi matriks baris demi baris.")
    if any(set(row) - set(rule.by_key) for row in raw):
        raise ValueError("Ada kolom yang tidak dikenal pada matriks ini.")
    rows, found = read_rows(rule, raw)
    faults = [str(fault) for fault in found]
    if len(rows) > TABLE_ROWS:
        faults.append(f"Matriks memuat {len(rows)} baris; paling banyak {TABLE_ROWS}.")
    if faults:
        more = f" Dan {len(faults) - 10} kesalahan lain." if len(faults) > 10 else ""
        raise ValueError(" ".join(faults[:10]) + more)
    return rows or None


def cell(column: Column, text: str) -> str:
    """One cell as it is stored: text on one line, a number as a decimal string, a date as ISO, an option as spelled.

    A point before three digits parts thousands, so a stored 1,234 is written 1.2340: read again, it stays what it is.
    Raises ValueError with what is wrong, for the screen.
    """
    text = " ".join(UNSEEN.sub("", text).split())
    if len(text) > CELL:
        raise ValueError(f"paling panjang {CELL} huruf.")
    if not text:
        return ""
    if column.type == "number":
        whole, comma, decimals = text.partition(",")
        plain = whole.replace(".", "") + comma + decimals if THOUSANDS.fullmatch(whole) else text
        exact = Decimal(_decimal(plain, "isikan angka mulai dari 0, misalnya 12 atau 72,5."))
        stored = f"{exact.normalize():f}"
        return f"{stored}0" if THOUSANDS.fullmatch(stored) else stored
    if column.type == "date":
        return _date(text)
    if column.type == "choice":
        for fold in (str, str.casefold):
            for option in column.options:
                if fold(" ".join(option.split())) == fold(text):
                    return option
        raise ValueError(f"pilih salah satu dari: {', '.join(column.options)}.")
    return text


def _date(text: str) -> str:
    """ISO, or day, month and year parted by - / . or a space."""
    found = re.fullmatch(r"(?:(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?|(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}))", text)
    try:
        if found and found[1]:
            return datetime.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
        if found:
            return datetime.date(int(found[6]), int(found[5]), int(found[4])).isoformat()
    except ValueError:
        pass
    raise ValueError("isikan tanggal seperti 31-12-2024.")
