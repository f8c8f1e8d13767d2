"""A whole cycle with seven people, from its opening to the award: late, extended, returned, asked for once more."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from evidence.tests.make import make_pdf
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

CYCLE = "Evaluasi KLA 2027"
EARLIER, LATER = re.compile("^Tahun 2024"), re.compile("^Tahun 2025")
NOTE = "Angka dari SIAK per Desember."
RETURNED = "Angka tahun 2025 tidak sama dengan rekapitulasi yang dilampirkan."
MORE_TIME = "Gempa bumi memutus jaringan selama tiga hari."
ASKED = "Mohon unggah rekapitulasi semester kedua."
LOWERED = "Rekapitulasi hanya memuat satu semester."
OTHER = "Ditetapkan menurut keputusan rapat pleno."


def wib(**away: float) -> str:
    """A moment as the forms of the calendar take it: in WIB, to the minute."""
    return (datetime.now(ZoneInfo("Asia/Jakarta")) + timedelta(**away)).strftime("%Y-%m-%dT%H:%M")


def typed(page, label, text):
    """As a person does: the form saves when the field is left."""
    field = page.get_by_label(label)
    field.fill(text)
    field.press("Tab")


def opens_the_cycle(admin):
    """Opened, planned and peopled; returns the address of the cycle."""
    admin.get_by_role("link", name="Siklus").first.click()
    admin.get_by_role("link", name="Buka siklus").first.click()
    admin.locator("#c_name").fill(CYCLE)
    admin.locator("#c_data_years").fill("2024, 2025")
    admin.locator("#c_instrument").select_option(index=0)
    for stage in ("self_assessment", "task_force_review", "admin_verification"):
        admin.locator(f"#c_{stage}_opens").fill(wib(days=-30))
        admin.locator(f"#c_{stage}_closes").fill(wib(days=9))
    admin.get_by_role("button", name="Buka siklus").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text(CYCLE)
    cycle = re.sub(r"^https?://[^/]+", "", admin.url)
    admin.get_by_role("link", name=re.compile("^Kalimantan Timur$|KALIMANTAN TIMUR")).click()
    admin.get_by_label("Kota Balikpapan").check()
    admin.get_by_role("main").get_by_role("button").last.click()
    expect(admin.get_by_role("heading", level=1)).to_have_text(CYCLE)
    admin.get_by_role("link", name="Atur evaluator Kota Balikpapan").click()
    admin.get_by_label("Evaluator").select_option(label="Contoh Wibisono")
    admin.get_by_role("button", name="Tugaskan").click()
    expect(admin.get_by_role("button", name="Tarik Contoh Wibisono")).to_be_visible()
    return cycle


def closes_the_self_assessment(admin, cycle):
    """A minute ago. Whoever plans it is told first whom it locks."""
    admin.goto(f"{cycle}jadwal/")
    admin.locator("[name=self_assessment_closes]").fill(wib(minutes=-1))
    admin.get_by_role("button", name="Simpan jadwal").click()
    expect(admin.get_by_role("alert")).to_contain_text("1 daerah akan terkunci")
    admin.get_by_role("button", name="Simpan dan kunci 1 daerah").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text(CYCLE)


def gives_more_time(admin, evaluation):
    admin.goto(f"{evaluation}perpanjangan/")
    admin.locator("[name=stage]").select_option("self_assessment")
    admin.locator("[name=until]").fill(wib(days=2))
    admin.locator("[name=reason]").fill(MORE_TIME)
    admin.get_by_role("button", name="Beri perpanjangan").click()
    expect(admin.get_by_role("main")).to_contain_text(MORE_TIME)


def reviews(reviewer, evaluation, *, returns=""):
    """Returns 4.1 with this reason, or approves it."""
    reviewer.goto(f"{evaluation}telaah/?klaster=I")
    card = reviewer.get_by_role("article").filter(has=reviewer.get_by_role("heading", name=re.compile(r"^4\.1 ")))
    if returns:
        card.get_by_text("Kembalikan", exact=True).click()
        card.get_by_label("Alasan dengan kata sendiri").fill(returns)
        card.get_by_role("button", name="Kembalikan dengan alasan ini").click()
        expect(reviewer.locator("#review-progress")).to_contain_text("1 dikembalikan")
    else:
        card.get_by_role("button", name="Setujui").click()
        expect(reviewer.locator("#review-progress")).to_contain_text("0 menunggu")


def test_from_the_opening_to_the_award_with_seven_people(person, tmp_path):
    office = Office(person)
    admin = office.enter("admin")
    cycle = opens_the_cycle(admin)

    operator = office.enter("operator")
    evaluation = open_evaluation(operator, cycle=CYCLE)
    open_question(operator, evaluation, "Hak Sipil", "4.1")
    saved_by(operator, lambda: typed(operator, EARLIER, "71,5"))

    closes_the_self_assessment(admin, cycle)
    operator.reload()
    expect(operator.get_by_role("main")).to_contain_text("Penilaian mandiri ditutup")
    expect(operator.get_by_role("main")).to_contain_text("perpanjangan")
    expect(operator.get_by_label(LATER)).to_have_count(0)
    gives_more_time(admin, evaluation)
    operator.reload()
    expect(operator.get_by_label(EARLIER)).to_have_value("71,5")
    saved_by(operator, lambda: typed(operator, LATER, "85,5"))
    saved_by(operator, lambda: typed(operator, re.compile("^Catatan"), NOTE))
    attach(operator, "rekap.pdf", "application/pdf", make_pdf("Rekapitulasi akta"), "Rekapitulasi akta 2025")

    coordinator = office.enter("koordinator")
    coordinator.goto(f"{evaluation}gugus-tugas/")
    chair = coordinator.get_by_role("region", name=re.compile("Contoh Hendrawan"))
    chair.get_by_text("Masukkan ke susunan").click()
    chair.get_by_text("Ketua gugus tugas").click()
    chair.get_by_role("button", name="Simpan").click()
    expect(coordinator.get_by_role("main")).to_contain_text("Ketua: Contoh Hendrawan")
    take_step(coordinator, evaluation, "Serahkan ke gugus tugas", "Telaah gugus tugas")

    reviewer = office.enter("gugustugas")
    reviews(reviewer, evaluation, returns=RETURNED)
    open_question(operator, evaluation, "Hak Sipil", "4.1")
    expect(operator.get_by_role("main")).to_contain_text(RETURNED)
    saved_by(operator, lambda: typed(operator, LATER, "100"))
    reviews(reviewer, evaluation)
    declares(coordinator, evaluation)
    expect(coordinator.get_by_role("main")).to_contain_text("belum disahkan")
    take_step(reviewer, evaluation, "Sahkan hasil telaah", "Telaah gugus tugas")
    take_step(coordinator, evaluation, "Ajukan ke provinsi", "Verifikasi administrasi")
    coordinator.goto(f"{evaluation}pengajuan/")
    coordinator.get_by_role("link", name=re.compile("^Tanda terima")).first.click()
    expect(coordinator.get_by_role("main")).to_contain_text(re.compile("[0-9a-f]{64}"))

    province = office.enter("provinsi")
    province.goto(f"{evaluation}penilaian/4.1/")
    province.get_by_role("link", name=re.compile("Minta kelengkapan")).click()
    province.locator("[name=reason]").fill(ASKED)
    province.get_by_role("button", name="Minta dan buka").click()
    expect(province.get_by_role("main")).to_contain_text(ASKED)
    open_question(operator, evaluation, "Hak Sipil", "4.1")
    expect(operator.get_by_role("main")).to_contain_text(ASKED)
    attach(operator, "semester2.pdf", "application/pdf", make_pdf("Semester kedua"), "Rekapitulasi semester kedua")
    coordinator.goto(evaluation)
    coordinator.get_by_role("link", name="1 pertanyaan terbuka bagi daerah").click()
    coordinator.get_by_role("button", name="Tambahan selesai").click()
    confirmed(coordinator, "Tambahan selesai")
    province.goto(f"{evaluation}penilaian/4.1/")
    province.get_by_role("button", name=re.compile("^Terima klaim")).click()
    expect(province.locator("#toasts")).to_contain_text("4.1: klaim diterima, 1,00 / 1,00 poin")
    take_step(province, evaluation, "Selesaikan verifikasi administrasi", "Peninjauan kementerian")
    coordinator.goto(f"{evaluation}nilai-tahap/")
    expect(coordinator.get_by_role("main")).not_to_contain_text("klaim diterima")

    take_step(admin, evaluation, "Tutup peninjauan kementerian", "Verifikasi lapangan")
    evaluator = office.enter("evaluator")
    lowers(evaluator, f"{evaluation}penilaian/4.1/", LOWERED)
    take_step(admin, evaluation, "Tutup verifikasi lapangan", "Verifikasi final")

    admin.goto(f"{cycle}penetapan/")
    admin.locator("summary").filter(has_text="Putuskan").click()
    admin.locator("select[name=predicate]").select_option(label="Pratama")
    admin.locator("textarea[name=reason]").fill(OTHER)
    admin.get_by_role("button", name="Simpan keputusan").click()
    expect(admin.get_by_role("main")).to_contain_text("Diputuskan, belum diterbitkan")
    take_step(admin, evaluation, "Tetapkan hasil", "Ditetapkan")

    head = office.enter("pimpinan")
    head.goto(f"{evaluation}hasil/")
    expect(head.get_by_role("main")).to_contain_text("Pratama")
    expect(head.get_by_role("main")).to_contain_text(OTHER)
    head.goto(f"{evaluation}nilai-tahap/?turun=on&klaster=I")
    expect(head.get_by_role("main")).to_contain_text(LOWERED)
    coordinator.goto(f"{evaluation}hasil/")
    coordinator.get_by_role("button", name="Buat laporan PDF").click()
    text = download_report(coordinator, tmp_path / "laporan.pdf")
    for words in ("Kota Balikpapan", CYCLE, NOTE, LOWERED, OTHER):
        assert words in " ".join(text.split()), words
    assert office.complaints() == {}
