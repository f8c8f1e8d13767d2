"""The pictures of README.md, taken from a demo that runs: `python -m scripts.screenshots --base-url URL`.

Writes docs/img/*.png, 1280 wide, each reduced to a palette so that it stays below 150 KB. Use a demo of its own: it
prints a report there, for the picture of the review it hands the evaluation of the demo city in and calls it back, and
for that of the late agencies it sets a deadline, waits until it is over, and takes it away.
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser import launch

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "img"
SIZE: ViewportSize = {"width": 1280, "height": 800}
MOST_BYTES = 150 * 1024
CURRENT, EARLIER = "Evaluasi KLA 2025", "Evaluasi KLA 2023"
REVIEW, REPORT, LATE = "telaah", "laporan", "terlambat"
Visit = Callable[[Page], None]


def evaluation(page: Page, cycle: str, region: str = "") -> None:
    """Open the evaluation of this cycle from the list."""
    page.goto("/evaluasi/")
    row = page.locator("tbody tr").filter(has_text=cycle).filter(has_text=region)
    row.first.locator("th a").click()


def open_question(page: Page) -> None:
    evaluation(page, CURRENT, "Balikpapan")
    page.goto(page.url.split("?")[0] + "p/4.1/")


def take_step(page: Page, label: str) -> None:
    """Take a step with the demo city's present evaluation: the button, then the same one on the page that asks."""
    evaluation(page, CURRENT, "Balikpapan")
    page.get_by_role("link", name=label, exact=True).click()
    page.get_by_role("button", name=label, exact=True).click()
    page.wait_for_url(lambda url: "/langkah/" not in url)


def set_deadline(page: Page, moment: datetime | None) -> None:
    """The demo city's own deadline for all its agencies; None: there is none."""
    part_of(CURRENT, "batas-internal/", "Balikpapan")(page)
    page.locator("input[name=semua]").fill(f"{moment:%Y-%m-%dT%H:%M}" if moment else "")
    page.get_by_role("button", name="Simpan batas internal").click()
    page.wait_for_load_state()


def let_a_deadline_pass(page: Page) -> None:
    """Deadlines are typed in whole minutes and lie ahead, so this takes up to 80 seconds."""
    here = ZoneInfo("Asia/Makassar")
    moment = (datetime.now(here) + timedelta(seconds=75)).replace(second=0, microsecond=0)
    set_deadline(page, moment)
    time.sleep(max(0.0, (moment - datetime.now(here)).total_seconds()) + 2)


def review_bench(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Mulai menelaah").click()


def score_bench(page: Page) -> None:
    """The first question with a picture as its evidence, which shows the bench best; else the fortieth."""
    page.goto("/")
    page.locator("main a", has_text="Nilai").first.click()
    for _ in range(40):
        if page.locator(".document-picture").count():
            return
        page.locator("a[data-key=j]").click()


def result(page: Page) -> None:
    evaluation(page, EARLIER)
    page.get_by_role("link", name="Hasil", exact=True).click()


def lift(page: Page) -> None:
    """What would lift the demo city."""
    evaluation(page, CURRENT, "Balikpapan")
    page.goto(page.url.split("?")[0] + "naik/")


def draft(page: Page) -> None:
    """The sheet of the draft that the demo has begun."""
    page.goto("/instrumen/kla-2024-koreksi/sunting/")


def library(page: Page) -> None:
    """The documents of the demo city."""
    page.goto("/pustaka/")


def queue(page: Page) -> None:
    """What waits for the ministry and the provinces."""
    page.goto("/antrean/")


def inbox(page: Page) -> None:
    """What the coordinator has been told."""
    page.goto("/kotak-masuk/")


def missing(page: Page) -> None:
    """What its evidence lacks."""
    evaluation(page, CURRENT, "Balikpapan")
    page.goto(page.url.split("?")[0] + "kekurangan/")


def part_of(cycle: str, part: str, region: str = "") -> Visit:
    """A page below the evaluation's own."""

    def visit(page: Page) -> None:
        evaluation(page, cycle, region)
        page.goto(page.url.split("?")[0] + part)

    return visit


def part_of_cycle(cycle: str, part: str) -> Visit:
    """A page below the cycle's own."""

    def visit(page: Page) -> None:
        page.goto("/siklus/")
        page.get_by_role("link", name=cycle, exact=True).click()
        page.goto(page.url.split("?")[0] + part)

    return visit


def workbook(page: Page) -> None:
    """Where an agency fetches its spreadsheet and brings it back."""
    open_question(page)
    page.get_by_role("link", name="Semua bagian kami").click()
    page.get_by_role("link", name="Isi lewat lembar kerja").click()


def talk(page: Page) -> None:
    """The conversation that waits longest."""
    part_of(CURRENT, "percakapan/", "Balikpapan")(page)
    page.locator("main section a").first.click()


PICTURES: dict[str, tuple[str, Visit]] = {
    "masuk": ("", lambda page: None),
    "tugas-koordinator": ("koordinator", lambda page: None),
    "pertanyaan": ("operator", open_question),
    REVIEW: ("gugustugas", review_bench),
    "penilaian": ("evaluator", score_bench),
    "hasil": ("koordinator", result),
    "naik": ("koordinator", lift),
    "sunting": ("admin", draft),
    "pustaka": ("koordinator", library),
    "kekurangan": ("koordinator", missing),
    "pengajuan": ("bontang", part_of(CURRENT, "pengajuan/")),
    "gugus-tugas": ("koordinator", part_of(CURRENT, "gugus-tugas/", "Balikpapan")),
    "antrean": ("admin", queue),
    "penetapan": ("admin", part_of_cycle(EARLIER, "penetapan/")),
    "jadwal": ("admin", part_of_cycle(CURRENT, "jadwal/")),
    "kotak-masuk": ("koordinator", inbox),
    "nilai-tahap": ("koordinator", part_of(EARLIER, "nilai-tahap/")),
    LATE: ("pimpinan", part_of(CURRENT, "terlambat/", "Balikpapan")),
    "percakapan": ("koordinator", talk),
    "dibuka-lagi": ("samarinda", part_of(CURRENT, "buka-lagi/")),
    "lembar-kerja": ("operator", workbook),
}


def demo_password() -> str:
    """The one that the demo's own code gives its people; importing that needs Django's settings."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "kla_portal.settings", "KLA_MODE": "demo"}
    import django

    django.setup()
    from evaluations.demo.people import PASSWORD

    return PASSWORD


def sign_in(page: Page, name: str, password: str) -> None:
    page.goto("/masuk/")
    page.locator("input[name=username]").fill(f"{name}@contoh")
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="Masuk", exact=True).click()
    page.wait_for_url(lambda url: "/masuk/" not in url)


def new_page(browser: Browser, base_url: str, name: str, password: str) -> Page:
    """A page of its own session, at the sign-in page or signed in as `name`."""
    context = browser.new_context(base_url=base_url, viewport=SIZE, locale="id-ID", reduced_motion="reduce")
    page = context.new_page()
    if name:
        sign_in(page, name, password)
    else:
        page.goto("/masuk/")
    return page


def print_report(page: Page, target: Path) -> None:
    """Have the report of the finished evaluation printed; save its cover and its summary side by side."""
    evaluation(page, EARLIER)
    page.locator("summary").filter(has_text="Lainnya").click()
    page.get_by_role("link", name="Laporan", exact=True).click()
    page.get_by_role("button", name="Cetak laporan").click()
    page.wait_for_url("**/laporan/*/")
    with page.expect_download(timeout=180_000) as waiting:
        page.get_by_role("link", name="Unduh PDF").click(timeout=180_000)
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "laporan.pdf"
        waiting.value.save_as(pdf)
        command = ["pdftoppm", "-png", "-r", "76", "-f", "1", "-l", "3", str(pdf), str(Path(folder) / "page")]
        subprocess.run(command, check=True)
        cover, _contents, summary = sorted(Path(folder).glob("page*.png"))
        pages = [Image.open(file).convert("RGB") for file in (cover, summary)]
        sheet = Image.new("RGB", (sum(one.width for one in pages) + 20, pages[0].height), "#d5dcdc")
        for place, one in enumerate(pages):
            sheet.paste(one, (place * (pages[0].width + 20), 0))
        save(sheet, target)


def save(picture: Image.Image, target: Path) -> None:
    """Write a PNG with as many colours as fit into MOST_BYTES. Raises ValueError when even 16 do not."""
    for colours in (256, 128, 64, 32, 16):
        small = picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        packed = io.BytesIO()
        small.save(packed, "PNG", optimize=True)
        if packed.tell() <= MOST_BYTES:
            target.write_bytes(packed.getvalue())
            return
    raise ValueError(f"{target.name} does not fit into {MOST_BYTES} bytes")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--base-url", default="http://127.0.0.1:8000")
    options.add_argument("--only", nargs="*", choices=[*PICTURES, REPORT], help="these pictures instead of all")
    chosen = options.parse_args()
    wanted = chosen.only or [*PICTURES, REPORT]
    password = demo_password()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name in wanted:
            started, target = time.monotonic(), FOLDER / f"{name}.png"
            person, visit = PICTURES.get(name, ("koordinator", lambda page: None))
            coordinator = new_page(browser, chosen.base_url, "koordinator", password)
            page = new_page(browser, chosen.base_url, person, password)
            if name == REPORT:
                print_report(page, target)
            else:
                if name == REVIEW:
                    take_step(coordinator, "Serahkan ke gugus tugas")
                if name == LATE:
                    let_a_deadline_pass(coordinator)
                visit(page)
                page.wait_for_load_state("networkidle")
                save(Image.open(io.BytesIO(page.screenshot())), target)
                if name == REVIEW:
                    take_step(coordinator, "Tarik kembali")
                if name == LATE:
                    set_deadline(coordinator, None)
            print(f"{target.name}: {target.stat().st_size // 1024} KB, {time.monotonic() - started:.1f} s")
            page.context.close()
            coordinator.context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
