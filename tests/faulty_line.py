"""A bad line: passes bytes between a client and a server, slowly if asked, and is cut again and again."""

import contextlib
import socket
import struct
import threading
import time
from types import TracebackType

CHUNK = 16 * 1024


class FaultyLine:
    """Listens on a port of its own (`port`) and passes on to `target`.

    cut_after       bytes from clients, over all connections, after which the one that sends is reset; 0 for never
    bytes_per_second  both ways together; 0 for as fast as it goes
    `cuts` counts the connections that were reset.
    """

    def __init__(self, target: tuple[str, int], *, cut_after: int = 0, bytes_per_second: int = 0) -> None:
        self.target, self.cut_after, self.speed = target, cut_after, bytes_per_second
        self.cuts, self._passed, self._lock = 0, 0, threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "FaultyLine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for end in list(self._open):
            self._reset(end)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self.target)
                self._open |= {client, server}
                threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, sending: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK):
                if sending and self._is_cut(len(chunk)):
                    sink.sendall(chunk[: len(chunk) // 2])
                    self._reset(source)
                    self._reset(sink)
                    return
                sink.sendall(chunk)
                if self.speed:
                    time.sleep(len(chunk) / self.speed)
            sink.shutdown(socket.SHUT_WR)

    def _is_cut(self, size: int) -> bool:
        with self._lock:
            self._passed += size
            if not self.cut_after or self._passed <= self.cut_after:
                return False
            self._passed = 0
            self.cuts += 1
            return True

    def _reset(self, end: socket.socket) -> None:
        """Gone without a farewell, as a lost line is."""
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
        self._open.discard(end)
