"""What is measured inside one Python process: `python -m benchmarks.inside PART REPEATS`.

Reads the database that the environment names and prints one JSON object on the last line. `regions` wants a migrated
database without regions, the others one with the demo city; `country` makes what `scoring` measures and `crowd` what
`saving` and the deadline hour do, and both take the number of regions instead of repeats.
"""
# ruff: noqa: E402  Django is set up before anything of it is imported

import csv
import io
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kla_portal.settings")

import django

django.setup()

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from accounts.models import User
from benchmarks import country, crowd, exchange, library, package, uploads, whatif
from evaluations.demo.people import BALIKPAPAN
from evaluations.enums import Stage
from evaluations.models import Answer, Evaluation
from kla_portal.lib import pdf
from regions import codes
from regions.management.commands.load_regions import SHIPPED, _lines
from regions.models import Region
from regions.services import load
from reports import document, services, store, tasks

COORDINATOR = "koordinator@contoh"
TABLE = Region._meta.db_table


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


# --- regions --------------------------------------------------------------------------------------------------------
def regions(repeats: int) -> dict[str, Any]:
    """The shipped list into an empty table, ours and bare in turns; then ours once more with nothing to change."""
    lines = list(_lines(SHIPPED))
    rows = [(code, name, codes.level(code), None) for _, (code, name) in lines[1:]]
    ready = io.StringIO(newline="")
    csv.writer(ready).writerows(rows)
    ours: list[float] = []
    theirs: list[float] = []
    again: list[float] = []
    bare = (lambda: _copy(ready)) if connection.vendor == "postgresql" else (lambda: _executemany(rows))
    for _ in range(repeats):
        _empty()
        theirs.append(timed(bare))
        _check(len(rows))
        _empty()
        ours.append(timed(lambda: load(_lines(SHIPPED))))
        _check(len(rows))
        again.append(timed(lambda: load(_lines(SHIPPED))))
    return {"rows": len(rows), "ours": ours, "theirs": theirs, "again": again}


def _empty() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {TABLE} CASCADE")
        else:
            cursor.execute(f"DELETE FROM {TABLE}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _check(count: int) -> None:
    if (found := Region.objects.count()) != count:
        raise RuntimeError(f"{found} regions in the table instead of {count}")


def _executemany(rows: list[tuple[Any, ...]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {TABLE} (code, name, level, gone_since) VALUES (%s, %s, %s, %s)", rows)


def _copy(ready: io.StringIO) -> None:
    ready.seek(0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {TABLE} (code, name, level, gone_since) FROM STDIN WITH (FORMAT csv)", ready)


# --- the report -----------------------------------------------------------------------------------------------------
class Handed(URLFetcher):
    """The charts, fonts and the logo that belong to the HTML; nothing else is asked for."""

    def __init__(self, assets: pdf.Assets) -> None:
        super().__init__()
        self.assets = assets

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        data, mime = self.assets[url.removeprefix(pdf.SCHEME)]
        return URLFetcherResponse(url, data, {"Content-Type": mime})


def report(repeats: int) -> dict[str, Any]:
    """From the request to the stored file, against WeasyPrint on the HTML that came out of it: plain, and tagged."""
    user, evaluation = User.objects.get(username=COORDINATOR), _evaluation()
    taken: dict[str, Any] = {}
    real = pdf.render

    def kept(html: str, **rest: Any) -> bytes:
        taken.update(rest, html=html)
        return real(html, **rest)

    document.pdf.render = kept
    _print_again(evaluation, user)  # warm: imports, fonts, templates
    document.pdf.render = real
    ours: list[float] = []
    plain: list[float] = []
    tagged: list[float] = []
    for _ in range(repeats):
        plain.append(timed(lambda: _weasyprint(taken)))
        ours.append(timed(lambda: _print_again(evaluation, user)))
        tagged.append(timed(lambda: _weasyprint(taken, pdf_variant="pdf/ua-1")))
    done = _print_again(evaluation, user)
    size = store.backend().size(done.file_name)
    return {"ours": ours, "theirs": plain, "tagged": tagged, "pages": done.pages, "bytes": size}


def _print_again(evaluation: Evaluation, user: User) -> Any:
    """All that a person waits for except the worker's noticing it: payload, job, charts, HTML, PDF, file, record."""
    known = services.request_report(evaluation, user)
    if store.backend().exists(known.file_name):  # a file that is gone is printed again
        store.backend().delete(known.file_name)
        known = services.request_report(evaluation, user)
    tasks.render_report(str(known.job_id))
    known.refresh_from_db()
    if not store.backend().exists(known.file_name):
        raise RuntimeError(f"the report was not printed: {known.job.error}")
    return known


def _weasyprint(taken: dict[str, Any], **options: Any) -> None:
    """As WeasyPrint's own documentation does it; the resources come from memory, as ours do."""
    fetcher, fonts = Handed(taken["assets"]), FontConfiguration()
    style = CSS(string=taken["css"], url_fetcher=fetcher, font_config=fonts, base_url=pdf.SCHEME)
    head = f"<title>{taken['title']}</title>"
    page = f'<!doctype html><html lang="id"><head>{head}</head><body>{taken["html"]}</body></html>'
    HTML(string=page, url_fetcher=fetcher, base_url=pdf.SCHEME).write_pdf(
        stylesheets=[style], font_config=fonts, **options
    )


def _evaluation() -> Evaluation:
    found = Evaluation.objects.select_related("region", "cycle__instrument")
    return found.get(region=BALIKPAPAN, stage=Stage.SELF_ASSESSMENT)


# --- pages ----------------------------------------------------------------------------------------------------------
class Statements:
    """Counts and times what goes to the database inside the block; beginnings and ends of transactions do not count."""

    def __init__(self) -> None:
        self.count, self.seconds = 0, 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - started
            self.count += not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))


def pages(repeats: int) -> dict[str, Any]:
    """Queries and time of a page inside Django, without a server and a socket."""
    evaluation = _evaluation()
    client = Client()
    client.force_login(User.objects.get(username=COORDINATOR), backend="accounts.backends.PortalBackend")
    answer = Answer.objects.filter(evaluation=evaluation, question__kind="yes_no").select_related("question").first()
    if answer is None:
        raise RuntimeError("no yes/no question in the demo")
    one = reverse("evaluations:answer_edit", args=[evaluation.pk, answer.question.code])
    overview = evaluation.get_absolute_url()

    def save() -> Callable[[], Any]:
        now = Answer.objects.get(pk=answer.pk)
        data = {"value": "no" if now.value == "yes" else "yes", "note": "diukur", "version": now.version}
        return lambda: client.post(one, data, headers={"HX-Request": "true"})

    acts = {
        "the evaluation page": lambda: lambda: client.get(overview),
        "the question page": lambda: lambda: client.get(one),
        "a saved answer": save,
    }
    return {name: _page(prepare, repeats) for name, prepare in acts.items()}


def _page(prepare: Callable[[], Callable[[], Any]], repeats: int) -> dict[str, Any]:
    times, in_database, counts, size = [], [], set(), 0
    for turn in range(repeats + 2):
        act, statements = prepare(), Statements()
        with connection.execute_wrapper(statements):
            started = time.perf_counter()
            response = act()
            seconds = time.perf_counter() - started
        if response.status_code != 200:
            raise RuntimeError(f"{response.status_code}: {response.content[:300]!r}")
        if turn < 2:  # templates, the instrument, the note of use in the session
            continue
        times.append(seconds)
        in_database.append(statements.seconds)
        counts.add(statements.count)
        size = len(response.content)
    return {"seconds": times, "database": in_database, "queries": sorted(counts), "bytes": size}


if __name__ == "__main__":
    parts: dict[str, Callable[[int], dict[str, Any]]] = {
        "regions": regions, "report": report, "pages": pages, "country": country.make, "scoring": country.measure,
        "whatif": whatif.measure, "import": exchange.measure, "package": package.measure, "library": library.measure,
        "uploads": uploads.measure, "crowd": crowd.made, "saving": crowd.measured, "stored": crowd.compared,
    }  # fmt: skip
    print(json.dumps(parts[sys.argv[1]](int(sys.argv[2]))))
