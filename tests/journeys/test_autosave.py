"""The answer form saves itself: on slow lines, without a session, without a network. Not a character is lost."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Request, Route, expect

from evaluations.demo.people import PASSWORD
from tests.browser import axe, sign_in, watch
from tests.journeys.steps import PATIENCE_MS, open_evaluation
from tests.servers import Portal

pytestmark = pytest.mark.parametrize("portal", ["embedded"], indirect=True)
SLOW_MS = 700
"""What every save takes on the way: long enough for a hand to be faster."""
NUMBER, CHOICE = "5.7", "10.3"
TYPED = 'Baris pertama: "kutipan" & <tanda>\nBaris kedua — 100% ✓'


class Desk:
    """Somebody at one question, with a slow line; what leaves the page and what the browser asks is written down."""

    def __init__(self, page: Page, portal: Portal, evaluation: str) -> None:
        self.page, self.portal, self.evaluation = page, portal, evaluation
        self.errors = watch(page)
        self.saves: list[Request] = []
        self.prompts: list[str] = []
        page.on("request", lambda request: self.saves.append(request) if is_save(request) else None)
        page.on("dialog", self._asked)

    def _asked(self, dialog: Dialog) -> None:
        self.prompts.append(dialog.type)
        dialog.dismiss()  # stay

    @property
    def mark(self) -> Any:
        return self.page.locator("[data-saved]")

    @property
    def note(self) -> Any:
        return self.page.get_by_label("Catatan", exact=True)

    @property
    def number(self) -> Any:
        return self.page.get_by_label(re.compile("^Persentase"))

    def open(self, code: str) -> None:
        self.page.goto(f"{self.evaluation}p/{code}/")

    def is_saved(self) -> None:
        """Wait until the mark says so; a save that nobody asked for may keep its distance from the one before."""
        expect(self.mark).to_contain_text(re.compile(r"^\s*Tersimpan"), timeout=PATIENCE_MS)

    def stored(self, code: str) -> tuple[str | None, str]:
        """Value (as JSON) and note of the answer in the database."""
        with closing(sqlite3.connect(self.portal.var / "portal.sqlite3")) as database:
            row = database.execute(
                """SELECT answer.value, answer.note FROM evaluations_answer answer
                   JOIN clusters_question question ON question.id = answer.question_id
                   WHERE question.code = ? AND replace(answer.evaluation_id, '-', '') = ?""",
                (code, self.evaluation.strip("/").rpartition("/")[2].replace("-", "")),
            ).fetchone()
        return row[0], row[1]


def is_save(request: Request) -> bool:
    return request.method == "POST" and bool(re.search(r"/p/[\d.]+/$", request.url))


@contextmanager
def on_the_way(page: Page, act: Callable[[Route], None]) -> Iterator[None]:
    """While the block runs, every save on its way meets `act`."""
    pattern = re.compile(r"/p/[\d.]+/$")

    def meet(route: Route) -> None:
        if is_save(route.request):
            act(route)
        else:
            route.continue_()

    page.route(pattern, meet)
    yield
    page.unroute(pattern)


def late(route: Route) -> None:
    """Held up as by a slow line, then let through."""
    route.request.frame.page.wait_for_timeout(SLOW_MS)
    route.continue_()


@pytest.fixture
def desk(person: Callable[..., Page], portal: Portal) -> Desk:
    """The coordinator, who may answer every question of the city."""
    page = person()
    sign_in(page, "koordinator@contoh", PASSWORD)
    evaluation = open_evaluation(page)
    return Desk(page, portal, evaluation)


@pytest.fixture(autouse=True)
def calm(desk: Desk) -> Iterator[None]:
    """No script failed and no policy was broken in any of the journeys."""
    yield
    faults = [error for error in desk.errors if "ERR_INTERNET_DISCONNECTED" not in error and "ERR_FAILED" not in error]
    assert faults == []


def test_a_refused_autosave_leaves_fields_and_focus_alone(desk: Desk) -> None:
    desk.open(NUMBER)
    text = f"{desk.note.input_value()} jalan terus tanpa hilang"
    desk.page.evaluate("window.sameField = document.querySelector('[name=note]')")
    with on_the_way(desk.page, late):
        desk.number.fill("abc")
        desk.number.press("Tab")
        desk.note.press("Control+End")
        desk.note.press_sequentially(" jalan terus ", delay=60)
        expect(desk.page.locator("#value-error")).to_contain_text(re.compile(r"\w"))
        desk.note.press_sequentially("tanpa hilang")
    expect(desk.note).to_have_value(text)
    expect(desk.note).to_be_focused()
    assert desk.page.evaluate("window.sameField === document.querySelector('[name=note]')")
    expect(desk.number).to_have_attribute("aria-invalid", "true")
    expect(desk.number).to_have_value("abc")
    why = desk.page.locator("#value-error").inner_text().strip()
    expect(desk.mark).to_contain_text("Belum tersimpan", timeout=PATIENCE_MS)
    expect(desk.mark).to_contain_text(why)
    expect(desk.page.locator("[data-error-summary]")).to_have_count(0)
    axe(desk.page)

    desk.page.get_by_role("button", name="Simpan", exact=True).click()
    expect(desk.page.locator("[data-error-summary]")).to_be_focused()
    expect(desk.note).to_have_value(text)

    desk.number.fill("61,5")
    desk.page.get_by_role("button", name="Simpan", exact=True).click()
    desk.is_saved()
    expect(desk.page.locator("[data-error-summary]")).to_have_count(0)
    expect(desk.number).not_to_have_attribute("aria-invalid", "true")
    assert desk.stored(NUMBER) == ('"61.5"', text.strip())
    assert desk.prompts == []


@pytest.mark.parametrize("way", ["Pertanyaan berikutnya", "previous", "Evaluasi"])
def test_whoever_goes_on_at_once_has_saved(desk: Desk, way: str) -> None:
    desk.open(CHOICE)
    text = f"{TYPED} {way}"
    checked = desk.page.locator("input[name=value][value=yes]").is_checked()
    value = "no" if checked else "yes"
    link = desk.page.locator("[rel=prev]") if way == "previous" else desk.page.get_by_role("link", name=way).first
    with on_the_way(desk.page, late):
        desk.note.fill(text)
        desk.page.locator(f"input[name=value][value={value}]").check()
        with desk.page.expect_navigation():
            link.click()
    assert desk.stored(CHOICE) == (f'"{value}"', text)
    assert desk.prompts == []


def test_an_upload_takes_the_answer_along(desk: Desk) -> None:
    desk.open(NUMBER)
    box = desk.page.locator("details").filter(has=desk.page.get_by_text("Tambah tautan", exact=True))
    box.locator("summary").click()
    box.get_by_label("Alamat tautan").fill("https://disdukcapil.contoh.go.id/rekap")
    box.locator("#link_title").fill("Rekap yang menyusul")
    with on_the_way(desk.page, late):
        desk.note.fill("ditulis sesaat sebelum tautan")
        with desk.page.expect_navigation():
            box.get_by_role("button", name="Tambahkan tautan").click()
    expect(desk.page.get_by_role("article").filter(has_text="Rekap yang menyusul")).to_be_visible()
    expect(desk.note).to_have_value("ditulis sesaat sebelum tautan")
    assert desk.stored(NUMBER)[1] == "ditulis sesaat sebelum tautan"
    assert desk.prompts == []


def test_the_browser_asks_only_when_saving_failed(desk: Desk) -> None:
    desk.open(NUMBER)
    address = desk.page.url
    with on_the_way(desk.page, lambda route: route.abort()):
        desk.note.fill("belum boleh hilang")
        with desk.page.expect_event("dialog"):
            desk.page.get_by_role("link", name="Pertanyaan berikutnya").click()
        expect(desk.mark).to_contain_text("Belum tersimpan: sambungan terputus. Dicoba lagi", timeout=PATIENCE_MS)
    assert (desk.page.url, desk.prompts) == (address, ["beforeunload"])
    desk.mark.get_by_role("button", name="Coba lagi").click()
    desk.is_saved()
    assert desk.stored(NUMBER)[1] == "belum boleh hilang"


def test_a_session_that_ended_costs_no_text(desk: Desk) -> None:
    desk.open(NUMBER)
    address = desk.page.url
    with closing(sqlite3.connect(desk.portal.var / "portal.sqlite3", timeout=20)) as database, database:
        assert database.execute("DELETE FROM django_session").rowcount >= 1
    desk.number.fill("77,25")
    desk.note.fill(TYPED)
    desk.note.press("Tab")
    expect(desk.mark).to_contain_text("sesi Anda sudah berakhir", timeout=PATIENCE_MS)
    door = desk.mark.get_by_role("link", name="Masuk di tab baru")
    expect(door).to_have_attribute("target", "_blank")
    expect(door).to_have_attribute("rel", "noopener")
    with desk.page.context.expect_page() as opened:
        door.click()
    tab = opened.value
    tab.get_by_label("Nama pengguna").fill("koordinator@contoh")
    tab.get_by_label("Kata sandi").first.fill(PASSWORD)
    tab.get_by_role("button", name="Masuk").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Tugas saya")
    tab.close()

    assert desk.page.url == address
    expect(desk.note).to_have_value(TYPED)
    desk.mark.get_by_role("button", name="Coba lagi").click()
    desk.is_saved()
    assert desk.stored(NUMBER) == ('"77.25"', TYPED)
    assert desk.prompts == []


def test_a_form_sent_after_the_session_had_ended_is_filled_again(desk: Desk) -> None:
    """A form that leaves its page: its text waits in the tab until its owner has signed in again."""
    page = desk.page
    page.goto("/pustaka/tambah/")
    page.locator("[name=url]").fill("https://jdih.contoh.go.id/perda")
    page.locator("[name=title]").fill("Perda KLA & turunannya")
    page.locator("[name=personal_data]").uncheck()
    with closing(sqlite3.connect(desk.portal.var / "portal.sqlite3", timeout=20)) as database, database:
        assert database.execute("DELETE FROM django_session").rowcount >= 1
    page.get_by_role("button", name="Simpan ke pustaka").click()
    expect(page.get_by_role("status").filter(has_text="Belum tersimpan")).to_be_visible()
    page.get_by_label("Nama pengguna").fill("koordinator@contoh")
    page.get_by_label("Kata sandi").first.fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    expect(page.get_by_role("status").filter(has_text="dipasang lagi")).to_be_focused()
    expect(page.locator("[name=title]")).to_have_value("Perda KLA & turunannya")
    expect(page.locator("[name=url]")).to_have_value("https://jdih.contoh.go.id/perda")
    expect(page.locator("[name=personal_data]")).not_to_be_checked()
    page.get_by_role("button", name="Simpan ke pustaka").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Perda KLA")
    page.goto("/pustaka/tambah/")
    expect(page.locator("[name=title]")).to_have_value("")


def test_a_rest_in_typing_saves_and_saves_keep_their_distance(desk: Desk) -> None:
    desk.open(NUMBER)
    desk.page.evaluate("window.sentAt = []")
    desk.page.evaluate(
        """() => { const send = window.fetch;
                   window.fetch = (...all) => { sentAt.push(performance.now()); return send(...all); } }"""
    )
    desk.note.press("Control+End")
    desk.note.press_sequentially("a")
    expect(desk.mark).to_have_text("Belum tersimpan")
    assert desk.saves == []
    desk.note.press_sequentially("wal")
    desk.is_saved()
    expect(desk.note).to_be_focused()
    desk.note.press_sequentially(" lagi")
    expect(desk.mark).to_have_text("Belum tersimpan")
    desk.is_saved()
    assert desk.stored(NUMBER)[1].endswith(" lagi")
    first, second = desk.page.evaluate("sentAt")
    assert second - first >= 4990


def test_typing_on_while_a_save_is_under_way_is_saved_too(desk: Desk) -> None:
    desk.open(NUMBER)
    with on_the_way(desk.page, late):
        desk.note.fill("awal")
        with desk.page.expect_request(is_save):
            desk.note.press("Tab")
        desk.note.press("End")
        desk.note.press_sequentially(" dan akhir")
        with desk.page.expect_navigation():
            desk.page.get_by_role("link", name="Pertanyaan berikutnya").click()
    assert desk.stored(NUMBER)[1] == "awal dan akhir"
    assert desk.prompts == []


def test_without_a_network_it_says_so_and_saves_when_it_is_back(desk: Desk) -> None:
    desk.open(NUMBER)
    desk.page.context.set_offline(True)
    desk.note.fill(f"{TYPED} luring")
    desk.note.press("Tab")
    expect(desk.mark).to_contain_text("Belum tersimpan: sambungan terputus. Dicoba lagi", timeout=PATIENCE_MS)
    desk.mark.get_by_role("button", name="Coba lagi").click()
    expect(desk.mark.get_by_role("button", name="Coba lagi")).to_be_visible()
    expect(desk.note).to_have_value(f"{TYPED} luring")
    desk.page.context.set_offline(False)
    desk.is_saved()
    assert desk.stored(NUMBER)[1] == f"{TYPED} luring"


def test_an_answer_lost_on_the_way_back_is_no_conflict(desk: Desk) -> None:
    desk.open(NUMBER)

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    with on_the_way(desk.page, swallow):
        desk.note.fill("tersimpan tanpa kabar")
        desk.note.press("Tab")
        expect(desk.mark).to_contain_text("Belum tersimpan: sambungan terputus. Dicoba lagi", timeout=PATIENCE_MS)
    assert desk.stored(NUMBER)[1] == "tersimpan tanpa kabar"
    desk.mark.get_by_role("button", name="Coba lagi").click()
    desk.is_saved()


def test_a_conflict_keeps_both_texts_and_guards_the_typed_one(desk: Desk) -> None:
    desk.open(NUMBER)
    other = desk.page.context.new_page()
    other.goto(desk.page.url)
    other.get_by_label("Catatan", exact=True).fill("dari tab lain")
    other.get_by_role("button", name="Simpan", exact=True).click()
    expect(other.locator("[data-saved]")).to_contain_text(re.compile(r"^\s*Tersimpan"))
    other.close()
    desk.note.fill("dari tab ini")
    desk.note.press("Tab")
    expect(desk.page.get_by_role("heading", name=re.compile("Dua isian"))).to_be_focused(timeout=PATIENCE_MS)
    with desk.page.expect_event("dialog"):
        desk.page.get_by_role("link", name="Evaluasi", exact=True).first.click()
    assert desk.prompts == ["beforeunload"]
    desk.page.get_by_role("button", name="Simpan isian saya").click()
    expect(desk.note).to_have_value("dari tab ini")
    assert desk.stored(NUMBER)[1] == "dari tab ini"


def test_a_note_at_the_limit_is_counted_as_it_is_typed(desk: Desk, person: Callable[..., Page]) -> None:
    """With and without JavaScript: a line break is one character."""
    text = "baris dengan isi\n" * 588
    assert 9_990 < len(text) <= 10_000
    for script in (True, False):
        page = desk.page if script else person(java_script_enabled=False)
        if not script:
            sign_in(page, "koordinator@contoh", PASSWORD)
        page.goto(f"{desk.evaluation}p/{NUMBER}/")
        page.get_by_label("Catatan", exact=True).fill(f"{script}\n{text}"[:10_000])
        page.get_by_role("button", name="Simpan", exact=True).click()
        expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"^\s*Tersimpan"))
        expect(page.get_by_label("Catatan", exact=True)).to_have_value(re.compile(rf"^{script}\n"))
        assert desk.stored(NUMBER)[1] == f"{script}\n{text}"[:10_000].strip()


def test_the_question_page_has_no_keys_of_its_own(desk: Desk) -> None:
    desk.open(NUMBER)
    assert desk.page.locator("[data-key]").count() == 0
