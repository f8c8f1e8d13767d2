"""The deadline's last hour over HTTP: locust against a portal with the whole country in it, and what was kept of it."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import site, trivial
from scripts.processes import ROOT
from tests.servers import Embedded, running_portal

RISE, FINISH = 65, 30  # how many people come each second at first; seconds for what is under way at the end


def measure(backend: Embedded, *, seconds: int, regions: int, inside: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Rates, times and failures by kind of request; what was acknowledged and is stored; and how fast a view that does
    nothing is on the same server, asked by one connection at a time like the portal's front door."""
    with running_portal(backend) as portal:
        env = portal.env | {"CROWD": str(portal.var / "crowd.json"), "ACKS": str(portal.var / "acks")}
        made = inside(env, "crowd", regions)
        (portal.var / "acks").touch()
        before = site.processor_seconds([portal.web.pid])
        rows = _locust(portal.base_url, env, portal.var, seconds, made["people"])
        used = site.processor_seconds([portal.web.pid]) - before
        stored = inside(env, "stored", 1)
        share = _trivial(portal)
        whole = next(row for row in rows if row["Name"] == "Aggregated")
        return {
            "people": made["people"], "seconds": seconds, "made": made, "stored": stored, "trivial": share,
            "processor": used / max(1, int(whole["Request Count"])),
            "requests": [
                {
                    "name": row["Name"], "count": int(row["Request Count"]), "failures": int(row["Failure Count"]),
                    "rate": float(row["Requests/s"]), "p50": float(row["50%"]), "p95": float(row["95%"]),
                    "p99": float(row["99%"]),
                }
                for row in rows
            ],
        }  # fmt: skip


def _locust(base_url: str, env: dict[str, str], folder: Path, seconds: int, people: int) -> list[dict[str, str]]:
    command = [
        sys.executable, "-m", "locust", "-f", str(ROOT / "benchmarks" / "locustfile.py"), "--headless",
        "--only-summary", "--reset-stats", "--users", str(people), "--spawn-rate", str(RISE),
        "--run-time", f"{seconds}s", "--stop-timeout", str(FINISH), "--host", base_url,
        "--csv", str(folder / "hour"), "--exit-code-on-error", "0",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"locust failed:\n{done.stderr[-4000:]}")
    for fault in list(csv.DictReader((folder / "hour_failures.csv").open()))[:5]:
        print(f"    {fault['Occurrences']} times {fault['Name']}: {fault['Error'][:200]}", flush=True)
    return list(csv.DictReader((folder / "hour_stats.csv").open()))


def _trivial(portal: Any) -> float:
    """Requests per second of a view that says who it is, behind all of the portal's middleware, on the same server."""
    browser = site.Browser(portal.base_url)
    base_url, process = site.start_trivial("signed_in", portal)
    try:
        site._wait(base_url + trivial.SIGNED_IN, browser.cookie, process)
        wishes = [{"cookie": browser.cookie, "path": trivial.SIGNED_IN}] * site.PEOPLE
        with site.client() as order:
            order(base_url=base_url, people=wishes, seconds=1)
            result = order(base_url=base_url, people=wishes, seconds=3)
        return float(result["requests"] / result["seconds"])
    finally:
        process.stop(5)


def lines(found: dict[str, Any], label: str) -> list[str]:
    """For the terminal."""
    stored = found["stored"]
    told = [f"deadline, {label}: {found['people']} people, {found['seconds']} s, {os.cpu_count()} cores"]
    told += [
        f"    {row['name']:18} {row['count']:7} requests, {row['rate']:5.1f}/s, {row['failures']} failed, "
        f"p50 {row['p50']:.0f}, p95 {row['p95']:.0f}, p99 {row['p99']:.0f} ms"
        for row in found["requests"]
    ]
    whole = found["requests"][-1]
    told += [
        f"    {stored['acknowledged']} saves acknowledged; {stored['stored']} of {stored['answers']} answers stored so",
        f"    processor time of the web server {1000 * found['processor']:.1f} ms a request",
        f"    a view that does nothing behind the same middleware: {found['trivial']:.0f}/s; ours is "
        f"{100 * whole['rate'] / found['trivial']:.0f} % of it",
    ]
    return told
