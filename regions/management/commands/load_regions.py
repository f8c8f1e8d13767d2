import csv
import gzip
import io
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kla_portal.lib.numbers import plain_text
from regions.enums import Level
from regions.services import BadRows, Line, Report, load

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "regions.csv.gz"
SHOWN = 50  # of faults or changes


class Command(BaseCommand):
    help = "Memuat daftar daerah (kode Kemendagri dan nama). Aman diulang; tidak pernah menghapus daerah."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--file", type=Path, default=SHIPPED, metavar="F", help="CSV 'code,name', boleh dipadatkan dengan gzip"
        )

    def handle(self, *args: Any, file: Path, verbosity: int, **options: Any) -> None:
        try:
            report = load(_lines(file))
        except BadRows as bad:
            raise CommandError(_refusal(file, bad.faults)) from None
        for line in _told(report, everything=verbosity > 1):
            self.stdout.write(line)


def _lines(file: Path) -> Iterator[Line]:
    """The file's lines with their numbers. Raises CommandError when it cannot be read as text."""
    try:
        data = file.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as fault:
        raise CommandError(f"Berkas {file} tidak terbaca: {fault}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as fault:
        raise CommandError(f"Berkas {file}, baris {reader.line_num}: bukan CSV yang sah ({fault})") from None


def _refusal(file: Path, faults: list[str]) -> str:
    shown = faults[:SHOWN]
    rest = [f"… dan {len(faults) - SHOWN} lagi"] if len(faults) > SHOWN else []
    return "\n".join([f"{file}: {len(faults)} kesalahan, tidak ada yang dimuat.", *shown, *rest])


def _told(report: Report, *, everything: bool) -> Iterator[str]:
    levels = ", ".join(f"{plain_text(n)} {Level(level).label.lower()}" for level, n in report.levels.items())
    yield f"{plain_text(report.total)} daerah dalam berkas: {levels}."
    if not report.changed:
        yield "Tidak ada perubahan."
    limit = None if everything else SHOWN
    first_load = limit is not None and len(report.added) > limit  # then their number says enough
    yield from _part("ditambahkan", report.added, 0 if first_load else limit)
    yield from _part("berganti nama", [f"{code} {old} → {new}" for code, old, new in report.renamed], limit)
    yield from _part("ada lagi", report.came_back, limit)
    yield from _part("tidak ada lagi", report.gone, limit)


def _part(what: str, items: list[str], limit: int | None) -> Iterator[str]:
    """How many, then which: the first of them (0: none; None: all). Nothing when there are no items."""
    if not items:
        return
    yield f"{plain_text(len(items))} {what}" + ("." if limit == 0 else ":")
    yield from (f"  {item}" for item in items[:limit])
    if limit and len(items) > limit:
        yield f"  … dan {plain_text(len(items) - limit)} lagi"
