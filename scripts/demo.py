"""`make demo`: the whole portal on this machine, with the demo city, until Ctrl-C.

Everything it has lies under var/: the database, the files, the key, the logs. Delete that folder to begin anew.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from scripts.processes import (
    HOST,
    ROOT,
    Died,
    Process,
    demo_environment,
    free_port,
    start_web,
    start_worker,
    wait_until_ready,
)

PREPARATION = (
    "migrate --no-input -v 0",
    "load_regions",
    "load_results",
    "load_instrument",
    "load_demo",
)
COLLECT = "collectstatic --no-input -v 0"


class Stop(Exception):
    """Somebody asked the demo to end."""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="default 8000")
    options.add_argument("--var", type=Path, default=ROOT / "var", help="where everything is kept; default var/")
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, _ask_to_stop)
    signal.signal(signal.SIGINT, _ask_to_stop)
    try:
        with alone(chosen.var.resolve()) as var:
            run(var, chosen.port)
    except Stop:
        print(f"\nStopped. The data stays in {chosen.var}; the next start goes on with it.")
    except (Died, TimeoutError) as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def alone(var: Path) -> Iterator[Path]:
    """Holds `var` for this demo: a second worker on the same broker and clock would only do everything twice."""
    var.mkdir(mode=0o750, parents=True, exist_ok=True)
    with (var / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Died(f"another demo is running with the data in {var}. Stop that one first.") from None
        yield var


def run(var: Path, wanted_port: int) -> None:
    """Prepare, start, print the way in, and watch both processes. Ends only by an exception."""
    started = time.monotonic()
    env = demo_environment(var)
    prepare(env, var)
    port = free_port(wanted_port)
    if port != wanted_port:
        print(f"Port {wanted_port} is taken; using {port}.")
    base_url = f"http://{HOST}:{port}"
    processes: list[Process] = []
    try:
        processes.append(start_worker(env, var / "log" / "worker.log"))
        processes.append(start_web(env, port, var / "log" / "web.log"))
        wait_until_ready(base_url, processes)
        print(f"\nPortal KLA answers at {base_url} ({time.monotonic() - started:.0f} s)\n", flush=True)
        manage(env, "load_demo --logins", quiet=True)
        print(f"\nLogs: {var / 'log'}. Ctrl-C stops the web server and the worker.", flush=True)
        while True:
            for process in processes:
                process.check()
            time.sleep(0.5)
    finally:
        for process in reversed(processes):
            process.stop()


def prepare(env: dict[str, str], var: Path) -> None:
    """Bring database and static files up to date. Compressing takes longest, so only changes are worth it."""
    noted, now = var / "static.state", state_of_static_files()
    if noted.exists() and noted.read_text() == now and (var / "static").is_dir():
        manage(env, *PREPARATION)
    else:
        manage(env, *PREPARATION, COLLECT)
        noted.write_text(now)


def state_of_static_files() -> str:
    """A fingerprint of names, sizes and times in static/, and of the packages, which bring files of their own."""
    files = sorted(path for path in (ROOT / "static").rglob("*") if path.is_file())
    marks = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return hashlib.sha256("\n".join([*marks, (ROOT / "requirements.txt").read_text()]).encode()).hexdigest()


def manage(env: dict[str, str], *commands: str, quiet: bool = False) -> None:
    """Run management commands with their output shown; Died when one fails."""
    arguments = ["--quiet", *commands] if quiet else list(commands)
    calm = env | {"KLA_LOG_LEVEL": "WARNING"}
    child = subprocess.Popen(
        [sys.executable, "-m", "scripts.prepare", *arguments], cwd=ROOT, env=calm, start_new_session=True
    )
    try:
        if child.wait():
            raise Died("a preparation step failed; its message is above.")
    except Stop:
        child.terminate()
        child.wait()
        raise


def _ask_to_stop(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C does not interrupt the tidying up
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stop


if __name__ == "__main__":
    sys.exit(main())
