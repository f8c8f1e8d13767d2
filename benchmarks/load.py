"""People who never pause: `python -m benchmarks.load` takes orders as lines of JSON and answers each with a line.

A process of its own, so that it shares no interpreter with what it measures, and sparing: one socket for each person,
kept open, requests written by hand. It still shares the machine's cores with the server, like any client on it.

In:  {"base_url", "people": [{"cookie", "csrf"?, "path", "bodies"?, "version"?}], "seconds"}
     Without "bodies" a person fetches `path`; with them the person posts them in turn as the htmx form does, each with
     the version that the answer before carried. The version also says whose turn it is, so that every save is a change.
Out: {"requests", "seconds", "failures", "faults", "versions"}
"""

import json
import re
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

VERSION = re.compile(rb'name="version" value="(\d+)"')
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Line:
    """One kept connection. `ask` sends a whole request and returns the status and the body."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        self.socket.sendall(request)
        data = self.socket.recv(65536)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end]
        length = LENGTH.search(head)
        if length is None:
            raise ValueError(f"an answer without its length: {head[:200]!r}")
        body = [data[end + 4 :]]
        missing = int(length[1]) - len(body[0])
        while missing > 0:
            body.append(self._more())
            missing -= len(body[-1])
        return int(head[9:12]), b"".join(body)

    def _more(self) -> bytes:
        data = self.socket.recv(262144)
        if not data:
            raise ConnectionError("the server hung up")
        return data


@dataclass
class Person:
    address: tuple[str, int]
    wish: dict[str, Any]
    requests: int = 0
    failures: int = 0
    fault: str = ""
    version: int = field(init=False)

    def __post_init__(self) -> None:
        self.version = self.wish.get("version", 0)

    def work(self, until: float) -> None:
        try:
            line = Line(self.address)
            while time.monotonic() < until:
                status, body = line.ask(self._request())
                if status == 200 and self._followed(body):
                    self.requests += 1
                else:
                    self.failures += 1
                    self.fault = f"{status} {body[:300]!r}"
        except (OSError, ValueError) as fault:
            self.failures += 1
            self.fault = repr(fault)

    def _request(self) -> bytes:
        wish, host = self.wish, f"{self.address[0]}:{self.address[1]}"
        head = f"Host: {host}\r\nCookie: {wish['cookie']}\r\n"
        if "bodies" not in wish:
            return f"GET {wish['path']} HTTP/1.1\r\n{head}\r\n".encode()
        body = f"{wish['bodies'][self.version % len(wish['bodies'])]}&version={self.version}".encode()
        return (
            f"POST {wish['path']} HTTP/1.1\r\n{head}HX-Request: true\r\nOrigin: http://{host}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def _followed(self, body: bytes) -> bool:
        """For a save: the stored version has moved on by one, and is the next one's base."""
        if "bodies" not in self.wish:
            return True
        found = VERSION.search(body)
        moved = found is not None and int(found[1]) == self.version + 1
        self.version = int(found[1]) if found else self.version
        return moved


def run(order: dict[str, Any]) -> dict[str, Any]:
    parts = urlsplit(order["base_url"])
    people = [Person((parts.hostname or "", parts.port or 80), wish) for wish in order["people"]]
    started = time.monotonic()
    threads = [threading.Thread(target=person.work, args=(started + order["seconds"],)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "requests": sum(person.requests for person in people),
        "seconds": time.monotonic() - started,
        "failures": sum(person.failures for person in people),
        "faults": sorted({person.fault for person in people if person.fault}),
        "versions": [person.version for person in people],
    }


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
