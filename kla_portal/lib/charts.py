"""Charts as SVG text, made on the server: no script, no style, the same bytes for the same numbers.

For the screen and for A4. Claimed figures are always hollow (outlined, dashed), scored ones always solid, and every
figure stands beside its mark, so that a chart reads in grey and without colour vision. All text is escaped.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from kla_portal.lib.numbers import plain_text, points_text


class Tint(NamedTuple):
    """A fill and the ink that reads on it with a contrast of at least 4.5 : 1."""

    fill: str
    ink: str


# Lightness falls steadily from Pratama to Paripurna, so the order survives colour blindness and a grey printer.
# static/css/kla.css repeats these as custom properties; a test holds the two together.
PREDICATES: dict[str, Tint] = {
    "none": Tint("#e9e6e1", "#45423d"),
    "pratama": Tint("#f7e7a9", "#4a3a00"),
    "madya": Tint("#c9e29b", "#2b4200"),
    "nindya": Tint("#8accab", "#06382a"),
    "utama": Tint("#4ba3b5", "#04222a"),
    "paripurna": Tint("#264b7b", "#ffffff"),
}
INK, QUIET, LINE, TRACK = "#24221f", "#5c5851", "#b9b3a9", "#efece7"
TEAL, TEAL_PALE = "#0b5753", "#d8ebe7"
NO_PREDICATE = "Belum berpredikat"

_FACE = 'font-family="Plus Jakarta Sans, sans-serif"'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Band(NamedTuple):
    """A predicate and where it begins. `inclusive`: a total of exactly `lower` already belongs to it."""

    code: str
    label: str
    lower: Decimal
    inclusive: bool = True


def as_bands(bands: Iterable[Any]) -> list[Band]:
    """Bands in rising order, from mappings or objects with `code`, `label` (or `name`), `lower`, `inclusive`."""
    read = [
        Band(
            str(_of(band, "code")),
            str(_of(band, "label") or _of(band, "name")),
            Decimal(str(_of(band, "lower"))),
            bool(_of(band, "inclusive", default=True)),
        )
        for band in bands
    ]
    return sorted((band for band in read if band.code != "none"), key=lambda band: band.lower)


def band_of(total: Decimal, bands: Sequence[Band]) -> Band | None:
    """The highest band that `total` reaches; None below the first."""
    return next((band for band in reversed(bands) if _reaches(total, band)), None)


def distance_text(total: Decimal, bands: Sequence[Band], goal: str = "") -> str:
    """How far the next predicate is, or the one whose code is `goal`, in words. The one sentence for it everywhere.

    At a bound that does not belong to its band the points that are missing are not quite enough, and it says so.

    >>> bands = [Band("madya", "Madya", Decimal(600)), Band("nindya", "Nindya", Decimal(700), False)]
    >>> distance_text(Decimal("586.40"), bands)
    'kurang 13,60 poin menuju Madya'
    >>> distance_text(Decimal("676.40"), bands)
    'kurang 23,60 poin menuju Nindya (harus lebih dari 700)'
    >>> distance_text(Decimal(700), bands), distance_text(Decimal(701), bands)
    ('harus lebih dari 700 poin untuk Nindya', 'predikat tertinggi tercapai')
    >>> distance_text(Decimal(701), bands, "madya")
    'poin untuk Madya sudah cukup'
    """
    following = next((band for band in bands if (band.code == goal if goal else not _reaches(total, band))), None)
    if following is None:
        return "predikat tertinggi tercapai"
    if _reaches(total, following):
        return f"poin untuk {following.label} sudah cukup"
    more = "" if following.inclusive else f"lebih dari {plain_text(following.lower)}"
    missing = points_text(following.lower - total)
    if missing == "0,00":
        return f"harus {more or f'tepat {plain_text(following.lower)}'} poin untuk {following.label}"
    return f"kurang {missing} poin menuju {following.label}" + (f" (harus {more})" if more else "")


def standing_text(total: Decimal, maximum: Decimal, bands: Sequence[Band]) -> str:
    """'676,40 / 1.000: Madya, kurang 23,60 poin menuju Nindya'."""
    reached = band_of(total, bands)
    label = reached.label if reached else NO_PREDICATE
    return f"{points_text(total)} / {plain_text(maximum)}: {label}, {distance_text(total, bands)}"


def score_bar(
    claimed: Decimal,
    scored: Decimal | None,
    maximum: Decimal,
    bands: Iterable[Any],
    *,
    width: int = 720,
    second: str = "Dinilai",
    goal: str = "",
) -> str:
    """Totals on the line from 0 to `maximum` (points), with the predicate bands tinted.

    Above the line the claim, below it another total, if there is one, which `second` names. The bound of the band with
    the code `goal` is dashed. Under a width of 520 the bands carry no names.
    `maximum` must be above 0; totals outside 0…`maximum` are drawn at the end of the line.
    """
    known = as_bands(bands)
    full = Decimal(maximum)
    inset, top, thick = Decimal(10), Decimal(34), Decimal(30)
    room = width - 2 * inset
    size = 13 if width >= 520 else 14

    def at(value: Decimal) -> Decimal:
        return inset + room * min(max(value / full, Decimal(0)), Decimal(1))

    parts: list[str] = []
    edges = [*(band.lower for band in known), full]
    first = edges[0]
    pieces = [("none", NO_PREDICATE if known else "", Decimal(0), first)]
    pieces += [(band.code, band.label, band.lower, upper) for band, upper in zip(known, edges[1:], strict=True)]
    for code, label, lower, upper in pieces:
        tint = PREDICATES.get(code, PREDICATES["none"])
        left, right = at(lower), at(upper)
        parts.append(
            f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(right - left)}" height="{_n(thick)}" '
            f'fill="{tint.fill}" stroke="#ffffff" stroke-width="1.5"/>'
        )
        if width >= 520 and right - left >= Decimal("7.2") * len(label):
            parts.append(_text(label, (left + right) / 2, top + 20, 13, tint.ink, anchor="middle"))
    parts.append(
        f'<rect x="{_n(inset)}" y="{_n(top)}" width="{_n(room)}" height="{_n(thick)}" fill="none" stroke="{QUIET}"/>'
    )
    aim = next((band for band in known if band.code == goal), None)
    if aim:
        line = f"M{_n(at(aim.lower))} {_n(top - 8)}V{_n(top + thick + 4)}"
        parts.append(f'<path d="{line}" stroke="{INK}" stroke-width="2.5" stroke-dasharray="5 3"/>')
    last_right = Decimal(-100)
    for edge in [Decimal(0), *edges]:
        words = plain_text(edge)
        half = Decimal(len(words)) * Decimal(str(size)) * Decimal("0.3")
        x = min(max(at(edge), half), width - half)
        if x - half > last_right + 3:
            parts.append(_text(words, x, top + thick + 16, size, QUIET, anchor="middle"))
            last_right = x + half
    parts.append(_flag(f"Klaim {points_text(claimed)}", at(claimed), top, width, above=True))
    height = top + thick + 24
    summary = [f"Klaim {standing_text(claimed, full, known)}."]
    if scored is not None:
        parts.append(_flag(f"{second} {points_text(scored)}", at(scored), top + thick, width, above=False))
        height += 26
        summary.append(f"{second} {standing_text(scored, full, known)}.")
    if aim:
        summary.append(f"Tujuan {aim.label}, {plain_text(aim.lower)}.")
    return _svg(width, height, "Nilai pada pita predikat", " ".join(summary), parts)


def radar(axes: Sequence[tuple[str, Decimal, Decimal | None]], *, width: int = 400) -> str:
    """Share reached on each axis: (label, claimed fraction, scored fraction or None), fractions 0…1.

    A line for the claims, dashed with hollow dots; one for the scored, solid with full dots, when every axis has one.
    """
    if not axes:
        return _svg(
            width, Decimal(40), "Capaian per kelompok", "Belum ada data.", [_text("Belum ada data", 8, 26, 14, QUIET)]
        )
    radius = Decimal(width) * Decimal("0.3")
    centre_x, centre_y = Decimal(width) / 2, radius + 52

    def point(index: int, share: Decimal) -> tuple[Decimal, Decimal]:
        angle = 2 * math.pi * index / len(axes) - math.pi / 2
        reach = radius * min(max(share, Decimal(0)), Decimal(1))
        return (
            centre_x + reach * Decimal(str(round(math.cos(angle), 6))),
            centre_y + reach * Decimal(str(round(math.sin(angle), 6))),
        )

    def ring(shares: Sequence[Decimal]) -> str:
        return " ".join(f"{_n(x)},{_n(y)}" for x, y in (point(i, share) for i, share in enumerate(shares)))

    parts = [
        f'<polygon points="{ring([Decimal(step) / 4] * len(axes))}" fill="none" stroke="{LINE}" stroke-width="1"/>'
        for step in (1, 2, 3, 4)
    ]
    for index, (label, _, _) in enumerate(axes):
        x, y = point(index, Decimal(1))
        parts.append(f'<path d="M{_n(centre_x)} {_n(centre_y)}L{_n(x)} {_n(y)}" stroke="{LINE}" stroke-width="1"/>')
        parts.extend(_axis_label(label, x, y, centre_x, centre_y))
    for step in (50, 100):
        x, y = centre_x + 4, centre_y - radius * step / 100 + 12
        parts.append(_text(f"{step}%", x, y, 11, QUIET))
    claimed = [share for _, share, _ in axes]
    scored = [share for _, _, share in axes if share is not None]
    both = len(scored) == len(axes)
    parts.append(
        f'<polygon points="{ring(claimed)}" fill="{TEAL_PALE}" fill-opacity="0.5" stroke="{QUIET}" '
        'stroke-width="2" stroke-dasharray="5 4"/>'
    )
    parts.extend(_dot(*point(i, share), solid=False) for i, share in enumerate(claimed))
    if both:
        parts.append(
            f'<polygon points="{ring(scored)}" fill="{TEAL}" fill-opacity="0.18" stroke="{TEAL}" stroke-width="2.5"/>'
        )
        parts.extend(_dot(*point(i, share), solid=True) for i, share in enumerate(scored))
    bottom = centre_y + radius + 62
    parts.extend(_legend(Decimal(8), bottom, both))
    words = [
        f"{label}: klaim {_percent(share)}" + (f", dinilai {_percent(given)}" if given is not None else "")
        for label, share, given in axes
    ]
    return _svg(width, bottom + 12, "Capaian per kelompok, persen dari nilai maksimum", "; ".join(words) + ".", parts)


def bars(rows: Sequence[tuple[str, Decimal, Decimal, Decimal | None]], *, width: int = 400) -> str:
    """Points per row: (label, maximum, claimed, scored or None), all on one scale, so that weight shows as length."""
    if not rows:
        return _svg(
            width, Decimal(40), "Nilai per bagian", "Belum ada data.", [_text("Belum ada data", 8, 26, 14, QUIET)]
        )
    inset = Decimal(2)
    room = width - 2 * inset
    largest = max((maximum for _, maximum, _, _ in rows), default=Decimal(0)) or Decimal(1)
    y = Decimal(4)
    parts: list[str] = []
    words: list[str] = []
    for label, maximum, claimed, scored in rows:
        for line in wrap(label, max(12, width // 8), lines=2):
            y += 17
            parts.append(_text(line, inset, y, 14, INK, weight=700))
        figures = f"Klaim {points_text(claimed)}"
        if scored is not None:
            figures += f" · Dinilai {points_text(scored)}"
        figures += f" / {plain_text(maximum)}"
        y += 18
        parts.append(_text(figures, inset, y, 13, QUIET))
        y += 6
        deep = Decimal(22) if scored is not None else Decimal(12)
        parts.append(_rect(inset, y, room * _share(maximum, largest), deep, TRACK, LINE))
        parts.append(
            _rect(
                inset,
                y,
                room * _share(min(claimed, maximum), largest),
                Decimal(10 if scored is not None else 12),
                TEAL_PALE,
                QUIET,
                dashed=True,
            )
        )
        if scored is not None:
            parts.append(_rect(inset, y + 11, room * _share(min(scored, maximum), largest), Decimal(11), TEAL, TEAL))
        y += deep + 12
        words.append(f"{label}: {figures}")
    y += 12
    parts.extend(_legend(inset + 6, y, any(scored is not None for *_, scored in rows)))
    return _svg(width, y + 12, "Nilai per bagian", "; ".join(words) + ".", parts)


History = tuple[int, Decimal]
"""A year and its points."""


def course(published: Sequence[History], own: Sequence[History], *, width: int = 360) -> str:
    """Final totals year by year: what others have published (squares) and the portal's own results (dots), on lines.

    Each series with one total a year at most. Points 0…1000.
    """
    every = [*published, *own]
    if not every:
        return _svg(width, Decimal(40), "Nilai akhir", "Belum ada data.", [_text("Belum ada data", 8, 26, 14, QUIET)])
    years = [year for year, _ in every]
    first, span = min(years), max(max(years) - min(years), 1)
    floor = int(min(points for _, points in every)) // 100 * 100
    ceiling = max(-(-math.ceil(max(points for _, points in every)) // 100) * 100, floor + 200)
    left, right, top, bottom = Decimal(44), Decimal(width - 26), Decimal(24), Decimal(174)

    def at(year: int, points: Decimal) -> tuple[Decimal, Decimal]:
        return (
            left + 18 + (right - left - 18) * (year - first) / span,
            bottom - (bottom - top) * (Decimal(points) - floor) / (ceiling - floor),
        )

    step = 100 if ceiling - floor <= 500 else 200
    parts: list[str] = []
    for line in range(floor, ceiling + 1, step):
        y = at(first, Decimal(line))[1]
        parts.append(f'<path d="M{_n(left)} {_n(y)}H{_n(right)}" stroke="{LINE}" stroke-width="1"/>')
        parts.append(_text(plain_text(line), left - 6, y + 4, 12, QUIET, anchor="end"))
    parts += [
        _text(str(year), at(year, Decimal(floor))[0], bottom + 18, 12, QUIET, anchor="middle")
        for year in sorted(set(years))
    ]
    for series, is_own in ((sorted(published), False), (sorted(own), True)):
        ink, places = TEAL if is_own else INK, [at(*each) for each in series]
        if len(places) > 1:
            path = " ".join(f"{_n(x)},{_n(y)}" for x, y in places)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2"/>')
        for (_, points), (x, y) in zip(series, places, strict=True):
            parts.append(_dot(x, y, solid=True) if is_own else _rect(x - 4, y - 4, Decimal(8), Decimal(8), INK, INK))
            parts.append(_text(points_text(points), x, y + 18 if is_own else y - 9, 12, ink, anchor="middle"))
    y = bottom + 40
    if published:
        parts += [
            _rect(left - 4, y - 8, Decimal(8), Decimal(8), INK, INK),
            _text("Terpublikasi", left + 10, y, 13, INK),
        ]
    if own:
        x = left + (110 if published else 0)
        parts += [_dot(x, y - 4, solid=True), _text("Hasil portal ini", x + 10, y, 13, INK)]
    words = [f"{year} {points_text(points)} (terpublikasi)" for year, points in sorted(published)]
    words += [f"{year} {points_text(points)} (portal ini)" for year, points in sorted(own)]
    return _svg(width, y + 12, "Nilai akhir dari tahun ke tahun", "; ".join(words) + ".", parts)


def wrap(text: str, limit: int, *, lines: int) -> list[str]:
    """`text` in at most `lines` lines of about `limit` characters; what does not fit ends in an ellipsis.

    >>> wrap("Hak Sipil dan Kebebasan", 12, lines=2), wrap("a" * 30, 12, lines=1)
    (['Hak Sipil', 'dan…'], ['aaaaaaaaaaa…'])
    """
    words = text.split()
    out: list[str] = []
    while words and len(out) < lines:
        line = words.pop(0)
        while words and len(line) + 1 + len(words[0]) <= limit:
            line += " " + words.pop(0)
        out.append(line)
    cut = [line if len(line) <= limit else line[: limit - 1] + "…" for line in out]
    if words and cut and not cut[-1].endswith("…"):
        cut[-1] += "…"
    return cut


# --- pieces ---------------------------------------------------------------------------------------------------------
def _of(band: Any, name: str, *, default: Any = None) -> Any:
    return band.get(name, default) if isinstance(band, Mapping) else getattr(band, name, default)


def _reaches(total: Decimal, band: Band) -> bool:
    return total > band.lower or (band.inclusive and total == band.lower)


def _share(part: Decimal, whole: Decimal) -> Decimal:
    return min(max(part / whole, Decimal(0)), Decimal(1))


def _n(value: Decimal | int) -> str:
    """A coordinate with at most one decimal, never in exponent form."""
    exact = Decimal(value).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return f"{exact:f}".removesuffix(".0").replace("-0", "0") if exact == 0 else f"{exact:f}".removesuffix(".0")


def _percent(share: Decimal) -> str:
    return f"{plain_text((share * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))}%"


def _safe(text: str) -> str:
    return escape(_NOT_XML.sub("�", text), {'"': "&quot;"})


def _text(
    text: str, x: Decimal | int, y: Decimal | int, size: int, ink: str, *, anchor: str = "start", weight: int = 400
) -> str:
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}" font-weight="{weight}" fill="{ink}" '
        f'text-anchor="{anchor}">{_safe(text)}</text>'
    )


def _rect(
    x: Decimal, y: Decimal, width: Decimal, height: Decimal, fill: str, stroke: str, *, dashed: bool = False
) -> str:
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="1"{dash}/>'
    )


def _dot(x: Decimal, y: Decimal, *, solid: bool) -> str:
    fill, stroke = (TEAL, TEAL) if solid else ("#ffffff", QUIET)
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="4" fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'


def _flag(words: str, x: Decimal, line_y: Decimal, width: int, *, above: bool) -> str:
    """A marker on the line with its words: hollow above (claimed), solid below (scored)."""
    half = Decimal(len(words)) * Decimal("3.9")
    text_x = min(max(x, half), width - half)
    if above:
        mark = f'<path d="M{_n(x)} {_n(line_y + 4)}l-6 -11h12z" fill="#ffffff" stroke="{INK}" stroke-width="1.5"/>'
        return mark + _text(words, text_x, line_y - 14, 14, INK, anchor="middle", weight=700)
    mark = f'<path d="M{_n(x)} {_n(line_y - 5)}l-6 11h12z" fill="{TEAL}" stroke="#ffffff" stroke-width="1"/>'
    return mark + _text(words, text_x, line_y + 37, 14, TEAL, anchor="middle", weight=700)


def _axis_label(label: str, x: Decimal, y: Decimal, centre_x: Decimal, centre_y: Decimal) -> list[str]:
    lines = wrap(label, 15, lines=2)
    side = x - centre_x
    anchor = "middle" if abs(side) < 2 else "start" if side > 0 else "end"
    shift = Decimal(0) if anchor == "middle" else Decimal(8) if side > 0 else Decimal(-8)
    if y < centre_y - 2 and anchor == "middle":
        first = y - 8 - 15 * (len(lines) - 1)
    elif anchor == "middle" or y > centre_y + 60:
        first = y + 16
    else:
        first = y + 4 - Decimal("7.5") * (len(lines) - 1)
    return [_text(line, x + shift, first + 15 * i, 13, INK, anchor=anchor) for i, line in enumerate(lines)]


def _legend(x: Decimal, y: Decimal, both: bool) -> list[str]:
    parts = [_dot(x, y - 4, solid=False), _text("Klaim (penilaian mandiri)", x + 10, y, 13, INK)]
    if both:
        parts += [_dot(x + 195, y - 4, solid=True), _text("Dinilai (evaluator)", x + 205, y, 13, INK)]
    return parts


def _svg(width: int, height: Decimal, title: str, desc: str, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 {width} {_n(height)}" '
        f'width="{width}" height="{_n(height)}" {_FACE}><title>{_safe(title)}</title><desc>{_safe(desc)}</desc>'
        + "".join(parts)
        + "</svg>"
    )
