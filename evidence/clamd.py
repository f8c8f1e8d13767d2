"""Asks a ClamAV daemon about bytes, over its socket (INSTREAM of clamd's protocol). Knows neither rows nor store.

Whatever goes wrong, no verdict comes of it: only "OK" from the scanner after the last byte makes a file clean.
"""

import socket
import struct
import time
from typing import IO

CHUNK = 64 * 1024
REPLY_BYTES = 4096
PATIENCE = 5.0
"""Seconds for the connection, PING and VERSION."""
SCAN_SECONDS = 90.0
"""For one file in all, from the connection to the verdict."""


class Unscanned(Exception):
    """The scanner has given no verdict on these bytes. The text is for the log."""


class NoScanner(Unscanned):
    """Nobody answers at the address: there is no point in asking about the next file."""


def ping(address: str) -> None:
    """Raises NoScanner unless the scanner answers."""
    if (reply := _ask(address, "PING")) != "PONG":
        raise NoScanner(f"PING was answered with {reply!r}")


def version(address: str) -> str:
    """Program and edition of its signatures, for example "ClamAV 1.4.6/27800/…". Raises NoScanner."""
    return _ask(address, "VERSION")


def scan(address: str, file: IO[bytes], seconds: float = SCAN_SECONDS) -> str:
    """The name of what was found, "" for nothing. Raises Unscanned, as NoScanner when nobody answers.

    A file beyond the scanner's limits is not scanned, whether it says so as an error (StreamMaxLength) or as a
    finding (AlertExceedsMax).
    """
    deadline = time.monotonic() + seconds
    with _connected(address, seconds) as line:
        try:
            line.sendall(b"zINSTREAM\0")
            while chunk := file.read(CHUNK):
                _patient(line, deadline)
                line.sendall(struct.pack("!I", len(chunk)) + chunk)
            line.sendall(struct.pack("!I", 0))
        except TimeoutError as fault:
            raise Unscanned("the scanner takes too long") from fault
        except OSError as fault:  # it hangs up on a file that is too large, and says so before
            raise Unscanned(_last_words(line, deadline) or f"the scanner hung up: {fault}") from fault
        reply = _reply(line, deadline)
    verdict = reply.removeprefix("stream: ")
    if verdict == "OK":
        return ""
    found = verdict.removesuffix(" FOUND")
    if found == verdict or found.startswith("Heuristics.Limits.Exceeded"):
        raise Unscanned(f"the scanner said {reply!r}")
    return found


def _ask(address: str, command: str) -> str:
    with _connected(address, PATIENCE) as line:
        try:
            line.sendall(f"z{command}\0".encode())
            return _reply(line, time.monotonic() + PATIENCE)
        except (OSError, Unscanned) as fault:
            raise NoScanner(f"{command} was not answered: {fault}") from fault


def _connected(address: str, seconds: float) -> socket.socket:
    try:
        if address.startswith("/"):
            line = socket.socket(socket.AF_UNIX)
            line.settimeout(PATIENCE)
            try:
                line.connect(address)
            except OSError:
                line.close()
                raise
        else:
            host, _, port = address.rpartition(":")
            line = socket.create_connection((host.strip("[]"), int(port)), PATIENCE)
    except (OSError, ValueError) as fault:
        raise NoScanner(f"no scanner at {address}: {fault}") from fault
    line.settimeout(seconds)
    return line


def _patient(line: socket.socket, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    line.settimeout(left)


def _reply(line: socket.socket, deadline: float) -> str:
    """One answer, which ends with a null character. Raises Unscanned when it is cut, endless or late."""
    said = b""
    try:
        while not said.endswith(b"\0") and len(said) <= REPLY_BYTES:
            _patient(line, deadline)
            if not (more := line.recv(REPLY_BYTES)):
                break
            said += more
    except OSError as fault:
        raise Unscanned(f"the scanner gave no answer: {fault or 'too late'}") from fault
    if not said.endswith(b"\0"):
        raise Unscanned(f"the answer is cut: {said[:100]!r}")
    return said[:-1].decode("utf-8", "replace").strip()


def _last_words(line: socket.socket, deadline: float) -> str:
    try:
        return f"the scanner said {_reply(line, min(deadline, time.monotonic() + PATIENCE))!r}"
    except Unscanned:
        return ""
