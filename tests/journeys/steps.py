"""What people do in the journeys, in the words of the screens."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Response, expect

from evaluations.demo.people import PASSWORD
from evidence.tests.make import make_pdf
from tests.browser import sign_in, watch

PATIENCE_MS = 60_000
"""How long an answer may take on a busy machine; a quiet one needs a second."""
REPORT_MS = 180_000


class Office:
    """The people of one journey, each in a browser of their own, and what their consoles complained of."""

    def __init__(self, person: Callable[..., Page]) -> None:
        self._person = person
        self._consoles: dict[str, list[str]] = {}

    def enter(self, name: str, **options: object) -> Page:
        """Open a browser and sign in as `name` of the demo; ends on that person's first page."""
        page = self._person(**options)
        page.set_default_timeout(PATIENCE_MS)
        self._consoles[name] = watch(page)
        sign_in(page, f"{name}@contoh", PASSWORD)
        expect(page.get_by_role("heading", level=1)).to_have_text("Tugas saya")
        return page

    def complaints(self) -> dict[str, list[str]]:
        """Script errors and violations of the Content-Security-Policy by person; empty when there were none."""
        return {name: errors for name, errors in self._consoles.items() if errors}


def open_evaluation(page: Page, region: str = "Kota Balikpapan", cycle: str = "Evaluasi KLA 2025") -> str:
    """By the menu to one evaluation; returns its path."""
    page.get_by_role("navigation", name="Menu utama").get_by_role("link", name="Evaluasi").click()
    page.get_by_role("row").filter(has_text=region).filter(has_text=cycle).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(region)
    return re.sub(r"^https?://[^/]+", "", page.url).partition("?")[0]


def open_question(page: Page, evaluation: str, cluster: str, code: str) -> None:
    """From the evaluation through its cluster to one question, by links."""
    page.goto(evaluation)
    page.get_by_role("navigation", name="Kelompok pertanyaan").get_by_role("link", name=re.compile(cluster)).click()
    page.get_by_role("link", name=re.compile(rf"^{re.escape(code)}\b")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(code)


def saved_by(page: Page, act: Callable[[], object]) -> Response:
    """Do something that makes the answer form save itself; returns the server's answer once the page shows it."""
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/p/" in answer.url) as sent:
        act()
    expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"Tersimpan .*\d\d\.\d\d"))
    return sent.value


def attach(page: Page, name: str, mime: str, content: bytes, title: str) -> None:
    """Choose a file and upload it, until the portal has said what becomes of it."""
    box = page.locator("details").filter(has=page.get_by_text("Unggah berkas", exact=True))
    if box.get_attribute("open") is None:
        box.locator("summary").first.click()
    box.get_by_label("Judul dokumen").fill(title)
    box.get_by_label("Berkas", exact=False).last.set_input_files({"name": name, "mimeType": mime, "buffer": content})
    with page.expect_response(lambda reply: reply.request.method == "POST" and reply.url.endswith("/berkas/")):
        box.get_by_role("button", name="Unggah").click()
    expect(
        page.locator("[data-upload-list] .upload-words:not(:text-matches('%|iperiksa|enunggu'))")
        .or_(page.locator("#data-dukung").get_by_text(title))
        .first
    ).to_be_visible()


def take_step(page: Page, evaluation: str, label: str, stage: str) -> None:
    """One step of the workflow: the button, the page that asks, the confirmation; then `stage` is the present one."""
    page.goto(evaluation)
    page.get_by_role("link", name=label).click()
    expect(page.get_by_role("heading", name=f"{label}?")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name=label).click()
    expect(
        page.get_by_role("listitem").filter(has_text="Sedang berjalan").or_(page.get_by_text("Hasil"))
    ).not_to_have_count(0)


def declares(coordinator: Page, evaluation: str) -> None:
    """Upload the signed declaration that a submission needs."""
    coordinator.goto(f"{evaluation}pengajuan/")
    form = coordinator.locator("form#unggah")
    form.locator("input[type=file]").set_input_files(
        {"name": "pernyataan.pdf", "mimeType": "application/pdf", "buffer": make_pdf("Surat pernyataan")}
    )
    form.get_by_role("button", name="Unggah surat").click()
    expect(coordinator.get_by_role("region", name="Surat pernyataan", exact=True)).to_contain_text("Terunggah")


def confirmed(page: Page, label: str) -> None:
    """Say yes to the question that the page puts before the step, and wait for the next page."""
    with page.expect_navigation():
        page.get_by_role("dialog").get_by_role("button", name=label).click()


def download_report(page: Page, to: Path) -> str:
    """Wait until the report is ready, fetch it and return its text."""
    expect(page.get_by_role("link", name="Unduh PDF")).to_be_visible(timeout=REPORT_MS)
    with page.expect_download() as coming:
        page.get_by_role("link", name="Unduh PDF").click()
    coming.value.save_as(to)
    assert to.read_bytes().startswith(b"%PDF-")
    return subprocess.run(["pdftotext", "-layout", to, "-"], capture_output=True, text=True, check=True).stdout


def lowers(judge: Page, address: str, reason: str) -> None:
    """Give the least level of the question at `address`, with a reason."""
    judge.goto(address)
    judge.locator("label.choice-level").filter(has_text=re.compile(r"\b0,00 poin")).first.click()
    judge.locator("#id_reason").fill(reason)
    judge.get_by_role("button", name="Simpan nilai lain").click()
    expect(judge.locator("#toasts")).to_contain_text("dinilai lain, 0,00 /")
