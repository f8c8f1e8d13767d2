"""The cells of an XLSX file as text. `office.check` has looked at the file before."""

import datetime
import json
from decimal import Decimal
from typing import BinaryIO

import python_calamine

from .tasks import SHEETS_BYTES
from .verdict import Bad

MAX_SHEETS = 40
MAX_ROWS = 20_000
MAX_COLUMNS = 60
Sheets = list[tuple[str, list[list[str]]]]


def read(file: BinaryIO) -> Sheets:
    """Name and rows of every worksheet, in order, from A1 on; empty cells at the end of a row are left out, empty rows
    at the end of a sheet too.

    Raises Bad "sheets_many", "sheets_rows", "sheets_columns" or "sheets_text", each with the sheet's name as its fault.
    """
    with python_calamine.load_workbook(file) as workbook:
        worksheet = python_calamine.SheetTypeEnum.WorkSheet
        names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == worksheet]
        if len(names) > MAX_SHEETS:
            raise Bad("sheets_many", names[MAX_SHEETS][:100])
        room, found = SHEETS_BYTES, []
        for name in names:
            rows = _rows(workbook, name)
            room -= len(json.dumps([name, rows], ensure_ascii=False, separators=(",", ":")).encode())
            if room < 0:
                raise Bad("sheets_text", name[:100])
            found.append((name, rows))
        return found


def _rows(workbook: python_calamine.CalamineWorkbook, name: str) -> list[list[str]]:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.end is None:
        return []
    if sheet.end[0] >= MAX_ROWS:
        raise Bad("sheets_rows", name[:100])
    if sheet.end[1] >= MAX_COLUMNS:
        raise Bad("sheets_columns", name[:100])
    rows = [_without_tail([_text(cell) for cell in row]) for row in sheet.to_python(skip_empty_area=False)]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _without_tail(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row


def _text(cell: object) -> str:
    """A cell as a person reads it: numbers with the 15 digits that a spreadsheet shows, dates as ISO 8601.

    >>> _text(1.1), _text(0.1 + 0.2), _text(50.0), _text(1e-7), _text(1e20), _text(-0.0), _text(True)
    ('1.1', '0.3', '50', '0.0000001', '100000000000000000000', '0', 'TRUE')
    >>> _text(datetime.date(2024, 5, 6)), _text(datetime.datetime(2024, 5, 6, 7, 8))
    ('2024-05-06', '2024-05-06 07:08:00')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, (int, float)):
        text = format(cell, ".15g") if isinstance(cell, float) else str(cell)
        text = f"{Decimal(text):f}" if "e" in text else text
        return "0" if text == "-0" else text
    return cell.isoformat(" ") if isinstance(cell, datetime.datetime) else _iso(cell)


def _iso(cell: object) -> str:
    return cell.isoformat() if isinstance(cell, (datetime.date, datetime.time)) else str(cell)
