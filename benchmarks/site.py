"""Pages and saves over HTTP, in requests per second, against views that do nothing on the same server."""

import http.cookiejar
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

from benchmarks import trivial
from benchmarks.statistics import Comparison, Series, digits, series
from scripts.processes import BIN, HOST, ROOT, Process, free_port
from tests.servers import Embedded, Portal, Servers, running_portal

PEOPLE = 4  # connections at a time, each signed in on its own
WORKERS = 2
USERNAME, PASSWORD = "koordinator@contoh", "Contoh-KLA-2025"  # the demo's, made for this run and gone with it
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Target:
    """Something to ask for. `process_ids` are those whose processor time it costs."""

    base_url: str
    people: list[dict[str, Any]]
    process_ids: list[int]
    rates: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)  # of processor time, per request


class Browser:
    """One signed-in person, for what comes before the measuring."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        token = hidden(self.get("/masuk/"), "csrfmiddlewaretoken")
        landed = self.get("/masuk/", {"username": USERNAME, "password": PASSWORD, "csrfmiddlewaretoken": token})
        if "/keluar/" not in landed:
            raise RuntimeError("the demo's coordinator cannot sign in")

    def get(self, path: str, form: dict[str, str] | None = None) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        with self.opener.open(self.base_url + path, data, timeout=60) as answer:
            return str(answer.read().decode())

    @property
    def cookie(self) -> str:
        return "; ".join(f"{one.name}={one.value}" for one in self.jar)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if found is None:
        raise RuntimeError(f"no field {name} on the page")
    return unescape(found[1])


def processor_seconds(roots: list[int]) -> float:
    """What these processes and all their descendants have used so far; of those that ended their parents know it."""
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # gone meanwhile
        pid = int(stat.parent.name)
        parents[pid], used[pid] = int(rest[1]), sum(int(ticks) for ticks in rest[11:15])
    inside = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in inside} - inside:
        inside |= more
    return sum(used.get(pid, 0) for pid in inside) / TICKS


def start_trivial(name: str, portal: Portal) -> tuple[str, Process]:
    """The same server with the same number of processes as scripts.processes.start_web, another application."""
    port = free_port()
    command = (
        BIN / "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--workers", str(WORKERS),
        "--blocking-threads", "1", "--no-ws", "--factory", f"benchmarks.trivial:{name}",
    )  # fmt: skip
    return f"http://{HOST}:{port}", Process(name, command, env=portal.env, log=portal.var / "log" / f"{name}.log")


@contextmanager
def client() -> Iterator[Any]:
    """A function that sends one order to the load process and returns what came of it."""
    command = [sys.executable, "-m", "benchmarks.load"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin and child.stdout

        def order(**what: Any) -> dict[str, Any]:
            print(json.dumps(what), file=child.stdin, flush=True)
            answer: dict[str, Any] = json.loads(child.stdout.readline())
            return answer

        yield order
        child.stdin.close()


def measure(backend: Embedded, label: str, *, rounds: int, seconds: float) -> list[Comparison]:
    """Rounds in which every target has its turn of `seconds`."""
    with running_portal(backend) as portal, client() as order:
        servers: list[Process] = []
        try:
            targets = _targets(backend, portal, servers)
            for target in targets.values():
                _turn(order, target, 1.0)  # every process has its templates and its instrument
                target.rates.clear()
                target.milliseconds.clear()
            for _ in range(rounds):
                for target in targets.values():
                    _turn(order, target, seconds)
        except Exception as fault:
            fault.add_note(portal.logs())
            raise
        finally:
            for server in servers:
                server.stop(5)
    return list(_compared(targets, label))


def _turn(order: Any, target: Target, seconds: float) -> None:
    before = processor_seconds(target.process_ids)
    result = order(base_url=target.base_url, people=target.people, seconds=seconds)
    used = processor_seconds(target.process_ids) - before
    if result["failures"] or not result["requests"]:
        raise RuntimeError(f"{result['failures']} of {result['requests']} requests failed: {result['faults']}")
    for person, version in zip(target.people, result["versions"], strict=True):
        if "version" in person:
            person["version"] = version
    target.rates.append(result["requests"] / result["seconds"])
    target.milliseconds.append(1000 * max(used, 1 / TICKS) / result["requests"])


def _targets(backend: Embedded, portal: Portal, servers: list[Process]) -> dict[str, Target]:
    people = [Browser(portal.base_url) for _ in range(PEOPLE)]
    evaluation = _own_evaluation(people[0])
    database = [backend.postgres.process.pid] if isinstance(backend, Servers) else []
    targets = {}
    for name, path in (("bare", trivial.BARE), ("signed_in", trivial.SIGNED_IN)):
        base_url, process = start_trivial(name, portal)
        servers.append(process)
        _wait(base_url + path, people[0].cookie, process)
        wishes = [{"cookie": person.cookie, "path": path} for person in people]
        targets[name] = Target(base_url, wishes, [process.pid, *database])
    pages = [{"cookie": person.cookie, "path": evaluation} for person in people]
    targets["page"] = Target(portal.base_url, pages, [portal.web.pid, *database])
    targets["save"] = Target(portal.base_url, _saves(people, evaluation), [portal.web.pid, *database])
    return targets


def _wait(url: str, cookie: str, process: Process) -> None:
    for _ in range(300):
        process.check()
        try:
            urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": cookie}), timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer:\n{process.tail()}")


def _own_evaluation(person: Browser) -> str:
    """The address of the evaluation that the coordinator is filling in."""
    for path in sorted(set(re.findall(r'href="(/evaluasi/[0-9a-f-]{36}/)"', person.get("/evaluasi/")))):
        if (codes := _codes(person.get(path), path)) and 'id="answer-form"' in person.get(f"{path}p/{codes[0]}/"):
            return path
    raise RuntimeError("no evaluation of the demo city can be filled in")


def _codes(page: str, path: str) -> list[str]:
    return list(dict.fromkeys(re.findall(rf'href="{path}p/([^/"]+)/"', page)))


def _saves(people: list[Browser], evaluation: str) -> list[dict[str, Any]]:
    """One question with choices for each person: its two best values by turns, as the page's own form sends them."""
    saves: list[dict[str, Any]] = []
    codes = iter(_codes(people[0].get(evaluation), evaluation))
    for person in people:
        for code in codes:
            page = person.get(f"{evaluation}p/{code}/")
            values = [value for value in re.findall(r'type="radio" name="value" value="([^"]+)"', page) if value]
            if len(values) < 2:
                continue
            token, version = hidden(page, "csrfmiddlewaretoken"), int(hidden(page, "version"))
            bodies = [
                urllib.parse.urlencode({"csrfmiddlewaretoken": token, "value": value, "note": f"Catatan ukur {turn}."})
                for turn, value in enumerate(values[:2])
            ]
            saves.append(
                {"cookie": person.cookie, "path": f"{evaluation}p/{code}/", "bodies": bodies, "version": version}
            )
            break
    if len(saves) < len(people):
        raise RuntimeError("too few questions with choices on the first page")
    return saves


def _compared(targets: dict[str, Target], label: str) -> Iterator[Comparison]:
    baselines = {
        "bare": "a view that answers “ok”, no middleware",
        "signed_in": "a view that says who it is, all of the portal's middleware",
    }
    for name, what in (("page", "evaluation page"), ("save", "saved answer")):
        for against, words in baselines.items():
            ours, theirs = targets[name], targets[against]
            processor = Series(tuple(ours.milliseconds)), Series(tuple(theirs.milliseconds))
            yield Comparison(
                f"{what}, {label}", words, "requests/s", series(ours.rates), series(theirs.rates), rate=True,
                notes=(
                    f"processor time of server and database: {processor[0]} against {processor[1]} ms a request, "
                    f"ratio {digits(processor[0].median / processor[1].median)}",
                ),
            )  # fmt: skip
