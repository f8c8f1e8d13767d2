"""An evaluator judges ten questions and their documents without touching the mouse; the database says the same."""

import contextlib
import re
from typing import Any

import psycopg2
from playwright.sync_api import Page, expect

from evaluations.demo.people import PASSWORD
from tests.browser import sign_in
from tests.journeys.steps import Office
from tests.servers import Portal

CODE = re.compile(r"/penilaian/([^/]+)/")
TEN = 10


def here(page: Page) -> str:
    found = CODE.search(page.url)
    assert found is not None, page.url
    return found[1]


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def judged(page: Page, *keys: str) -> None:
    """Keys that send a verdict on the document; ends when the page shows it, with the focus on it."""
    with page.expect_response(lambda reply: reply.url.endswith("/putusan/")) as sent:
        press(page, *keys)
    assert sent.value.status == 200
    expect(page.locator("#document-verdict")).to_be_focused()


def reasons(page: Page, key: str) -> None:
    """The key that opens the reasons; the first of them has the focus."""
    press(page, key)
    expect(page.locator("details.judge[open] input[type=checkbox]").first).to_be_focused()


def gone_on(page: Page, *keys: str) -> str:
    """Keys that lead to another question; ends there, with the focus on it. Returns its code."""
    with page.expect_navigation():
        press(page, *keys)
    expect(page.locator("#question-title")).to_be_focused()
    return here(page)


def stored(portal: Portal) -> dict[str, tuple[str, str, str]]:
    """By question: verdict on the claim, on the document, and the reason for the latter, of the present stage."""
    asked = """
        SELECT question.code, score.verdict, said.verdict, said.reason
        FROM evaluations_evidenceverdict said
        JOIN evaluations_answerevidence link ON link.id = said.link_id AND link.revision_id = said.revision_id
        JOIN evaluations_score score ON score.answer_id = link.answer_id AND score.stage = said.stage
        JOIN evaluations_answer answer ON answer.id = link.answer_id
        JOIN clusters_question question ON question.id = answer.question_id
        WHERE said.stage = 'ministry_review'"""
    with contextlib.closing(psycopg2.connect(portal.env["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute(asked)
        return {code: (claim, document, reason) for code, claim, document, reason in cursor.fetchall()}


def with_document(page: Page) -> str:
    """Further by "n" to a question whose claim earns points and stands on one document that nobody has judged."""
    for _ in range(60):
        one = page.locator("#document-verdict").count() and not page.locator("#file-tabs").count()
        if one and page.locator("#accept-claim button:not([disabled])").count():
            return here(page)
        gone_on(page, "n")
    raise AssertionError("no question with one document in sight")


def test_ten_questions_by_keyboard_only(person: Any, portal: Portal) -> None:
    office = Office(person)
    judge = office.enter("evaluator")
    judge.goto("/evaluasi/")
    evaluation = (
        judge.get_by_role("row").filter(has_text="Kota Makassar").get_by_role("link").first.get_attribute("href")
    )
    judge.goto(f"{evaluation}penilaian/")
    expected: dict[str, tuple[str, str, str]] = {}
    mouse: list[str] = []
    judge.expose_function("clicked", lambda what: mouse.append(what))
    judge.add_init_script("addEventListener('pointerdown', (event) => window.clicked(event.target.outerHTML), true)")

    press(judge, "?")
    expect(judge.get_by_role("dialog", name="Pintasan papan ketik")).to_be_visible()
    press(judge, "Escape")

    first = with_document(judge)
    reasons(judge, "x")
    judged(judge, "Space", "Enter")
    expect(judge.locator("#accept-claim button")).to_be_disabled()
    press(judge, "1", "r")
    judge.keyboard.type("Tidak terbukti.")
    gone_on(judge, "Control+Enter")
    expected[first] = ("adjusted", "rejected", "Isi dokumen bukan yang diminta.")

    second = with_document(judge)
    reasons(judge, "s")
    press(judge, "Escape")
    expect(judge.locator("details.judge summary:focus")).to_be_visible()
    reasons(judge, "s")
    press(judge, *["Tab"] * 6)
    expect(judge.locator("#reason-doubtful")).to_be_focused()
    judge.keyboard.type("Stempel a t x tidak jelas.")  # letters are text while somebody types
    judged(judge, "Control+Enter")
    gone_on(judge, "t")
    expected[second] = ("accepted", "doubtful", "Stempel a t x tidak jelas.")

    while len(expected) < TEN:
        code = with_document(judge)
        judged(judge, "a")
        gone_on(judge, "t")
        expected[code] = ("accepted", "accepted", "")

    back = gone_on(judge, "k")
    assert gone_on(judge, "j") != back
    assert mouse == []
    assert office.complaints() == {}
    assert stored(portal) == expected


def test_a_session_that_ended_costs_a_judge_no_word(person: Any, portal: Portal) -> None:
    """A verdict that is sent too late: the page stays with what was typed, and sends it once somebody has signed in."""
    judge = Office(person).enter("evaluator")
    judge.goto("/evaluasi/")
    row = judge.get_by_role("row").filter(has_text="Kota Makassar")
    judge.goto(f"{row.get_by_role('link').first.get_attribute('href')}penilaian/")
    code, words = with_document(judge), "Tanda tangan di halaman 3 lain dari yang di halaman 1."
    address = judge.url
    judge.locator("summary[data-key=s]").click()
    judge.locator("#reason-doubtful").fill(words)
    with contextlib.closing(psycopg2.connect(portal.env["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_session")
        connection.commit()
    send = judge.get_by_role("button", name="Simpan: meragukan")
    send.click()
    toast = judge.locator(".toast-line").last
    expect(toast).to_contain_text("sesi Anda sudah berakhir")
    assert judge.url == address
    expect(judge.locator("#reason-doubtful")).to_have_value(words)

    with judge.context.expect_page() as opened:
        toast.get_by_role("link").click()
    tab = opened.value
    sign_in(tab, "evaluator@contoh", PASSWORD)
    tab.close()
    with judge.expect_response(lambda reply: reply.url == address and reply.request.method == "GET"):
        judge.evaluate("dispatchEvent(new Event('focus'))")  # a tab to which somebody comes back
    expect(judge.locator("#reason-doubtful")).to_have_value(words)
    with judge.expect_response(lambda reply: reply.url.endswith("/putusan/")) as sent:
        send.click()
    assert sent.value.status == 200
    expect(judge.locator("#document-verdict")).to_contain_text(words)
    with contextlib.closing(psycopg2.connect(portal.env["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM evaluations_evidenceverdict WHERE reason = %s", [words])
        assert cursor.fetchone() == (1,), code
