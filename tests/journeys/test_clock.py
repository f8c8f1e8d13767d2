"""A web server whose own clock is wrong decides about deadlines as the database's clock has it."""

from pathlib import Path

import psycopg2
import pytest

from scripts import processes
from tests.servers import Missing, Portal
from tests.visitor import Visitor, form

pytestmark = pytest.mark.parametrize("portal", ["servers"], indirect=True)
SHIFTS = {"+10m": 600, "-10m": -600, "+1d": 86400, "-1d": -86400}
CLOSES = (
    "UPDATE evaluations_stagewindow SET opens_at = now() - interval '9 days', closes_at = now() + interval '{} seconds'"
    " WHERE stage = 'self_assessment'"
)
BEGUN = "UPDATE accounts_membership SET starts_on = starts_on - 30"  # the roles of the demo begin today
SHIFTED = (
    "SELECT extract(epoch FROM updated_at - now()) FROM evaluations_answer WHERE updated_at IS NOT NULL AND note = %s"
)


def faketime() -> str:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise Missing("libfaketime is not installed. Run `make test`, which installs what the tests need.")
    return str(found[0])


def test_the_databases_clock_decides_when_the_web_servers_is_wrong(portal: Portal) -> None:
    right = dict(portal.env)
    with psycopg2.connect(right["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(BEGUN)
    path, found = "", {}
    for shift, seconds in SHIFTS.items():
        portal.web.stop(5)
        fake = {
            "LD_PRELOAD": faketime(),
            "FAKETIME": shift,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_NO_CACHE": "1",
        }
        portal.env = right | fake
        portal.start_web()
        processes.wait_until_ready(portal.base_url, [portal.web])
        coordinator = Visitor(portal.base_url, "koordinator")
        with psycopg2.connect(portal.env["DATABASE_URL"]) as connection, connection.cursor() as cursor:
            cursor.execute(CLOSES.format(600))
            connection.commit()
            path = path or coordinator.question()
            fields = form(coordinator.get(path).text, path)
            in_time = coordinator.post(path, fields | {"value": "", "note": f"tepat {shift}"})
            fields = form(coordinator.get(path).text, path)
            cursor.execute(CLOSES.format(-1))
            connection.commit()
            late = coordinator.post(path, fields | {"value": "", "note": f"terlambat {shift}"})
            page = coordinator.get(path).text
            cursor.execute(SHIFTED, [f"tepat {shift}"])
            row = cursor.fetchone()
        assert row is not None, portal.logs()
        assert abs(float(row[0]) - seconds) < 60, "the clock of the web server was not wrong at all"
        assert "hanya dapat dibaca" in late.text
        assert "hanya dapat dibaca" in page
        assert f"terlambat {shift}" not in page
        found[shift] = (in_time.status_code, late.status_code)
    print(f"{len(found)} wrong clocks of the web server: {found}")
    assert found == dict.fromkeys(SHIFTS, (302, 403)), portal.logs()
