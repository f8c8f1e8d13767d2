"""The broker is only a doorbell: whatever becomes of Redis, pages and saves go on, and no job is lost.

Real servers: Redis is killed and comes back empty, is emptied while a bell hangs in it, changes its password. Nobody
asks twice for anything; the round (settings.CELERY_BEAT_SCHEDULE) finds what nobody came for.
"""

import contextlib
import io
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
import psycopg2
import pytest
import redis

from tests.servers import Portal, Servers, running_portal
from tests.visitor import Visitor, form

SECONDS = 180
"""How long a lost bell may take on a busy machine. The round comes every 30 s and takes what has waited 30 s."""
JOBS = "SELECT state, count(*) FROM trail_job GROUP BY state"


class Office:
    """A portal, its Redis, a coordinator in it, and every answer that it gave."""

    def __init__(self, portal: Portal, backend: Servers) -> None:
        self.portal, self.redis = portal, backend.redis
        self.answers: list[tuple[str, int]] = []
        self.visitor = Visitor(portal.base_url, "koordinator")
        self.question = self.visitor.question()
        self.evaluation = self.question.partition("p/")[0]
        self.asked, self.request = 0, 0.0

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with contextlib.closing(psycopg2.connect(self.portal.env["DATABASE_URL"])) as connection, connection:
            cursor = connection.cursor()
            cursor.execute(sql, values)
            return cursor.fetchall()

    def get(self, path: str) -> Any:
        answer = self.visitor.get(path)
        self.answers.append((path, answer.status_code))
        return answer

    def post(self, path: str, data: dict[str, Any]) -> Any:
        answer = self.visitor.post(path, data)
        self.answers.append((path, answer.status_code))
        assert answer.status_code == 302, (path, answer.status_code, answer.text[-1500:], self.portal.logs())
        return answer

    def save(self, note: str) -> None:
        fields = form(self.get(self.question).text, self.question) | {"value": "", "note": note}
        self.post(self.question, fields)
        assert note in self.get(self.question).text

    def report(self) -> str:
        """Asks for a report of content that no report had; the path of its page."""
        self.asked += 1
        self.save(f"Isi laporan {self.asked} {time.time_ns()}")
        listed = f"{self.evaluation}laporan/"
        wanted = self.post(f"{listed}buat/", form(self.get(listed).text, f"{listed}buat/"))
        self.request = wanted.elapsed.total_seconds()
        return str(wanted.headers["Location"])

    def state(self, report: str) -> tuple[str, int]:
        key = report.strip("/").rpartition("/")[2]
        wanted = "SELECT job_id FROM reports_report WHERE id = %s"
        [(state, attempts)] = self.ask(f"SELECT state, attempts FROM trail_job WHERE id = ({wanted})", key)
        return state, attempts

    def walk(self, report: str) -> None:
        """Addresses that a coordinator opens; each is there."""
        parts = ("", "laporan/", "paket/", "kekurangan/", "terlambat/", "jejak/", "naik/", "pengajuan/", "percakapan/")
        for path in ("/", "/evaluasi/", "/daerah/", report, self.question, *(self.evaluation + part for part in parts)):
            assert self.get(path).status_code == 200, path

    def faults(self) -> list[tuple[str, int]]:
        return [(path, status) for path, status in self.answers if status >= 500]

    def done(self, report: str) -> None:
        """The report is there, once, and whole."""
        assert self.state(report) == ("done", 1)
        pdf = self.get(f"{report}unduh/").content
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            assert len(opened.pages) > 3

    def until(self, ready: Callable[[], bool], what: str) -> float:
        """Seconds until `ready`."""
        began = time.monotonic()
        while not ready():
            assert time.monotonic() - began < SECONDS, f"{what} never came\n{self.portal.logs()}"
            assert self.portal.worker.alive, self.portal.logs()
            time.sleep(0.1)
        return time.monotonic() - began

    def no_job_lost(self) -> int:
        states = dict(self.ask(JOBS))
        assert set(states) <= {"done"}, states
        return sum(states.values())


@pytest.fixture(scope="module")
def portal(backends: Callable[[str], Servers]) -> Iterator[Portal]:
    with running_portal(backends("servers")) as running:
        yield running


@pytest.fixture(scope="module")
def office(portal: Portal, backends: Callable[[str], Servers]) -> Office:
    return Office(portal, backends("servers"))


@pytest.mark.parametrize("waited", [30, pytest.param(0, marks=pytest.mark.slow)])
def test_redis_is_killed_and_comes_back_empty(office: Office, waited: int) -> None:
    """`waited`: seconds by which the job is made older, so that already the next round takes it."""
    office.redis.process.kill()
    try:
        report = office.report()
        office.walk(report)
        assert office.request < 4, "the request waited for the broker"
        assert re.search("Menunggu giliran", office.get(report).text)
        assert office.state(report) == ("queued", 0)
        assert not office.faults()
        older = (
            "UPDATE trail_job SET queued_at = queued_at - make_interval(secs => %s) WHERE state = 'queued' RETURNING 1"
        )
        assert office.ask(older, waited) == [(1,)]
    finally:
        office.redis.start()
    recovered = office.until(lambda: office.state(report)[0] == "done", "the report")
    office.done(report)
    count = office.no_job_lost()
    print(
        f"Redis killed: {len(office.answers) - len(office.faults())} of {len(office.answers)} answers below 500 (the"
        f" request for a report in {office.request:.1f} s); {count} of {count} jobs done, {recovered:.0f} s after"
        f" Redis came back (job made {waited} s older)"
    )
    assert not office.faults()


@pytest.mark.slow
def test_the_queue_is_emptied_while_a_bell_hangs_in_it(office: Office) -> None:
    office.portal.worker.stop(30)
    report = office.report()
    with redis.Redis.from_url(office.redis.url()) as broker:
        assert broker.llen("celery") >= 1, "the bell was to be in the queue"
        broker.flushall()
        assert broker.dbsize() == 0
    assert office.state(report) == ("queued", 0)
    office.portal.start_worker()
    recovered = office.until(lambda: office.state(report)[0] == "done", "the report")
    office.done(report)
    count = office.no_job_lost()
    print(f"Redis emptied: {count} of {count} jobs done, {recovered:.0f} s after the worker was started")
    assert not office.faults()


@pytest.mark.slow
def test_redis_takes_another_password_for_a_while(office: Office) -> None:
    right = office.redis.password
    office.redis.process.kill()
    office.redis.password = f"{right}-lain"
    try:
        office.redis.start()
        report = office.report()
        office.walk(report)
        assert office.state(report) == ("queued", 0)
        assert not office.faults()
        office.redis.process.kill()
    finally:
        office.redis.process.kill()
        office.redis.password = right
        office.redis.start()
    died = not office.portal.worker.alive
    if died:  # as systemd does (docs/operations.md: Restart=)
        office.portal.start_worker()
    recovered = office.until(lambda: office.state(report)[0] == "done", "the report")
    office.done(report)
    count = office.no_job_lost()
    print(
        f"Redis with another password: {count} of {count} jobs done, {recovered:.0f} s after the right one was back"
        f"; the worker {'had ended and was started again' if died else 'went on'}"
    )
    assert not office.faults()
