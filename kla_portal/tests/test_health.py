import pytest
from django.db import connection

from tests.clamav import Clamav

pytestmark = pytest.mark.django_db

GOOD = {"database": "ok", "migrations": "ok", "storage": "ok", "broker": "ok"}


def test_healthz_asks_nothing_of_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readyz(client):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"ready": True, "checks": GOOD, "scanner": "none"})


def test_readyz_tells_of_the_scanner_and_stays_ready_without_it(client, settings):
    settings.CLAMD_SOCKET = "/nowhere/clamd.ctl"
    response = client.get("/readyz")
    assert (response.status_code, response.json()["scanner"]) == (200, "failed")
    scanner = Clamav()
    try:
        settings.CLAMD_SOCKET = scanner.address
        assert client.get("/readyz").json() == {"ready": True, "checks": GOOD, "scanner": "ok"}
    finally:
        scanner.stop()


def test_readyz_leaves_nothing_behind(client, settings):
    def files():
        return sorted(path for path in settings.VAR_DIR.rglob("*") if path.is_file())

    before = files()
    client.get("/readyz")
    assert files() == before


def test_readyz_notices_a_folder_that_is_not_there(client, settings, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("where the folder should be")
    evidence = settings.STORAGES["evidence"] | {"OPTIONS": {"location": blocked / "evidence", "base_url": None}}
    settings.STORAGES = settings.STORAGES | {"evidence": evidence}
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "checks": GOOD | {"storage": "failed"}, "scanner": "none"}
    assert str(tmp_path) not in response.content.decode()


def test_readyz_notices_a_missing_migration(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'trail'")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"] == GOOD | {"migrations": "failed"}


def test_readyz_notices_a_missing_broker(client, settings, tmp_path):
    settings.BROKER_DIR = tmp_path / "gone"
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"] == GOOD | {"broker": "failed"}


def test_only_reading(client):
    assert client.post("/readyz").status_code == 405
