"""`make demo` from its start to Ctrl-C: the command itself, not the functions it is made of."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from scripts.processes import HOST, ROOT, free_port

pytestmark = pytest.mark.journey
PATIENCE = 120


class Demo:
    """The demo command as somebody runs it in a terminal."""

    def __init__(self, var: Path, port: int) -> None:
        self.var = var
        self.output = var.with_suffix(".out")
        with self.output.open("wb") as output:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "scripts.demo", "--var", str(var), "--port", str(port)],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def said(self) -> str:
        return self.output.read_text()

    def wait_for(self, pattern: str) -> re.Match[str]:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.said()):
                return found
            assert self.popen.poll() is None, self.said()
            time.sleep(0.1)
        raise AssertionError(f"no {pattern!r} within {PATIENCE} s:\n{self.said()}")

    def interrupt(self) -> int:
        self.popen.send_signal(signal.SIGINT)
        return self.popen.wait(30)

    def children(self) -> list[int]:
        """The processes of this demo, found by the var folder in their environment."""
        mark = f"KLA_VAR_DIR={self.var}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except OSError:
                continue
        return found


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    """Data of one demo for both tests: making it takes longest."""
    return tmp_path_factory.mktemp("demo") / "var"


@pytest.fixture
def demo(var):
    started = []

    def start(port):
        started.append(Demo(var, port))
        return started[-1]

    yield start
    for one in started:
        if one.popen.poll() is None:
            one.interrupt()


def test_from_start_to_ctrl_c_and_again(demo):
    with socket.socket() as neighbour:  # somebody else's server on the port that the demo wants
        neighbour.bind((HOST, free_port(18000)))
        neighbour.listen()
        taken = neighbour.getsockname()[1]
        first = demo(taken)
        url = first.wait_for(r"answers at (http://\S+) ")[1]
        first.wait_for(r"Ctrl-C stops")
    assert not url.endswith(f":{taken}")
    with urllib.request.urlopen(f"{url}/readyz") as answer:
        assert answer.status == 200
    assert "@contoh" in first.said(), "one login per role is printed"
    assert (first.var / "secret_key").stat().st_mode & 0o777 == 0o600
    key = (first.var / "secret_key").read_text()
    assert len(first.children()) >= 4, "web server and worker, each with its children"

    rival = [sys.executable, "-m", "scripts.demo", "--var", str(first.var)]
    refused = subprocess.run(rival, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert refused.returncode == 1
    assert "another demo is running" in refused.stderr

    assert first.interrupt() == 0, first.said()
    assert first.children() == []

    second = demo(taken)
    seconds = int(second.wait_for(r"answers at \S+ \((\d+) s\)")[1])
    assert seconds < 15
    assert (second.var / "secret_key").read_text() == key
    assert second.interrupt() == 0
    assert second.children() == []


def test_when_the_worker_dies_everything_stops_and_the_log_is_named(demo):
    one = demo(free_port(18100))
    one.wait_for(r"Ctrl-C stops")
    for pid in one.children():
        if b"celery" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
            break
    assert one.popen.wait(30) == 1
    assert re.search(r"worker ended with status -9. Its log is \S+/log/worker.log", one.said())
    assert one.children() == []
