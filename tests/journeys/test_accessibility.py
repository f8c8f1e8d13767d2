"""Every page, by every role that reaches it: axe, headings, phone width, keyboard, and no link that leads nowhere.

One tour in one browser feeds all the tests, which only read what it found.
"""

import base64
import os
import re
import secrets
import time

import pytest
from django.urls import URLPattern, reverse
from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

from evaluations.demo.people import PASSWORD
from tests.browser import sign_in, watch
from tests.journeys.steps import PATIENCE_MS, REPORT_MS, attach, open_evaluation, saved_by, take_step
from tests.journeys.tour import SHAPE, WIDE, Tour, url_names

POST_ONLY = {
    "accounts:sign_out", "accounts:person_reset", "accounts:person_second_factor_remove", "accounts:membership_reopen",
    "accounts:person_close",
    "regions:agency_standard", "clusters:part_restore", "evaluations:evaluation_assign",
    "evaluations:allotment_withdraw", "evaluations:extension_withdraw",
    "evaluations:evidence_add", "evaluations:link_add",
    "evaluations:document_judge", "evaluations:evidence_restore", "evaluations:link_check", "evaluations:library_place",
    "evaluations:review_approve_all", "evaluations:answer_review", "evaluations:score_accept_all",
    "evaluations:part_edit", "evaluations:question_presence",
    "evaluations:additions_finish", "evaluations:reopening_close",
    "evaluations:answer_score", "evaluations:answer_take_over", "reports:report_request", "reports:report_retry",
    "evaluations:library_revise", "evaluations:library_revise_link", "evaluations:library_restore",
    "reports:package_request", "reports:package_retry", "reports:letter_request",
    "reports:late_list_request",
}  # fmt: skip
NO_PAGE = {
    "healthz": "a line for machines",
    "readyz": "JSON for machines",
    "clusters:instrument_download": "a download",
    "clusters:instrument_schema": "JSON for machines",
    "evaluations:answer_points": "a piece of the question page",
    "evaluations:evidence_open": "a download",
    "evaluations:evidence_page": "a picture",
    "evaluations:receipt_declaration": "a download",
    "evaluations:answer_table_download": "a download",
    "evaluations:evaluation_export": "a download",
    "evaluations:agency_workbook": "a download",
    "evidence:upload_create": "spoken by scripts only",
    "evidence:upload": "spoken by scripts only",
    "reports:report_download": "a download",
    "reports:package_download": "a download",
    "reports:letter_download": "a download",
    "evaluations:evaluation_missing_export": "a download",
    "evaluations:library_open": "a download",
    "evaluations:library_page": "a picture",
    "accounts:notice_open": "a way on to what a notice tells",
    "signed_file": "a file for whoever holds its address",
}
SAME_FOR_ALL = {
    "clusters:instrument_list", "clusters:instrument_detail", "regions:region_list", "accounts:password_change",
    "accounts:totp_setup", "accounts:membership_switch", "accounts:profile", "accounts:confirm_password",
    "accounts:inbox",
}  # fmt: skip
"""Pages that look alike whoever opens them: the first visitor's judgement holds."""
CAP = {"evaluations:evaluation_detail": 2, "evaluations:stage_move": 2, "regions:region_detail": 2}
ROLES = ("gugustugas", "pimpinan", "lurah", "samarinda", "provinsi", "evaluator", "admin", "koordinator", "operator")
KINDS = {
    "yes_no": "1.1", "checklist": "3.1a", "count": "2.2", "choice": "2.3", "percentage": "5.7", "two years": "4.1",
    "table": "4.5", "rollup": "25.2", "may be inapplicable": "19.2e",
}  # fmt: skip
DUMMY = {"uuid": "00000000-0000-4000-8000-000000000000", "int": "1", "str": "x", "slug": "x", "region_code": "64.71"}


EVERYTHING = "KLA_TEST_ALL" in os.environ
ENTRANCES = {"evaluations:home", "evaluations:evaluation_list", "evaluations:evaluation_detail"}
ELSEWHERE = {"lurah", "provinsi", "evaluator", "admin"}
"""Not of the city: they judge, report or run what the others answer, so what both see looks different to them."""


class Guide:
    """Leads the tour: opens browsers, signs people in, keeps what the consoles say."""

    def __init__(self, browser, portal):
        self.browser, self.portal = browser, portal
        self.tour = Tour()
        self.consoles: list[list[str]] = []
        self.contexts = []

    def visitor(self) -> Page:
        context = self.browser.new_context(base_url=self.portal.base_url, locale="id-ID", viewport=WIDE)
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        page = context.new_page()
        self.consoles.append(watch(page))
        return page

    def enter(self, name: str) -> Page:
        page = self.visitor()
        sign_in(page, f"{name}@contoh", PASSWORD)
        return page

    def crawl(self, page: Page, who: str, start: str = "/", skip: frozenset[str] = frozenset()) -> None:
        """Everything that this person is offered. Outside `make test-all` a page that somebody of the same side has
        shown is not opened again, but for those where everybody begins."""
        seen = {name for name in SAME_FOR_ALL if self.tour.visited[name]}
        if not EVERYTHING:
            side = who in ELSEWHERE
            seen |= {
                name for name, shown in self.tour.visited.items() if any((by in ELSEWHERE) == side for by in shown)
            } - ENTRANCES
        self.tour.crawl(page, who, start, cap=CAP, skip=seen | skip)


@pytest.fixture(scope="module")
def guide(browser, portal):
    """The whole tour, walked once."""
    guide = Guide(browser, portal)
    strangers(guide)
    coordinator = guide.enter("koordinator")
    evaluation = open_evaluation(coordinator)
    report_of_the_region(guide, coordinator, evaluation)
    guide.crawl(coordinator, "koordinator")
    guide.tour.go(coordinator, "/daerah/?q=tidak-ada-yang-bernama-ini", "koordinator")
    guide.tour.go(coordinator, reverse("accounts:confirm_password"), "koordinator")
    guide.tour.go(coordinator, reverse("regions:agency_create", args=["64.71"]), "koordinator")
    newcomer(guide, coordinator)
    operator = guide.enter("operator")
    guide.crawl(operator, "operator")
    what_would_lift(guide, coordinator, evaluation)
    questions(guide, operator, coordinator, evaluation)
    for name in ROLES[:-2]:
        page = guide.enter(name)
        guide.crawl(page, name)
        if name in ("provinsi", "evaluator"):
            refused_verdict(guide, page, name)
        if name == "admin":
            next_cycle(guide, page)
            refused_cycle(guide, page)
            published_results(guide, page)
            versions(guide, page)
            editor(guide, page)
            guide.tour.go(page, "/gaya/", name)
            guide.tour.go(page, "/instrumen/impor/", name)
            post_only_addresses(guide, page)
        page.context.close()
    asks_an_agency(guide, coordinator, evaluation)
    in_review(guide, coordinator, evaluation)
    second_factor(guide)
    yield guide
    for context in guide.contexts:
        context.close()


def strangers(guide):
    """Before signing in, and where nothing is."""
    page = guide.visitor()
    guide.tour.go(page, "/masuk/", "nobody")
    page.get_by_label("Nama pengguna").fill("tidak.ada")
    page.get_by_label("Kata sandi").first.fill("bukan kata sandi")
    page.get_by_role("button", name="Masuk").click()
    expect(page.get_by_role("alert")).to_be_visible()
    guide.tour.look(page, "nobody", "refused sign-in")
    guide.tour.go(page, "/undangan/bukan-undangan/", "nobody", status=404)


def report_of_the_region(guide, page, evaluation):
    """A report while it waits or is printed, and when it is there."""
    page.goto(f"{evaluation}laporan/")
    page.get_by_role("button", name="Cetak laporan").click()
    page.wait_for_url(re.compile(r"/laporan/[0-9a-f-]{36}/$"))
    guide.tour.look(page, "koordinator", "report on its way")
    expect(page.get_by_role("link", name="Unduh PDF")).to_be_visible(timeout=REPORT_MS)
    guide.tour.look(page, "koordinator")


def what_would_lift(guide, page, evaluation):
    """A what-if under way, the lists, the ways to the goal, the messages, and the page for a meeting."""
    played = "j=1.1:yes!~9.9:x"
    for query in (played, "daftar=raih&tujuan=paripurna", "daftar=jalan", "daftar=pesan", f"cetak=1&{played}"):
        guide.tour.go(page, f"{evaluation}naik/?{query}", "koordinator")


def newcomer(guide, coordinator):
    """Somebody is invited, follows the link, and the link is used up."""
    tour = guide.tour
    coordinator.goto("/orang/undang/")
    coordinator.get_by_role("button", name="Buat undangan").click()
    expect(coordinator.get_by_role("alert")).to_be_visible()
    tour.look(coordinator, "koordinator", "refused invitation")
    coordinator.get_by_label("Nama lengkap").fill("Contoh Pendatang")
    coordinator.get_by_label("Nama pengguna").fill("pendatang@contoh")
    coordinator.get_by_label("Peran", exact=False).first.select_option(label="Pimpinan daerah")
    coordinator.get_by_role("button", name="Buat undangan").click()
    link = coordinator.get_by_label("Tautan sekali pakai").input_value()
    tour.look(coordinator, "koordinator", "invitation made")
    invited = guide.visitor()
    tour.go(invited, link, "invited")
    own = secrets.token_urlsafe(16)
    invited.get_by_label("Kata sandi baru", exact=False).first.fill(own)
    invited.get_by_label("Ulangi kata sandi baru").fill(own)
    invited.get_by_role("button").last.click()
    invited.wait_for_url(re.compile("/masuk/"))
    tour.look(invited, "invited", "password made")
    tour.go(invited, link, "invited", status=410)


def questions(guide, operator, coordinator, evaluation):
    """The question page of every kind, refused, in conflict, and with a refused file."""
    tour = guide.tour
    removals: list[str | None] = []
    for code in KINDS.values():
        tour.go(coordinator, f"{evaluation}p/{code}/", "koordinator")
        removals += [link.get_attribute("href") for link in coordinator.locator('a[href$="/lepas/"]').all()]
    for page in ("lepas/", "lihat/", "rujukan/"):
        tour.go(coordinator, str(removals[0]).replace("lepas/", page), "koordinator")
    tour.go(coordinator, f"{evaluation}p/{KINDS['table']}/matriks/unggah/", "koordinator")
    coordinator.get_by_role("button", name="Unggah dan periksa").evaluate("button => { button.form.noValidate = true }")
    coordinator.get_by_role("button", name="Unggah dan periksa").click()
    expect(coordinator.get_by_role("alert")).to_be_focused()
    tour.look(coordinator, "koordinator", "refused spreadsheet")
    first, second = operator, operator.context.new_page()
    for page in (first, second):
        page.goto(f"{evaluation}p/4.1/")
    number = re.compile("^Tahun 2025")
    first.get_by_label(number).fill("lima")
    first.get_by_label(number).press("Tab")
    expect(first.locator("#now-error")).to_be_visible()
    tour.look(first, "operator", "refused answer")
    first.get_by_label(number).fill("33")
    saved_by(first, lambda: first.get_by_label(number).press("Tab"))
    tour.look(first, "operator", "saved answer")
    second.get_by_label(number).fill("44")
    second.get_by_label(number).press("Tab")
    expect(second.get_by_role("heading", name=re.compile("Dua isian"))).to_be_visible()
    tour.look(second, "operator", "conflict")
    second.close()
    attach(first, "laporan.pdf", "application/pdf", b"<html></html>", "Bukan PDF")
    tour.look(first, "operator", "refused file")
    tour.go(first, "/tidak-ada/", "operator", status=404)
    tour.go(first, "/orang/", "operator", status=403)


def refused_verdict(guide, judge, who):
    """A lower level without the reason it needs."""
    judge.goto("/")
    judge.get_by_role("link", name=re.compile("^Nilai ")).first.click()
    judge.locator("label.choice-level").filter(has_text=re.compile(r"\b0,00 poin")).first.click()
    judge.get_by_role("button", name="Simpan nilai lain").click()
    expect(judge.get_by_role("alert").first).to_be_visible()
    guide.tour.look(judge, who, "refused verdict")


def next_cycle(guide, admin):
    """A batch: the running cycle prepared once more from the one before."""
    admin.goto("/siklus/")
    admin.get_by_role("link", name="Evaluasi KLA 2025").first.click()
    admin.get_by_role("link", name="Siapkan siklus").click()
    admin.get_by_role("button", name="Siapkan 1 daerah").click()
    expect(admin.get_by_role("heading", level=1, name="Menyiapkan siklus berikutnya")).to_be_visible()
    guide.tour.look(admin, "admin", "a batch")


def refused_cycle(guide, admin):
    admin.goto("/siklus/baru/")
    admin.get_by_label("Nama siklus").fill("Evaluasi KLA 2025")
    admin.get_by_label("Tahun data").fill("dua ribu")
    admin.get_by_role("button", name="Buka siklus").click()
    expect(admin.get_by_role("alert")).to_be_visible()
    guide.tour.look(admin, "admin", "refused cycle")


def published_results(guide, admin):
    """The import of results: refused with its faults, and what it would do; the question before one is taken out."""
    tour = guide.tour
    for path in ("/riwayat-hasil/", "/riwayat-hasil/?q=tidak-ada-yang-bernama-ini", "/daerah/35.75/"):
        tour.go(admin, path, "admin")
    for year, button, sight in (("1999", "Periksa", "refused results"), ("2024", "Periksa", "results to be written")):
        admin.goto("/riwayat-hasil/impor/")
        admin.get_by_label("Tempel isi CSV").fill(f"kode,tahun,nilai,sumber\n64.71,{year},700,https://contoh.go.id/a")
        admin.get_by_role("button", name=button).click()
        expect(admin.get_by_text("kesalahan" if year == "1999" else "Semua 1 baris")).to_be_visible()
        tour.look(admin, "admin", sight)
    admin.get_by_role("button", name="Impor semuanya").click()
    admin.get_by_role("link", name="Keluarkan").first.click()
    tour.look(admin, "admin")


def versions(guide, admin):
    """A new version refused and made, its mapping with a line being changed, what differs, and whom it touches."""
    tour = guide.tour
    tour.go(admin, "/instrumen/kla-2024/versi-baru/", "admin")
    admin.get_by_label("Kode").fill("kla-2024")
    admin.get_by_role("button", name="Buat draf").click()
    expect(admin.get_by_role("alert")).to_be_visible()
    tour.look(admin, "admin", "refused version")
    admin.get_by_label("Kode").fill("kla-2024-b")
    admin.get_by_role("button", name="Buat draf").click()
    admin.wait_for_url("**/instrumen/kla-2024-b/")
    for path in ("kla-2024/pemetaan/kla-2024-b/?tingkat=cluster", "kla-2024/beda/kla-2024-b/", "kla-2024-b/evaluasi/"):
        tour.go(admin, f"/instrumen/{path}", "admin")
    admin.goto("/instrumen/kla-2024/pemetaan/kla-2024-b/?tingkat=cluster")
    admin.get_by_role("link", name="Ubah klaster III", exact=True).click()
    admin.get_by_label("Kode tujuan").fill("X")
    admin.get_by_role("button", name="Simpan baris").click()
    expect(admin.get_by_role("alert")).to_be_visible()
    tour.look(admin, "admin", "refused line of a mapping")
    tour.go(admin, "/instrumen/kla-2022/beda/kla-2024/", "admin")


def editor(guide, admin):
    """The draft of the demo in the editor: its sheet, its forms refused and redrawn, its check with a fault."""
    tour, sheet = guide.tour, "/instrumen/kla-2024-koreksi/sunting/"
    tour.go(admin, "/instrumen/baru/", "admin")
    for query in ("", "?klaster=I"):
        tour.go(admin, f"{sheet}{query}", "admin")
    parts = {"cluster": "/k/", "indicator": "/i/", "question": "/p/", "remove": "/hapus/question/"}
    pages = {name: admin.locator(f"a[href*='{part}']").first.get_attribute("href") for name, part in parts.items()}
    for path in (*pages.values(), f"{pages['cluster']}baru/", f"{pages['indicator']}baru/", f"{sheet}k/baru/"):
        tour.go(admin, str(path), "admin")
    for path in (f"{sheet}kepala/", f"{pages['question']}pratinjau/", f"{sheet}../terbitkan/", f"{sheet}../periksa/"):
        tour.go(admin, path, "admin")
    admin.get_by_role("button", name="Periksa lagi").click()
    expect(admin.get_by_role("alert")).to_be_visible()
    tour.look(admin, "admin", "refused check")
    admin.goto(str(pages["question"]))
    admin.get_by_role("button", name="Tambah pita").click()
    expect(admin.locator("#bands-6-from")).to_be_visible()
    admin.locator("#bands-6-from").fill("7")
    admin.get_by_role("main").get_by_role("button", name="Simpan", exact=True).last.click()
    expect(admin.get_by_role("alert")).to_be_visible()
    tour.look(admin, "admin", "refused question")


def post_only_addresses(guide, page):
    """What is left out of the tour has indeed no page of its own: it leads to the page of its form, for those who see
    that. Most arguments here name nothing, and then the answer is 404."""
    for name, pattern in url_names():
        if name in POST_ONLY:
            path = "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda part: DUMMY[part[1] or "str"], route(pattern))
            if (status := page.request.get(path, max_redirects=0).status) not in {302, 404}:
                guide.tour.faults["status"][f"GET {path} answers {status} instead of leading on"].append(name)


def route(pattern: URLPattern) -> str:
    return str(pattern.pattern)


def asks_an_agency(guide, coordinator, evaluation):
    """The letter to an agency that something is missing from, and its PDF."""
    coordinator.goto(f"{evaluation}instansi/{agency_of(coordinator, evaluation)}/permintaan/")
    coordinator.get_by_role("button", name="Buat PDF").click()
    guide.tour.look(coordinator, "koordinator", "a letter on its way")


def agency_of(page, evaluation):
    """The number of the first agency that the evaluation's page leads to."""
    page.goto(evaluation)
    return re.search(r"/instansi/(\d+)/", page.content())[1]


def in_review(guide, coordinator, evaluation):
    """What changes when the city has handed in: the task force's bench, and what the others see meanwhile."""
    tour = guide.tour
    take_step(coordinator, evaluation, "Serahkan ke gugus tugas", "Telaah gugus tugas")
    tour.look(coordinator, "koordinator", "handed in")
    coordinator.goto(f"{evaluation}paket/")
    coordinator.get_by_role("button", name="Buat paket").last.click()
    tour.look(coordinator, "koordinator", "a package on its way")
    tour.go(coordinator, f"{evaluation}langkah/call_back/", "koordinator")
    reviewer = guide.enter("gugustugas")
    tour.go(reviewer, "/", "gugustugas")
    tour.go(reviewer, f"{evaluation}telaah/", "gugustugas")
    reviewer.get_by_role("button", name="Setujui", exact=True).first.click()
    expect(reviewer.locator(".review-done")).to_be_visible()
    tour.look(reviewer, "gugustugas", "approved answer")
    card = reviewer.get_by_role("article").filter(has=reviewer.get_by_role("button", name="Setujui", exact=True)).first
    card.get_by_text("Kembalikan", exact=True).click()
    reviewer.get_by_role("button", name="Kembalikan dengan alasan ini").locator("visible=true").click()
    expect(reviewer.locator(".review-card .field-error").first).to_be_visible()
    tour.look(reviewer, "gugustugas", "refused return")
    reviewer.goto(f"{evaluation}telaah/")
    reviewer.locator("#review-all").get_by_role("button").click()
    expect(reviewer.get_by_role("dialog")).to_be_visible()
    tour.look(reviewer, "gugustugas", "a question before a step")
    head = guide.enter("pimpinan")
    tour.go(head, f"{evaluation}p/4.1/", "pimpinan")
    tour.go(head, f"{evaluation}hasil/", "pimpinan")
    tour.go(head, f"{evaluation}hasil/?klaster=I", "pimpinan")


def second_factor(guide):
    """Setting it up, its codes, giving it, and giving it up."""
    tour, page = guide.tour, guide.enter("operator.dinkes")
    page.goto("/profil/dua-langkah/")
    secret = page.locator("code").inner_text()
    page.get_by_label("Kata sandi saat ini").fill(PASSWORD)
    page.get_by_label("Kode 6 angka").fill(code_of(secret))
    page.get_by_role("button", name="Pasang").click()
    expect(page.get_by_role("heading", name="Kode cadangan")).to_be_visible()
    tour.look(page, "operator.dinkes", "fresh codes")
    for path in ("/profil/", "/profil/kode-cadangan/", "/profil/dua-langkah/matikan/"):
        tour.go(page, path, "operator.dinkes")
    again = guide.enter("operator.dinkes")
    tour.go(again, "/masuk/kode/", "operator.dinkes")


def code_of(secret: str) -> str:
    """What an authenticator app shows for this secret now."""
    totp = TOTP(base64.b32decode(secret.replace(" ", "") + "=" * (-len(secret.replace(" ", "")) % 8)))
    totp.time = time.time()
    return f"{totp.token():06}"


def test_every_address_was_visited(guide):
    names = {name for name, _ in url_names()}
    assert names >= POST_ONLY | set(NO_PAGE), "a name in the lists above that no address has"
    unseen = sorted(names - POST_ONLY - set(NO_PAGE) - {name for name, who in guide.tour.visited.items() if who})
    assert unseen == []


def test_every_role_walked(guide):
    walked = {name: sum(name in who for who in guide.tour.visited.values()) for name in ROLES}
    assert min(walked.values()) >= (2 if EVERYTHING else 1), walked


@pytest.mark.parametrize("kind", ["axe", "head", "overflow", "keyboard", "status"])
def test_no_fault(guide, kind):
    found = guide.tour.report(kind)
    assert not found, f"{guide.tour.pages} pages looked at\n{found}"


def test_no_console_complains(guide):
    assert [error for console in guide.consoles for error in console] == []


def test_the_tour_would_see_a_fault(browser):
    """The proof that silence means something: a page with one fault of each kind."""
    page = browser.new_page(viewport=WIDE)
    page.set_content(
        "<html lang=id><title>Portal</title><style>a:focus {outline: none} pre {width: 500px}</style>"
        "<body><h1 id=a>Satu</h1><h1 id=a>Dua</h1><img src=x><pre>.</pre><a href=/tidak>Tautan</a></body></html>"
    )
    tour = Tour()
    tour.look(page, "nobody")
    tour.keyboard(page, "nobody")
    page.close()
    assert "image-alt" in tour.report("axe")
    assert "the id 'a' is given twice" in tour.report("axe")
    assert "508 px wide at 390: ['<pre>" in tour.report("overflow")
    for kind, sentence in (("head", "h1: ['Satu', 'Dua']"), ("head", "title: 'Portal'"),
                           ("keyboard", "focus not drawn"), ("keyboard", "the first Tab meets <a href")):  # fmt: skip
        assert sentence in tour.report(kind)


ROW = "<p class=a id={0}>Kata {0}</p>"


@pytest.mark.parametrize(
    ("other", "again"),
    [
        ("<main><p class=a id=q>Lain</p></main>", False),
        ("<main>" + "".join(ROW.format(f"p{at}") for at in range(2)) + "</main>", True),
        ("<main><p class=b id=p>Kata</p></main>", True),
        ("<main><p class=a id=p></p></main>", True),
        ("<main><p class=a id=p role=note>Kata</p></main>", True),
        ("<main><p class=a id=p>Kata</p><img src=x></main>", True),
        ("<main><p class=a id=p hidden>Kata</p></main>", True),
        ("<nav><p class=a id=p>Kata</p></nav>", True),
        ("<main><p class=a id=p><a href=#p>Kata</a></p></main>", True),
    ],
)
def test_what_differs_in_more_than_words_is_judged_again(browser, other, again):
    page = browser.new_page(viewport=WIDE)
    shapes = []
    for body in ("<main><p class=a id=p>Kata</p></main>", other):
        page.set_content(f"<html lang=id><title>Portal</title><body>{body}</body></html>")
        shapes.append(page.evaluate(SHAPE))
    page.close()
    assert (shapes[0] != shapes[1]) is again


def test_the_third_of_a_kind_is_left_out_and_a_fault_in_it_is_not(browser):
    page = browser.new_page(viewport=WIDE)
    rows = "".join(ROW.format(f"p{at}") for at in range(5))
    page.set_content(
        f"<html lang=id><title>Portal</title><main><h1>A</h1>{rows}<p class=a><img src=x></p></main></html>"
    )
    tour = Tour()
    tour.look(page, "nobody")
    left_out = page.locator("[data-repeated]").evaluate_all("rows => rows.map((row) => row.id)")
    page.close()
    assert left_out == ["p2", "p3", "p4"]
    assert "image-alt" in tour.report("axe")
