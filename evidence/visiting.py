"""Looking whether a link opens, without ever being led into the network that the portal stands in.

A name is resolved once per step, every address it has must be public, and the connection goes to one of these very
addresses: a name that changes its mind between question and visit changes nothing. Each redirect is a new step. Made of
the standard library: HTTP clients resolve again on their own, follow on their own, and believe proxy settings.
"""

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from evidence.enums import LinkState
from evidence.links import checked_url
from evidence.reach import is_public
from evidence.refusals import Refused

SECONDS = 10.0
"""For the whole visit, with all its steps."""
MOST_BYTES = 64 * 1024
MOST_REDIRECTS = 5
PORTS = {"http": 80, "https": 443}
AGENT = "PortalKLA/1.0 (pemeriksaan tautan data dukung)"
_SIGN_IN_HOSTS = frozenset({"accounts.google.com", "login.microsoftonline.com", "login.live.com"})
"""Where a shared folder leads whom it was not shared with."""
_CLOSED = "Perlu izin: halaman ini meminta masuk lebih dahulu. Buka aksesnya bagi siapa pun yang memiliki tautan."
_NAME_ASCII = "/?&=%:@!$'()*+,;~-._[]"


@dataclass(frozen=True, slots=True)
class Found:
    """What a visit found: `state` and, unless all is well, a sentence that says why."""

    state: LinkState
    note: str = ""


class _Failed(Exception):
    """The visit is over; `found` says how."""

    def __init__(self, note: str, state: LinkState = LinkState.BROKEN) -> None:
        super().__init__(note)
        self.found = Found(state, note)


def _ask_name_server(host: str, port: int) -> list[str]:
    """All addresses of a name. Raises OSError when there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to this address, which is not looked up any more."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    line = socket.socket(family, socket.SOCK_STREAM)
    try:
        line.settimeout(seconds)
        line.connect((address, port))
    except BaseException:
        line.close()
        raise
    return line


@dataclass(frozen=True, slots=True)
class Network:
    """The three things that a visit needs of the world. Which addresses it may go to is not among them."""

    resolve: Callable[[str, int], Sequence[str]] = _ask_name_server
    connect: Callable[[str, int, float], socket.socket] = _connect
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An address, ready to be asked for: the host in ASCII, path and query quoted."""

    scheme: str
    host: str
    port: int
    target: str


class _Line(io.RawIOBase):
    """What comes over a connection, until `until` (monotonic seconds) and MOST_BYTES at most."""

    def __init__(self, line: socket.socket, until: float) -> None:
        self.line, self.until, self.left = line, until, MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.left:
            raise _Failed("Jawaban situs terlalu panjang untuk diperiksa.")
        self.line.settimeout(_remaining(self.until))
        got = self.line.recv_into(memoryview(buffer)[: self.left])
        self.left -= got
        return got

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client asks of a socket."""
        return io.BufferedReader(self, 4096)


def _remaining(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def visit(url: str, network: Network | None = None, *, seconds: float = SECONDS) -> Found:
    """Does the address open, for somebody who has not signed in anywhere? Never raises for what a site does."""
    network, until = network or Network(), time.monotonic() + seconds
    try:
        return _follow(url, network, until)
    except _Failed as failed:
        return failed.found
    except TimeoutError:
        return Found(LinkState.BROKEN, f"Situs tidak menjawab dalam {seconds:.0f} detik.")
    except ssl.SSLError:  # among them every certificate that does not fit
        return Found(LinkState.BROKEN, "Sertifikat keamanan situs tidak sah, sehingga peramban memperingatkan pembaca.")
    except (OSError, http.client.HTTPException, ValueError):
        return Found(LinkState.BROKEN, "Situs tidak dapat dihubungi.")


def _follow(url: str, network: Network, until: float) -> Found:
    for _ in range(MOST_REDIRECTS + 1):
        status, location = _step(url, network, until)
        if status not in {301, 302, 303, 307, 308} or not location:
            return _judged(status)
        url = urljoin(url, location)
        if urlsplit(url).hostname in _SIGN_IN_HOSTS:
            return Found(LinkState.BROKEN, _CLOSED)
    raise _Failed("Alamat ini dialihkan berulang kali tanpa sampai ke halaman.")


def _judged(status: int) -> Found:
    if status in {200, 203, 204, 206, 300, 304, 416}:
        return Found(LinkState.ALIVE)
    if status in {401, 403, 407}:
        return Found(LinkState.BROKEN, _CLOSED)
    if status in {404, 410}:
        return Found(LinkState.BROKEN, f"Halaman tidak ditemukan di situs ({status}).")
    if status == 429 or status >= 500:
        return Found(LinkState.BROKEN, f"Situs sedang bermasalah ({status}). Portal memeriksanya lagi besok.")
    return Found(LinkState.BROKEN, f"Situs menolak permintaan ({status}).")


def _step(url: str, network: Network, until: float) -> tuple[int, str]:
    """Status and `Location` of one address, by HEAD, and by GET where HEAD is not answered well."""
    try:
        parts = urlsplit(checked_url(url))
    except Refused as refused:
        raise _Failed("Alamat ini tidak terbuka untuk umum, sehingga tidak dikunjungi.", LinkState.BLOCKED) from refused
    port = parts.port or PORTS[parts.scheme]
    if port not in PORTS.values():
        raise _Failed(f"Portal hanya memeriksa port 80 dan 443, bukan {port}.", LinkState.BLOCKED)
    host = (parts.hostname or "").rstrip(".").encode("idna").decode()
    addresses = _public_addresses(host, port, network, until)
    target = quote(parts.path or "/", safe=_NAME_ASCII) + (
        f"?{quote(parts.query, safe=_NAME_ASCII)}" if parts.query else ""
    )
    wanted = _Wanted(parts.scheme, host, port, target)
    try:
        status, location = _ask("HEAD", addresses, network, until, wanted)
    except http.client.HTTPException:
        status, location = 501, ""
    if status >= 400:
        status, location = _ask("GET", addresses, network, until, wanted)
    return status, location


def _public_addresses(host: str, port: int, network: Network, until: float) -> list[str]:
    """All addresses of the name. Looked up beside this thread: a name server may be slower than we have time."""
    answer: list[Sequence[str]] = []

    def look() -> None:
        try:
            answer.append(network.resolve(host, port))
        except (OSError, UnicodeError):
            answer.append([])

    asking = threading.Thread(target=look, daemon=True)
    asking.start()
    asking.join(_remaining(until))
    if not answer:
        raise TimeoutError
    addresses = list(answer[0])
    if not addresses:
        raise _Failed("Nama situs ini tidak ditemukan.")
    if not all(is_public(address) for address in addresses):
        raise _Failed("Alamat ini menuju jaringan tertutup, sehingga tidak dikunjungi.", LinkState.BLOCKED)
    return addresses


def _ask(method: str, addresses: list[str], network: Network, until: float, wanted: _Wanted) -> tuple[int, str]:
    """One request over one connection of its own; status and `Location`. The body is left unread."""
    with _line(addresses, network, until, wanted.port) as plain:
        if wanted.scheme == "https":
            plain.settimeout(_remaining(until))
            line: socket.socket = network.trust().wrap_socket(plain, server_hostname=wanted.host)
        else:
            line = plain
        with line:
            name = f"[{wanted.host}]" if ":" in wanted.host else wanted.host  # an IPv6 address, as RFC 3986 writes it
            name += "" if wanted.port == PORTS[wanted.scheme] else f":{wanted.port}"
            lines = [f"{method} {wanted.target} HTTP/1.1", f"Host: {name}", f"User-Agent: {AGENT}", "Accept: */*"]
            if method == "GET":
                lines.append("Range: bytes=0-0")
            line.settimeout(_remaining(until))
            line.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("ascii"))
            answer = http.client.HTTPResponse(_Line(line, until), method=method)  # type: ignore[arg-type]
            answer.begin()
            return answer.status, answer.getheader("Location") or ""


def _line(addresses: list[str], network: Network, until: float, port: int) -> socket.socket:
    """A connection to the first address that takes it."""
    for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        try:
            return network.connect(address, port, _remaining(until) / left)
        except OSError:
            if left == 1:
                raise
    raise _Failed("Nama situs ini tidak ditemukan.")
