import pytest
from django.test import Client

from kla_portal import views

pytestmark = [pytest.mark.django_db, pytest.mark.urls("kla_portal.tests.urls")]


@pytest.fixture
def visitor():
    """A client to whom a fault is shown as a page, as it is to a browser."""
    return Client(raise_request_exception=False)


def text(response):
    return response.content.decode()


def test_forbidden_says_why(visitor):
    response = visitor.get("/uji/gagal/forbidden")
    assert response.status_code == 403
    assert "Babak penilaian mandiri sudah ditutup." in text(response)


def test_forbidden_without_a_reason_still_says_something(visitor):
    assert views.NOT_ALLOWED in text(visitor.get("/uji/gagal/forbidden-silent"))


def test_not_found_tells_nothing_of_what_is_there(visitor):
    response = visitor.get("/uji/gagal/absent")
    assert response.status_code == 404
    assert "baris 17" not in text(response)
    assert views.NOT_FOUND in text(response)


def test_too_large_from_a_view(visitor):
    response = visitor.get("/uji/gagal/too-large")
    assert response.status_code == 413
    assert views.TOO_LARGE in text(response)


def test_too_large_a_form(visitor, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = visitor.post("/uji/isian", {"catatan": "x" * 1001})
    assert response.status_code == 413


def test_too_many_fields(visitor, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10
    assert visitor.post("/uji/isian", {f"isian{n}": n for n in range(11)}).status_code == 413
    assert visitor.post("/uji/isian", {f"isian{n}": n for n in range(10)}).status_code == 200


def test_unknown_host_is_a_bad_request(visitor):
    response = visitor.get("/uji/isian", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert views.BAD_REQUEST in text(response)


def test_a_form_without_token_is_refused_in_plain_words():
    response = Client(enforce_csrf_checks=True).post("/uji/isian", {"catatan": "x"})
    assert response.status_code == 403
    assert views.STALE_FORM in text(response)
    assert "CSRF" not in text(response)


def test_a_lost_database_is_told_from_a_fault_of_ours(visitor):
    response = visitor.get("/uji/gagal/no-database")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "15"
    assert views.BUSY in text(response)
    assert "db.internal" not in text(response)


def test_a_fault_of_ours_shows_no_trace(visitor):
    response = visitor.get("/uji/gagal/broken")
    assert response.status_code == 500
    assert views.BROKEN in text(response)
    assert "rahasia" not in text(response)


def test_an_error_page_comes_out_even_when_templates_are_broken(visitor, settings, tmp_path):
    (tmp_path / "500.html").write_text("{% broken %}")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    response = visitor.get("/uji/gagal/broken")
    assert response.status_code == 500
    assert views.BROKEN in text(response)
