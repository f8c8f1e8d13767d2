"""`make bench`: what the portal's work costs, as ratios against the least the same work could cost, in one run.

    python -m benchmarks.run [--quick] [--only PART] [--database sqlite|postgresql]

Parts: regions, report, pages, import, whatif, scoring, package, uploads, library, saving, site; and, only when it is
named, deadline: the last hour of 650 people, for ten minutes on PostgreSQL.

Ours and the baseline are measured in turns, so that a machine that is busy with something else is so for both.
benchmarks/README.md says what each ratio means. Nothing here passes or fails by its speed; wrong answers fail.
"""

import argparse
import json
import os
import platform
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks import hour, site
from benchmarks.statistics import Comparison, digits, series
from scripts import processes
from scripts.processes import ROOT
from tests import servers

PARTS = ("regions", "report", "pages", "import", "whatif", "scoring", "package", "uploads", "library", "saving", "site")
ALONE = ("deadline",)
"""Ten minutes and more: only when named, and on PostgreSQL."""
EXCHANGE = {
    "cells": "cells", "jail": "of which the jail", "check": "check", "store": "store", "processor": "processor time",
}  # fmt: skip
NO_DATABASE = ("report", "package")
"""Nearly all of their work never asks a database, so one is enough."""
DATABASES = ("sqlite", "postgresql")
# The tests' PostgreSQL forgets what it was told when the power fails; a save measured on it would cost too little.
EARNEST = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class Run:
    """Collects, prints as it goes, and keeps a copy as JSON."""

    def __init__(self, *, quick: bool) -> None:
        few, many = (3, 1, 10, 3, 10, 2, 2, 3, 3, 10), (5, 3, 30, 10, 30, 5, 7, 10, 7, 50)
        self.repeats = dict(zip(PARTS, few if quick else many, strict=False))
        self.country = 40 if quick else 514  # kab/kota
        self.rounds, self.seconds = (2, 1.0) if quick else (5, 3.0)
        self.hour = 30 if quick else 600  # seconds that stand for the last hour
        self.machine = machine()
        self.comparisons: list[Comparison] = []
        self.explained: dict[str, Any] = {}

    def add(self, *found: Comparison) -> None:
        self.comparisons += found
        for one in found:
            say(*one.lines(), "")

    def save(self) -> Path:
        folder = ROOT / "var" / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
        content = {
            "machine": self.machine | {"load_at_end": os.getloadavg()},
            "comparisons": [one.as_json() for one in self.comparisons],
            "pages": self.explained,
        }
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        return path


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="few repeats: to see that it works, not how fast")
    options.add_argument("--only", choices=PARTS + ALONE, help="one part instead of all")
    options.add_argument("--database", choices=DATABASES, help="one database instead of both")
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    started = time.monotonic()
    servers.POSTGRES_SETTINGS.update(EARNEST)
    run = Run(quick=chosen.quick)
    say(*(f"{name:9} {value}" for name, value in run.machine.items()), "")
    say("A ratio is ours against the baseline: 1 costs the same, 2 twice as much. Median (least–most).", "")
    with tempfile.TemporaryDirectory(prefix="portal-kla-bench-") as folder:
        for database in DATABASES:
            if chosen.database in (None, database):
                measure(run, database, Path(folder) / database, _chosen(chosen.only))
    say("== ratios " + "=" * 60)
    for one in run.comparisons:
        rounds = f"({digits(one.rounds.least)}–{digits(one.rounds.most)})"
        say(f"{digits(one.cost):>7}  {rounds:15}  {one.what} : {one.baseline}")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    say("", f"{time.monotonic() - started:.0f} s; load average now {load}. Figures as JSON: {run.save()}")
    return 0


def _chosen(only: str | None) -> list[str]:
    return [only] if only else list(PARTS)


def measure(run: Run, database: str, folder: Path, parts: list[str]) -> None:
    """All parts on one database, with servers and data of their own."""
    label = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[database]
    parts = [part for part in parts if part not in NO_DATABASE or database == "sqlite"]
    parts = [part for part in parts if part not in ALONE or database == "postgresql"]
    if not parts:
        return
    say(f"== {label}: preparing the demo city " + "=" * 40)
    backend = servers.Embedded(folder) if database == "sqlite" else servers.Servers(folder)
    try:
        for part in parts:
            if part == "site":
                run.add(*site.measure(backend, label, rounds=run.rounds, seconds=run.seconds))
            else:
                parts_of = {
                    "regions": regions, "report": report, "pages": pages, "import": exchange, "whatif": whatif,
                    "scoring": scoring, "package": package, "uploads": uploads,
                    "library": library, "saving": saving, "deadline": deadline,
                }  # fmt: skip
                parts_of[part](run, backend, label)
    finally:
        backend.stop()


def regions(run: Run, backend: servers.Embedded, label: str) -> None:
    with backend.data() as (var, _):
        env = processes.demo_environment(var / "empty")
        if isinstance(backend, servers.Servers):
            backend.postgres.execute("CREATE DATABASE bench_regions")
            env["DATABASE_URL"] = backend.postgres.url("bench_regions")
        (var / "empty").mkdir(exist_ok=True)
        processes.prepare(env, ["--quiet", "migrate --no-input -v 0"])
        found = inside(env, "regions", run.repeats["regions"])
    run.add(
        Comparison(
            f"regions load, {label}: read, check, compare and write {found['rows']} regions",
            "one COPY of ready text" if label == "PostgreSQL" else "one executemany of ready tuples",
            "s", series(found["ours"]), series(found["theirs"]),
            notes=(f"the same list again, nothing to change: {series(found['again'])} s",),
        )
    )  # fmt: skip


def report(run: Run, backend: servers.Embedded, label: str) -> None:
    with backend.data() as (_, env):
        found = inside(env, "report", run.repeats["report"])
    size = f"{found['pages']} pages, {found['bytes'] // 1000} KB"
    for baseline, times in (("untagged PDF", "theirs"), ("tagged PDF (PDF/UA) as ours is", "tagged")):
        run.add(
            Comparison(
                f"report, {label}: from the request to the stored file",
                f"bare WeasyPrint on the same HTML, {baseline}",
                "s", series(found["ours"]), series(found[times]), notes=(size,),
            )
        )  # fmt: skip


def pages(run: Run, backend: servers.Embedded, label: str) -> None:
    with backend.data() as (_, env):
        found = inside(env, "pages", run.repeats["pages"])
    run.explained[label] = found
    say(f"inside Django, {label}, one request at a time:")
    for name, page in found.items():
        counts = "–".join(str(count) for count in page["queries"])
        whole, part = series([1000 * one for one in page["seconds"]]), sum(page["database"]) / sum(page["seconds"])
        size = f"{page['bytes'] / 1000:.1f} KB"
        say(f"    {name:20} {whole} ms, {counts} queries ({100 * part:.0f} % of the time is theirs), {size}")
    say("")


def exchange(run: Run, backend: servers.Embedded, label: str) -> None:
    with backend.data() as (_, env):
        found = inside(env, "import", run.repeats["import"])
    parts = ", ".join(f"{name} {series(found[key])} s" for key, name in EXCHANGE.items())
    run.add(
        Comparison(
            f"import, {label}: a workbook of {found['questions']} questions read in the jail, checked, stored",
            f"calamine reading the same {found['kilobytes']} KB without jail and check",
            "s", series(found["import"]), series(found["bare"]),
            notes=(
                parts,
                f"peak {digits(found['child_mb'])} MB in the jail; the portal grew by {digits(found['grown_mb'])} MB",
            ),
        ),
        Comparison(
            f"import, {label}: the same without starting the jail", "the same calamine",
            "s", series([whole - jail for whole, jail in zip(found["import"], found["jail"], strict=True)]),
            series(found["bare"]),
        ),
    )  # fmt: skip


def package(run: Run, backend: servers.Embedded, label: str) -> None:
    with backend.data() as (_, env):
        found = inside(env, "package", run.repeats["package"])
    for kind in found.values():
        size = f"{kind['files']} files, {kind['bytes'] / 1e6:.0f} MB"
        for baseline, times in (("zipfile alone", "bare"), ("zipfile alone, flushed to the disk", "flushed")):
            rate = kind["bytes"] / 1e6 / series(kind["ours"]).median
            run.add(
                Comparison(
                    f"package, {size}: checked, indexed, hashed, flushed", f"{baseline}, the same files",
                    "s", series(kind["ours"]), series(kind[times]), notes=(f"{rate:.0f} MB/s",),
                )
            )  # fmt: skip


def whatif(run: Run, backend: servers.Embedded, label: str) -> None:
    with backend.data() as (_, env):
        found = inside(env, "whatif", run.repeats["whatif"])
    size = f"{found['questions']} questions, {found['bytes'] / 1000:.1f} KB"
    for what, times in (("one more change", "changed"), ("the page opened", "opened")):
        seconds = series([1000 * one for one in found[times]])
        run.add(
            Comparison(
                f"what-if, {label}: {what}", "the bare score of the same evaluation",
                "s", series(found[times]), series(found["score"]), notes=(f"{size}; {seconds} ms",),
            )
        )  # fmt: skip


def scoring(run: Run, backend: servers.Embedded, label: str) -> None:
    with backend.data() as (_, env):
        made = inside(env, "country", run.country)
        found = inside(env, "scoring", run.repeats["scoring"])
    size = f"{found['evaluations']} kab/kota, {made['questions']} questions, {found['stages']} stages"
    ours = f"all totals, {label}: {size}, {found['numbers']} scores"
    notes = (
        f"{found['agreeing']} sums equal to SQL's, the others hold questions that do not apply",
        f"{made['verdicts']} verdicts, made in {digits(made['seconds'])} s; at most {digits(found['peak_mb'])} MB",
    )
    run.add(
        Comparison(
            ours, "one SQL aggregate over the same verdicts: no claims, no evidence, nothing redistributed",
            "s", series(found["ours"]), series(found["floor"]), notes=notes,
        ),
        Comparison(
            ours, f"a scorecard for each evaluation and stage, reckoned from {found['sample']} of them",
            "s", series(found["ours"]), series(found["naive"]),
        ),
    )  # fmt: skip


def uploads(run: Run, backend: servers.Embedded, label: str) -> None:
    with backend.data() as (_, env):
        found = inside(env | {"KLA_EVIDENCE_MIN_FREE": "0"}, "uploads", run.repeats["uploads"])
    for megabytes, times in found.items():
        for way, what in (("form", "a form with a file, to its redirect"), ("service", "the service behind it")):
            rate = 1 / series(times[way]).median
            run.add(
                Comparison(
                    f"uploads, {label}: {what}, {megabytes} MB",
                    "the same bytes written with hash and flush in plain Python",
                    "s", series(times[way]), series(times["bare"]),
                    notes=(f"{digits(rate)} uploads/s; the inspection in the jail alone {series(times['jail'])} s",),
                )
            )  # fmt: skip


def library(run: Run, backend: servers.Embedded, label: str) -> None:
    with backend.data() as (_, env):
        found = inside(env, "library", run.repeats["library"])
    many, few = (f"{found[name]:,}".replace(",", ".") for name in ("many", "few"))
    for page, times in found["pages"].items():
        run.add(
            Comparison(
                f"library, {label}: {page}, a city with {many} documents", f"the same page of a city with {few}",
                "s", series(times["ours"]), series(times["theirs"]),
                notes=(f"{times['queries'][0]} and {times['queries'][1]} queries",),
            )
        )  # fmt: skip


def saving(run: Run, backend: servers.Embedded, label: str) -> None:
    """A saved answer and the lists with the whole country in the database, and with one region."""
    found = {}
    for regions_ in (1, run.country):
        with backend.data() as (var, env):
            env = env | {"CROWD": str(var / "crowd.json")}
            inside(env, "crowd", regions_)
            found[regions_] = inside(env, "saving", run.repeats["saving"])
    one, all_ = found[1], found[run.country]
    size = f"{all_['evaluations']} evaluations, {all_['answers']:,} answers".replace(",", ".")
    milliseconds = series([1000 * seconds for seconds in all_["save"]])
    run.add(
        Comparison(
            f"an answer saved, {label}: {size}", "the same with one region", "s",
            series(all_["save"]), series(one["save"]),
            notes=(f"{all_['save_queries']} and {one['save_queries']} queries; {milliseconds} ms",),
        ),
        *(
            Comparison(
                f"{name}, {label}: {size}", "the same with one region", "s",
                series(runs["seconds"]), series(one["lists"][name]["seconds"]),
                notes=(
                    f"{runs['queries']} queries; {series([1000 * seconds for seconds in runs['seconds']])} ms",
                ),
            )
            for name, runs in all_["lists"].items()
        ),
    )  # fmt: skip


def deadline(run: Run, backend: servers.Embedded, label: str) -> None:
    """The last hour: 650 people of 514 regions, 50 requests a second."""
    found = hour.measure(backend, seconds=run.hour, regions=run.country, inside=inside)
    run.explained[f"deadline, {label}"] = found
    say(*hour.lines(found, label), "")


def inside(env: dict[str, str], part: str, repeats: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.inside", part, str(repeats)]
    env = env | {"KLA_LOG_LEVEL": "WARNING"}
    done = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"measuring {part} failed:\n{done.stderr[-4000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def machine() -> dict[str, Any]:
    cpu = named("model name", "/proc/cpuinfo", ":")
    system = named("PRETTY_NAME", "/etc/os-release", "=")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    packages = ", ".join(f"{name} {version(name)}" for name in ("Django", "granian", "WeasyPrint", "psycopg2-binary"))
    return {
        "when": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": commit.strip() or "unknown",
        "system": system or platform.platform(),
        "cores": f"{len(os.sched_getaffinity(0))} {cpu}",
        "software": f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}",
        "load": ", ".join(f"{value:.1f}" for value in os.getloadavg()) + " (1, 5, 15 minutes)",
    }


def named(name: str, path: str, separator: str) -> str:
    """The first value with this name in a file of names and values; '' when there is none."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(separator)[2].strip(' "') for line in lines if line.startswith(name)), "")


def say(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
