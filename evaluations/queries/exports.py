"""Answers as sheets of a spreadsheet: rows of text, and numbers where somebody will want to add up."""

import re
from decimal import Decimal
from typing import Any

from clusters import scoring
from evaluations.models import Evaluation
from evaluations.queries.scorecard import QuestionScore, Scorecard
from evaluations.queries.showing import cell_text, shown
from evaluations.queries.work import owners_of
from kla_portal.lib.sheets import Cell
from regions.models import Agency

Sheets = dict[str, list[list[Cell]]]
ANSWERS = "Jawaban"
HEADINGS: list[Cell] = [
    "Kode", "Klaster", "Indikator", "Pertanyaan", "Jenis", "Perangkat daerah", "Status", "Jawaban", "Rincian",
    "Catatan", "Poin", "Maksimum", "Data dukung",
]  # fmt: skip
ANSWERS_WIDTHS = [9, 20, 24, 50, 14, 18, 16, 26, 40, 40, 10, 10, 10]
_NO_CELL = re.compile("[\ud800-\udfff\ufffe\uffff]")


def table_sheet(rule: scoring.Table, value: Any) -> list[list[Cell]]:
    """Headings and rows of a table's answer; numbers as numbers."""
    rows = value if isinstance(value, list) else []
    return [
        [column.label for column in rule.columns],
        *([_cell(column, row.get(column.key, "")) for column in rule.columns] for row in rows),
    ]


def _cell(column: scoring.Column, stored: str) -> Cell:
    return Decimal(stored) if column.type == "number" and stored else cell_text(column, stored)


def table_sheets(rule: scoring.Table, value: Any) -> Sheets:
    """The table as a file to be filled in and sent back: its rows, and what may stand in each column."""
    about: list[list[Cell]] = [["Kolom", "Wajib", "Isi"]]
    about += [[column.label, "ya" if column.required else "tidak", _allowed(column)] for column in rule.columns]
    about += [["", "", ""], ["Jangan tulis data pribadi, misalnya nama anak, NIK, atau alamat rumah.", "", ""]]
    return {"Matriks": table_sheet(rule, value), "Petunjuk": about}


def _allowed(column: scoring.Column) -> str:
    if column.type == "choice":
        return "Salah satu dari: " + "; ".join(column.options)
    return {
        "text": "Teks, paling panjang 500 huruf",
        "number": "Angka mulai dari 0, misalnya 12 atau 72,5",
        "date": "Tanggal, misalnya 31-12-2024",
    }[column.type]


def evaluation_sheets(evaluation: Evaluation, card: Scorecard, agency: Agency | None = None) -> Sheets:
    """All answers, or those to which `agency` is assigned: one line each, and a sheet for every table that has rows."""
    owners = owners_of(evaluation)
    lines: list[list[Cell]] = [HEADINGS]
    tables: Sheets = {}
    for cluster in card.clusters:
        for indicator in cluster.indicators:
            for row in indicator.questions:
                holders = owners.get(row.question.pk, [])
                if agency is not None and all(owner.agency != agency for owner in holders):
                    continue
                place = [cluster.cluster.name, f"{indicator.indicator.number} {indicator.indicator.name}"]
                lines.append(_line(evaluation, row, place, ", ".join(owner.label for owner in holders)))
                if isinstance(row.rule, scoring.Table) and isinstance(row.answer.value, list):
                    tables[_sheet_name(row.question.code, tables)] = table_sheet(row.rule, row.answer.value)
    return {ANSWERS: lines} | tables


def _line(evaluation: Evaluation, row: QuestionScore, place: list[str], holders: str) -> list[Cell]:
    answer, parts = row.answer, shown(row.rule, row.answer.value, evaluation.cycle.compared_years)
    return [
        row.question.code, *place, row.question.text, row.question.row.get_kind_display(), holders,
        answer.get_state_display(), parts.text, "\n".join(f"{line.label}: {line.text}" for line in parts.lines),
        _NO_CELL.sub("", answer.note), row.tally.claimed.normalize(), row.maxima.claimed.normalize(),
        row.evidence_count,
    ]  # fmt: skip


def _sheet_name(code: str, taken: Sheets) -> str:
    """A question's code as the name of a sheet, which knows fewer characters and no letter case."""
    name = re.sub(r"[\[\]:*?/\\']", "-", code)[:28]
    clash = {one.casefold() for one in (ANSWERS, *taken)}
    number = 1
    while (found := name if number == 1 else f"{name}-{number}").casefold() in clash:
        number += 1
    return found
