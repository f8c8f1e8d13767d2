"""Both ways of running the portal answer, with the headers that every answer carries, and show a sound first page."""

import json
import urllib.error
import urllib.request

import pytest

from tests.browser import axe, watch

STATIC = "static/css/kla.css"


def get(portal, path):
    """Status, headers and body as any client sees them."""
    try:
        with urllib.request.urlopen(f"{portal.base_url}/{path}") as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.mark.parametrize("portal", ["embedded", "servers"], indirect=True)
def test_ready(portal):
    status, _, body = get(portal, "readyz")
    checks = {"database": "ok", "migrations": "ok", "storage": "ok", "broker": "ok"}
    assert (status, json.loads(body)) == (200, {"ready": True, "checks": checks, "scanner": "none"})


@pytest.mark.parametrize("path", [STATIC, "masuk/", "tidak-ada"])
def test_headers_over_the_wire(portal, path):
    _, headers, _ = get(portal, path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Access-Control-Allow-Origin"] is None
    assert "camera=()" in headers["Permissions-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    if path == STATIC:
        assert "no-store" not in headers["Cache-Control"]
    else:
        assert "no-store" in headers["Cache-Control"]
    for cookie in headers.get_all("Set-Cookie") or []:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    "path",
    [".git/HEAD", ".env", "kla_portal/settings.py", "portal.sqlite3", "var/secret_key", "static/../secret_key",
     "static/%2e%2e/secret_key", "static/..%2fportal.sqlite3", "media/", "evidence/", "static/"],
)  # fmt: skip
def test_nothing_of_the_installation_leaks(portal, path):
    status, _, body = get(portal, path)
    assert status in {302, 400, 404}
    assert b"SECRET_KEY" not in body
    assert b"SQLite format" not in body


def test_first_page_in_a_browser(portal, person):
    page = person()
    errors = watch(page)
    page.goto("/")
    assert "/masuk/" in page.url
    axe(page)
    assert errors == []
