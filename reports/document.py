"""Laporan Hasil Evaluasi: from a frozen payload to the PDF. Looks nothing up: no database, no clock, no address."""

import re
import textwrap
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from django.conf import settings
from django.template.loader import render_to_string

from kla_portal.lib import charts, pdf
from kla_portal.lib.dates import long_date
from reports.edition import LAYOUT, TEMPLATE
from reports.payload import CLOCK, PRINTED_ROWS

Step = Callable[[int, str], None]
"""How far the printing is, 0..100, and what is being done."""
FONTS = {"face-400": "plus-jakarta-sans-latin-400-normal.woff2", "face-700": "plus-jakarta-sans-latin-700-normal.woff2"}
SVG = "image/svg+xml"
LONG = 1200
"""Characters of remarks, about a fifth of a page."""
ANNEXES = ("proofs", "tables", "method", "mark")
"""In their order; tables only where there are any."""
ROMAN = re.compile("[IVX]+")


def print_pdf(
    payload: dict[str, Any], fingerprint: str, *, trail: tuple[int, str] = (0, ""), on_step: Step | None = None
) -> bytes:
    """The document of a payload from `reports.payload.build`. The same arguments give the same bytes. `trail` is where
    the trail stood when it was frozen: number and digest of its newest event.

    Raises `kla_portal.lib.pdf.PrintFailed`, and whatever `on_step` raises.
    """
    tell = on_step or (lambda progress, words: None)
    tell(15, "Menggambar bagan")
    drawings = drawn(payload)
    assets: dict[str, tuple[bytes, str]] = {name: (svg.encode(), SVG) for name, svg in drawings.items()}
    assets |= {
        name: ((settings.BASE_DIR / "static/fonts" / file).read_bytes(), "font/woff2") for name, file in FONTS.items()
    }
    assets["logo"] = ((settings.BASE_DIR / "static/img/logo.svg").read_bytes(), SVG)
    tell(25, "Menyusun halaman")
    html = render_to_string(TEMPLATE, context(payload, fingerprint, drawings, trail))
    title = f"Laporan Hasil Evaluasi KLA {payload['region']['name']} – {payload['cycle']['name']}"
    return pdf.render(html, css=style(), assets=assets, title=title, on_page=_paged(payload, tell))


def context(
    payload: dict[str, Any], fingerprint: str, drawings: dict[str, str], trail: tuple[int, str] = (0, "")
) -> dict[str, Any]:
    """What the template reads: the payload, the numbered chapters, the words of each chart."""
    chapters = [
        cluster
        | {
            "number": number,
            "title": full_name(cluster),
            "anchor": f"bab-{number}",
            "chart": f"chart-{number}",
            "words": words(drawings[f"chart-{number}"]),
        }
        for number, cluster in enumerate(payload["clusters"], start=2)
    ]
    for chapter in chapters:
        chapter["indicators"] = [
            block
            | {
                "place": f"{chapter['number']}.{at}",
                "anchor": f"bab-{chapter['number']}-{at}",
                "questions": [_remarked(question) for question in block["questions"]],
            }
            for at, block in enumerate(chapter["indicators"], start=1)
        ]
    tables = [
        {"code": question["code"], "text": question["text"], "answer": question["answer"]} | _printed(question["table"])
        for part in payload["clusters"] for block in part["indicators"] for question in block["questions"]
        if question.get("table")
    ]  # fmt: skip
    letters = iter("ABCD")
    return {
        "tables": tables,
        "printed_rows": PRINTED_ROWS,
        "annexes": {name: next(letters) for name in ANNEXES if name != "tables" or tables},
        "report": payload,
        "made_on": long_date(date.fromisoformat(payload[CLOCK])),
        "fingerprint": fingerprint,
        "mark": _in_lines(fingerprint),
        "trail": {"seq": trail[0], "short": trail[1][:16], "lines": _in_lines(trail[1])} if trail[0] else None,
        "chapters": chapters,
        "words": {name.replace("-", "_"): words(svg) for name, svg in drawings.items()},
        "evidence_count": sum(
            line["count"] for part in payload["clusters"] for block in part["indicators"]
            for question in block["questions"] for line in question["evidence"]
        ),
    }  # fmt: skip


def _in_lines(digest: str) -> list[str]:
    """64 hex digits as people compare them: two lines of groups of eight."""
    return [" ".join(textwrap.wrap(half, 8)) for half in textwrap.wrap(digest, 32)]


def _printed(table: dict[str, Any]) -> dict[str, Any]:
    """A table with each cell beside whether it is a number."""
    numbers = [column["number"] for column in table["columns"]]
    rows = [list(zip(row, numbers, strict=True)) for row in table["rows"]]
    return table | {"rows": rows, "sums": list(zip(table["sums"], numbers, strict=True)) if table["sums"] else []}


def drawn(payload: dict[str, Any]) -> dict[str, str]:
    """The charts as SVG, by asset name."""
    total = payload["total"]
    parts = payload["clusters"]
    drawings = {
        "chart-bar": charts.score_bar(
            Decimal(total["claimed"]), _maybe(total["scored"]), Decimal(total["maximum"]), payload["bands"]
        ),
        "chart-radar": charts.radar([(short_name(part), *_shares(part["tally"])) for part in parts]),
        "chart-groups": charts.bars([_row(full_name(part), part["tally"]) for part in parts], width=760),
    }
    for number, part in enumerate(parts, start=2):
        rows = [_row(f"{block['number']}. {block['name']}", block["tally"]) for block in part["indicators"]]
        drawings[f"chart-{number}"] = charts.bars(rows, width=760)
    return drawings


def words(svg: str) -> str:
    """What a chart says, for those who cannot see it: its title and description."""
    root = ElementTree.fromstring(svg)  # nosec - drawn by kla_portal.lib.charts
    said = [child.text or "" for child in root if child.tag.rpartition("}")[2] in ("title", "desc")]
    return ". ".join(said)


def full_name(cluster: dict[str, Any]) -> str:
    """As officials say it: 'Klaster II Lingkungan Keluarga …' for those numbered in Roman, the name for the others."""
    return f"Klaster {cluster['code']} {cluster['name']}" if ROMAN.fullmatch(cluster["code"]) else cluster["name"]


def short_name(cluster: dict[str, Any]) -> str:
    """For the axis of a chart: 'Klaster II', the short form that a name carries in brackets, or the name."""
    if ROMAN.fullmatch(cluster["code"]):
        return f"Klaster {cluster['code']}"
    bracketed = re.search(r"\(([^()]+)\)$", cluster["name"])
    return bracketed[1] if bracketed else cluster["name"]


def style() -> str:
    """The style sheet, with the tints of the predicates that the screens use."""
    tints = (
        f".tint-{code} {{ background: {tint.fill}; color: {tint.ink} }}" for code, tint in charts.PREDICATES.items()
    )
    return "\n".join([LAYOUT.read_text(), *tints])


def _remarked(question: dict[str, Any]) -> dict[str, Any]:
    """With `said` and `lacks`: is there more to a verdict than its points, and evidence wanted for an answer given?

    `long` remarks may run over the end of a page; short ones stay in one piece.
    """
    verdict = question["verdict"]
    said = verdict is not None and (verdict["adjusted"] or bool(verdict["reason"]))
    long = len(question["note"]) + len(verdict["reason"] if verdict else "") > LONG
    return question | {"said": said, "lacks": question["answered"] and bool(question["missing"]), "long": long}


def _maybe(points: str | None) -> Decimal | None:
    return None if points is None else Decimal(points)


def _row(label: str, tally: dict[str, Any]) -> tuple[str, Decimal, Decimal, Decimal | None]:
    return label, Decimal(tally["maximum"]), Decimal(tally["claimed"]), _maybe(tally["scored"])


def _shares(tally: dict[str, Any]) -> tuple[Decimal, Decimal | None]:
    maximum, scored = Decimal(tally["maximum"]), _maybe(tally["scored"])
    return Decimal(tally["claimed"]) / maximum, None if scored is None else scored / maximum


def _paged(payload: dict[str, Any], tell: Step) -> Callable[[int], None]:
    """Pages laid out, as progress between 25 and 80; some are laid out twice for the sake of the page numbers."""
    expected = 2 * (10 + payload["counts"]["questions"] // 6)
    done = 0

    def on_page(number: int) -> None:
        nonlocal done
        done += 1
        if done % 4 == 1:
            tell(25 + min(55, 55 * done // expected), f"Menyusun halaman {number}")

    return on_page
