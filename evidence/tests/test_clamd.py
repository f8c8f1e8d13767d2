"""What the client makes of a scanner that is slow, talks nonsense, hangs up or is not there: never a clean file."""

import io
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from evidence import clamd
from tests.clamav import EICAR, FOUND, Clamav

Talk = Callable[[socket.socket], object]


@contextmanager
def pretender(talk: Talk) -> Iterator[str]:
    """The address of a scanner that does with each connection what `talk` does."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line, suppress(OSError):
                    talk(line)

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def swallow(line: socket.socket) -> bytes:
    """What is sent, to the empty chunk that ends it."""
    got = b""
    while not got.endswith(b"\0\0\0\0"):
        got += line.recv(65536)
    return got


def says(reply: bytes) -> Talk:
    def talk(line: socket.socket) -> None:
        swallow(line)
        line.sendall(reply)

    return talk


def test_the_stream_is_what_the_protocol_wants() -> None:
    heard: list[bytes] = []

    def listen(line: socket.socket) -> None:
        heard.append(swallow(line))
        line.sendall(b"stream: OK\0")

    content = b"x" * (clamd.CHUNK + 5)
    with pretender(listen) as address:
        assert clamd.scan(address, io.BytesIO(content)) == ""
    first, second = content[: clamd.CHUNK], content[clamd.CHUNK :]
    sizes = [struct.pack("!I", len(part)) for part in (first, second, b"")]
    assert heard == [b"zINSTREAM\0" + sizes[0] + first + sizes[1] + second + sizes[2]]


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"stream: OK",  # cut before its end
        b"OK\n\0stream: perhaps\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
        b"UNKNOWN COMMAND\0",
        b"stream: OKAY\0",
        b"z" * 10_000,
    ],
)
def test_an_answer_that_is_no_verdict_is_none(reply: bytes) -> None:
    with pretender(says(reply)) as address, pytest.raises(clamd.Unscanned):
        clamd.scan(address, io.BytesIO(b"isi"))


def test_a_scanner_that_takes_too_long_or_hangs_up_gives_no_verdict() -> None:
    began = time.monotonic()
    with pretender(lambda line: time.sleep(3)) as address, pytest.raises(clamd.Unscanned):
        clamd.scan(address, io.BytesIO(b"isi"), seconds=0.5)
    assert time.monotonic() - began < 2

    def drip(line: socket.socket) -> None:  # a byte now and then keeps a plain timeout from ever coming
        for letter in b"stream: OK":
            line.sendall(bytes([letter]))
            time.sleep(0.2)

    with pretender(drip) as address, pytest.raises(clamd.Unscanned):
        clamd.scan(address, io.BytesIO(b"isi"), seconds=0.5)
    with pretender(lambda line: line.recv(10)) as address, pytest.raises(clamd.Unscanned):
        clamd.scan(address, io.BytesIO(b"x" * 5_000_000))


@pytest.mark.parametrize("address", ["/nowhere/clamd.ctl", "127.0.0.1:1", "127.0.0.1", "localhost:abc", "/"])
def test_nobody_at_the_address(address: str) -> None:
    for ask in (clamd.ping, clamd.version, lambda address: clamd.scan(address, io.BytesIO(b"isi"))):
        with pytest.raises(clamd.NoScanner):
            ask(address)


def test_somebody_else_at_the_address() -> None:
    stranger = pretender(lambda line: line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n\0"))
    with stranger as address, pytest.raises(clamd.NoScanner):
        clamd.ping(address)


def test_a_real_scanner(scanner: Clamav) -> None:
    clamd.ping(scanner.address)
    assert clamd.version(scanner.address).startswith("ClamAV ")
    assert clamd.scan(scanner.address, io.BytesIO(b"biasa" * 100_000)) == ""
    assert clamd.scan(scanner.address, io.BytesIO(EICAR)) == FOUND


def test_a_real_scanner_with_a_limit_below_ours(tmp_path: Path) -> None:
    small = Clamav(stream_limit="1M")
    try:
        assert clamd.scan(small.address, io.BytesIO(b"x" * 900_000)) == ""
        with pytest.raises(clamd.Unscanned, match="limit"):
            clamd.scan(small.address, io.BytesIO(b"x" * 5_000_000))
    finally:
        small.stop()
