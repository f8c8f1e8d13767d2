"""Requests that Django cannot even begin to read."""

from typing import Any

import pytest
from django.test import RequestFactory

from kla_portal import views
from kla_portal.handlers import Handler

pytestmark = [pytest.mark.django_db, pytest.mark.urls("kla_portal.tests.urls")]


def answer(method: str, content_type: str) -> tuple[str, dict[str, str], str]:
    environ = RequestFactory().generic(method, "/uji/isian", b"catatan=a").environ | {"CONTENT_TYPE": content_type}
    said: list[Any] = []
    body = Handler()(environ, lambda status, headers: said.append((status, dict(headers))))
    [(status, headers)] = said
    return status, headers, b"".join(body).decode()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "parameter",
    ["charset*=klingon''x", "name*=klingon''x", "name*=idna''%ff", "name*=undefined''x", "name*=punycode''%ff"],
)
def test_a_type_beyond_reading_is_refused_in_plain_words(method, parameter):
    status, headers, page = answer(method, f"text/plain; {parameter}")
    assert status == "400 Bad Request"
    assert views.BAD_REQUEST in page
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("parameter", ["charset=klingon", "charset=utf-8", "name*=utf-8''x"])
def test_what_can_be_read_is_read(parameter):
    status, _, _ = answer("POST", f"application/x-www-form-urlencoded; {parameter}")
    assert status != "400 Bad Request"
