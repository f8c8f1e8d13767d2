"""B2, B9 and A5 through a real nginx with the configuration that ships: files leave inert and by one way only, the
limits hold to the byte, and whatever nginx says itself is said in Indonesian."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from evidence.serving import INERT
from evidence.tests.make import make_docx, make_jpeg, make_pdf, make_png, make_xlsx
from kla_portal.middleware import PERMISSIONS_POLICY
from scripts import processes
from tests.journeys.test_boundary import CHUNK, GROWTH, LIMIT, Memory, pdf_of
from tests.nginx import FILES, PORTAL, Nginx, Told
from tests.servers import Embedded, Portal
from tests.visitor import Visitor, form

pytestmark = pytest.mark.journey
KINDS: dict[str, Callable[[], bytes]] = {
    "pdf": make_pdf,
    "jpg": make_jpeg,
    "png": make_png,
    "xlsx": make_xlsx,
    "docx": make_docx,
}
BODY_LIMIT = 104 * 1024 * 1024
BOUNDARY = "batas-nginx-41c7"
ALWAYS = {
    "content-security-policy": INERT,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": PERMISSIONS_POLICY,
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "private, no-store",
}


@dataclass
class Site:
    """A portal behind nginx, one person signed in, and one question with a file of each type."""

    portal: Portal
    nginx: Nginx
    visitor: Visitor
    question: str
    contents: dict[str, bytes]
    links: dict[str, str]

    @property
    def cookies(self) -> dict[str, str]:
        pairs = self.visitor.session.cookies.items()
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in pairs)}

    def signed(self, ending: str, query: str = "") -> str:
        """Where the portal sends its reader for a file."""
        answer = self.nginx.ask(self.links[ending] + query, headers=self.cookies)
        place = urlsplit(answer.headers.get("location", ""))
        assert (answer.status, place.scheme, place.netloc) == (302, "https", FILES), (answer, self.portal.web.tail())
        return place.path


@pytest.fixture(scope="module")
def site(backends: Callable[[str], Embedded]) -> Iterator[Site]:
    with backends("embedded").data() as (var, env):
        port = processes.free_port()
        env |= {
            "KLA_X_ACCEL": "/dilindungi/",
            "KLA_FILES_ORIGIN": f"https://{FILES}",
            "KLA_ALLOWED_HOSTS": f"{PORTAL},{processes.HOST}",
            "KLA_PROXY_COUNT": "1",
        }
        portal = Portal(base_url=f"http://{processes.HOST}:{port}", env=env, var=var, port=port)
        nginx = None
        try:
            portal.start_web()
            processes.wait_until_ready(portal.base_url, [portal.web])
            nginx = Nginx(port, var)
            yield _filled(portal, nginx)
        finally:
            portal.stop()
            if nginx:
                nginx.stop()


def _filled(portal: Portal, nginx: Nginx) -> Site:
    visitor = Visitor(portal.base_url, "koordinator")
    question = Visitor(portal.base_url, "operator").question()
    contents, links, known = {}, {}, _links(visitor, question)
    for ending, make in KINDS.items():
        contents[ending] = make()
        fields = form(visitor.get(question).text, f"{question}berkas/") | {"kind": "sk", "title": f"Berkas {ending}"}
        answer = visitor.post(f"{question}berkas/", fields, files={"file": (f"bukti.{ending}", contents[ending])})
        assert answer.status_code == 302, answer.text[-2000:]
        (new,) = _links(visitor, question) - known
        known |= {new}
        links[ending] = new
    return Site(portal, nginx, visitor, question, contents, links)


def _links(visitor: Visitor, question: str) -> set[str]:
    found = re.findall(r"(/data-dukung/[0-9a-f-]{36}/)lepas/", visitor.get(question).text)
    return set(found)


def test_files_leave_inert(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Each type, saved and shown: whole, in part, beyond its end, and asked for without its body."""
    right, wrong = 0, []
    for ending in KINDS:
        for query in ("", "?lihat=1"):
            path = site.signed(ending, query)
            behind = site.visitor.session.get(
                site.portal.base_url + path, headers={"Host": FILES}, cookies={}, timeout=20
            )
            assert behind.headers["X-Accel-Redirect"].startswith("/dilindungi/") and not behind.content
            asked = {
                "whole": ({}, "GET", 200),
                "head": ({}, "HEAD", 200),
                "range": ({"Range": "bytes=2-11"}, "GET", 206),
                "end": ({"Range": "bytes=-7"}, "GET", 206),
                "resumed": ({"Range": "bytes=5-", "If-Range": behind.headers["ETag"]}, "GET", 206),
                "other bytes": ({"Range": "bytes=5-", "If-Range": '"lain"'}, "GET", 200),
                "many ranges": ({"Range": "bytes=0-1,4-5"}, "GET", 200),
                "outside": ({"Range": "bytes=99999999-"}, "GET", 416),
            }
            whole = b""
            for name, (headers, method, status) in asked.items():
                told = site.nginx.ask(path, host=FILES, method=method, headers=headers)
                whole = told.body if name == "whole" else whole
                body = {"head": b"", "range": whole[2:12], "end": whole[-7:], "resumed": whole[5:]}.get(name, whole)
                got = told.headers
                missing = {key: got.get(key) for key, value in ALWAYS.items() if got.get(key) != value}
                shown = "inline" if query and ending in {"pdf", "jpg", "png"} else "attachment"
                fits = (
                    told.status == status
                    and (told.body == body or status == 416)
                    and (b"%PDF" not in told.body or status != 416)
                    and (status != 200 or got["accept-ranges"] == "bytes")
                    and got["content-disposition"].startswith(shown)
                    and (status == 416 or got["content-type"] == behind.headers["Content-Type"])
                    and (status == 416 or got["etag"] == behind.headers["ETag"])
                    and not {"set-cookie", "last-modified", "x-accel-redirect"} & set(got)
                    and not missing
                )
                right += fits
                if not fits:
                    wrong.append(f"{ending}{query} {name}: {told.status}, {len(told.body)} bytes, {missing}, {got}")
            assert ending in {"jpg", "png"} or whole == site.contents[ending]
    with capsys.disabled():
        print(f"\nthrough nginx: {right} of {right + len(wrong)} answers with file bytes inert and exact")
    assert not wrong, "\n".join(wrong)
    assert right == 80
    assert "/berkas/" not in site.nginx.logged(), "signed addresses are keys and stay out of the log"


def test_strangers_get_no_byte(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """People of elsewhere and judges before their turn, at the true addresses of every file."""
    denied, leaks = 0, []
    for who in ("samarinda", "makassar", "provinsi", "lurah", ""):
        cookies = {}
        if who:
            pairs = Visitor(site.portal.base_url, who).session.cookies.items()
            cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in pairs)}
        for link in site.links.values():
            for path in (link, f"{link}?lihat=1", f"{link}halaman/1/", f"{link}lihat/"):
                for method, more in (("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=0-9"})):
                    told = site.nginx.ask(path, method=method, headers=cookies | more)
                    away = "/masuk/" in told.headers.get("location", "")
                    bare = not {"etag", "accept-ranges", "content-disposition"} & set(told.headers)
                    page = told.headers.get("content-type", "").startswith("text/html")
                    if bare and page and (told.status in {403, 404} or (told.status == 302 and away)):
                        denied += 1
                    else:
                        leaks.append(f"{method} {path} as {who or 'nobody'}: {told.status}")
    with capsys.disabled():
        print(f"\nthrough nginx: {denied} of {denied + len(leaks)} foreign requests for files denied, 0 bytes")
    assert not leaks, "\n".join(leaks)
    assert denied == 300


def ways_to(name: str, var: Path) -> list[str]:
    """Direct paths to a stored file, and what decoders and path cleaners may be talked into taking for one."""
    inside = f"/dilindungi/{name}"
    tails = [name, f"evidence/{name}", f"{var.name}/evidence/{name}", f"../evidence/{name}"]
    found = [
        inside,
        f"//dilindungi//{name}",
        f"/.{inside}",
        f"/x/..{inside}",
        f"/static/..{inside}",
        f"/static/%2e%2e{inside}",
        f"/static/..%2fdilindungi/{name}",
        f"/static/..%5cdilindungi/{name}",
        f"/%64ilindungi/{name}",
        f"/dilindungi%2f{name}",
        f"/dilindungi/{name.replace('/', '%2f')}",
        f"/dilindungi/{name.replace('/', '%252f')}",
        f"/DILINDUNGI/{name}",
        f"{inside}%00",
        f"{inside}%00.css",
        f"{inside}/",
        f"{inside}?lihat=1",
        f"{inside}%20",
        f"/dilindungi/../dilindungi/{name}",
        "/dilindungi/%2e%2e/%2e%2e/secret_key",
        "/dilindungi/../../secret_key",
        "/static/../../secret_key",
        "/static/%2e%2e/%2e%2e/secret_key",
        "/static/..%2f..%2fsecret_key",
        "/static../secret_key",
        "/static..%2fsecret_key",
        f"/static../evidence/{name}",
        f"/berkas/{name}",
        f"/berkas/bukti/{name.rpartition('/')[2]}/",
        f"/berkas/..{inside}",
        f"/berkas/%2e%2e{inside}",
        f"/berkas/..%2fdilindungi/{name}",
        f"/media/{name}",
        f"/{name}",
    ]
    found += [f"/static/{'../' * depth}{tail}" for depth in (1, 2, 3) for tail in tails]
    found += [f"/static/{'%2e%2e/' * depth}{tail}" for depth in (1, 2, 3) for tail in tails]
    found += [f"/static/{'..%2f' * depth}{tail}" for depth in (1, 2) for tail in tails]
    return found


def test_no_other_way_leads_to_a_file(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """As nobody and as one who may read all of them, at both hosts, and with headers that hope to be believed."""
    secret = (site.portal.var / "secret_key").read_bytes()
    stored = [path for path in (site.portal.var / "evidence").rglob("*") if re.fullmatch("[0-9a-f]{64}", path.name)]
    mine = {hashlib.sha256(content).hexdigest() for content in site.contents.values()}
    stored = [path for path in stored if path.name in mine]
    assert len(stored) == len(KINDS)
    denied, leaks, statuses = 0, [], set()
    for file in stored:
        content = file.read_bytes()
        name = file.relative_to(site.portal.var / "evidence").as_posix()
        hopeful = {"X-Accel-Redirect": f"/dilindungi/{name}", "X-Original-URL": f"/dilindungi/{name}"}
        ways = ways_to(name, site.portal.var)[: None if file == stored[0] else 5]
        tries = [(path, host, more) for path in ways for host in (PORTAL, FILES) for more in ({}, site.cookies)]
        tries += [("/", host, hopeful) for host in (PORTAL, FILES)]
        for path, host, headers in tries:
            told = site.nginx.ask(path, host=host, headers=headers)
            statuses.add(told.status)
            bare = not {"accept-ranges", "content-disposition", "content-range"} & set(told.headers)
            if told.status in {302, 400, 404} and content[:40] not in told.body and secret not in told.body and bare:
                denied += 1
            else:
                leaks.append(f"{host}{path}: {told.status}, {len(told.body)} bytes")
    with capsys.disabled():
        print(f"\nthrough nginx: {denied} of {denied + len(leaks)} direct and encoded paths denied, 0 bytes")
    assert not leaks, "\n".join(leaks[:40])
    assert denied > 300 and statuses <= {302, 400, 404}


def test_the_files_host_knows_nothing_but_files(site: Site) -> None:
    for path in ("/", "/masuk/", "/healthz", "/static/css/base.css", site.links["pdf"], site.question):
        told = site.nginx.ask(path, host=FILES, headers=site.cookies)
        assert (told.status, told.headers["content-type"]) == (404, "text/plain; charset=utf-8"), path
    assert site.nginx.ask(site.signed("pdf"), headers=site.cookies).status == 404, "nor does the portal's hand them out"
    page = site.nginx.ask("/masuk/")
    sheet = re.search(rb'href="(/static/[^"]+\.css)"', page.body)
    assert page.status == 200 and sheet
    style = site.nginx.ask(sheet[1].decode(), headers={"Accept-Encoding": "gzip"})
    assert (style.status, style.headers["content-encoding"]) == (200, "gzip") and "immutable" in str(style.headers)


class Bodies:
    """Uploads of exact sizes through nginx."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def form(self, content: bytes, filling: int = 0) -> bytes:
        page = self.site.visitor.get(self.site.question).text
        fields = form(page, f"{self.site.question}berkas/") | {"kind": "sk", "title": "Lampiran"}
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        opening = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="lampiran.pdf"\r\n'
        head = "".join([*parts, opening, "Content-Type: application/pdf\r\n\r\n"]).encode()
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()
        return head + content + b"x" * max(0, filling - len(head) - len(content) - len(tail)) + tail

    def send(self, body: bytes, *, chunked: bool = False) -> Told:
        headers = self.site.cookies | {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Origin": f"http://{PORTAL}",
        }
        pieces = (body[start : start + CHUNK] for start in range(0, len(body), CHUNK))
        return self.site.nginx.ask(
            f"{self.site.question}berkas/", method="POST", headers=headers, body=pieces if chunked else body
        )

    def attached(self) -> int:
        return len(_links(self.site.visitor, self.site.question))


def test_limits_hold_to_the_byte(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """The portal's own limit seen through nginx, then nginx's, with and without a length."""
    bodies = Bodies(site)
    tries: dict[str, tuple[Callable[[], Told], int, int, str]] = {
        "file N-1": (lambda: bodies.send(bodies.form(pdf_of(LIMIT - 1))), 302, 1, ""),
        "file N": (lambda: bodies.send(bodies.form(pdf_of(LIMIT))), 302, 1, ""),
        "file N+1": (lambda: bodies.send(bodies.form(pdf_of(LIMIT + 1))), 413, 0, "lebih besar dari batas 50"),
        "chunked, without a length": (lambda: bodies.send(bodies.form(pdf_of(90_000)), chunked=True), 302, 1, ""),
        "body N": (lambda: bodies.send(bodies.form(b"", BODY_LIMIT)), 413, 0, "lebih besar dari batas 50"),
        "body N+1": (lambda: bodies.send(bodies.form(b"", BODY_LIMIT + 1)), 413, 0, "jauh melebihi batas 50 MB"),
        "chunked N+1": (
            lambda: bodies.send(bodies.form(b"", BODY_LIMIT + 1), chunked=True), 413, 0, "jauh melebihi batas 50 MB",
        ),
    }  # fmt: skip
    wrong = []
    bodies.send(bodies.form(pdf_of(5000)))  # each has seen an upload before memory is measured
    with Memory(site.nginx.process.pid) as front, Memory(site.portal.web.pid) as behind:
        for name, (attempt, status, more, words) in tries.items():
            before, told = bodies.attached(), attempt()
            got = (told.status, bodies.attached() - before, words in told.body.decode())
            if got != (status, more, True):
                wrong.append(f"{name}: {got} instead of {(status, more, True)}")
    with capsys.disabled():
        growth = f"nginx grew by {front.growth / 1024**2:.1f} MB, the portal by {behind.growth / 1024**2:.1f} MB"
        print(f"\nthrough nginx: {len(tries) - len(wrong)} of {len(tries)} sizes as told; {growth} at most")
    assert not wrong, "\n".join(wrong) + site.portal.web.tail()
    assert max(front.growth, behind.growth) < GROWTH
    assert not list((site.nginx.folder / "client_body").rglob("*")) or not any(
        path.is_file() for path in (site.nginx.folder / "client_body").rglob("*")
    )


def test_a_portal_that_is_down_is_told_in_plain_words(site: Site) -> None:
    """Last, for it stays down."""
    assert psutil.pid_exists(site.portal.web.pid)
    site.portal.web.kill()
    told = site.nginx.ask("/")
    assert told.status == 503 and "Portal sedang tidak dapat dihubungi" in told.body.decode(), told
    assert told.headers["retry-after"] == "15" and "Server" not in str(told.body)
