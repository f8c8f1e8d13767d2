"""What a parser that has been taken over could still do: nothing. And without a jail nothing is taken."""

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.refusals import REASONS, Refused
from evidence.tests.make import inspect, make_pdf
from kla_portal.lib.jail import asking

JAIL = Path(asking.__file__).resolve().parent

PRISONER = """
import ctypes, json, mmap, os, resource, signal, socket, subprocess, sys
sys.path.insert(0, {jail!r})
import cage

def outcome(act):
    try:
        act()
    except (OSError, MemoryError, ValueError) as fault:
        return type(fault).__name__
    return "DONE"

network = socket.socket()
cage.shut(4096, 20)
acts = {{
    "read a file": lambda: open({secret!r}).read(),
    "read the password file": lambda: open("/etc/passwd").read(),
    "write a file": lambda: open({folder!r} + "/escaped", "w"),
    "list a folder": lambda: os.listdir("/"),
    "remove a file": lambda: os.unlink({secret!r}),
    "open a socket": lambda: socket.socket(),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX),
    "connect a socket it has": lambda: network.connect(("127.0.0.1", {port})),
    "start a program": lambda: os.execv("/bin/true", ["true"]),
    "start a process": lambda: os.fork(),
    "kill its parent": lambda: os.kill(os.getppid(), 0),
    "signal all": lambda: os.kill(-1, 0),
    "lift its limits": lambda: resource.setrlimit(resource.RLIMIT_CPU, (999, 999)),
    "become root": lambda: os.setuid(0),
    "take two gigabytes": lambda: bytearray(2 << 30),
}}
print(json.dumps({{name: outcome(act) for name, act in acts.items()}}), flush=True)
os._exit(0)
"""


def run(code: str, **options: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", "-B", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, **options)  # type: ignore[call-overload]


def test_nothing_gets_out_of_the_cage(tmp_path: Path) -> None:
    secret = tmp_path / "rahasia"
    secret.write_text("rahasia")
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = PRISONER.format(jail=str(JAIL), secret=str(secret), folder=str(tmp_path), port=server.getsockname()[1])
        ended = run(code)
    assert ended.returncode == 0, ended.stderr
    outcomes = json.loads(ended.stdout)
    assert len(outcomes) == 15
    assert {name: outcome for name, outcome in outcomes.items() if outcome == "DONE"} == {}
    assert secret.read_text() == "rahasia" and not (tmp_path / "escaped").exists()


def test_the_answer_cannot_grow(tmp_path: Path) -> None:
    code = (
        f"import os, sys, signal; sys.path.insert(0, {str(JAIL)!r}); import cage; cage.shut(4096, 20)\n"
        "while True: os.write(1, b'x' * 1000)"
    )
    with (tmp_path / "answer").open("wb") as answer:
        subprocess.run([sys.executable, "-I", "-B", "-c", code], stdout=answer, stderr=subprocess.DEVNULL, timeout=30)
    assert (tmp_path / "answer").stat().st_size <= 4096


def test_endless_work_is_ended() -> None:
    code = f"import sys; sys.path.insert(0, {str(JAIL)!r}); import cage\ncage.shut(4096, 1)\nwhile True: pass"
    assert run(code).returncode in {-9, -24}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: dropping a user id")
def test_root_is_given_up() -> None:
    code = (
        f"import os, sys; sys.path.insert(0, {str(JAIL)!r}); import cage; cage.shut(4096, 20)\n"
        "print(os.getuid(), os.geteuid(), os.getgid(), os.getegid())"
    )
    assert run(code).stdout.split() == ["65534"] * 4


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: starting as another user")
def test_the_cage_needs_no_privilege() -> None:
    """The cage's only file, read by root and run as nobody: as a portal without any right would."""
    source = (JAIL / "cage.py").read_text()
    drop = "import ctypes, os, resource\nos.setgroups([]); os.setgid(65534); os.setuid(65534)"
    code = f"{drop}\n{source}\nshut(4096, 20)\nprint('shut')"
    ended = run(code)
    assert ended.stdout.strip() == "shut", ended.stderr


def test_without_a_jail_nothing_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(JAIL, tmp_path / "jail")
    broken = tmp_path / "jail/cage.py"
    broken.write_text(broken.read_text().replace("libseccomp.so.2", "libseccomp-is-not-here.so"))
    monkeypatch.setattr(asking, "_JAIL", str(tmp_path / "jail/__main__.py"))
    file = tmp_path / "a.part"
    file.write_bytes(make_pdf())
    with pytest.raises(Refused) as refusal, caplog.at_level(logging.ERROR):
        inspect(file, "pdf")
    assert str(refusal.value) == REASONS["no_jail"]
    assert "libseccomp2" in caplog.text  # the operator reads the cure
    assert "libseccomp-is-not-here" in caplog.text


def test_too_long_is_a_refusal(tmp_path: Path) -> None:
    file = tmp_path / "a.part"
    file.write_bytes(make_pdf())
    with pytest.raises(Refused) as refusal:
        inspect(file, "pdf", wall_seconds=0.001)
    assert refusal.value.code == "too_heavy"


def test_a_crash_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crashing = tmp_path / "crash.py"
    crashing.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(asking, "_JAIL", str(crashing))
    file = tmp_path / "a.part"
    file.write_bytes(make_pdf())
    with pytest.raises(Refused) as refusal:
        inspect(file, "pdf")
    assert refusal.value.code == "broken"


@pytest.mark.parametrize("answer", ['{"type": "text/html"}', '["pdf"]', '{"refused": "anything"}', "{}", "null"])
def test_an_answer_that_is_none_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    lying = tmp_path / "lie.py"
    lying.write_text(f"print({answer!r})")
    monkeypatch.setattr(asking, "_JAIL", str(lying))
    file = tmp_path / "a.part"
    file.write_bytes(make_pdf())
    with pytest.raises(Refused) as refusal:
        inspect(file, "pdf")
    assert refusal.value.code == "broken"


def test_the_environment_does_not_reach_the_jail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    telling = tmp_path / "tell.py"
    telling.write_text(
        "import json, os\nprint(json.dumps({'type': 'application/pdf' if 'KLA_SECRET_KEY' not in os.environ else ''}))"
    )
    monkeypatch.setattr(asking, "_JAIL", str(telling))
    monkeypatch.setenv("KLA_SECRET_KEY", "rahasia")
    file = tmp_path / "a.part"
    file.write_bytes(make_pdf())
    assert inspect(file, "pdf") == "application/pdf"
