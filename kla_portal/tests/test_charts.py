"""Charts: well-formed whatever the labels, inside their frame whatever the numbers, the same bytes every time."""

import re
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from kla_portal.lib import charts

BANDS = [
    {"code": "pratama", "label": "Pratama", "lower": Decimal(500)},
    {"code": "madya", "label": "Madya", "lower": Decimal(600), "inclusive": False},
    {"code": "nindya", "label": "Nindya", "lower": Decimal(700), "inclusive": False},
]
HOSTILE = "<script>alert('1')</script> & \"x\" ]]> \x00\x0b\ud800"
points = st.decimals(min_value=-50, max_value=1200, places=2)
shares = st.decimals(min_value=-1, max_value=2, places=4)


def parse(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(svg.encode())
    assert root.tag.endswith("svg")
    assert root.find("{*}title") is not None
    assert root.find("{*}desc") is not None
    return root


def words(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter() if text.tag.endswith("text")]


def inside(root: ElementTree.Element) -> None:
    """Every mark lies in the frame; labels are anchored within it."""
    _, _, width, height = (float(side) for side in root.attrib["viewBox"].split())
    for mark in root.iter():
        x, y = mark.get("x") or mark.get("cx"), mark.get("y") or mark.get("cy")
        if x is None or y is None:
            continue
        assert -0.1 <= float(x) <= width + 0.1
        assert -0.1 <= float(y) <= height + 0.1
        assert float(x) + float(mark.get("width", 0)) <= width + 0.2
        assert float(mark.get("width", 0)) >= 0


@given(st.lists(st.tuples(st.text(max_size=60), shares, st.none() | shares), max_size=12))
def test_radar_is_well_formed_and_inside(axes: list[tuple[str, Decimal, Decimal | None]]) -> None:
    svg = charts.radar(axes)
    inside(parse(svg))
    assert svg == charts.radar(axes)


@given(st.lists(st.tuples(st.text(max_size=60), points.map(abs), points, st.none() | points), max_size=12))
def test_bars_are_well_formed_and_inside(rows: list[tuple[str, Decimal, Decimal, Decimal | None]]) -> None:
    svg = charts.bars(rows)
    inside(parse(svg))
    assert svg == charts.bars(rows)


@given(points, st.none() | points, st.sampled_from([340, 720, 960]))
def test_score_bar_is_well_formed_and_inside(claimed: Decimal, scored: Decimal | None, width: int) -> None:
    inside(parse(charts.score_bar(claimed, scored, Decimal(1000), BANDS, width=width)))


@given(st.lists(st.decimals(min_value=0, max_value=1000, places=2), min_size=2, max_size=2))
def test_a_higher_total_never_stands_further_left(pair: list[Decimal]) -> None:
    def x_of(total: Decimal) -> Decimal:
        found = re.search(r'd="M([\d.]+) ', charts.score_bar(total, None, Decimal(1000), BANDS))
        assert found
        return Decimal(found[1])

    low, high = sorted(pair)
    assert x_of(low) <= x_of(high)


@pytest.mark.parametrize(
    "svg",
    [
        charts.radar([(HOSTILE, Decimal(1), None)] * 3),
        charts.bars([(HOSTILE, Decimal(10), Decimal(5), None)]),
        charts.score_bar(Decimal(5), None, Decimal(10), [{"code": "x", "label": HOSTILE, "lower": 1}]),
    ],
)
def test_hostile_labels_stay_text(svg: str) -> None:
    root = parse(svg)
    assert not [tag for tag in root.iter() if tag.tag.endswith("script")]
    assert "<script" not in svg
    assert "alert" in "".join(words(root)) + (root.findtext("{*}desc") or "")


def test_figures_are_written_the_indonesian_way() -> None:
    root = parse(charts.bars([("Klaster I", Decimal(115), Decimal("92.25"), Decimal("1080.5"))]))
    assert "Klaim 92,25 · Dinilai 1.080,50 / 115" in words(root)


def test_score_bar_says_where_both_totals_stand() -> None:
    root = parse(charts.score_bar(Decimal(732), Decimal("676.40"), Decimal(1000), BANDS))
    assert {"Klaim 732,00", "Dinilai 676,40", "Madya", "1.000"} <= set(words(root))
    assert "Dinilai 676,40 / 1.000: Madya, kurang 23,60 poin menuju Nindya (harus lebih dari 700)." in (
        root.findtext("{*}desc") or ""
    )


def test_a_goal_is_drawn_and_named_and_the_second_total_is_called_what_it_is() -> None:
    bar = charts.score_bar(Decimal(732), Decimal("676.40"), Decimal(1000), BANDS, second="Didukung", goal="nindya")
    root = parse(bar)
    assert "Didukung 676,40" in words(root)
    assert "Dinilai" not in bar
    assert (root.findtext("{*}desc") or "").endswith("Tujuan Nindya, 700.")
    assert bar.count("stroke-dasharray") == 1


def test_radar_draws_the_scored_line_only_when_all_is_scored() -> None:
    one = charts.radar([("a", Decimal(1), Decimal(1)), ("b", Decimal(1), None)])
    both = charts.radar([("a", Decimal(1), Decimal(1)), ("b", Decimal(1), Decimal(0))])
    assert "Dinilai (evaluator)" not in words(parse(one))
    assert "Dinilai (evaluator)" in words(parse(both))


@pytest.mark.parametrize(
    ("total", "code", "distance"),
    [
        ("499.99", "none", "kurang 0,01 poin menuju Pratama"),
        ("500", "pratama", "kurang 100,00 poin menuju Madya (harus lebih dari 600)"),
        ("600", "pratama", "harus lebih dari 600 poin untuk Madya"),
        ("600.01", "madya", "kurang 99,99 poin menuju Nindya (harus lebih dari 700)"),
        ("999", "nindya", "predikat tertinggi tercapai"),
    ],
)
def test_borders_of_the_bands(total: str, code: str, distance: str) -> None:
    bands = charts.as_bands(BANDS)
    reached = charts.band_of(Decimal(total), bands)
    assert (reached.code if reached else "none") == code
    assert charts.distance_text(Decimal(total), bands) == distance


# --- tints ----------------------------------------------------------------------------------------------------------
def luminance(colour: str) -> float:
    """Relative luminance of '#rrggbb' as WCAG 2.2 defines it, 0…1."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def css_colours() -> dict[str, str]:
    css = (settings.BASE_DIR / "static" / "css" / "kla.css").read_text()
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css))


def test_the_stylesheet_has_the_same_tints() -> None:
    colours = css_colours()
    for code, tint in charts.PREDICATES.items():
        assert colours[f"predicate-{code}"] == tint.fill
        assert colours[f"predicate-{code}-ink"] == tint.ink


def test_ink_reads_on_every_tint() -> None:
    for tint in charts.PREDICATES.values():
        assert contrast(tint.fill, tint.ink) >= 4.5


def test_predicates_grow_darker_so_that_grey_paper_keeps_their_order() -> None:
    ladder = [luminance(tint.fill) for code, tint in charts.PREDICATES.items() if code != "none"]
    assert all(lighter > darker * 1.15 for lighter, darker in pairwise(ladder))


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "paper"),
        ("quiet", "paper"),
        ("quiet", "sunk"),
        ("teal", "paper"),
        ("teal-dark", "teal-pale"),
        ("amber", "amber-pale"),
        ("red", "red-pale"),
        ("red", "paper"),
        ("green", "green-pale"),
        ("blue", "blue-pale"),
    ],
)
def test_text_colours_reach_the_contrast(ink: str, ground: str) -> None:
    colours = css_colours()
    assert contrast(colours[ink], colours[ground]) >= 4.5


histories = st.dictionaries(st.integers(2006, 2040), st.decimals(min_value=0, max_value=1000, places=3), max_size=8)


@given(histories, histories)
def test_course_is_well_formed_and_inside(published: dict[int, Decimal], own: dict[int, Decimal]) -> None:
    svg = charts.course(list(published.items()), list(own.items()))
    root = parse(svg)
    inside(root)
    assert svg == charts.course(list(reversed(published.items())), list(reversed(own.items())))
    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) == (len(published) > 1) + (len(own) > 1)


def test_course_says_its_years_and_keeps_the_two_kinds_apart() -> None:
    root = parse(charts.course([(2023, Decimal("653.7")), (2022, Decimal("732"))], [(2024, Decimal("812.345"))]))
    assert (
        root.findtext("{*}desc") == "2022 732,00 (terpublikasi); 2023 653,70 (terpublikasi); 2024 812,35 (portal ini)."
    )
    assert {"2022", "2023", "2024", "732,00", "653,70", "812,35", "Terpublikasi", "Hasil portal ini"} <= set(
        words(root)
    )
    heights = {text.text: float(text.attrib["y"]) for text in root.iter() if text.tag.endswith("text")}
    assert heights["732,00"] < heights["653,70"], "more points stand higher"
