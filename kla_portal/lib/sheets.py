"""Spreadsheets (XLSX) in and out, as text. What was sent is opened in the jail only."""

import io
import logging
import re
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import Cell as WrittenCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.writer.excel import ExcelWriter

from kla_portal.lib.jail import asking
from kla_portal.lib.jail.reasons import REASONS

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_BYTES = 20 * 1024 * 1024
"""How large a file may be that is read."""
MAX_CELL = 32_767
"""How many characters a cell can hold; programs cut off what is longer."""
_OWN_REASONS = {
    "large": "Berkas lebih besar dari 20 MB. Buang lembar atau gambar yang tidak perlu, lalu unggah lagi.",
    "sheets_many": "Berkas memuat lebih dari 40 lembar. Simpan lembar yang diperlukan saja, lalu unggah lagi.",
    "sheets_rows": (
        "Lembar “{}” memuat lebih dari 20.000 baris. Hapus baris di bawah isi tabel (bukan hanya isinya), "
        "simpan, lalu unggah lagi."
    ),
    "sheets_columns": (
        "Lembar “{}” memuat lebih dari 60 kolom. Hapus kolom di kanan isi tabel (bukan hanya isinya), "
        "simpan, lalu unggah lagi."
    ),
    "sheets_text": "Berkas memuat lebih dari 10 MB teks, terlampaui pada lembar “{}”. Simpan yang diperlukan saja.",
}
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001  what a workbook says about itself has no time zone
_HEADING = Font(bold=True)
_HEADING_FILL = PatternFill("solid", fgColor="E8EEF4")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")
"""Control characters, which XML does not have, and what only looks like the escape of one."""
IMPOSSIBLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What no cell can hold."""
logger = logging.getLogger(__name__)
Cell = str | Decimal | int | None


LISTS = "Daftar pilihan"
"""The hidden sheet that holds what cells are chosen from."""


@dataclass(frozen=True, slots=True)
class Fill:
    """How a sheet is filled in by hand; places are (row, column), both from 0.

    hidden   columns that are not shown
    open     cells that may be changed; all others are locked, without a password: a rail, not a wall
    choices  what a cell is chosen from; the program then refuses anything else
    """

    hidden: frozenset[int] = frozenset()
    open: frozenset[tuple[int, int]] = frozenset()
    choices: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)


class Unreadable(Exception):
    """A file that is not taken as a spreadsheet. `str()` is the Indonesian text for the screen."""


def read(file: BinaryIO | Path) -> dict[str, list[list[str]]]:
    """The rows of every sheet by its name, in order; rows begin at A1, so the row at index 0 is number 1.

    Cells are text: numbers plain with at most 15 digits (1.1, 50), dates ISO 8601, TRUE and FALSE; of a formula its
    stored value; an error ("#REF!") is empty. Empty cells at the end of a row and empty rows at the end of a sheet are
    left out. At most 40 sheets of 20,000 rows and 60 columns, 10 MB of text. Raises Unreadable.
    """
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return read(stream)
    with tempfile.TemporaryFile() as copy:  # the child needs a descriptor, which an upload in memory does not have
        size = 0
        while chunk := file.read(64 * 1024):
            size += copy.write(chunk)
            if size > MAX_BYTES:
                raise Unreadable(_OWN_REASONS["large"])
        copy.flush()
        answer = asking.ask(copy, "sheets", "xlsx")
    found = answer.get("sheets")
    if isinstance(found, list):
        return dict(found)
    logger.info("a spreadsheet was refused: %s", answer)
    code = str(answer.get("refused", ""))
    reason = _OWN_REASONS.get(code) or REASONS.get(code) or REASONS["broken"]
    raise Unreadable(reason.format(answer.get("fault", "")))


def write(
    sheets: Mapping[str, Sequence[Sequence[Cell]]],
    widths: Mapping[str, Sequence[int]] | None = None,
    fills: Mapping[str, Fill] | None = None,
) -> bytes:
    """An XLSX file; the first row of each sheet is its heading, bold and frozen. The same input gives the same bytes.

    Text stays text whatever it begins with, never a formula, and is typed as text, so that an edited "1.10" stays one.
    A number is written as a number when a spreadsheet can hold it exactly (15 digits), otherwise as text. `widths` in
    characters, by sheet; `fills`, by sheet, what of it is to be filled in. Raises ValueError for a text that no cell
    can hold (over 32,767 characters), and for a sheet name that is empty, over 31 characters, or holds one of []:*?/\\.
    """
    book = Workbook(write_only=True)
    lists: dict[tuple[str, ...], int] = {}
    for name, rows in sheets.items():
        sheet = book.create_sheet(name) if 0 < len(name) <= 31 else None
        if sheet is None or sheet.title != name:
            raise ValueError(f"no name for a sheet: {name!r}")
        sheet.freeze_panes = "A2"
        _columns(sheet, rows, (widths or {}).get(name, ()))
        fill = (fills or {}).get(name)
        if fill is not None:
            _lock(sheet, fill, lists)
        for number, row in enumerate(rows):
            cells = [_cell(sheet, value, heading=number == 0) for value in row]
            sheet.append(cells if fill is None else _opened(sheet, cells, number, fill))
    _lists(book, lists)
    return _packed(book)


def _lock(sheet: Any, fill: Fill, lists: dict[tuple[str, ...], int]) -> None:
    """Hide, protect, and point every cell that is chosen to its list."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False  # False: allowed
    for column in fill.hidden:
        sheet.column_dimensions[get_column_letter(column + 1)].hidden = True
    offered: dict[tuple[str, ...], DataValidation] = {}
    for (row, column), texts in fill.choices.items():
        place = get_column_letter(lists.setdefault(texts, len(lists) + 1))
        if texts not in offered:
            offered[texts] = DataValidation(
                type="list", formula1=f"'{LISTS}'!${place}$1:${place}${len(texts)}", allow_blank=True,
                showErrorMessage=True, errorTitle="Pilih dari daftar", error="Isi sel ini dari daftarnya.",
            )  # fmt: skip
            sheet.data_validations.append(offered[texts])
        offered[texts].add(f"{get_column_letter(column + 1)}{row + 1}")


def _opened(sheet: WriteOnlyWorksheet, cells: list[WrittenCell | None], number: int, fill: Fill) -> list[Any]:
    for place in range(len(cells)):
        if (number, place) in fill.open:
            cell = cells[place] or WriteOnlyCell(sheet, None)
            cell.protection, cell.alignment = Protection(locked=False), _WRAPPED
            if cells[place] is None:
                cell.number_format = "@"
            cells[place] = cell
    return cells


def _lists(book: Workbook, lists: Mapping[tuple[str, ...], int]) -> None:
    if not lists:
        return
    sheet = book.create_sheet(LISTS)
    sheet.sheet_state = "hidden"
    for line in zip_longest(*lists, fillvalue=""):
        sheet.append([_cell(sheet, text, heading=False) for text in line])


def holds(text: str) -> bool:
    """Can a cell hold this text?"""
    return len(_escaped(text)) <= MAX_CELL and not IMPOSSIBLE.search(text)


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: f"_x{ord(found[0][0]):04X}_{found[0][1:]}", text)


def _columns(sheet: Any, rows: Sequence[Sequence[Cell]], widths: Sequence[int]) -> None:
    """Widths, and the format of cells that somebody fills in later: text, where the column has no number yet."""
    numeric = {place for row in rows for place, cell in enumerate(row) if isinstance(cell, (int, Decimal))}
    columns = max((len(row) for row in rows), default=0)
    for place, width in zip_longest(range(columns), widths[:columns], fillvalue=16):
        column = sheet.column_dimensions[get_column_letter(place + 1)]
        column.width = width
        if place not in numeric:
            column.number_format = "@"


def _cell(sheet: WriteOnlyWorksheet, value: Cell, heading: bool) -> WrittenCell | None:
    if value is None or value == "":
        return None
    if isinstance(value, (int, Decimal)) and Decimal(format(float(value), ".15g")) == value:
        cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]  # a Decimal is written digit by digit
    else:
        cell = _text(sheet, value if isinstance(value, str) else f"{value:f}")
    if heading:
        cell.font, cell.fill = _HEADING, _HEADING_FILL
    cell.alignment = _WRAPPED
    return cell


def _text(sheet: WriteOnlyWorksheet, text: str) -> WrittenCell:
    if not holds(text):
        raise ValueError(f"no text for a cell: {text[:40]!r}, {len(text)} characters")
    cell = WriteOnlyCell(sheet, "")
    cell.value = _escaped(text)
    cell.data_type = "s"  # whatever openpyxl guessed: "=1+1" is a text here
    cell.quotePrefix = text[0] in "=+-@'"
    if len(text) <= 255:  # older programs show longer ones in this format as ####
        cell.number_format = "@"
    return cell


def _packed(book: Workbook) -> bytes:
    """The finished file, without the clock in it."""
    book.properties.creator = "Portal KLA"
    book.properties.created = book.properties.modified = _EPOCH
    loose, packed = io.BytesIO(), io.BytesIO()
    writer = ExcelWriter(book, zipfile.ZipFile(loose, "w", zipfile.ZIP_STORED))
    writer.save()
    with zipfile.ZipFile(loose) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        for member in source.infolist():
            entry = zipfile.ZipInfo(member.filename, _EPOCH.timetuple()[:6])
            out.writestr(entry, source.read(member), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
