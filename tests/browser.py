"""Driving a page, and asking it whether it is sound."""

import os
import re
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

from tests.servers import Missing, program

CHROMIUM_FLAGS = [
    "--no-sandbox",  # Chromium refuses its sandbox to root
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def launch(playwright: Playwright) -> Browser:
    """Headless Chromium of this system: KLA_CHROMIUM, chromium or google-chrome."""
    return playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)


def chromium() -> str:
    """Path of the browser; Missing says how to get one."""
    if named := os.environ.get("KLA_CHROMIUM"):
        return named
    for name in ("chromium", "google-chrome-stable", "google-chrome"):
        try:
            return str(program(name))
        except Missing:
            continue
    raise Missing("Chromium is not installed. Run `make test`, which installs what the tests need.")


def watch(page: Page) -> list[str]:
    """Errors that scripts and the Content-Security-Policy report on this page, gathered as they come."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if _is_fault(message) else None)
    return errors


def _is_fault(message: ConsoleMessage) -> bool:
    # Chromium also writes every 4xx answer to the console; those the tests look at themselves.
    return message.type == "error" and not re.search(r"Failed to load resource.*status of 4\d\d", message.text)


def violations(page: Page, but: str = "") -> list[dict[str, Any]]:
    """What axe-core finds wrong on the page, in its own form; elements that `but` selects are left out.

    Its script is read in once per document, and only the violations leave the browser: the list of all that is right
    is a hundred times as long."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(
        """(but) => axe.run(but ? {exclude: [[but]]} : document, {resultTypes: ["violations"], preload: false})
            .then((results) => results.violations)""",
        but,
    )
    return found


def axe(page: Page) -> None:
    """Assert that axe-core finds no violation on the page; the message names rule, help page and elements."""
    found = violations(page)
    lines = [f"{len(found)} accessibility violations on {page.url}"]
    for violation in found:
        lines.append(f"- {violation['id']} ({violation['impact']}): {violation['help']} {violation['helpUrl']}")
        for node in violation["nodes"]:
            lines.append(f"    {' '.join(node['target'])}: {node['html'][:200]}")
            lines.extend(f"      {check['message']}" for check in node["any"] + node["all"] + node["none"])
    assert not found, "\n".join(lines)


def sign_in(page: Page, username: str, password: str) -> None:
    """Through the sign-in page, as a person does; returns when another page is there."""
    page.goto("/masuk/")
    page.get_by_label("Nama pengguna").fill(username)
    page.get_by_label("Kata sandi").first.fill(password)
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_url(re.compile(r"^(?!.*/masuk/(\?|$))"))
