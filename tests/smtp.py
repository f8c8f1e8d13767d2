"""A real SMTP server on a socket for the tests, which fails where it is told to: slow, refusing, or gone mid-sentence.

It speaks as much of the protocol as a client needs and keeps every message that it has answered for with 250.
"""

import contextlib
import socket
import socketserver
import struct
import threading
import time
from collections import Counter
from email import message_from_bytes
from typing import Any

from scripts.processes import HOST

FAULTS = ("busy", "unknown", "slow", "gone-before", "gone-within", "gone-after", "full", "spam", "greets-not")
"""What can be told: 4xx and 5xx for the recipient, slowness, a lost connection before the text, within it and after its
dot (with the message kept, as the worst of servers would), 4xx and 5xx after the dot, no greeting."""


class Smtp(socketserver.ThreadingTCPServer):
    """`plan` is worked off, one fault for each connection; then, and where it says "", all goes well."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), Conversation)
        self.url = f"smtp://{HOST}:{self.server_address[1]}"
        self.plan: list[str] = []
        self.kept: list[bytes] = []
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def next(self) -> str:
        with self.lock:
            return self.plan.pop(0) if self.plan else ""

    def keep(self, message: bytes) -> None:
        with self.lock:
            self.kept.append(message)

    def accepted(self) -> Counter[str]:
        """How often each message was kept, by its Message-ID."""
        return Counter(str(message_from_bytes(message)["Message-ID"]) for message in self.kept)

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Conversation(socketserver.StreamRequestHandler):
    server: Smtp

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())

    def gone(self) -> None:
        """As a cut line is: no farewell, a reset for whoever writes on."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the client has gone
            self.converse(self.server.next())

    def converse(self, fault: str) -> None:
        if fault == "greets-not":
            return self.gone()
        self.say("220 uji")
        while line := self.rfile.readline().strip().upper():
            word = line[:4].decode()
            if fault == "slow":
                time.sleep(0.05)
            if word == "RCPT" and fault in {"busy", "unknown"}:
                self.say("451 nanti" if fault == "busy" else "550 tidak dikenal")
            elif word == "DATA":
                if self.data(fault):
                    return None
            elif word == "QUIT":
                return self.say("221 selesai")
            else:
                self.say("250 ya")
        return None

    def data(self, fault: str) -> Any:
        """Take a text; true when the connection is at its end."""
        if fault == "gone-before":
            self.gone()
            return True
        self.say("354 silakan")
        if fault == "gone-within":
            self.rfile.read(1)
            self.gone()
            return True
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return True  # the client has gone within its text: nothing is kept
            lines.append(line[1:] if line.startswith(b"..") else line)
        if fault in {"full", "spam"}:
            self.say("452 penuh" if fault == "full" else "554 ditolak")
            return False
        self.server.keep(b"".join(lines))
        if fault == "gone-after":
            self.gone()
            return True
        self.say("250 diterima")
        return False
