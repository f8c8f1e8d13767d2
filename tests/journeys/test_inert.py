"""A real browser is given armed files, stored as if every check had been passed by: nothing may run from them."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pikepdf
import pytest
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import RequestFactory
from playwright.sync_api import Browser, Error

from evidence import store
from evidence.enums import FileState
from evidence.formats import FORMATS
from evidence.models import EvidenceRevision, StoredFile
from evidence.names import ending_of
from evidence.serving import file_response
from evidence.tests.corpus import make_changed_pdf, set_root
from evidence.tests.make import make_jpeg, make_pdf
from kla_portal.middleware import Headers

EMBEDDED = """
    <script src="{url}"></script><link rel="stylesheet" href="{url}">
    <iframe src="{url}"></iframe><object data="{url}"></object><embed src="{url}">
"""


class Server(ThreadingHTTPServer):
    """Serves the revisions under their number the way the portal does, pages that embed them, and counts beacons."""

    revisions: list[EvidenceRevision]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hits: list[str] = []
        self.base = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        response = Headers(CSPMiddleware(self.answer))(RequestFactory().get(self.path))  # type: ignore[arg-type]
        self.send_response(response.status_code)
        for name, value in response.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"".join(response))  # type: ignore[arg-type]

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        what, _, rest = request.path.strip("/").partition("/")
        if what == "beacon":
            self.server.hits.append(rest)
            return HttpResponse()
        if what == "control":
            return _bare(armed_page(self.server.base, "control"))
        if what == "page":  # another page of the same origin tries to make the file do something
            uses = (EMBEDDED.format(url=f"/{way}/{rest}") for way in ("inline", "save"))
            return _bare("".join(uses).encode())
        if what in {"inline", "save"}:
            return file_response(self.server.revisions[int(rest)], request, inline=what == "inline")
        return HttpResponse(status=404)

    def log_message(self, *args: object) -> None:
        pass


def _bare(content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="text/html")
    response._csp_exempt = True  # type: ignore[attr-defined]
    return response


def armed_page(base: str, label: str) -> bytes:
    return (
        f'<html><img src="{base}/beacon/{label}-img"><script>fetch("{base}/beacon/{label}-js")</script></html>'.encode()
    )


def armed_files(base: str) -> Iterator[tuple[str, bytes]]:
    """Name and content. The names decide the type under which they are stored."""
    page, script = armed_page(base, "page"), f'fetch("{base}/beacon/script")//'.encode()
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("{base}/beacon/svg")</script></svg>'.encode()
    pdf_script = pikepdf.Dictionary({"/S": pikepdf.Name.JavaScript, "/JS": f'app.launchURL("{base}/beacon/pdf", true)'})
    submit = {"/S": pikepdf.Name.SubmitForm, "/F": f"{base}/beacon/submit"}
    for ending in ("pdf", "jpg", "png", "xlsx", "docx"):
        for content in (page, script, svg):
            yield f"a.{ending}", content
    yield "b.pdf", make_changed_pdf(set_root("/OpenAction", pdf_script))
    yield "b.pdf", make_changed_pdf(set_root("/OpenAction", pikepdf.Dictionary(submit)))
    yield "b.pdf", page + make_pdf()
    yield "b.jpg", make_jpeg() + page
    yield "b.jpg", make_jpeg(comment=page)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.revisions = [stored(name, content) for name, content in armed_files(server.base)]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def stored(name: str, content: bytes) -> EvidenceRevision:
    """The bytes in the archive; the rows are never saved, for nothing here asks the database."""
    with store.incoming([content], len(content)) as part:
        part.keep()
    mime = FORMATS[ending_of(name)].mime
    file = StoredFile(sha256=part.sha256, size=part.size, mime=mime, state=FileState.CLEAN)
    return EvidenceRevision(file=file, original_name=name)


def test_nothing_runs_from_an_armed_file(server: Server, browser: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    page = browser.new_page()
    page.goto(f"{server.base}/control", wait_until="networkidle")
    assert set(server.hits) == {"control-img", "control-js"}, "the beacon does not work, so silence proves nothing"
    server.hits.clear()
    for number in range(len(server.revisions)):
        for way in ("inline", "save", "page"):
            try:
                page.goto(f"{server.base}/{way}/{number}")
                page.wait_for_timeout(150)
            except Error as fault:  # a download or a refusal ends the navigation
                assert "Download is starting" in str(fault) or "ERR_ABORTED" in str(fault), fault
    page.wait_for_timeout(500)
    page.close()
    with capsys.disabled():
        print(f"\ninert files: {len(server.hits)} beacons from {len(server.revisions)} armed files")
    assert server.hits == []
