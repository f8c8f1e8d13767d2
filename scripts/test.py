"""`make test`: unit tests on SQLite and on PostgreSQL, then the journeys; its own servers, stopped whatever happens.

    python -m scripts.test [--slow] [--only sqlite|postgresql|journeys] [paths or options for pytest …]

Ends with one summary over all parts, in the form that pytest prints for one.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from scripts.processes import ROOT
from tests.servers import Postgres

PARTS = ("sqlite", "postgresql", "journeys")
UNITS = ["-n", "2", "--dist", "worksteal"]
# A journey's file shares one portal and its order of events, so a file stays with one worker. In the order
# of their names: the tour, by far the longest, begins, and the other worker does the rest meanwhile.
JOURNEYS = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]


@dataclass
class Part:
    """What became of one pytest run."""

    name: str
    status: int
    seconds: float
    passed: int = 0
    skipped: int = 0
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--slow", action="store_true", help="all tests in every part, the slow ones too")
    options.add_argument("--only", choices=PARTS, help="one part instead of all three")
    chosen, rest = options.parse_known_args()
    signal.signal(signal.SIGTERM, _interrupt)
    started = time.monotonic()
    parts = [run(name, chosen.slow, rest) for name in PARTS if chosen.only in (None, name)]
    print_summary(parts, time.monotonic() - started)
    return 1 if any(part.status for part in parts) else 0


MARKS = {
    # Pages ask through services and queries, which run on both; the pages themselves, and the walks through every
    # address, once, on the database that is meant for real use. (Journeys open pages on SQLite too.)
    "sqlite": "not journey and not slow and not walk and not view",
    # What touches no database has been tested by then.
    "postgresql": "not journey and not slow and database",
    "journeys": "journey and not slow",
}
ALL = {"sqlite": "not journey", "postgresql": "not journey", "journeys": "journey"}


def run(name: str, everything: bool, rest: list[str]) -> Part:
    """Run one part with the servers it needs; `rest` goes to pytest as it is."""
    print(f"\n== {name} " + "=" * 60, flush=True)
    marks = ["-m", (ALL if everything else MARKS)[name]]
    more = {"KLA_TEST_ALL": "1"} if everything else {}
    if name == "journeys":  # their fixtures start the servers, because each portal wants its own
        return pytest(name, [*marks, *JOURNEYS, *(rest or ["tests"])], more)
    arguments = [*marks, *UNITS, *rest]
    if name == "sqlite":
        return pytest(name, arguments, more)
    postgres = Postgres()
    try:
        return pytest(name, arguments, {"DATABASE_URL": postgres.url()} | more)
    finally:
        postgres.stop()


def pytest(name: str, arguments: list[str], extra: dict[str, str]) -> Part:
    """One pytest process; its output is shown as it comes, its results are counted."""
    env = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"} | extra
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portal-kla-results-") as folder:
        results = Path(folder) / "results.xml"
        command = [sys.executable, "-m", "pytest", "-q", "--durations=8"]
        command += ["-o", "junit_family=xunit1", f"--junitxml={results}", *arguments]
        child = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL)
        try:
            status = child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise
        part = Part(name, status, time.monotonic() - started)
        if results.exists():
            count(part, results)
    return part


def count(part: Part, results: Path) -> None:
    """Read pytest's JUnit file into `part`."""
    for case in ET.parse(results).iter("testcase"):  # nosec B314 - pytest has just written it
        test = f"{case.get('file')}::{case.get('name')}"
        kinds = {child.tag for child in case}
        if "failure" in kinds:
            part.failed.append(test)
        elif "error" in kinds:
            part.errors.append(test)
        elif "skipped" in kinds:
            part.skipped += 1
        else:
            part.passed += 1


def print_summary(parts: list[Part], seconds: float) -> None:
    """Times per part, then failed tests and totals as pytest writes them."""
    print("\n== times " + "=" * 60)
    for part in parts:
        print(f"{part.name:12} {part.seconds:7.1f} s  {'ok' if part.status == 0 else f'FAILED (status {part.status})'}")
    totals = {
        "failed": sum(len(part.failed) for part in parts),
        "passed": sum(part.passed for part in parts),
        "skipped": sum(part.skipped for part in parts),
        "errors": sum(len(part.errors) for part in parts),
    }
    # A part that broke before or after its tests (no test found, a crash) counts as an error too.
    totals["errors"] += sum(1 for part in parts if part.status and not part.failed and not part.errors)
    if totals["failed"] or totals["errors"]:
        print("=========================== short test summary info ============================")
        for part in parts:
            for test in part.failed:
                print(f"FAILED {test} [{part.name}]")
            for test in part.errors:
                print(f"ERROR {test} [{part.name}]")
            if part.status and not part.failed and not part.errors:
                print(f"ERROR {part.name} ended with status {part.status}")
    words = ", ".join(f"{number} {word}" for word, number in totals.items() if number) or "no tests ran"
    minutes, rest = divmod(int(seconds), 60)
    print(f" {words} in {seconds:.2f}s ({minutes // 60}:{minutes % 60:02}:{rest:02}) ".center(80, "="), flush=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
