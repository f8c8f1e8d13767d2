import pytest
from django.test import Client

from accounts.enums import Role
from accounts.tests.make import make_user

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
    assert response.url == "/masuk/?next=/soal/3%3Fbutir%3D2"


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
    response = client.post("/uji/tertutup", headers={"HX-Request": "true", "HX-Current-URL": current})
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == f"/masuk/?next={back}"
    assert response.content == b""
