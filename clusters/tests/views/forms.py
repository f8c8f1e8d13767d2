"""A page's form as its reader would send it back."""

import html
import re
from typing import Any

from django.test import Client


def filled(page: str) -> dict[str, Any]:
    """Every named field of the page with what stands in it; an unticked box is absent, as in a browser."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or "checked" in tag):
            given = html.unescape(value[1]) if value else "on" if "checkbox" in tag else ""
            several = "checkbox" in tag and name[1] in found  # boxes of one name: all that are ticked
            found[name[1]] = [*_listed(found[name[1]]), given] if several else given
    for name, inside in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', page, flags=re.S):
        found[name] = html.unescape(inside).lstrip("\r\n")
    for name, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, flags=re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def typed(client: Client, address: str) -> dict[str, Any]:
    """The form of the page at an address."""
    return filled(client.get(address).content.decode())
