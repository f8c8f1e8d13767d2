"""HTML to tagged PDF, from nothing but the bytes that are handed in.

WeasyPrint on its own opens every address it meets, on the network and on the disk; some of them end up inside the
PDF. Here an address is a name in `assets`, written `kla:<name>` in the HTML and the CSS, and there is no other kind.
"""

import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.logger import LOGGER, PROGRESS_LOGGER
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

Assets = Mapping[str, tuple[bytes, str]]
"""Name → (bytes, MIME type)."""

SCHEME = "kla:"
logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of each table it subsets


class PrintFailed(Exception):
    """The document asked for something that was not handed in, or something handed in could not be drawn."""


class Registered(URLFetcher):
    """Answers `kla:<name>` for the names it was given and refuses every other address, which stops the printing.

    WeasyPrint would go on without a resource that cannot be had. A document of ours that asks for an address we did
    not register is a fault, and a report with a hole in it is worse than none.
    """

    def __init__(self, assets: Assets) -> None:
        # None of the parent's handlers for http, ftp, file and data is ever reached: `fetch` does not call it.
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._assets = assets
        self.refused: list[str] = []

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        name = url.removeprefix(SCHEME)
        if not url.startswith(SCHEME) or name not in self._assets:
            self.refused.append(f"address not registered: {url[:200]!r}")
            raise FatalURLFetchingError(self.refused[-1])
        data, mime = self._assets[name]
        return URLFetcherResponse(url, data, {"Content-Type": mime})


def render(
    html: str,
    *,
    css: str,
    assets: Assets,
    title: str,
    lang: str = "id",
    on_page: Callable[[int], None] | None = None,
) -> bytes:
    """Print `html` (the inside of <body>) with `css` as a tagged PDF (PDF/UA-1).

    html     already escaped; images and fonts are addressed as `kla:<name>`, name being a key of `assets`
    on_page  called with the number of each page as it is laid out, from 1; numbers start again when the layout is
             repeated for the sake of page references. What it raises stops the printing
    Raises PrintFailed when anything else is addressed, and when an asset cannot be drawn or a font not be loaded.
    The same input gives the same bytes, apart from what a new version of WeasyPrint changes.
    """
    page = (
        f'<!doctype html><html lang="{escape(lang)}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head><body>{html}</body></html>"
    )
    fetcher = Registered(assets)
    with _fonts() as fonts, _listening(on_page) as faults:
        try:
            style = CSS(string=css, url_fetcher=fetcher, font_config=fonts, base_url=SCHEME)
            data = HTML(string=page, url_fetcher=fetcher, base_url=SCHEME).write_pdf(
                stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1", pdf_identifier=True
            )
        except FatalURLFetchingError as refused:
            raise PrintFailed(str(refused)) from refused
    # A refusal while a chart is being drawn is swallowed by WeasyPrint, so it is asked for here once more.
    if faults := [*fetcher.refused, *faults]:
        raise PrintFailed("; ".join(faults))
    return bytes(data)


@contextmanager
def _fonts() -> Iterator[FontConfiguration]:
    """Fonts of one document, whose folder in the temporary directory is gone afterwards.

    WeasyPrint removes it when the object dies. That waits for the garbage collector, and a worker that is stopped never
    gets there.
    """
    fonts = FontConfiguration()
    try:
        yield fonts
    finally:
        fonts.__del__()  # may be called again: what is gone stays gone


class _Ear(logging.Handler):
    """Hears what WeasyPrint says on this thread: faults are kept, page numbers passed on."""

    def __init__(self, on_page: Callable[[int], None] | None) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._on_page, self._thread = on_page, threading.get_ident()

    def createLock(self) -> None:
        """None: one thread is heard, and what `on_page` does must not hold up the others."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread != self._thread:
            return
        if record.name == PROGRESS_LOGGER.name:
            page = re.search(r"Creating layout - Page (\d+)", record.getMessage())
            if self._on_page and page:
                self._on_page(int(page[1]))
        elif record.levelno >= logging.ERROR or "cannot be loaded" in str(record.msg):
            self.faults.append(record.getMessage())


@contextmanager
def _listening(on_page: Callable[[int], None] | None) -> Iterator[list[str]]:
    ear = _Ear(on_page)
    # Each time, because configuring the logs anew would undo it.
    PROGRESS_LOGGER.setLevel(logging.INFO)
    PROGRESS_LOGGER.propagate = False  # a line for each page is for `on_page`, not for the log
    LOGGER.addHandler(ear)
    PROGRESS_LOGGER.addHandler(ear)
    try:
        yield ear.faults
    finally:
        LOGGER.removeHandler(ear)
        PROGRESS_LOGGER.removeHandler(ear)
