"""Files over a bad line: what is cut goes on, what arrives is byte-equal, and nothing comes twice."""

import base64
import hashlib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from evaluations.demo.people import PASSWORD
from evidence.tests.make import make_pdf
from tests.browser import sign_in, watch
from tests.faulty_line import FaultyLine
from tests.journeys.steps import open_evaluation
from tests.servers import Portal
from tests.visitor import PATIENCE, Visitor, form

PIECE = 24 * 1024
FILES = 20


def padded(number: int, size: int) -> bytes:
    """A sound PDF of about `size` bytes that no other file equals."""
    pdf = make_pdf(f"Berkas {number}")
    return pdf + b"\n%" + base64.b64encode(os.urandom(size * 3 // 4)) + b"\n%%EOF\n"


class Sender:
    """A client of the protocol that meets cuts, doubts its own luck, and sends some pieces twice or too early."""

    def __init__(self, visitor: Visitor, line: FaultyLine) -> None:
        self.base = f"http://127.0.0.1:{line.port}"
        self.cookies = visitor.session.cookies.get_dict()
        self.headers = {
            "X-CSRFToken": form(visitor.get("/").text, "/keluar/")["csrfmiddlewaretoken"],
            "Origin": self.base,
        }

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> requests.Response | None:
        """None when the line was cut."""
        try:
            return requests.request(
                method,
                self.base + path,
                headers=self.headers | headers,
                cookies=self.cookies,
                data=body,
                timeout=PATIENCE,
            )
        except requests.ConnectionError:
            return None

    def surely(self, *request: Any) -> requests.Response:
        for _ in range(60):
            if (answer := self.ask(*request)) is not None:
                return answer
        raise AssertionError("the line never came back")

    def send(self, name: str, content: bytes) -> tuple[str, int]:
        """The id of the finished upload, and how many bytes were sent for it."""
        told = ",".join(
            f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in (("filename", name), ("key", name))
        )
        made = self.surely("POST", "/unggahan/", {"Upload-Length": str(len(content)), "Upload-Metadata": told})
        assert made.status_code == 201, made.text
        path, sent, turn = made.headers["Location"], 0, 0
        offset = 0
        while offset < len(content):
            turn += 1
            start = max(0, offset - PIECE) if turn % 5 == 0 else offset + PIECE if turn % 7 == 0 else offset
            piece = content[start : start + PIECE]
            digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
            headers = {
                "Upload-Offset": str(start),
                "Upload-Checksum": f"sha256 {digest}",
                "Content-Type": "application/offset+octet-stream",
            }
            answer = self.ask("PATCH", path, headers, piece)
            sent += len(piece)
            if answer is None or answer.status_code != 204:
                answer = self.surely("HEAD", path, {})
            offset = int(answer.headers["Upload-Offset"])
        return path.strip("/").rpartition("/")[2], sent


def stored(portal: Portal, content: bytes) -> bool:
    sha256 = hashlib.sha256(content).hexdigest()
    path = portal.var / "evidence" / sha256[:2] / sha256[2:4] / sha256
    return path.is_file() and path.read_bytes() == content


def attach(visitor: Visitor, question: str, name: str, upload: str) -> None:
    """Put a finished upload to the question; told twice, as after an answer that got lost."""
    for _ in range(2):
        fields = form(visitor.get(question).text, "/berkas/")
        fields |= {"upload": upload, "kind": "lainnya", "want": "", "title": name}
        assert visitor.post(f"{question}berkas/", fields).status_code == 302


def over_a_bad_line(portal: Portal, count: int, *, speed: int = 0) -> None:
    visitor = Visitor(portal.base_url, "operator")
    question = visitor.question()
    contents = {f"berkas-{number}.pdf": padded(number, 90_000) for number in range(count)}
    with FaultyLine(("127.0.0.1", portal.port), cut_after=70_000, bytes_per_second=speed) as line:
        sender = Sender(visitor, line)
        names = list(contents)
        for first in range(0, count, FILES):  # fewer than one person may have under way at once
            with ThreadPoolExecutor(4 if not speed else FILES) as pool:
                some = names[first : first + FILES]
                ids = dict(zip(some, pool.map(lambda name: sender.send(name, contents[name])[0], some), strict=True))
            for name, upload in ids.items():
                attach(visitor, question, name, upload)
    equal = sum(stored(portal, content) for content in contents.values())
    listed = visitor.get(question).text
    once = sum(len(re.findall(rf"(?<![\w-]){re.escape(name)}(?=<)", listed)) >= 1 for name in contents)
    assert line.cuts >= count // 2
    print(f"{equal} of {count} byte-equal over a line cut {line.cuts} times")
    assert (equal, once) == (count, count)


def test_twenty_files_arrive_byte_equal(portal: Portal) -> None:
    over_a_bad_line(portal, FILES)


@pytest.mark.slow
def test_a_hundred_files_arrive_byte_equal_at_64_kbit_per_second(portal: Portal) -> None:
    over_a_bad_line(portal, 100, speed=8_000)


def test_a_browser_goes_on_where_the_line_was_cut(portal: Portal, person: Any) -> None:
    content = padded(0, 2_500_000)
    with FaultyLine(("127.0.0.1", portal.port), cut_after=700_000) as line:
        page = person(base_url=f"http://127.0.0.1:{line.port}")
        page.set_default_timeout(120_000)
        sign_in(page, "operator@contoh", PASSWORD)
        page.goto(Visitor(portal.base_url, "operator").question())
        page.locator("summary").filter(has_text="Unggah berkas").evaluate("it => it.parentElement.open = true")
        page.get_by_label("Judul dokumen").first.fill("SK lewat jaringan buruk")
        page.locator("#unggah input[type=file]").set_input_files(
            {"name": "SK Gugus Tugas.pdf", "mimeType": "application/pdf", "buffer": content}
        )
        page.locator("#unggah [type=submit]").click()
        expect(page.locator("#data-dukung").get_by_text("SK lewat jaringan buruk").first).to_be_visible(timeout=120_000)
        assert line.cuts >= 2
    assert stored(portal, content)


def test_a_coordinator_drops_files_and_an_operator_takes_up_what_is_there(portal: Portal, person: Any) -> None:
    page = person()
    complaints = watch(page)
    sign_in(page, "koordinator@contoh", PASSWORD)
    page.goto("/pustaka/banyak/")
    page.get_by_label("Milik perangkat daerah").select_option(label="Disdukcapil")
    names = ("4.2_kutipan_akta_2024.pdf", "5.1 forum 2025.pdf", "rapat 12.4.2024.pdf")
    page.get_by_label("Berkas", exact=True).set_input_files(
        [{"name": name, "mimeType": "application/pdf", "buffer": make_pdf(name)} for name in names]
    )
    page.get_by_role("button", name="Masukkan ke baki").click()
    for name in names:
        expect(page.locator(".upload-line").filter(has_text=name)).to_contain_text("Masuk ke baki", timeout=60_000)
    tray = page.locator(".arrival")
    arrived = [tray.filter(has_text=name) for name in names]
    for row, code in zip(arrived, ("4.2", "5.1", ""), strict=True):
        expect(row.locator("[data-code]")).to_have_value(code)
        if code:  # not ticked beforehand where something does not fit yet; whoever knows better ticks it
            row.get_by_role("checkbox").check()
        else:
            expect(row.get_by_role("checkbox")).not_to_be_checked()
    page.get_by_role("button", name="Pasang yang dicentang").click()
    expect(page.locator("#toasts")).to_contain_text("2 dokumen dipasang sebagai data dukung.")
    expect(arrived[2]).to_be_visible()
    expect(arrived[0]).to_have_count(0)

    page = person()
    complaints += watch(page)
    sign_in(page, "operator@contoh", PASSWORD)
    page.goto(f"{open_evaluation(page)}p/4.1/")
    page.get_by_role("link", name="Dari pustaka").click()
    offered = page.get_by_role("region", name="Pernah membuktikan pertanyaan ini").get_by_role("listitem").first
    expect(offered).to_contain_text("Isinya tentang tahun 2022, sedangkan siklus ini menilai 2024–2025.")
    offered.get_by_role("link", name="Pilih").click()
    page.get_by_label("Halaman yang dirujuk").fill("hal. 1")
    page.get_by_role("button", name="Pasang pada 4.1").click()
    card = page.locator("#data-dukung .evidence").filter(has_text="2022")
    expect(card).to_contain_text("hal. 1")
    assert card.get_by_role("link", name="Lihat").get_attribute("href").endswith("/lihat/#hal-1")
    assert complaints == []
