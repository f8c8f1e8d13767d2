from io import BytesIO

import pytest
from django.conf import settings as portal_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.enums import Role
from accounts.tests.make import make_user
from kla_portal import views

pytestmark = [pytest.mark.django_db, pytest.mark.urls("kla_portal.tests.urls")]

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
RESPONSES = {  # every kind of answer the portal gives
    "/healthz": 200,
    "/uji/tertutup": 302,
    "/uji/gagal/forbidden": 403,
    "/tidak-ada": 404,
    "/tidak-ada/%00": 404,
    "/uji/gagal/too-large": 413,
    "/uji/gagal/broken": 500,
    "/uji/gagal/no-database": 503,
}


@pytest.mark.parametrize(("url", "status"), RESPONSES.items())
@pytest.mark.parametrize("htmx", [False, True])
def test_every_answer_carries_the_headers(url, status, htmx):
    headers = {"HX-Request": "true"} if htmx else {}
    response = Client(raise_request_exception=False).get(url, headers=headers)

    assert response.status_code == (401 if htmx and status == 302 else status)
    assert {name: response.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert "HX-Request" in response.headers["Vary"]
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_a_view_may_say_that_its_answer_can_be_stored(client):
    client.force_login(make_user(role=Role.COORDINATOR))
    assert client.get("/uji/simpan").headers["Cache-Control"] == "max-age=60"


def test_signed_in_people_get_in(client):
    client.force_login(make_user(role=Role.COORDINATOR))
    response = client.get("/uji/tertutup")
    assert (response.status_code, response.content) == (200, b"for people who are signed in")


def test_strangers_are_sent_to_the_sign_in_page_and_back(client, settings):
    settings.LOGIN_URL = "/masuk/"
    assert client.get("/uji/tertutup?cari=a").url == "/masuk/?next=/uji/tertutup%3Fcari%3Da"


def test_an_expired_form_leads_back_to_its_page(client, settings):
    settings.LOGIN_URL = "/masuk/"
    response = client.post("/uji/tertutup", headers={"Referer": "http://testserver/soal/3?butir=2"})
    assert response.url == "/masuk/?next=/soal/3%3Fbutir%3D2&belum=1"


@pytest.mark.parametrize(
    ("current", "back"),
    [
        ("http://testserver/evaluasi/7/?klaster=2#soal-3", "/evaluasi/7/%3Fklaster%3D2"),
        ("http://evil.example/evaluasi/7/", "/"),
        ("//evil.example/x", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_htmx_leaves_the_page_for_the_sign_in_page(client, settings, current, back):
    settings.LOGIN_URL = "/masuk/"
    response = client.get("/uji/tertutup", headers={"HX-Request": "true", "HX-Current-URL": current})
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == f"/masuk/?next={back}"
    assert response.content == b""


def test_htmx_that_writes_stays_on_the_page_and_is_told_where_to_sign_in(client):
    response = client.post("/uji/tertutup", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/soal/"})
    page = response.content.decode()
    assert response.status_code == 401
    assert "HX-Redirect" not in response.headers
    assert "data-reason>Belum tersimpan" in page
    assert '<a href="/masuk/" target="_blank" rel="noopener"' in page


@pytest.mark.parametrize(
    "address",
    [
        "/undangan/%00/",
        "/uji/%00",
        "/static/%00.css",
        "/masuk/?next=%00",
        "/masuk/?a%00b=1",
        "/evaluasi/00000000-0000-4000-8000-000000000000/p/%00/",
        "/siklus/1/daftar/%00/",
        "/orang/?q=a%00b",
        "/daerah/?q=%00",
    ],
)
@pytest.mark.parametrize("signed_in", [False, True])
def test_an_address_with_a_null_character_does_not_exist(address, signed_in):
    client = Client(raise_request_exception=False)
    if signed_in:
        client.force_login(make_user(Role.NATIONAL_ADMIN))
    response = client.get(address)
    assert response.status_code == 404
    assert views.NOT_FOUND in response.content.decode()


def test_a_null_character_in_a_cookie_is_a_bad_request():
    client = Client(raise_request_exception=False)
    client.cookies[portal_settings.SESSION_COOKIE_NAME] = "a\0b" * 8
    assert client.get("/masuk/").status_code == 400


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-16", "latin-1"])
def test_text_comes_in_utf_8(charset):
    client = Client(raise_request_exception=False)
    assert client.get("/masuk/?next=%5Cud800", CONTENT_TYPE=f"text/plain; charset={charset}").status_code == 400


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "tidak-ada"])
def test_a_harmless_charset_changes_nothing(charset):
    assert Client().get("/masuk/", CONTENT_TYPE=f"text/plain; charset={charset}").status_code == 200


@pytest.mark.parametrize("field", [{"catatan": "KENARI\0"}, {"KENARI\0": "catatan"}, {"once": ["a", "KENARI\0"]}])
@pytest.mark.parametrize("upload", [False, True])
def test_a_null_character_in_a_form_is_refused_and_not_shown_again(client, field, upload):
    data = field | ({"file": SimpleUploadedFile("a.pdf", b"%PDF\0")} if upload else {})
    response = client.post("/uji/isian", data)
    assert response.status_code == 400
    assert views.NULL_CHARACTER in response.content.decode()
    assert "KENARI" not in response.content.decode()
    assert client.post("/uji/isian", {"file": SimpleUploadedFile("a.pdf", b"%PDF\0")}).status_code == 200


def test_nothing_is_read_of_what_a_stranger_sends(client):
    """Neither a form nor an upload: the way to sign-in does not depend on what is in them."""
    body = b"catatan=%00"
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        sent = BytesIO(body)
        response = client.generic("POST", "/uji/tertutup", b"", content_type=kind, **{"wsgi.input": sent})
        assert (response.status_code, sent.tell()) == (302, 0)


def test_a_body_without_length_is_refused_in_plain_words(client):
    response = client.generic("POST", "/uji/isian", headers={"Transfer-Encoding": "chunked"}, CONTENT_LENGTH="")
    assert response.status_code == 411
    assert views.NO_LENGTH in response.content.decode()


def test_a_method_that_an_address_does_not_know_gets_a_page(client):
    response = client.post("/healthz")
    assert response.status_code == 405
    assert response.headers["Allow"]
    assert views.NO_METHOD in response.content.decode()
