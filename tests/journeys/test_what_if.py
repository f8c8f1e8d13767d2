"""A coordinator plays what-if: sees the total at once, shares it, takes it back; the real answers stay as they are."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import violations
from tests.journeys.steps import Office, open_evaluation

pytestmark = pytest.mark.parametrize("portal", ["embedded"], indirect=True)
LAW = "1.1"
"""The Perda: not answered in the demo city, 12 points."""
A4_PAGES = 2


def supported(page: Page) -> float:
    """The supported total of the what-if, as the page shows it."""
    text = page.locator("#perkiraan .lift-total strong").first.inner_text()
    return float(text.replace(".", "").replace(",", "."))


def answered(page: Page, act: Callable[[], object]) -> None:
    """Do something that asks the page anew, and wait until the answer is there, however busy the machine."""
    with page.expect_response(lambda reply: "/naik/" in reply.url) as came:
        act()
    came.value.finished()


def really(page: Page, evaluation: str) -> list[str]:
    """What stands: the version of the answer, the claimed total, and the history."""
    page.goto(f"{evaluation}p/{LAW}/")
    version = page.locator("input[name=version]").first.input_value()
    page.goto(evaluation)
    return [version, page.locator(".figure-number").first.inner_text(), page.locator("#riwayat + *").inner_text()]


def test_a_coordinator_plays_what_if(person, tmp_path: Path) -> None:
    office = Office(person)
    coordinator = office.enter("koordinator")
    evaluation = open_evaluation(coordinator)
    before = really(coordinator, evaluation)

    answered(coordinator, lambda: coordinator.get_by_role("link", name="Apa yang menaikkan nilai?").click())
    expect(coordinator.get_by_role("heading", level=1)).to_have_text("Menaikkan nilai")
    answered(
        coordinator,
        lambda: coordinator.get_by_role("navigation", name="Tujuan").get_by_role("link", name="Nindya").click(),
    )
    expect(coordinator.get_by_role("heading", name="Menuju Nindya")).to_be_visible()
    expect(coordinator.locator(".lift-distance")).to_contain_text(re.compile(r"Kurang \d+,\d\d poin menuju Nindya"))
    answered(coordinator, lambda: coordinator.get_by_role("link", name="Poin yang dapat diraih").click())
    expect(coordinator.get_by_role("heading", name="Masih dapat diraih")).to_be_visible()
    start = supported(coordinator)

    answered(coordinator, lambda: coordinator.get_by_label(f"Andaikan jawaban {LAW}").select_option("yes"))
    expect(coordinator.locator(".lift-wish")).to_have_count(1)
    assert supported(coordinator) == start, "nothing is proven yet"
    answered(coordinator, lambda: coordinator.get_by_role("checkbox", name=f"Anggap dokumennya diterima {LAW}").check())
    expect(coordinator.locator(".lift-difference").first).to_have_text("+12,00")
    expect(coordinator.get_by_role("checkbox", name=f"Anggap dokumennya diterima {LAW}")).to_be_focused()
    expect(coordinator.locator("#naik-kabar")).to_contain_text("Didukung")
    other = coordinator.locator(".lift-row", has=coordinator.locator("input[type=checkbox]:not(:checked)")).last
    code = str(other.get_by_role("combobox").get_attribute("id")).removeprefix("u_")
    answered(
        coordinator, lambda: coordinator.get_by_role("checkbox", name=f"Anggap dokumennya diterima {code}").check()
    )
    expect(coordinator.locator(".lift-wish")).to_have_count(2)
    answered(coordinator, lambda: coordinator.get_by_label(f"Andaikan jawaban {code}").select_option(index=2))
    expect(coordinator).to_have_url(re.compile(rf"j={LAW}:yes!~{re.escape(code)}:[^~]+!$"))
    assert supported(coordinator) > start + 12

    answered(coordinator, lambda: coordinator.get_by_role("link", name="Jalan ke tujuan").click())
    answered(coordinator, lambda: coordinator.get_by_role("link", name="Coba sebagai simulasi").first.click())
    expect(coordinator.locator("#perkiraan .predicate").first).to_have_text("Nindya")
    coordinator.go_back()
    coordinator.go_back()
    expect(coordinator.locator(".lift-wish")).to_have_count(2)

    shared = coordinator.get_by_label("Alamat simulasi ini").input_value()
    colleague = office.enter("operator")
    colleague.goto(shared)
    expect(colleague.locator(".lift-wish")).to_have_count(2)
    assert supported(colleague) == supported(coordinator)
    answered(colleague, lambda: colleague.get_by_role("link", name=f"Batalkan perubahan {LAW}").click())
    expect(colleague.locator(".lift-wish")).to_have_count(1)
    expect(coordinator.locator(".lift-wish")).to_have_count(2)

    for name in ("Poin berisiko", "Semua pertanyaan", "Jalan ke tujuan", "Pesan per perangkat daerah"):
        link = coordinator.get_by_role("link", name=name, exact=True)
        answered(coordinator, link.click)
        expect(link).to_have_attribute("aria-current", "true")
        assert violations(coordinator) == [], name
    answered(coordinator, lambda: coordinator.get_by_role("link", name="Cetak untuk rapat").click())
    expect(coordinator.get_by_text("Bila 2 hal berubah (perkiraan)")).to_be_visible()
    printed = tmp_path / "rapat.pdf"
    coordinator.pdf(path=printed, format="A4", prefer_css_page_size=True)
    assert pages_of(printed) <= A4_PAGES
    answered(coordinator, lambda: coordinator.get_by_role("link", name="Kembali").click())
    answered(coordinator, lambda: coordinator.get_by_role("link", name="Batalkan semua").click())
    expect(coordinator.locator(".lift-wish")).to_have_count(0)
    assert supported(coordinator) == start

    assert really(coordinator, evaluation) == before
    assert office.complaints() == {}


def test_a_message_is_copied_whole(person) -> None:
    office = Office(person)
    coordinator = office.enter("koordinator", permissions=["clipboard-read", "clipboard-write"])
    coordinator.goto(f"{open_evaluation(coordinator)}naik/?daftar=pesan")
    coordinator.locator("main details summary").first.click()
    coordinator.get_by_role("button", name=re.compile("^Salin pesan")).first.click()
    expect(coordinator.get_by_text("Tersalin.")).to_be_visible()
    copied = coordinator.evaluate("navigator.clipboard.readText()")
    assert copied == coordinator.locator("textarea").first.input_value()
    assert "Belum ada:" in copied
    assert "/instansi/" in copied
    assert office.complaints() == {}


def test_it_works_without_javascript(person) -> None:
    page = person(java_script_enabled=False)
    page.goto("/masuk/")
    page.get_by_label("Nama pengguna").fill("koordinator@contoh")
    page.get_by_label("Kata sandi").first.fill("Contoh-KLA-2025")
    page.get_by_role("button", name="Masuk").click()
    page.goto(f"{open_evaluation(page)}naik/?daftar=raih")
    page.get_by_label(f"Andaikan jawaban {LAW}").select_option("yes")
    page.get_by_role("checkbox", name=f"Anggap dokumennya diterima {LAW}").check()
    page.get_by_role("button", name="Hitung perkiraan").click()
    expect(page.locator(".lift-difference").first).to_have_text("+12,00")
    assert page.url.endswith(f"?daftar=raih&j={LAW}:yes!")


def pages_of(pdf: Path) -> int:
    told = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    found = re.search(r"Pages:\s+(\d+)", told)
    assert found
    return int(found[1])
