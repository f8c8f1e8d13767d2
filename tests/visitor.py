"""A person at a running portal without a browser: signs in, reads forms, sends them."""

import html
import re
from typing import Any

import requests

from evaluations.demo.people import PASSWORD

PATIENCE = 60
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


class Visitor:
    """`name` as in the demo: "koordinator", "operator" …"""

    def __init__(self, base_url: str, name: str) -> None:
        self.base_url, self.session = base_url, requests.Session()
        page = self.get("/masuk/").text
        answer = self.post("/masuk/", hidden(page) | {"username": f"{name}@contoh", "password": PASSWORD})
        assert answer.status_code == 302, answer.text[-2000:]

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.base_url + path, timeout=PATIENCE)

    def post(self, path: str, data: dict[str, Any], **more: Any) -> requests.Response:
        """Not followed where it leads."""
        return self.session.post(self.base_url + path, data, allow_redirects=False, timeout=PATIENCE, **more)

    def post_apart(self, path: str, data: dict[str, Any], **more: Any) -> requests.Response:
        """The same from a connection of its own, as a second click sends it."""
        cookies = self.session.cookies.get_dict()
        url = self.base_url + path
        return requests.post(url, data, cookies=cookies, allow_redirects=False, timeout=PATIENCE, **more)

    def question(self) -> str:
        """The path of a question in the person's own work that is answered by one choice and can be written."""
        for path in dict.fromkeys(re.findall(r"/evaluasi/[0-9a-f-]{36}/p/[\w.]+/", self.get("/").text)):
            page = self.get(path).text
            if 'name="value"' in page and 'type="radio"' in page and 'name="file"' in page:
                return str(path)
        raise AssertionError("no question with a choice waits for this person")


def hidden(page: str, until: str = "") -> dict[str, str]:
    """The hidden fields of a page (or of its part up to and with the first `until`), by name; of equals the last."""
    if until:
        page = page[: page.index(until)]
    found = {}
    for tag in HIDDEN.findall(page):
        attributes = dict(ATTRIBUTE.findall(tag))
        if "name" in attributes:
            found[attributes["name"]] = html.unescape(attributes.get("value", ""))
    return found


def form(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form on this page that is sent to a path ending in `action`."""
    for body in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
        opening = body[: body.index(">")]
        if action in opening:
            return hidden(body)
    raise AssertionError(f"no form to {action} on the page")
