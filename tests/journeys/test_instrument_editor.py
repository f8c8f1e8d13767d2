"""An admin edits a draft, is stopped by a wrong sum, mends it and checks it; only a second admin can publish it."""

import re

from playwright.sync_api import expect

from tests.journeys.steps import Office

DRAFT = "/instrumen/kla-2024-koreksi"


def test_two_admins_bring_a_draft_to_publication(person):
    office = Office(person)
    first = office.enter("admin")
    first.get_by_role("navigation", name="Menu utama").get_by_role("link", name="Instrumen").click()
    first.get_by_role("link", name="Sunting Evaluasi").click()
    expect(first.locator("#draft-state")).to_contain_text("1 jumlah belum cocok")
    rewords_a_question(first)
    is_stopped_by_the_wrong_sum(first)
    mends_it_where_it_stands(first)
    checks(first)
    expect(first.get_by_role("main")).to_contain_text("Penerbitan memerlukan orang kedua")
    expect(first.get_by_role("button", name="Terbitkan")).to_have_count(0)

    second = office.enter("admin.kedua")
    second.goto("/instrumen/")
    second.get_by_role("link", name=re.compile("^Terbitkan Evaluasi")).click()
    expect(second.get_by_role("main")).to_contain_text("Tidak dapat dibatalkan")
    expect(second.get_by_role("link", name="Lihat perbedaannya")).to_be_visible()
    second.get_by_role("button", name="Terbitkan").click()
    expect(second.get_by_text("diterbitkan.")).to_be_visible()
    assert second.goto(f"{DRAFT}/sunting/").status == 403
    expect(second.get_by_text("sudah terbit tidak dapat diubah")).to_be_visible()
    complaints = [line for lines in office.complaints().values() for line in lines]
    assert [line for line in complaints if "403" not in line and "422" not in line] == []


def rewords_a_question(page):
    """A choice gets another level, the preview shows it, and it moves up among its neighbours."""
    page.get_by_role("navigation", name="Kelompok").get_by_role("link", name="Hak Sipil").click()
    page.get_by_role("link", name="6.1", exact=True).click()
    page.get_by_label("Petunjuk").fill("Lampirkan surat keputusan yang masih berlaku.")
    before = page.locator("[id^=options-][id$=-label]").count()
    page.get_by_role("button", name="Tambah pilihan").click()
    added = page.locator(f"#options-{before}-label")
    expect(added).to_be_visible()
    added.fill("Melampaui yang diminta")
    page.locator(f"#options-{before}-fraction").fill("satu")
    page.get_by_role("main").get_by_role("button", name="Simpan", exact=True).last.click()
    expect(page.locator(f"#options-{before}-fraction-fault")).to_contain_text("Tulis angka")
    page.locator(f"#options-{before}-fraction").fill("1")
    page.get_by_role("main").get_by_role("button", name="Simpan", exact=True).last.click()
    expect(page.get_by_text("Pertanyaan 6.1 disimpan.")).to_be_visible()

    page.get_by_role("link", name="6.1", exact=True).click()
    page.get_by_role("link", name="Pratinjau").click()
    page.get_by_label("Melampaui yang diminta").check()
    expect(page.locator("#points-line")).to_contain_text(re.compile(r"^\s*(\d+,\d\d) / \1\b"))
    page.get_by_role("link", name="Kembali menyunting").click()
    page.get_by_role("navigation", name="Jejak halaman").get_by_role("link", name="kla-2024-koreksi").click()

    page.get_by_role("button", name="Naikkan 6.2").press("Enter")
    expect(page.locator("#toast-stack")).to_contain_text("Pertanyaan 6.2 kini nomor 1.")
    codes = page.locator("#tree .sheet-question a.num")
    expect(codes.filter(has_text=re.compile("^6[.]")).first).to_have_text("6.2")


def is_stopped_by_the_wrong_sum(page):
    page.get_by_role("link", name="Periksa draf").click()
    page.get_by_role("button", name="Periksa lagi").click()
    expect(page.get_by_role("alert")).to_contain_text("1 kesalahan menghalangi pemeriksaan")
    expect(page.get_by_role("main")).to_contain_text("Tertulis 15, tetapi pertanyaan di dalamnya berjumlah 16")
    page.get_by_role("link", name="Perbaiki").click()
    expect(page.get_by_label("Nilai 4", exact=True)).to_be_in_viewport()


def mends_it_where_it_stands(page):
    """The sum beside the parent answers as the field is left, without the page being loaded anew."""
    page.evaluate("window.sameDocument = true")
    field = page.get_by_label("Nilai 4.1", exact=True)
    field.fill("banyak")
    field.press("Tab")
    expect(page.locator("[id^=fault-question]").filter(has_text="Tulis angka")).to_be_visible()
    field.fill("1")
    field.press("Tab")
    expect(page.get_by_text("pertanyaan 15 dari 15")).to_be_visible()
    expect(page.locator("#draft-state")).to_contain_text("Semua jumlah cocok")
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"
    page.reload()
    expect(page.get_by_label("Nilai 4.1", exact=True)).to_have_value("1")


def checks(page):
    page.get_by_role("link", name="Periksa draf").click()
    page.get_by_role("button", name="Nyatakan sudah diperiksa").click()
    expect(page.get_by_text("Draf diperiksa: tidak ada kesalahan.")).to_be_visible()
