import gc
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings

from kla_portal.lib import pdf
from kla_portal.tests.canary import SECRET, Canary, canary
from kla_portal.tests.read_pdf import figures_of, fonts_of, streams_of

FACE = (settings.BASE_DIR / "static/fonts/plus-jakarta-sans-latin-400-normal.woff2").read_bytes()
CHART = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#0b5753"/></svg>'
ASSETS = {"face": (FACE, "font/woff2"), "chart": (CHART, "image/svg+xml")}
CSS = '@font-face { font-family: "Jakarta"; src: url(kla:face) } body { font-family: "Jakarta" }'


def render(html: str, **more: object) -> bytes:
    return pdf.render(html, **{"css": CSS, "assets": ASSETS, "title": "Uji"} | more)  # type: ignore[arg-type]


@pytest.fixture
def bird(tmp_path: Path) -> Iterator[Canary]:
    with canary(tmp_path) as it:
        yield it


def test_registered_bytes_are_drawn_and_the_document_is_tagged():
    data = render('<h1>Judul</h1><img src="kla:chart" alt="Bagan">')
    assert data.startswith(b"%PDF-1.7")
    assert b"0.043137 0.341176 0.32549 rg" in streams_of(data)  # the chart's #0b5753
    assert fonts_of(data) == {"Jakarta-Bold"}  # the family of the style sheet, not the machine's stand-in
    assert figures_of(data) == ["Bagan"]


def test_the_same_input_gives_the_same_bytes():
    assert render("<h1>Judul</h1>") == render("<h1>Judul</h1>")


def test_pages_are_counted_while_they_are_laid_out():
    seen: list[int] = []
    render("<p>satu</p>" + '<p style="break-before: page">lagi</p>' * 2, on_page=seen.append)
    assert seen[:3] == [1, 2, 3]


def test_what_on_page_raises_stops_the_printing():
    def stop(number: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render("<p>x</p>", on_page=stop)


@pytest.mark.parametrize(("html", "printed"), [("<p>x</p>", True), ('<img src="kla:none" alt="">', False)])
def test_nothing_stays_in_the_temporary_directory(html, printed, tmp_path, monkeypatch):
    """At once: a worker that is stopped collects no garbage any more."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made: list[bool] = []
    gc.disable()
    try:
        with suppress(pdf.PrintFailed):
            render(html, on_page=lambda number: made.append(any(tmp_path.iterdir())))
        left = list(tmp_path.iterdir())
    finally:
        gc.enable()
    assert set(made) == ({True} if printed else set()), "it had a folder there while it printed"
    assert left == []


def test_no_attempt_as_markup_reaches_server_or_file(bird):
    """Even if markup of a stranger came through unescaped, it would find nothing to open."""
    printed, refused = 0, 0
    for attempt in bird.attempts():
        try:
            data = render(f"<h1>Uji</h1>{attempt}")
        except pdf.PrintFailed:
            refused += 1
        else:
            printed += 1
            assert SECRET.encode() not in streams_of(data)
    assert bird.hits == []
    assert refused >= 15, "hardly anything was refused: do the attempts still ask for an address?"
    assert printed + refused == len(bird.attempts()) >= 17


def test_the_canary_sings(bird):
    with urlopen(f"{bird.url}/hello") as answer:
        assert answer.read() == SECRET.encode()
    assert bird.hits == ["/hello"]


@pytest.mark.parametrize(
    "address", ["kla:other", "kla:", "KLA:chart", "chart", "data:image/png;base64,AA", "file:///etc/hostname"]
)
def test_an_address_not_registered_stops_the_printing(address):
    with pytest.raises(pdf.PrintFailed, match="not registered"):
        render(f'<img src="{address}" alt="x">')


def test_an_address_inside_a_chart_stops_the_printing(bird):
    image = f'<image href="{bird.url}/x" width="9" height="9"/>'
    hollow = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{image}</svg>'
    with pytest.raises(pdf.PrintFailed, match="not registered"):
        render('<img src="kla:c" alt="x">', assets=ASSETS | {"c": (hollow.encode(), "image/svg+xml")})
    assert bird.hits == []


@pytest.mark.parametrize("name", ["chart", "face"])
def test_a_broken_asset_is_a_failure_and_not_a_hole(name):
    with pytest.raises(pdf.PrintFailed):
        render('<img src="kla:chart" alt="x">', assets=ASSETS | {name: (b"rusak", ASSETS[name][1])})


def test_a_failure_of_another_thread_is_not_ours():
    import logging
    import threading

    def shout(number: int) -> None:
        other = threading.Thread(target=logging.getLogger("weasyprint").error, args=("Failed to load image",))
        other.start()
        other.join()

    assert render("<p>x</p>", on_page=shout).startswith(b"%PDF")
