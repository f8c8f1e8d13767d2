"""What the worker makes: a report, also when the worker dies meanwhile, and documents in one ZIP."""

import re
import time
import zipfile
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from playwright.sync_api import expect

from tests.journeys.steps import PATIENCE_MS, Office, download_report, open_evaluation

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
