"""The portal's processes, for whoever runs the whole portal: the demo, the journeys, the benchmarks."""

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
HOST = "127.0.0.1"
_PR_SET_PDEATHSIG = 1


def free_port(preferred: int = 0) -> int:
    """`preferred` or the next port above it that nobody listens on; with 0 any free port."""
    for port in range(preferred, preferred + 100) if preferred else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError(f"no free port from {preferred} to {preferred + 99}")


def secret_key_file(var: Path) -> Path:
    """The file with this installation's own random key, made on first use, readable by its owner only."""
    path = var / "secret_key"
    if not path.exists():
        var.mkdir(mode=0o750, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path


def demo_environment(var: Path, **extra: str) -> dict[str, str]:
    """The environment of a demo that keeps all it has under `var` and listens to nobody's settings but `extra`."""
    foreign = ("KLA_", "DATABASE_URL", "CELERY_", "DJANGO_")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return own | {"KLA_MODE": "demo", "KLA_VAR_DIR": str(var), "KLA_SECRET_KEY_FILE": str(secret_key_file(var))} | extra


class Died(RuntimeError):
    """A process ended that should have gone on. The message names its log and quotes its last lines."""


class Process:
    """A child process with its own log file and process group, which does not outlive this one."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        user: str | None = None,
    ) -> None:
        self.name, self.log = name, log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log_start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                start_new_session=True,  # a Ctrl-C in the terminal is for the parent alone
                preexec_fn=_end_with_parent,
            )
        self.pid = self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def check(self) -> None:
        """Raise Died when the process has ended."""
        if not self.alive:
            raise Died(f"{self.name} ended with status {self._popen.returncode}. Its log is {self.log}:\n{self.tail()}")

    def tail(self, lines: int = 25) -> str:
        """The last lines that this process wrote, not those of its predecessors in the same file."""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])

    def stop(self, seconds: float = 10) -> None:
        """Ask the process to end and wait; after `seconds` end it and its children by force."""
        if self.alive:
            self._popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """End the process and its children at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()


def _end_with_parent() -> None:
    """In the child, before it becomes its program: the kernel sends it SIGTERM should the parent vanish."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def start_web(env: Mapping[str, str], port: int, log: Path, workers: int = 2) -> Process:
    """The web server: processes, not threads, because SQLite and Python both serve those better."""
    command = (
        BIN / "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--workers", str(workers),
        "--blocking-threads", "1", "--no-ws", "kla_portal.wsgi:application",
    )  # fmt: skip
    return Process("web server", command, env=env, log=log)


def start_worker(env: Mapping[str, str], log: Path, concurrency: int = 2, loglevel: str = "INFO") -> Process:
    """A Celery worker with the clock (beat) inside: the right thing for one machine."""
    command = (
        BIN / "celery", "-A", "kla_portal", "worker", "--beat", "--concurrency", str(concurrency),
        "--loglevel", loglevel, "--without-gossip", "--without-mingle",
        "--hostname", f"portal-{secrets.token_hex(4)}@%h",
    )  # fmt: skip
    return Process("worker", command, env=env, log=log)


def prepare(env: Mapping[str, str], commands: Sequence[str]) -> str:
    """Run management commands one after the other in one process; return what they printed. Raise Died on failure."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.prepare", *commands],
        cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if done.returncode:
        raise Died(f"preparing the portal failed:\n{done.stdout}")
    return done.stdout


def wait_until_ready(base_url: str, processes: Sequence[Process], seconds: float = 60) -> None:
    """Return when /readyz answers 200; raise Died when a process ends first, TimeoutError when it takes too long."""
    deadline = time.monotonic() + seconds
    answer = "no answer"
    while time.monotonic() < deadline:
        for process in processes:
            process.check()
        try:
            with urllib.request.urlopen(f"{base_url}/readyz", timeout=5):  # nosec B310 - an address of ours
                return
        except urllib.error.HTTPError as error:
            answer = error.read().decode(errors="replace")
        except OSError as error:
            answer = str(error)
        time.sleep(0.1)
    logs = ", ".join(str(process.log) for process in processes)
    raise TimeoutError(f"{base_url}/readyz was not ready within {seconds:.0f} s: {answer}. Logs: {logs}")
