"""An operator at 23.00: the line goes, the server stumbles, the session ends, somebody else is quicker. Not one
character of what was typed is lost."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Page, Route, expect

from evaluations.demo.people import PASSWORD
from tests.browser import sign_in, watch
from tests.journeys.steps import PATIENCE_MS, open_evaluation
from tests.journeys.test_autosave import NUMBER, Desk, on_the_way
from tests.servers import Portal

pytestmark = pytest.mark.parametrize("portal", ["embedded"], indirect=True)
TEXT = 'Baris "satu" & <dua>\nBaris tiga — 100% ✓ ؟ 😀 {}'
RETRY_MS = 30_000


def again(desk: Desk, typed: str) -> bool:
    """Saved in the end, and the same to the character on the page and in the database?"""
    desk.is_saved()
    expect(desk.note).to_have_value(typed)
    return desk.stored(NUMBER)[1] == typed


def offline_while_typing(desk: Desk, typed: str) -> bool:
    desk.page.context.set_offline(True)
    desk.note.fill(typed[:20])
    desk.note.press("Tab")
    expect(desk.mark).to_contain_text("sambungan terputus. Dicoba lagi dalam 5 detik", timeout=PATIENCE_MS)
    desk.note.press("Control+End")
    desk.page.keyboard.insert_text(typed[20:])
    expect(desk.mark).to_contain_text("Dicoba lagi dalam 10 detik", timeout=RETRY_MS)  # by itself, and slower
    desk.page.context.set_offline(False)
    return again(desk, typed)


def a_server_that_stumbles(desk: Desk, typed: str) -> bool:
    met: list[Route] = []

    def once(route: Route) -> None:
        met.append(route)
        route.fulfill(status=500, body="") if len(met) == 1 else route.continue_()

    with on_the_way(desk.page, once):
        desk.note.fill(typed)
        desk.note.press("Tab")
        expect(desk.mark).to_contain_text("server sedang terganggu. Dicoba lagi", timeout=PATIENCE_MS)
        expect(desk.mark).not_to_have_attribute("data-state", "failed", timeout=RETRY_MS)
    return again(desk, typed)


def a_session_that_ends(desk: Desk, typed: str) -> bool:
    with closing(sqlite3.connect(desk.portal.var / "portal.sqlite3", timeout=20)) as database, database:
        assert database.execute("DELETE FROM django_session").rowcount >= 1
    desk.note.fill(typed)
    desk.note.press("Tab")
    expect(desk.mark).to_contain_text("sesi Anda sudah berakhir", timeout=PATIENCE_MS)
    with desk.page.context.expect_page() as opened:
        desk.mark.get_by_role("link", name="Masuk di tab baru").click()
    tab = opened.value
    tab.get_by_label("Nama pengguna").fill("koordinator@contoh")
    tab.get_by_label("Kata sandi").first.fill(PASSWORD)
    tab.get_by_role("button", name="Masuk").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Tugas saya")
    tab.close()
    desk.mark.get_by_role("button", name="Coba lagi").click()
    return again(desk, typed)


def somebody_quicker(desk: Desk, typed: str) -> bool:
    other = desk.page.context.new_page()
    other.goto(desk.page.url)
    other.get_by_label("Catatan", exact=True).fill("lebih dulu")
    other.get_by_role("button", name="Simpan", exact=True).click()
    expect(other.locator("[data-saved]")).to_contain_text("Tersimpan")
    other.close()
    desk.note.fill(typed)
    desk.note.press("Tab")
    expect(desk.page.get_by_text("lebih dulu").first).to_be_visible(timeout=PATIENCE_MS)
    desk.page.get_by_role("button", name="Simpan isian saya").click()
    expect(desk.note).to_have_value(typed)
    return desk.stored(NUMBER)[1] == typed


def test_not_one_character_is_lost(person: Callable[..., Page], portal: Portal) -> None:
    page = person()
    sign_in(page, "koordinator@contoh", PASSWORD)
    desk = Desk(page, portal, open_evaluation(page))
    watch(page)
    faults = (offline_while_typing, a_server_that_stumbles, a_session_that_ends, somebody_quicker)
    kept = []
    for number, fault in enumerate(faults):
        desk.open(NUMBER)
        kept.append(fault(desk, TEXT.format(number)))
    print(f"{sum(kept)} of {len(faults)} faults cost not one character of {len(TEXT)}")
    assert all(kept), list(zip([fault.__name__ for fault in faults], kept, strict=True))
