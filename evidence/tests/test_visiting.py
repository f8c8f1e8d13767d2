"""Visits to real servers on this machine. Only the world around is arranged: what a name resolves to, and where the
line to a public address ends. Which addresses are allowed is never up to a test."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from evidence.enums import LinkState
from evidence.visiting import Found, Network, visit

PUBLIC = "103.28.12.7"
HOST = "jdih.balikpapan.go.id"


class Site:
    """A server that answers as `pages` says, and a network in which names lead to public addresses."""

    def __init__(self) -> None:
        self.hits: list[tuple[str, str, dict[str, str]]] = []
        self.pages: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.names: dict[str, list[list[str]]] = {HOST: [[PUBLIC]]}
        self.asked: list[str] = []
        self.reached: list[tuple[str, int]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                site.hits.append((self.command, self.path, dict(self.headers.items())))
                site.pages.get(self.path, says(404))(self)

            do_GET = do_HEAD

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        answers = self.names.get(host, [[]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        """The internet of this test: whatever address is called, this server picks up."""
        self.reached.append((address, port))
        return socket.create_connection(("127.0.0.1", self.port), seconds)

    def visit(self, url: str, seconds: float = 5, **network: object) -> Found:
        return visit(url, Network(**{"resolve": self.resolve, "connect": self.connect} | network), seconds=seconds)


def says(status: int, *, head: int = 0, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer with this status; to HEAD with `head`, where that is given."""

    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(head if head and asked.command == "HEAD" else status)
        for name, value in headers.items():
            asked.send_header(name.replace("_", "-"), value)
        asked.send_header("Content-Length", str(len(body)))
        asked.end_headers()
        if asked.command == "GET":
            asked.wfile.write(body)

    return answer


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.mark.parametrize(
    ("status", "state", "word"),
    [
        (200, LinkState.ALIVE, ""),
        (206, LinkState.ALIVE, ""),
        (304, LinkState.ALIVE, ""),
        (401, LinkState.BROKEN, "Perlu izin"),
        (403, LinkState.BROKEN, "Perlu izin"),
        (404, LinkState.BROKEN, "tidak ditemukan"),
        (410, LinkState.BROKEN, "tidak ditemukan"),
        (418, LinkState.BROKEN, "menolak"),
        (429, LinkState.BROKEN, "bermasalah"),
        (503, LinkState.BROKEN, "bermasalah"),
    ],
)
def test_what_a_status_means(site, status, state, word):
    site.pages["/a"] = says(status)
    found = site.visit(f"http://{HOST}/a")
    assert found.state == state
    assert word in found.note
    assert bool(found.note) is (state != LinkState.ALIVE)


@pytest.mark.parametrize("head", [400, 403, 404, 405, 500, 501])
def test_head_refused_is_asked_again_by_a_small_get(site, head):
    site.pages["/a?b=1"] = says(206, head=head)
    assert site.visit(f"http://{HOST}/a?b=1").state == LinkState.ALIVE
    assert [hit[0] for hit in site.hits] == ["HEAD", "GET"]
    assert site.hits[1][2]["Range"] == "bytes=0-0"


def test_who_asks_and_what_is_not_told(site, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    site.pages["/"] = says(302, Location="/dua", Set_Cookie="a=b")
    site.pages["/dua"] = says(200)
    assert site.visit(f"http://{HOST}").state == LinkState.ALIVE
    assert [path for _, path, _ in site.hits] == ["/", "/dua"]
    for _, _, headers in site.hits:
        assert headers["Host"] == HOST
        assert headers["User-Agent"].startswith("PortalKLA/")
        assert not {"Cookie", "Referer", "Authorization"} & set(headers)


@pytest.mark.parametrize(("port", "told"), [("", "[2400:cb00::1]"), (":443", "[2400:cb00::1]:443")])
def test_a_host_that_is_an_ipv6_address_is_named_in_brackets(site, port, told):
    site.names["2400:cb00::1"] = [["2400:cb00::1"]]
    site.pages["/a"] = says(200)
    assert site.visit(f"http://[2400:cb00::1]{port}/a").state == LinkState.ALIVE
    assert [headers["Host"] for _, _, headers in site.hits] == [told]


@pytest.mark.parametrize(
    "there",
    [
        "http://127.0.0.1/", "http://127.0.0.1:8000/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/",
        "http://[::ffff:127.0.0.1]/", "http://[fd00:ec2::254]/", "http://10.0.0.1/", "http://192.168.1.1/",
        "http://100.64.0.1/", "http://0x7f.1/", "http://2130706433/", "http://127.1/", "http://0/", "http://localhost/",
        "http://redis:6379/", "http://portal.local/", "http://db.internal/", "http://dalam.go.id/", "http://campur.go.id/",
        "http://enam.go.id/", "//127.0.0.1/", "http://a@127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/",
        "ftp://jdih.balikpapan.go.id/", "http://jdih.balikpapan.go.id:22/", "http://jdih.balikpapan.go.id:8080/",
        "https://jdih.balikpapan.go.id:6379/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("by", ["itself", "redirect"])
def test_nobody_is_led_inside(site, by, there):
    site.names |= {"dalam.go.id": [["10.1.2.3"]], "campur.go.id": [[PUBLIC, "127.0.0.1"]], "enam.go.id": [["::1"]]}
    site.pages["/"] = says(302, Location=there)
    if by == "itself" and there.startswith("//"):
        there = f"http:{there}"
    found = site.visit(f"http://{HOST}/" if by == "redirect" else there)
    assert found.state == LinkState.BLOCKED
    assert len(site.hits) == (1 if by == "redirect" else 0)
    assert {address for address, _ in site.reached} <= {PUBLIC}


def test_a_name_that_changes_its_mind_is_reached_where_it_was_checked(site):
    site.names[HOST] = [[PUBLIC], ["127.0.0.1"]]
    site.pages["/"] = says(200, head=405)
    assert site.visit(f"http://{HOST}/").state == LinkState.ALIVE
    assert site.asked == [HOST]
    assert site.reached == [(PUBLIC, 80), (PUBLIC, 80)], "HEAD and GET, both to the address that was checked"


def test_a_redirect_to_itself_under_another_address_is_checked_anew(site):
    site.names[HOST] = [[PUBLIC], ["127.0.0.1"]]
    site.pages["/"] = says(302, Location="/dua")
    assert site.visit(f"http://{HOST}/").state == LinkState.BLOCKED
    assert len(site.hits) == 1


@pytest.mark.parametrize(("steps", "state"), [(5, LinkState.ALIVE), (6, LinkState.BROKEN)])
def test_at_most_five_redirects(site, steps, state):
    for at in range(steps):
        site.pages[f"/{at}"] = says(301, Location=f"/{at + 1}")
    site.pages[f"/{steps}"] = says(200)
    assert site.visit(f"http://{HOST}/0").state == state
    assert len(site.hits) == 6


def test_a_circle_ends(site):
    site.pages["/"] = says(307, Location="/")
    found = site.visit(f"http://{HOST}/")
    assert (found.state, len(site.hits)) == (LinkState.BROKEN, 6)
    assert "berulang" in found.note


def test_a_shared_folder_that_asks_to_sign_in_is_closed(site):
    site.pages["/drive/folders/1"] = says(302, Location="https://accounts.google.com/v3/signin/identifier?continue=x")
    found = site.visit(f"http://{HOST}/drive/folders/1")
    assert found.state == LinkState.BROKEN
    assert "Perlu izin" in found.note
    assert len(site.hits) == 1


def raw(*pieces: bytes, pause: float = 0, endless: bool = False) -> Callable[[BaseHTTPRequestHandler], None]:
    """Send these bytes as they are; the last of them again and again, if `endless`, until nobody listens."""

    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.close_connection = True
        try:
            for piece in pieces:
                asked.wfile.write(piece)
                time.sleep(pause)
            while endless:
                asked.wfile.write(pieces[-1])
                time.sleep(pause)
        except OSError:
            pass

    return answer


@pytest.mark.parametrize(
    ("page", "word"),
    [
        (raw(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", pause=0.05, endless=True), "tidak menjawab dalam 1 detik"),
        (raw(b"H", b"T", pause=0.05, endless=True), "tidak menjawab dalam 1 detik"),
        (raw(b"", pause=3), "tidak menjawab dalam 1 detik"),
        (raw(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 4096, endless=True), "terlalu panjang"),
        (raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 200, endless=True), "terlalu panjang"),
        (raw(b"nonsense\r\n\r\n"), "tidak dapat dihubungi"),
        (raw(b""), "tidak dapat dihubungi"),
    ],
)
def test_a_server_that_plays_games_gets_no_more_than_the_time_and_bytes(site, page, word):
    site.pages["/"] = page
    began = time.monotonic()
    found = site.visit(f"http://{HOST}/", seconds=1)
    assert found.state == LinkState.BROKEN
    assert word in found.note
    assert time.monotonic() - began < 2


def test_an_endless_body_is_not_read(site):
    site.pages["/"] = raw(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536, endless=True)
    began = time.monotonic()
    assert site.visit(f"http://{HOST}/").state == LinkState.ALIVE
    assert time.monotonic() - began < 1


def test_a_name_server_that_takes_its_time(site):
    asked = threading.Event()

    def slow(host: str, port: int) -> list[str]:
        asked.wait(5)
        return [PUBLIC]

    found = site.visit(f"http://{HOST}/", seconds=0.3, resolve=slow)
    asked.set()
    assert "tidak menjawab" in found.note
    assert site.reached == []


def test_no_such_name_and_nobody_there(site):
    assert "tidak ditemukan" in site.visit("http://tidak-ada.go.id/").note

    def refused(address: str, port: int, seconds: float) -> socket.socket:
        raise ConnectionRefusedError

    assert "tidak dapat dihubungi" in site.visit(f"http://{HOST}/", connect=refused).note


def test_the_next_address_is_tried(site):
    site.names[HOST] = [["103.28.12.8", PUBLIC]]
    site.pages["/"] = says(200)

    def first_is_down(address: str, port: int, seconds: float) -> socket.socket:
        if address != PUBLIC:
            raise ConnectionRefusedError
        return site.connect(address, port, seconds)

    assert site.visit(f"http://{HOST}/", connect=first_is_down).state == LinkState.ALIVE


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for HOST that nobody has signed but its own key."""
    folder = tmp_path_factory.mktemp("tls")
    key, pem = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", key, "-out", pem, "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"],
        check=True, capture_output=True,
    )  # fmt: skip
    return pem, key


@pytest.mark.parametrize(
    ("host", "trusted", "state"),
    [(HOST, True, LinkState.ALIVE), (HOST, False, LinkState.BROKEN), ("lain.go.id", True, LinkState.BROKEN)],
)
def test_a_certificate_must_be_trusted_and_be_the_hosts(site, certificate, host, trusted, state):
    pem, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
    site.names["lain.go.id"] = [[PUBLIC]]
    site.pages["/"] = says(200)
    trust = {"trust": lambda: ssl.create_default_context(cafile=str(pem))} if trusted else {}
    found = site.visit(f"https://{host}/", **trust)
    assert found.state == state
    assert len(site.hits) == (state == LinkState.ALIVE)
    assert site.reached == [(PUBLIC, 443)]
    if state != LinkState.ALIVE:
        assert "Sertifikat" in found.note
