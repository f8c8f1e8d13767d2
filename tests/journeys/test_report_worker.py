"""What the worker makes: a report, also when the worker dies meanwhile, and documents in one ZIP."""

import io
import os
import re
import signal
import time
import zipfile
from datetime import timedelta
from typing import Any

import pikepdf
import psycopg2
import pytest
from celery import Celery
from playwright.sync_api import expect

from tests.journeys.steps import PATIENCE_MS, REPORT_MS, Office, download_report, open_evaluation
from tests.visitor import Visitor, form

OF_REPORT = "WHERE id = (SELECT job_id FROM reports_report WHERE id = %s)"
JOB = f"SELECT state, attempts FROM trail_job {OF_REPORT}"
PROGRESS = f"SELECT progress FROM trail_job {OF_REPORT}"
LEASE_BACK = f"UPDATE trail_job SET lease_until = lease_until - %s {OF_REPORT}"


@pytest.fixture
def ask(portal):
    """`ask(sql, *values)`: one statement on the portal's database; its first row, or the number of changed rows."""
    connection = psycopg2.connect(portal.env["DATABASE_URL"])
    connection.autocommit = True

    def execute(sql: str, *values: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone() if cursor.description else cursor.rowcount

    yield execute
    connection.close()


def wait_until_printing(ask, report):
    """Past the reading of the content, inside WeasyPrint."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while ask(PROGRESS, report)[0] <= 5:
        assert time.monotonic() < deadline, f"the job is {ask(JOB, report)[0]} and prints nothing"
        time.sleep(0.02)


def test_a_killed_worker_ends_in_a_stated_failure_that_one_button_repairs(portal, person, ask, tmp_path):
    office = Office(person)
    page = office.enter("koordinator")
    evaluation = open_evaluation(page)
    page.locator("summary").filter(has_text="Lainnya").click()
    page.get_by_role("link", name="Laporan", exact=True).click()
    page.get_by_role("button", name="Cetak laporan").click()
    page.wait_for_url(re.compile(r"/laporan/[0-9a-f-]{36}/$"))
    report = page.url.rstrip("/").rpartition("/")[2]
    fingerprint = page.get_by_role("definition").last.inner_text()

    wait_until_printing(ask, report)
    portal.worker.kill()
    assert ask(JOB, report) == ("running", 1), "the worker was to die at work"
    page.reload()
    expect(page.locator("#status")).to_contain_text("Sedang disusun")
    expect(page.locator("#status progress")).to_be_visible()

    # Nobody renews the lease any more. The clock is not waited for: the lease is moved back by its own length.
    page.evaluate("window.sameDocument = true")
    assert ask(LEASE_BACK, timedelta(minutes=2), report) == 1
    expect(page.get_by_role("alert")).to_contain_text("Pengolah laporan berhenti sebelum selesai", timeout=PATIENCE_MS)
    assert page.evaluate("window.sameDocument"), "the page learns it by itself"
    expect(page.get_by_role("link", name="Unduh PDF")).to_have_count(0)

    page.get_by_role("button", name="Coba lagi").click()
    expect(page.locator("#status")).to_contain_text("Menunggu giliran")
    portal.start_worker()
    text = download_report(page, tmp_path / "laporan.pdf")
    assert "Kota Balikpapan" in text
    assert ask(JOB, report) == ("done", 2)
    [printed] = (portal.var / "reports").rglob("*.pdf")
    made_at = printed.stat().st_mtime_ns

    # The same content again: the same report at once, and nothing is printed.
    page.goto(f"{evaluation}laporan/")
    page.get_by_role("button", name="Cetak laporan").click()
    expect(page.get_by_role("link", name="Unduh PDF")).to_be_visible()
    assert page.url.rstrip("/").endswith(report)
    assert page.get_by_role("definition").last.inner_text() == fingerprint
    assert ask(JOB, report) == ("done", 2)
    assert [each.stat().st_mtime_ns for each in (portal.var / "reports").rglob("*.pdf")] == [made_at]
    assert office.complaints() == {}


def test_a_cluster_leaves_as_a_zip_whose_index_opens_offline_and_runs_nothing(person, browser, ask, tmp_path):
    armed = "<script>document.title = 'jalan'</script><img src=x onerror=\"document.title = 'jalan'\">"
    assert ask("UPDATE evidence_evidenceitem SET title = left(title, 60) || %s", armed)
    office = Office(person)
    page = office.enter("koordinator")
    open_evaluation(page)
    page.locator("summary").filter(has_text="Lainnya").click()
    page.get_by_role("link", name="Paket data dukung").click()
    page.get_by_role("button", name="Buat paket I Hak Sipil dan Kebebasan").click()
    expect(page.get_by_role("link", name="Unduh ZIP")).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_download() as coming:
        page.get_by_role("link", name="Unduh ZIP").click()
    coming.value.save_as(tmp_path / "paket.zip")
    with zipfile.ZipFile(tmp_path / "paket.zip") as packed:
        names = packed.namelist()
        packed.extractall(tmp_path)
    assert len(names) > 10
    assert {name.partition("/")[0] for name in names} == {"I", "indeks.html", "indeks.xlsx"}

    context = browser.new_context(offline=True)
    index, asked = context.new_page(), []
    index.on("request", lambda request: asked.append(request.url))
    index.goto((tmp_path / "indeks.html").as_uri())
    expect(index.get_by_role("heading", name="Indeks data dukung")).to_be_visible()
    assert index.title().startswith("Indeks data dukung Kota Balikpapan")
    links = index.locator("a[href]").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert set(links) == set(names) - {"indeks.html"}
    assert asked == [index.url]
    assert index.evaluate("() => document.querySelectorAll('script, img, form, iframe').length") == 0
    context.close()
    assert office.complaints() == {}


def pool_child(portal) -> int:
    """The process in which the worker does its tasks, as the worker itself says."""
    with Celery(broker=portal.env["CELERY_BROKER_URL"]) as app:
        found = app.control.inspect(timeout=PATIENCE_MS / 1000, limit=1).stats()
    assert found, "the worker said nothing"
    [child] = next(iter(found.values()))["pool"]["processes"]
    return child


def kill_the_child(portal, child):
    os.kill(child, signal.SIGKILL)
    assert portal.worker.alive


def kill_the_worker(portal, child):
    portal.worker.kill()
    portal.start_worker()


def deploy(portal, child):
    """As systemd does: asks the worker to end, waits, and starts the next."""
    os.kill(portal.worker.pid, signal.SIGTERM)
    deadline = time.monotonic() + REPORT_MS / 1000
    while portal.worker.alive:
        assert time.monotonic() < deadline, "the worker does not end"
        time.sleep(0.05)
    portal.start_worker()


@pytest.mark.slow
@pytest.mark.parametrize(("strike", "by_itself"), [(kill_the_child, False), (kill_the_worker, False), (deploy, True)])
def test_whatever_is_killed_while_printing_there_is_one_report_in_the_end(portal, ask, strike, by_itself):
    visitor, child = Visitor(portal.base_url, "koordinator"), pool_child(portal)
    question = Visitor(portal.base_url, "operator").question()
    fields = form(visitor.get(question).text, question) | {"value": "", "note": f"Isi laporan {strike.__name__}"}
    assert visitor.post(question, fields).status_code == 302  # content that no report had
    files = set((portal.var / "reports").rglob("*"))
    listed = f"{question.partition('p/')[0]}laporan/"
    path = visitor.post(f"{listed}buat/", form(visitor.get(listed).text, f"{listed}buat/")).headers["Location"]
    report = path.strip("/").rpartition("/")[2]

    def until(state: str) -> None:
        deadline = time.monotonic() + REPORT_MS / 1000
        while ask(JOB, report)[0] != state:
            assert time.monotonic() < deadline, (ask(JOB, report), portal.logs())
            time.sleep(0.05)

    wait_until_printing(ask, report)
    assert ask(JOB, report) == ("running", 1), "it was to be at work"
    began = time.monotonic()
    strike(portal, child)
    if by_itself:
        until("done")
    else:
        assert ask(JOB, report) == ("running", 1)
        assert {each for each in set((portal.var / "reports").rglob("*")) - files if each.is_file()} == set()
        assert ask(LEASE_BACK, timedelta(minutes=2), report) == 1  # 120 s pass
        page = visitor.get(path).text
        assert "Pengolah laporan berhenti sebelum selesai" in page
        assert visitor.post(f"{path}ulang/", form(page, f"{path}ulang/")).status_code == 302
        until("done")
    seconds = time.monotonic() - began
    expected = ("done", 1 if by_itself else 2)
    assert ask(JOB, report) == expected
    made = {each for each in set((portal.var / "reports").rglob("*")) - files if each.is_file()}
    assert len(made) == 1, made
    [printed] = made
    made_at = printed.stat().st_mtime_ns
    content = visitor.get(f"{path}unduh/").content
    assert content == printed.read_bytes()
    with pikepdf.open(io.BytesIO(content)) as opened:
        assert len(opened.pages) > 3

    # A bell too many, as a broker rings it again that had no answer: nobody does it again.
    with Celery(broker=portal.env["CELERY_BROKER_URL"]) as app:
        job = ask("SELECT job_id::text FROM reports_report WHERE id = %s", report)[0]
        bell = app.send_task("reports.tasks.render_report", args=[job])
    answered, deadline = f"reports.tasks.render_report[{bell.id}] succeeded", time.monotonic() + REPORT_MS / 1000
    while answered not in portal.worker.log.read_text():
        assert time.monotonic() < deadline, portal.logs()
        time.sleep(0.05)
    again = visitor.post(f"{listed}buat/", form(visitor.get(listed).text, f"{listed}buat/")).headers["Location"]
    assert again == path
    assert (ask(JOB, report), printed.stat().st_mtime_ns) == (expected, made_at)
    how = "by itself" if by_itself else "by one button, after the lease of 120 s, which was not waited for"
    print(f"{strike.__name__}: 1 of 1 jobs done once, 1 whole file, {how}; {seconds:.1f} s")
