"""What a package says of itself: `indeks.html`, which opens from a disk without a network, and `indeks.xlsx`."""

import base64
import hashlib
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from kla_portal.lib import sheets
from kla_portal.lib.dates import moment
from reports.enums import EntryState
from reports.models import Package
from reports.packages_content import Entry

LAYOUT = Path(__file__).parent / "package_index.css"
TEMPLATE = "reports/package_index.html"
HEADINGS: list[sheets.Cell] = [
    "Klaster", "Indikator", "Kode", "Pertanyaan", "Jawaban daerah", "Putusan penilai", "Keadaan", "Judul", "Jenis",
    "Nomor", "Tanggal", "Tahun data", "Perangkat daerah", "Memenuhi", "Halaman", "Putusan dokumen", "Alamat tautan",
    "Berkas", "Ukuran (byte)", "SHA-256",
]  # fmt: skip
WIDTHS = [10, 10, 9, 50, 30, 30, 22, 40, 18, 20, 18, 10, 18, 30, 12, 24, 30, 50, 14, 66]
_HEAD = (
    '<!doctype html><html lang="id"><head><meta charset="utf-8">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'\">"
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
)


def html(package: Package, entries: Sequence[Entry]) -> bytes:
    """The index for reading. Holds no script, no form and no address but those of the files beside it."""
    style = LAYOUT.read_text()
    mark = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    body = render_to_string(TEMPLATE, _context(package, entries))
    return f"{_HEAD.format(mark)}<style>{style}</style>{body}</html>\n".encode()


def xlsx(entries: Sequence[Entry]) -> bytes:
    """The index for sorting; every cell is a text or a number, none a formula."""
    rows: list[list[sheets.Cell]] = [HEADINGS]
    rows += [
        [
            _text(cell)
            for cell in (
                entry.cluster, entry.indicator, entry.code, entry.question, entry.claim, entry.verdict,
                entry.state.label, entry.title, entry.kind, entry.number, entry.dated, entry.year, entry.owner,
                entry.want, entry.pages, entry.document, entry.url, entry.path, entry.size or None, entry.sha256,
            )
        ]
        for entry in entries
    ]  # fmt: skip
    return sheets.write({"Indeks": rows}, {"Indeks": WIDTHS})


def _text(cell: sheets.Cell) -> sheets.Cell:
    return sheets.IMPOSSIBLE.sub("", cell)[:30_000] if isinstance(cell, str) else cell


def _context(package: Package, entries: Sequence[Entry]) -> dict[str, Any]:
    evaluation = package.evaluation
    clusters = [
        (code, several[0].cluster_name, _questions(several))
        for code, several in ((code, list(group)) for code, group in groupby(entries, lambda one: one.cluster))
    ]
    return {
        "title": package.title,
        "scope": package.get_scope_display(),
        "evaluation": evaluation,
        "clusters": clusters,
        "made": moment(package.created_at, evaluation.region_id),
        "files": len({entry.path for entry in entries if entry.path}),
        "absent": sum(entry.state not in (EntryState.IN, EntryState.LINK) for entry in entries),
        "links": sum(entry.state == EntryState.LINK for entry in entries),
    }


def _questions(entries: Sequence[Entry]) -> list[tuple[Entry, list[Entry]]]:
    """Each question, told by its first entry, with its documents."""
    grouped = (list(group) for _, group in groupby(entries, lambda one: one.code))
    return [(several[0], several) for several in grouped]
