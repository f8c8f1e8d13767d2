"""Whatever is killed when: no row without its file, nothing acknowledged is lost, litter is swept, a retry succeeds.

A real web server and worker, which end themselves by SIGKILL at the step that the test names (tests/dying.py). The
sender does what people do: sends the same again.
"""

import base64
import contextlib
import functools
import hashlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests
from celery import Celery

from evidence.tests.make import make_pdf
from scripts import processes
from scripts.processes import BIN, HOST, Process, free_port
from tests.clamav import Clamav
from tests.servers import Embedded, Portal, Servers
from tests.visitor import PATIENCE, Visitor, form

SECONDS = 40


def some(*quick: str, slow: tuple[str, ...] = ()) -> list[Any]:
    return [*quick, *(pytest.param(step, marks=pytest.mark.slow) for step in slow)]


class Dying(Portal):
    """A portal whose processes obey an order to die, with a scanner, and how to look at what they leave."""

    backend: Embedded
    kept: dict[str, bytes]  # what has been acknowledged, by name

    @property
    def order(self) -> Path:
        return Path(self.env["KLA_TEST_DYING"])

    def start_web(self) -> None:
        command = (
            BIN / "granian", "--interface", "wsgi", "--host", HOST, "--port", str(self.port), "--workers", "2",
            "--blocking-threads", "1", "--no-ws", "--respawn-failed-workers", "--respawn-interval", "0.1",
            "tests.dying:application",
        )  # fmt: skip
        self.web = Process("web server", command, env=self.env, log=self.var / "log" / "web.log")

    def start_worker(self) -> None:
        command = (
            BIN / "celery", "-A", "tests.dying", "worker", "--concurrency", "1", "--loglevel", "INFO",
            "--without-gossip", "--without-mingle",
        )  # fmt: skip
        self.worker = Process("worker", command, env=self.env, log=self.var / "log" / "worker.log")

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the portal's database; placeholders are %s."""
        if isinstance(self.backend, Servers):
            with contextlib.closing(psycopg2.connect(self.env["DATABASE_URL"])) as connection, connection:
                cursor = connection.cursor()
                cursor.execute(sql, values)
                return cursor.fetchall() if cursor.description else []
        with contextlib.closing(sqlite3.connect(self.var / "portal.sqlite3", timeout=20)) as connection, connection:
            return connection.execute(sql.replace("%s", "?"), values).fetchall()

    def whole(self) -> None:
        """No row without its file, nothing acknowledged lost or there twice."""
        for sha256, size in self.ask("SELECT sha256, size FROM evidence_storedfile"):
            content = (self.var / "evidence" / sha256[:2] / sha256[2:4] / sha256).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (size, sha256)
        for name, content in self.kept.items():
            held = "SELECT file_id FROM evidence_evidencerevision WHERE original_name = %s"
            assert self.ask(held, name) == [(hashlib.sha256(content).hexdigest(),)], name

    def litter(self) -> list[str]:
        return [path.name for path in (self.var / "evidence" / "incoming").iterdir()] + [
            path.name for path in (self.var / "incoming").iterdir() if path.is_file()
        ]


@pytest.fixture(scope="module", params=["servers", pytest.param("embedded", marks=pytest.mark.slow)])
def portal(request: pytest.FixtureRequest, backends: Callable[[str], Embedded]) -> Iterator[Dying]:
    backend, scanner = backends(request.param), Clamav()
    try:
        with backend.data() as (var, env):
            port = free_port()
            env = env | {
                "KLA_TEST_DYING": str(var / "order"),
                "KLA_CLAMD_SOCKET": scanner.address,
                "KLA_EVIDENCE_MIN_FREE": "0",
            }
            portal = Dying(base_url=f"http://{HOST}:{port}", env=env, var=var, port=port)
            portal.backend, portal.kept = backend, {}
            try:
                portal.start_worker()
                portal.start_web()
                processes.wait_until_ready(portal.base_url, [portal.web, portal.worker])
                yield portal
            finally:
                portal.stop()
    finally:
        scanner.stop()


@pytest.fixture(scope="module")
def visitor(portal: Dying) -> Visitor:
    return Visitor(portal.base_url, "operator")


def until(ready: Callable[[], Any], what: str, portal: Dying) -> Any:
    """What `ready` gives as soon as it is something; a portal that does not answer yet is waited for too."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.ConnectionError):
            if found := ready():
                return found
        if not portal.web.alive:  # granian gives up after many deaths in a row; systemd begins anew
            portal.start_web()
        time.sleep(0.05)
    raise AssertionError(f"{what} never came\n{portal.logs()}")


def killed(portal: Dying, act: Callable[[], requests.Response]) -> None:
    """The request meets the order: there is no answer."""
    with pytest.raises(requests.ConnectionError):
        act()
    assert not portal.order.exists(), "the step was not reached"


def order(portal: Dying, step: str, what: str = "kill") -> None:
    until(lambda: portal_answers(portal), "the portal", portal)
    portal.order.write_text(f"{what} {step}")


def portal_answers(portal: Dying) -> bool:
    return requests.get(f"{portal.base_url}/healthz", timeout=PATIENCE).ok


@functools.cache
def question_of(visitor: Visitor) -> str:
    """One question for all files; what a person is shown first changes with every file."""
    return visitor.question()


class Form:
    """A file put to a question by the plain form, as often as it takes."""

    def __init__(self, visitor: Visitor, name: str, content: bytes) -> None:
        self.visitor, self.name, self.content = visitor, f"{name}.pdf", content
        self.question = question_of(visitor)
        fields = form(visitor.get(self.question).text, "/berkas/")
        self.fields = fields | {"kind": "lainnya", "want": "", "title": name}

    def send(self, **more: Any) -> requests.Response:
        files = {"file": (self.name, self.content, "application/pdf")}
        return self.visitor.post_apart(f"{self.question}berkas/", self.fields | more, files=files)


class Pieces:
    """The same in pieces; `send` goes on where the last one ended."""

    def __init__(self, visitor: Visitor, name: str, content: bytes) -> None:
        self.visitor, self.name, self.content, self.where = visitor, f"{name}.pdf", content, ""
        self.question = question_of(visitor)
        page = visitor.get(self.question).text
        self.fields = form(page, "/berkas/") | {"kind": "lainnya", "want": "", "title": name}
        self.headers = {"X-CSRFToken": self.fields["csrfmiddlewaretoken"], "Origin": visitor.base_url}

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        cookies = self.visitor.session.cookies.get_dict()
        url = self.visitor.base_url + path
        headers = self.headers | named
        return requests.request(method, url, data=body, headers=headers, cookies=cookies, timeout=PATIENCE)

    def announce(self) -> requests.Response:
        name = base64.b64encode(self.name.encode()).decode()
        told = f"filename {name},key {name}"
        made = self.ask("POST", "/unggahan/", Upload_Length=str(len(self.content)), Upload_Metadata=told)
        self.where = made.headers.get("Location", "")
        return made

    def send(self) -> requests.Response:
        """From wherever it stands to the end; the answer of the form, or of whatever was refused on the way."""
        made = self.announce()
        if made.status_code != 201:
            return made
        offset = int(made.headers["Upload-Offset"])
        while offset < len(self.content):
            piece = self.content[offset : offset + len(self.content) // 2 + 1]
            kind = "application/offset+octet-stream"
            sent = self.ask("PATCH", self.where, piece, Upload_Offset=str(offset), Content_Type=kind)
            if sent.status_code != 204:
                return sent
            offset = int(sent.headers["Upload-Offset"])
        fields = self.fields | {"upload": self.where.strip("/").rpartition("/")[2]}
        return self.visitor.post_apart(f"{self.question}berkas/", fields)


def acknowledged(portal: Dying, sender: Form | Pieces) -> None:
    """Sent again until there is an answer; then the file is there, once."""
    answer = until(lambda: sender.send(), "an answer", portal)
    assert answer.status_code == 302, answer.text[-1500:]
    portal.kept[sender.name] = sender.content
    portal.whole()


FORM_STEPS = some(
    "inspection", "after-rename", "row", slow=("body", "written", "held", "before-rename", "revision", "attached")
)
PIECE_STEPS = some(
    "piece-flushed",
    slow=("announced", "piece-written", "piece-counted", "before-used", "after-used", "before-rename", "row"),
)
SCAN_STEPS = some("after-scan", slow=("before-scan",))
PURGE_STEPS = some("row-removed", slow=("purging", "purged", "bytes-removed", "pages-removed"))


@pytest.mark.parametrize("step", FORM_STEPS)
def test_the_web_worker_dies_at_a_form(portal: Dying, visitor: Visitor, step: str) -> None:
    sender = Form(visitor, f"formulir {step}", make_pdf(f"formulir {step} {time.time_ns()}"))
    order(portal, step)
    killed(portal, sender.send)
    portal.whole()
    acknowledged(portal, sender)
    acknowledged(portal, sender)


@pytest.mark.parametrize("step", PIECE_STEPS)
def test_the_web_worker_dies_at_a_file_in_pieces(portal: Dying, visitor: Visitor, step: str) -> None:
    sender = Pieces(visitor, f"potongan {step}", make_pdf(f"potongan {step} {time.time_ns()}"))
    order(portal, step)
    killed(portal, sender.send)
    portal.whole()
    acknowledged(portal, sender)
    acknowledged(portal, sender)


@pytest.mark.parametrize("step", SCAN_STEPS)
def test_the_task_worker_dies_while_a_file_is_scanned(portal: Dying, visitor: Visitor, step: str) -> None:
    sender = Form(visitor, f"pindai {step}", make_pdf(f"pindai {step} {time.time_ns()}"))
    order(portal, step)
    acknowledged(portal, sender)
    state = "SELECT state FROM evidence_storedfile WHERE sha256 = %s"
    sha256 = hashlib.sha256(sender.content).hexdigest()
    until(lambda: not portal.order.exists(), "the scan", portal)

    rung(portal, lambda: portal.ask(state, sha256) == [("clean",)], "evidence.tasks.scan_file", sha256)
    portal.whole()


def rung(portal: Dying, ready: Callable[[], bool], task: str, *args: str) -> None:
    """Rings for a task as beat does, again and again, until `ready`; a bell too many does no harm."""
    with Celery(broker=portal.env.get("CELERY_BROKER_URL", "filesystem://")) as bell:
        if not isinstance(portal.backend, Servers):
            queue, control = str(portal.var / "broker" / "queue"), str(portal.var / "broker" / "control")
            options = {"data_folder_in": queue, "data_folder_out": queue, "control_folder": control}
            bell.conf.broker_transport_options = options
        for _ in range(SECONDS // 5):
            bell.send_task(task, args=args)
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                if ready():
                    return
                time.sleep(0.05)
    raise AssertionError(f"{task} did not bring it about\n{portal.logs()}")


@pytest.mark.parametrize("step", PURGE_STEPS)
def test_the_task_worker_dies_while_files_are_removed(portal: Dying, visitor: Visitor, step: str) -> None:
    """Taken off its answer and deleted long ago: after the kill the next round brings it to an end."""
    sender = Form(visitor, f"hapus {step}", make_pdf(f"hapus {step} {time.time_ns()}"))
    acknowledged(portal, sender)
    sha256 = hashlib.sha256(sender.content).hexdigest()
    place = portal.var / "evidence" / sha256[:2] / sha256[2:4] / sha256
    os.utime(place, (0, 0))
    order(portal, step)  # before there is anything to remove: a bell of before may still be ringing
    mine = "(SELECT id FROM evidence_evidencerevision WHERE file_id = %s)"
    long_ago = "2020-01-01 00:00:00+00"
    portal.ask(f"UPDATE evaluations_answerevidence SET removed_at = %s WHERE revision_id IN {mine}", long_ago, sha256)
    item = "(SELECT item_id FROM evidence_evidencerevision WHERE file_id = %s)"
    portal.ask(f"UPDATE evidence_evidenceitem SET deleted_at = %s WHERE id IN {item}", long_ago, sha256)
    portal.ask("UPDATE evidence_upload SET expires_at = %s WHERE stored_id = %s", long_ago, sha256)
    del portal.kept[sender.name]
    rung(portal, lambda: not portal.order.exists(), "evaluations.tasks.sweep_archive")
    portal.whole()
    rung(portal, lambda: not place.exists(), "evaluations.tasks.sweep_archive")
    portal.whole()
    assert portal.ask("SELECT count(*) FROM evidence_storedfile WHERE sha256 = %s", sha256) == [(0,)]
    purged = portal.ask("SELECT purged_at FROM evidence_evidencerevision WHERE original_name = %s", sender.name)
    assert len(purged) == 1
    assert purged[0][0]


def test_the_database_goes_between_bytes_and_row(portal: Dying, visitor: Visitor) -> None:
    if not isinstance(portal.backend, Servers):
        pytest.skip("SQLite does not go")
    sender = Form(visitor, "basis data", make_pdf(f"basis data {time.time_ns()}"))
    order(portal, "after-rename", "wait")
    here = portal.order.with_name("order.here")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(sender.send)
        until(here.exists, "the step", portal)
        portal.backend.postgres.process.kill()
        here.unlink()
        assert answer.result().status_code == 503
        assert "Basis data sedang tidak dapat dihubungi" in answer.result().text
    portal.backend.postgres.start()
    portal.whole()
    acknowledged(portal, sender)


def test_what_is_left_is_swept(portal: Dying) -> None:
    """The last word on all that happened above."""
    litter = portal.litter()
    assert litter, "so many kills must have left something"
    for folder in ("evidence/incoming", "incoming"):
        for path in (portal.var / folder).iterdir():
            os.utime(path, (0, 0))
    portal.ask("UPDATE evidence_upload SET expires_at = %s", "2020-01-01 00:00:00+00")
    for path in (portal.var / "evidence").rglob("*"):
        if path.is_file():
            os.utime(path, (0, 0))
    said = portal.manage("sweep", "check_archive")
    assert "tidak ada cacat" in said, said
    assert portal.litter() == []
    portal.whole()
    print(f"{len(litter)} pieces of litter swept; {len(portal.kept)} of {len(portal.kept)} acknowledged files whole")


# --- no room --------------------------------------------------------------------------------------------------------
@pytest.fixture
def small_store(portal: Dying) -> Iterator[Path]:
    """The archive on a disk of 3 MB, for as long as the test lasts."""
    if os.geteuid() != 0:
        pytest.skip("needs root: mounting a small tmpfs")
    folder = portal.var / "evidence"
    command = ["mount", "-t", "tmpfs", "-o", "size=3m,mode=750", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def large(size: int) -> bytes:
    """A sound PDF of about that size which no other equals."""
    return make_pdf(f"besar {time.time_ns()}") + b"\n%" + base64.b64encode(os.urandom(size * 3 // 4)) + b"\n%%EOF\n"


def test_a_full_disk_refuses_and_the_next_small_file_is_taken(
    portal: Dying, visitor: Visitor, small_store: Path
) -> None:
    before = portal.ask("SELECT count(*) FROM evidence_storedfile")
    for sender in (Form(visitor, "terlalu besar", large(4_000_000)), Pieces(visitor, "potong besar", large(4_000_000))):
        refused = sender.send()
        assert refused.status_code == 507, refused.text[-1000:]
        assert "Ruang penyimpanan portal penuh" in refused.text
        assert [path for path in small_store.rglob("*") if path.is_file()] == []
    assert portal.ask("SELECT count(*) FROM evidence_storedfile") == before
    small = Form(visitor, "kecil", make_pdf(f"kecil {time.time_ns()}"))
    assert small.send().status_code == 302
    # Its bytes go with the small disk, so its rows go too.
    gone = "UPDATE evidence_evidencerevision SET file_id = NULL, purged_at = created_at WHERE original_name = %s"
    portal.ask(gone, small.name)
    portal.ask("DELETE FROM evidence_upload WHERE name = %s", small.name)
    portal.ask("DELETE FROM evidence_storedfile WHERE sha256 = %s", hashlib.sha256(small.content).hexdigest())


# --- a quota, eight at once -----------------------------------------------------------------------------------------
USED = """
import django
django.setup()
from evidence.queries import in_region
from regions.models import Region
print(in_region(Region.objects.get(pk="64.71")).used())
"""


def used(portal: Dying) -> int:
    """Bytes that the city keeps, as the portal counts them."""
    env = portal.env | {"DJANGO_SETTINGS_MODULE": "kla_portal.settings"}
    done = subprocess.run(
        [sys.executable, "-c", USED], env=env, cwd=processes.ROOT, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.slow
def test_eight_at_once_overshoot_the_quota_by_no_byte(portal: Dying, visitor: Visitor) -> None:
    size = len(make_pdf("jatah 0"))
    contents = [pdf for pdf in (make_pdf(f"jatah {number}") for number in range(100)) if len(pdf) == size][:8]
    before = used(portal)
    portal.web.stop()
    portal.env["KLA_EVIDENCE_REGION_QUOTA"] = str(before + 4 * size - 1)
    portal.start_web()
    processes.wait_until_ready(portal.base_url, [portal.web])
    senders = [Form(visitor, f"jatah {number}", content) for number, content in enumerate(contents)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda sender: sender.send(), senders))
    assert sorted(answer.status_code for answer in answers) == [302] * 3 + [413] * 5
    assert all("Ruang penyimpanan" in answer.text for answer in answers if answer.status_code == 413)
    assert used(portal) - before == 3 * size
    announced = Pieces(visitor, "jatah potongan", contents[0] + b"-").announce()
    assert (announced.status_code, "Hapus dokumen" in announced.text) == (413, True)
