"""What the journeys share: a running portal and a browser. Helpers to drive a page are in tests/browser.py.

`portal` runs on PostgreSQL and Redis; a test that wants the embedded default says
`@pytest.mark.parametrize("portal", ["embedded"], indirect=True)` (or both names).
"""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import launch
from tests.servers import Embedded, Portal, Servers, running_portal

PATIENCE_MS = 20_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that uses a portal or a browser is a journey."""
    for item in items:
        if {"portal", "browser", "page"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("journey")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Generator[None, Any, None]:
    """A failing journey shows what web server and worker said, beside the test's own message."""
    outcome = yield
    report = outcome.get_result()
    portal = getattr(item, "funcargs", {}).get("portal")
    if report.failed and isinstance(portal, Portal):
        report.sections.append(("the portal's logs", portal.logs()))


@pytest.fixture(scope="session")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Embedded]]:
    """Gives the backend "embedded" or "servers", each prepared once in a run, by whichever worker needs it first."""
    made: dict[str, Embedded] = {}
    shared = Path(os.environ["KLA_TEST_RUN_DIR"]) / "backends"

    def get(name: str) -> Embedded:
        if name not in made:
            made[name] = {"embedded": Embedded, "servers": Servers}[name](tmp_path_factory.mktemp(name), shared)
        return made[name]

    yield get
    for backend in made.values():
        backend.stop()


@pytest.fixture(scope="module")
def portal(request: pytest.FixtureRequest, backends: Callable[[str], Embedded]) -> Iterator[Portal]:
    """A running portal with the demo city in it, fresh for each test module."""
    with running_portal(backends(getattr(request, "param", "servers"))) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, one for the whole run."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def person(browser: Browser, portal: Portal) -> Iterator[Callable[..., Page]]:
    """`person()` opens a browser of its own, as another human would: no shared cookies. Options go to new_context."""
    contexts: list[BrowserContext] = []

    def open_browser(**options: object) -> Page:
        settings = {"base_url": portal.base_url, "locale": "id-ID", "timezone_id": "Asia/Makassar"} | options
        context = browser.new_context(**settings)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context.new_page()

    yield open_browser
    for context in contexts:
        context.close()
