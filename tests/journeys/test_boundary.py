"""B2 through the portal's own web server, byte by byte: the limit to the byte, lengths that lie, no length at all."""

import hashlib
import io
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pikepdf
import psutil
import pytest
import requests

from evidence.tests.make import make_pdf
from scripts.processes import HOST
from tests.servers import Portal
from tests.visitor import Visitor, form

pytestmark = pytest.mark.parametrize("portal", ["embedded"], indirect=True)
LIMIT = 50 * 1024 * 1024
GROWTH = 20 * 1024 * 1024
BOUNDARY = "batas-7d1f0b"
CHUNK = 64 * 1024


def pdf_of(size: int) -> bytes:
    """A real PDF of exactly so many bytes, unlike any other of that size."""

    def build(filling: int) -> bytes:
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(make_pdf("Lampiran"))) as pdf:
            pdf.pages[0].obj.Lampiran = pdf.make_stream(os.urandom(1024) * (filling // 1024) + b"x" * (filling % 1024))
            pdf.save(out, compress_streams=False, deterministic_id=True)
        return out.getvalue()

    filling = size - len(build(size)) + size
    made = build(filling)
    made = made if len(made) == size else build(filling + size - len(made))
    assert len(made) == size
    return made


@dataclass
class Line:
    """A signed-in person's connection to the upload form, down to the bytes."""

    portal: Portal
    visitor: Visitor
    path: str
    fields: dict[str, str] = field(default_factory=dict)

    def attached(self) -> int:
        page = self.visitor.get(self.path).text
        return len(set(re.findall(r"/data-dukung/[0-9a-f-]{36}/lepas/", page)))

    def body(self, content: bytes) -> bytes:
        fields = form(self.visitor.get(self.path).text, f"{self.path}berkas/") | {"kind": "sk", "title": "Lampiran"}
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        opening = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="lampiran.pdf"\r\n'
        opening += "Content-Type: application/pdf\r\n\r\n"
        return "".join([*parts, opening]).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()

    def send(self, body: bytes, *lengths: str, chunked: bool = False, cut: int = 0) -> int:
        """The status of the answer; 0 when the server hangs up without one. `cut`: stop sending so many bytes early."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.visitor.session.cookies.items())
        head = [
            f"POST {self.path}berkas/ HTTP/1.1",
            f"Host: {HOST}:{self.portal.port}",
            f"Cookie: {cookies}",
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
            "Connection: close",
            *(f"Content-Length: {length}" for length in lengths),
            *(["Transfer-Encoding: chunked"] if chunked else []),
        ]
        with socket.create_connection((HOST, self.portal.port), timeout=60) as line:
            reader = threading.Thread(target=self._read, args=(line, answer := bytearray()))
            reader.start()
            try:
                line.sendall("\r\n".join(head).encode() + b"\r\n\r\n")
                for piece in _pieces(body[: len(body) - cut], chunked=chunked):
                    line.sendall(piece)
                if cut:
                    line.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the server has answered and hung up
            reader.join(60)
        found = re.match(rb"HTTP/1\.1 (\d{3})", answer)
        return int(found[1]) if found else 0

    @staticmethod
    def _read(line: socket.socket, answer: bytearray) -> None:
        try:
            while piece := line.recv(CHUNK):
                answer.extend(piece)
        except OSError:
            return

    def still_serves(self) -> bool:
        return (
            all(
                requests.get(f"{self.portal.base_url}{path}", timeout=20).status_code == 200
                for path in ("/healthz", "/readyz")
            )
            and self.visitor.get(self.path).ok
        )


def _pieces(body: bytes, *, chunked: bool) -> Iterator[bytes]:
    for start in range(0, len(body), CHUNK):
        piece = body[start : start + CHUNK]
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n" if chunked else piece
    if chunked:
        yield b"0\r\n\r\n"


class Memory:
    """The greatest growth of any of the web server's own processes, while the block runs."""

    def __init__(self, pid: int) -> None:
        web = psutil.Process(pid)
        self.before = {one: one.memory_info().rss for one in (web, *web.children(recursive=True))}
        self.growth, self.over = 0, threading.Event()

    def _watch(self) -> None:
        while not self.over.wait(0.02):
            for one, before in self.before.items():
                self.growth = max(self.growth, one.memory_info().rss - before)

    def __enter__(self) -> "Memory":
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.over.set()
        self.thread.join()


@pytest.fixture
def line(portal: Portal) -> Line:
    coordinator = Visitor(portal.base_url, "koordinator")
    path = Visitor(portal.base_url, "operator").question()
    made = Line(portal, coordinator, path)
    for _ in range(4):  # both workers have seen an upload before memory is measured
        body = made.body(pdf_of(5000))
        assert made.send(body, str(len(body))) == 302, portal.logs()
    return made


def left_over(portal: Portal) -> list[Path]:
    """What uploads have left in the folder for files on their way."""
    deadline = time.monotonic() + 5
    while (found := list((portal.var / "incoming").iterdir())) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def test_the_limit_holds_to_the_byte(portal: Portal, line: Line) -> None:
    told = []
    with Memory(portal.web.pid) as memory:
        for size, status, more in ((LIMIT - 1, 302, 1), (LIMIT, 302, 1), (LIMIT + 1, 413, 0)):
            before, body = line.attached(), line.body(pdf_of(size))
            got = line.send(body, str(len(body)))
            told.append((size - LIMIT, got, line.attached() - before, line.still_serves()))
            assert told[-1] == (size - LIMIT, status, more, True), portal.logs()
    print(f"{told}; a web process grew by {memory.growth / 1024**2:.1f} MB at most")
    assert left_over(portal) == []
    assert memory.growth < GROWTH


def test_lengths_that_lie_come_to_nothing(portal: Portal, line: Line) -> None:
    small, large = line.body(pdf_of(20_000)), line.body(pdf_of(LIMIT + 1))
    short, long = str(len(small) - 5000), str(len(small) + 1000)
    tries: dict[str, tuple[set[int], Callable[[], int]]] = {
        "says more than it sends": ({0, 400, 408, 422}, lambda: line.send(small, long, cut=6)),
        "is cut off": ({0, 400, 408, 422}, lambda: line.send(small, str(len(small)), cut=8000)),
        "says less than it sends": ({400, 422}, lambda: line.send(small, short)),
        "negative": ({400}, lambda: line.send(small, "-1")),
        "no number": ({400}, lambda: line.send(small, "banyak")),
        "two lengths": ({400}, lambda: line.send(small, str(len(small)), short)),
        "beyond all measure": ({400, 413}, lambda: line.send(small, "9" * 30)),
        "chunked, without a length": ({411}, lambda: line.send(small, chunked=True)),
        "chunked, one byte too large": ({0, 411}, lambda: line.send(large, chunked=True)),
    }
    wrong = []
    with Memory(portal.web.pid) as memory:
        for name, (good, attempt) in tries.items():
            before = line.attached()
            got = attempt()
            if got not in good or line.attached() != before or not line.still_serves():
                wrong.append(f"{name}: {got}, attached {line.attached() - before}")
    print(f"{len(tries) - len(wrong)} of {len(tries)} lying requests refused, ", end="")
    print(f"a web process grew by {memory.growth / 1024**2:.1f} MB at most")
    assert not wrong, "\n".join(wrong) + portal.logs()
    assert left_over(portal) == []
    assert memory.growth < GROWTH


def test_a_form_that_is_whole_counts_whatever_else_was_promised(portal: Portal, line: Line) -> None:
    """Its closing line has come; the file is either there to the byte or not at all."""
    content = pdf_of(30_000)
    before, body = line.attached(), line.body(content)
    got = line.send(body, str(len(body) + 1000), cut=1)
    kept = list((portal.var / "evidence").rglob(f"*{hashlib.sha256(content).hexdigest()}*"))
    assert (got == 302, line.attached() - before, len(kept)) in {(True, 1, 1), (False, 0, 0)}
    assert [file.read_bytes() for file in kept] == [content] * len(kept)


def test_without_a_length_a_small_file_is_taken_or_refused_whole(portal: Portal, line: Line) -> None:
    before = line.attached()
    body = line.body(pdf_of(20_000))
    got = line.send(body, chunked=True)
    print(f"chunked without a length: {got}")
    assert (got, line.attached() - before) in {(302, 1), (411, 0), (403, 0)}
    assert line.still_serves()


def test_other_forms_have_a_limit_too(portal: Portal, line: Line) -> None:
    """A form without a file may be 2.5 MB long; more is not even kept in memory."""
    fields = form(line.visitor.get(line.path).text, line.path) | {"value": ""}
    body = urlencode(fields | {"note": "x" * 3_000_000})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = line.visitor.session.post(
        portal.base_url + line.path, body, headers=headers, allow_redirects=False, timeout=60
    )
    assert answer.status_code == 413
    assert line.still_serves()
