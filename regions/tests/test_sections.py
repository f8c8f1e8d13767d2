from collections.abc import Iterator

import pytest
from django.test import RequestFactory
from django.utils.safestring import mark_safe

from regions import sections
from regions.models import Region


def first(request, region):
    return mark_safe(f"<p>{region.code}</p>")


def second(request, region):
    return mark_safe("<p>kedua</p>")


def silent(request, region):
    return None


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    for section in (first, second, silent):
        sections.unregister(section)


def test_sections_come_in_order_each_once_and_silent_ones_not():
    sections.register(second, order=1002)
    sections.register(silent, order=1001)
    sections.register(first, order=1000)
    sections.register(first, order=1003)
    shown: list[str] = list(sections.render(RequestFactory().get("/"), Region(code="64.71")))
    assert shown[-2:] == ["<p>64.71</p>", "<p>kedua</p>"]
    assert shown.count("<p>64.71</p>") == 1


def test_unregister_takes_it_off():
    sections.register(first)
    sections.unregister(first)
    assert "<p>64.71</p>" not in sections.render(RequestFactory().get("/"), Region(code="64.71"))
