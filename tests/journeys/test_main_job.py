"""The portal's main job: a city answers and proves, its task force reviews, judges score, the predicate is printed."""

import re

import pytest
from playwright.sync_api import expect

from evidence.tests.make import make_jpeg, make_pdf
from tests.journeys.steps import (
    Office,
    attach,
    confirmed,
    declares,
    download_report,
    lowers,
    open_evaluation,
    open_question,
    saved_by,
    take_step,
)

BANDS = ((900, "Paripurna"), (800, "Utama"), (700, "Nindya"), (600, "Madya"), (500, "Pratama"))
"""As published; the totals of the demo never stand exactly on a border."""
HTML = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
NOTE = "Angka dari SIAK per Desember."
REASON = "Angka tidak sesuai dengan rekapitulasi yang dilampirkan."
OVERRULED = "Surat keputusan sudah kedaluwarsa."
EARLIER, LATER = re.compile("^Tahun 2024"), re.compile("^Tahun 2025")
"""The fields of questions 4.1 and 4.2, which ask for both data years."""
LOWERED = "Rekapitulasi hanya memuat satu semester."


def fill_by_keyboard(page, label, text):
    """As a person does: the form saves when the field is left."""
    field = page.get_by_label(label)
    field.fill(text)
    field.press("Tab")


def answer_and_prove(page):
    """The operator's part on question 4.1, which is open on the page."""
    page.evaluate("window.sameDocument = true")
    saved_by(page, lambda: fill_by_keyboard(page, EARLIER, "71,5"))
    saved_by(page, lambda: fill_by_keyboard(page, LATER, "85,5"))
    expect(page.locator("#points-line")).to_contain_text("0,80 / 1,00")
    saved_by(page, lambda: fill_by_keyboard(page, re.compile("^Catatan"), NOTE))
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"
    page.reload()
    expect(page.get_by_label(EARLIER)).to_have_value("71,5")
    expect(page.get_by_label(LATER)).to_have_value("85,5")
    expect(page.get_by_label("Catatan", exact=True)).to_have_value(NOTE)

    attach(page, "matriks.pdf", "application/pdf", make_pdf("Matriks registrasi"), "Matriks registrasi 2025")
    expect(page.get_by_role("article").filter(has_text="Matriks registrasi 2025")).to_contain_text("PDF")
    attach(page, "foto.jpg", "image/jpeg", make_jpeg(), "Foto layanan jemput bola")
    expect(page.get_by_role("article").filter(has_text="Foto layanan jemput bola")).to_contain_text("JPEG")
    attach(page, "laporan.pdf", "application/pdf", HTML, "Laporan yang bukan PDF")
    expect(page.locator("[data-upload-list]")).to_contain_text("Isi berkas tidak sesuai")
    expect(page.get_by_role("article").filter(has_text="Laporan yang bukan PDF")).to_have_count(0)


def approve_everything(reviewer, evaluation):
    """Cluster after cluster until nothing waits."""
    reviewer.goto(f"{evaluation}telaah/")
    counts = reviewer.locator("#review-progress .review-counts")
    while not counts.inner_text().startswith("0 menunggu"):
        together = reviewer.locator("#review-all").get_by_role("button")
        if together.count():
            together.click()
            confirmed(reviewer, "Setujui semua")
        else:
            before = counts.inner_text()
            alone = reviewer.get_by_role("button", name="Setujui").first
            if alone.count():
                alone.click()
                expect(counts).not_to_have_text(before)
            else:
                reviewer.get_by_role("link", name="Lanjut ke").first.click()
    expect(reviewer.locator("#review-progress")).to_contain_text("0 dikembalikan")


def accept_everything(judge, evaluation):
    """Indicator after indicator until every answer has a verdict."""
    judge.goto(f"{evaluation}penilaian/")
    together = judge.get_by_role("button", name=re.compile(r"^Terima \d+ klaim tersisa"))
    while together.count():
        together.click()
        confirmed(judge, "Terima semua")
    done, answered = re.findall(r"\d+", judge.locator(".bench-progress .progress-text").inner_text())
    assert done == answered


@pytest.mark.slow  # test_cycle.py goes the same way with fewer answers
def test_from_first_answer_to_printed_predicate(person, tmp_path):
    office = Office(person)

    operator = office.enter("operator")
    evaluation = open_evaluation(operator)
    open_question(operator, evaluation, "Hak Sipil", "4.1")
    answer_and_prove(operator)
    operator.reload()
    operator.get_by_text("Tambah tautan").click()
    operator.get_by_label("Alamat tautan").fill("https://disdukcapil.contoh.go.id/rekap-2025")
    operator.locator("#link_title").fill("Rekap pada laman dinas")
    operator.locator("#link_personal_data").uncheck()
    operator.get_by_role("button", name="Tambahkan tautan").click()
    expect(operator.get_by_role("article").filter(has_text="Rekap pada laman dinas")).to_be_visible()
    operator.get_by_role("link", name="Unggah salinan Rekap pada laman dinas").click()
    copy = operator.locator("#unggah")
    expect(copy).to_be_visible()
    copy.locator("input[type=file]").set_input_files(
        {"name": "rekap.pdf", "mimeType": "application/pdf", "buffer": make_pdf("Rekap pada laman dinas")}
    )
    copy.get_by_role("button", name="Unggah revisi").click()
    expect(operator.get_by_text("Revisi 2 disimpan. 1 jawaban yang masih terbuka sekarang memakainya.")).to_be_visible()

    coordinator = office.enter("koordinator")
    open_evaluation(coordinator)
    open_question(coordinator, evaluation, "Lingkungan Keluarga", "10.3")
    for value in ("no", "yes"):
        choice = coordinator.locator(f"input[name=value][value={value}]")
        if not choice.is_checked():
            saved_by(coordinator, choice.check)
    expect(coordinator.locator("#answer-status")).to_contain_text("diisi atas nama Dinsos")
    coordinator.goto(evaluation)
    clusters = coordinator.get_by_role("navigation", name="Kelompok pertanyaan").get_by_role("link")
    assert clusters.count() >= 7
    for text in clusters.all_inner_texts():
        assert re.search(r"\d+ / \d+ terjawab · \d+,\d\d / \d", text), text
    shares = coordinator.get_by_role("region", name="Kemajuan per perangkat daerah")
    expect(shares.get_by_role("row").filter(has_text="Disdukcapil")).to_contain_text(re.compile(r"\d+ / \d+"))
    take_step(coordinator, evaluation, "Serahkan ke gugus tugas", "Telaah gugus tugas")

    reviewer = office.enter("gugustugas")
    reviewer.get_by_role("link", name="Mulai menelaah").click()
    reviewer.get_by_role("navigation", name="Klaster").get_by_role("link", name=re.compile("Hak Sipil")).click()
    card = reviewer.get_by_role("article").filter(has=reviewer.get_by_role("heading", name=re.compile(r"^4\.1 ")))
    expect(card).to_contain_text(NOTE)
    card.get_by_text("Kembalikan", exact=True).click()
    card.get_by_label("Alasan dengan kata sendiri").fill(REASON)
    card.get_by_role("button", name="Kembalikan dengan alasan ini").click()
    expect(reviewer.locator("#review-progress")).to_contain_text("1 dikembalikan")

    operator.goto("/")
    open_question(operator, evaluation, "Hak Sipil", "4.1")
    expect(operator.get_by_role("main")).to_contain_text(REASON)
    saved_by(operator, lambda: fill_by_keyboard(operator, LATER, "100"))
    expect(operator.locator("#points-line")).to_contain_text("1,00 / 1,00")

    approve_everything(reviewer, evaluation)
    declares(coordinator, evaluation)
    take_step(reviewer, evaluation, "Sahkan hasil telaah", "Telaah gugus tugas")
    take_step(coordinator, evaluation, "Ajukan ke provinsi", "Verifikasi administrasi")

    province = office.enter("provinsi")
    province.get_by_role("link", name="Nilai Kota Balikpapan").click()
    lowers(province, f"{evaluation}penilaian/4.1/", LOWERED)
    accept_everything(province, evaluation)
    take_step(province, evaluation, "Selesaikan verifikasi administrasi", "Peninjauan kementerian")

    admin = office.enter("admin")
    admin.get_by_role("link", name="Siklus").first.click()
    admin.get_by_role("link", name="Evaluasi KLA 2025").click()
    admin.get_by_role("link", name="Atur evaluator Kota Balikpapan").click()
    admin.get_by_label("Evaluator").select_option(label="Contoh Wibisono")
    admin.get_by_role("button", name="Tugaskan").click()
    expect(admin.get_by_role("button", name="Tarik Contoh Wibisono")).to_be_visible()
    take_step(admin, evaluation, "Tutup peninjauan kementerian", "Verifikasi lapangan")
    take_step(admin, evaluation, "Tutup verifikasi lapangan", "Verifikasi final")

    evaluator = office.enter("evaluator")
    evaluator.get_by_role("link", name="Nilai Kota Balikpapan").click()
    evaluator.goto(f"{evaluation}penilaian/4.1/")
    expect(evaluator.get_by_role("main")).to_contain_text(LOWERED)
    evaluator.get_by_role("button", name=re.compile("^Terima klaim")).click()
    expect(evaluator.locator("#toasts")).to_contain_text("4.1: klaim diterima, 1,00 / 1,00 poin")
    lowers(evaluator, f"{evaluation}penilaian/10.3/", OVERRULED)

    admin.get_by_role("link", name="Siklus").first.click()
    admin.get_by_role("link", name="Evaluasi KLA 2025").click()
    admin.goto(f"{re.sub(r'^https?://[^/]+', '', admin.url)}penetapan/")
    admin.locator("summary").filter(has_text="Kota Balikpapan").click()
    admin.get_by_role("button", name="Simpan keputusan").click()
    take_step(admin, evaluation, "Tetapkan hasil", "Ditetapkan")

    coordinator.goto(f"{evaluation}hasil/")
    awarded = coordinator.locator(".result-final .figure-number").inner_text()
    predicate = coordinator.locator(".result-final .predicate").inner_text().strip()
    sums = coordinator.locator(".result-table tfoot td").all_inner_texts()
    maximum, claimed, scored = sums[0], sums[1], sums[-1]
    assert scored == awarded
    assert maximum == "1.000,00"
    for shown in (claimed, scored):
        assert re.fullmatch(r"\d{2,3},\d\d", shown)
    assert claimed != scored, "two judges lowered answers"
    expected = next(name for lower, name in BANDS if float(scored.replace(",", ".")) > lower)
    assert predicate == expected

    coordinator.get_by_role("button", name="Buat laporan PDF").click()
    expect(coordinator.get_by_role("heading", level=1)).to_have_text("Laporan Hasil Evaluasi")
    expect(
        coordinator.locator("#status progress").or_(coordinator.get_by_role("link", name="Unduh PDF"))
    ).to_be_visible()
    text = download_report(coordinator, tmp_path / "laporan.pdf")
    assert "Kota Balikpapan" in text
    assert "DATA CONTOH" in text
    for row in (rf"Klaim \(penilaian mandiri\)\s+{claimed}", rf"Dinilai \(evaluator\)\s+{scored}\s+{predicate}",
                rf"Ditetapkan\s+{awarded}\s+{predicate}"):  # fmt: skip
        assert re.search(row, text), row
    assert LOWERED not in text, "the province's verdict was overruled by the evaluator's"
    assert NOTE in text
    assert OVERRULED in text

    assert office.complaints() == {}


@pytest.mark.parametrize("portal", ["embedded"], indirect=True)
def test_shorter_on_the_embedded_default(person, tmp_path):
    office = Office(person)
    operator = office.enter("operator")
    evaluation = open_evaluation(operator)
    open_question(operator, evaluation, "Hak Sipil", "4.1")
    answer_and_prove(operator)

    coordinator = office.enter("koordinator")
    coordinator.goto(evaluation)
    claimed = coordinator.locator(".figure-number").first.inner_text()
    coordinator.locator("summary").filter(has_text="Lainnya").click()
    coordinator.get_by_role("link", name="Laporan", exact=True).click()
    coordinator.get_by_role("button", name="Cetak laporan").click()
    text = download_report(coordinator, tmp_path / "laporan.pdf")
    assert "DATA CONTOH" in text
    assert re.search(rf"Klaim \(penilaian mandiri\)\s+{claimed}", text)
    assert "Belum ditetapkan" in text
    assert NOTE in text
    assert office.complaints() == {}


@pytest.mark.parametrize("portal", ["embedded"], indirect=True)
def test_answer_upload_and_handing_in_without_javascript(person):
    office = Office(person)
    operator = office.enter("operator", java_script_enabled=False)
    evaluation = open_evaluation(operator)
    open_question(operator, evaluation, "Hak Sipil", "4.2")
    operator.get_by_label(EARLIER).fill("70")
    operator.get_by_label(LATER).fill("tujuh puluh")
    operator.get_by_label("Catatan", exact=True).fill(NOTE)
    operator.get_by_role("button", name="Simpan").click()
    expect(operator.get_by_role("alert")).to_contain_text("Tahun 2025")
    expect(operator.get_by_label(LATER)).to_have_value("tujuh puluh")
    expect(operator.get_by_label("Catatan", exact=True)).to_have_value(NOTE)
    operator.get_by_label(LATER).fill("72,5")
    operator.get_by_role("button", name="Simpan").click()
    expect(operator.locator("#answer-status")).to_contain_text("Tersimpan")
    expect(operator.locator("#points-line")).to_contain_text("0,60 / 1,00")
    attach(operator, "akta.pdf", "application/pdf", make_pdf("Akta"), "Rekap akta kelahiran")
    expect(operator.get_by_role("article").filter(has_text="Rekap akta kelahiran")).to_contain_text("PDF")

    coordinator = office.enter("koordinator", java_script_enabled=False)
    coordinator.goto(evaluation)
    take_step(coordinator, evaluation, "Serahkan ke gugus tugas", "Telaah gugus tugas")
    coordinator.goto(evaluation)
    expect(coordinator.get_by_role("link", name="Tarik kembali")).to_be_visible()
