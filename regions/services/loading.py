"""The region tree, brought in line with a list of codes and names: all of it or nothing."""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from regions import codes
from regions.models import Region
from trail.services import events

Line = tuple[int, list[str]]
"""A line's number in its file, and its cells."""

HEADER = ["code", "name"]
NAMES_KEPT = 1000  # old names in one Event; more than that is a new edition of the list, not a correction
_Day = date | str | None  # as the database takes it
_Row = tuple[str, str, int, _Day]
_INSERT = """
    INSERT INTO regions_region (code, name, level, gone_since) VALUES (%s, %s, %s, %s)
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, gone_since = excluded.gone_since
"""
_INCOMING = "CREATE TEMPORARY TABLE incoming (code text, name text, level smallint, gone_since date) ON COMMIT DROP"
_COPY = "COPY incoming FROM STDIN WITH (FORMAT csv)"
_MOVE = """
    INSERT INTO regions_region (code, name, level, gone_since) SELECT code, name, level, gone_since FROM incoming
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, gone_since = excluded.gone_since
"""


class BadRows(Exception):
    """The list cannot be loaded. `faults` names every one, in Indonesian, with its line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(slots=True)
class Report:
    """What a load did. `levels` counts the list's regions by level; `renamed` has (code, old name, new name); the
    other lists hold codes, in order."""

    levels: dict[int, int] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str, str]] = field(default_factory=list)
    came_back: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.levels.values())

    @property
    def changed(self) -> bool:
        return bool(self.added or self.renamed or self.came_back or self.gone)


def load(lines: Iterable[Line]) -> Report:
    """Make the tree what the lines say: a header `code,name`, then every region once, in any order.

    New codes are added, names corrected, and regions that the list no longer has are marked gone (never deleted: old
    evaluations belong to them); a gone region that is in the list again comes back. One transaction, and one Event if
    anything changed. Raises BadRows, with nothing written, when the list has any fault.
    """
    wanted = _checked(lines)
    today = connection.ops.adapt_datefield_value(timezone.localdate())
    report = Report(levels=dict(sorted(Counter(map(codes.level, wanted)).items())))
    with transaction.atomic():
        changes = list(_changes(wanted, today, report))
        if changes:
            _write(changes)
        if report.changed:
            events.record("regions_loaded", by=None, subject="regions", before=_names(report), after=_counts(report))
    return report


def _checked(lines: Iterable[Line]) -> dict[str, str]:
    """Names by code, or BadRows with every fault of every line."""
    found: dict[str, str] = {}
    at: dict[str, int] = {}
    named: set[str] = set()  # also by faulty lines: what hangs below such a line is no orphan
    faults: list[tuple[int, str]] = []
    rows = iter(lines)
    number, header = next(rows, (1, []))
    if header != HEADER:
        raise BadRows([f"baris {number}: kepala kolom harus 'code,name', bukan '{','.join(header)}'"])
    for number, cells in rows:
        if not cells:
            continue
        named.add(cells[0])
        fault = _fault(cells)
        if not fault and cells[0] in at:
            fault = f"kode {cells[0]} sudah ada di baris {at[cells[0]]}"
        if fault:
            faults.append((number, fault))
        else:
            found[cells[0]] = cells[1]
            at[cells[0]] = number
    for code in found:
        above = codes.parent(code)
        if above and above not in named:
            faults.append((at[code], f"kode {code} tidak punya induk: {above} tidak ada dalam berkas"))
    if not faults and not found:
        faults.append((number, "berkas tidak memuat satu daerah pun"))
    if faults:
        raise BadRows([f"baris {number}: {fault}" for number, fault in sorted(faults)])
    return found


def _fault(cells: list[str]) -> str:
    """What is wrong with this line by itself; '' when nothing is."""
    if len(cells) != len(HEADER):
        return f"harus 2 kolom, ada {len(cells)}"
    code, name = cells
    if not codes.well_formed(code):
        return f"kode {code!r} bukan kode Kemendagri (contoh: 64, 64.71, 64.71.01, 64.71.01.1001)"
    if not name.strip():
        return f"kode {code} tidak bernama"
    if name != name.strip() or any(unicodedata.category(letter) == "Cc" for letter in name):
        return f"nama untuk kode {code} memuat spasi di tepi atau karakter kendali"
    limit = Region._meta.get_field("name").max_length or 0
    return f"nama untuk kode {code} lebih dari {limit} karakter" if len(name) > limit else ""


def _changes(wanted: dict[str, str], today: _Day, report: Report) -> Iterable[_Row]:
    """The rows to write, noting in the report what each is."""
    known = {code: (name, gone) for code, name, gone in Region.objects.values_list("code", "name", "gone_since")}
    for code in sorted(wanted):
        name = wanted[code]
        old_name, gone = known.get(code, (None, None))
        if old_name is None:
            report.added.append(code)
        elif old_name != name:
            report.renamed.append((code, old_name, name))
        if gone is not None:
            report.came_back.append(code)
        if old_name != name or gone is not None:
            yield code, name, codes.level(code), None
    for code in sorted(known.keys() - wanted.keys()):
        name, gone = known[code]
        if gone is None:
            report.gone.append(code)
            yield code, name, codes.level(code), today


def _write(rows: list[_Row]) -> None:
    """Insert or take over. Written by hand because `bulk_create` takes four times as long on either database."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.executemany(_INSERT, rows)
            return
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        text.seek(0)
        cursor.execute(_INCOMING)
        cursor.copy_expert(_COPY, text)
        cursor.execute(_MOVE)
        cursor.execute("DROP TABLE incoming")


def _counts(report: Report) -> dict[str, int]:
    return {
        "total": report.total,
        "added": len(report.added),
        "renamed": len(report.renamed),
        "came_back": len(report.came_back),
        "gone": len(report.gone),
    }


def _names(report: Report) -> dict[str, object]:
    """What the counts alone would lose: old names, and which regions left or returned."""
    return {
        "renamed": {code: old for code, old, _ in report.renamed[:NAMES_KEPT]},
        "came_back": report.came_back[:NAMES_KEPT],
        "gone": report.gone[:NAMES_KEPT],
    }
