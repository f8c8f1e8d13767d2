"""A real nginx in front of a portal, with the configuration that ships (docs/nginx.conf); and a client that asks for
exactly the bytes it is told to."""

import contextlib
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.processes import HOST, ROOT, Process, free_port
from tests.servers import program, wait

PORTAL, FILES = "kla.example.go.id", "berkas.kla.example.go.id"
SHIPPED = ROOT / "docs" / "nginx.conf"
CHUNK = 64 * 1024


class Nginx:
    """nginx over TLS on a free port, for the portal at `portal_port` that keeps its files under `var`.

    Of the shipped configuration only addresses and paths are put in the place of its examples. Runs as whoever tests.
    """

    def __init__(self, portal_port: int, var: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portal-kla-nginx-"))
        self.port = free_port()
        try:
            self._make_certificate()
            self._trust = ssl.create_default_context(cafile=self.folder / "fullchain.pem")
            self._lines: dict[str, http.client.HTTPSConnection] = {}
            (self.folder / "site.conf").write_text(self._site(portal_port, var))
            (self.folder / "nginx.conf").write_text(self._around())
            command = [program("nginx", "/usr/sbin"), "-p", self.folder, "-c", self.folder / "nginx.conf"]
            self.process = Process("nginx", command, log=self.folder / "log", cwd=self.folder)
            wait(self.process, lambda: socket.create_connection((HOST, self.port)).close(), OSError)
        except BaseException:
            self.stop()
            raise

    def _make_certificate(self) -> None:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", f"/CN={PORTAL}", "-addext", f"subjectAltName=DNS:{PORTAL},DNS:{FILES}",
             "-keyout", self.folder / "privkey.pem", "-out", self.folder / "fullchain.pem"],
            check=True, capture_output=True,
        )  # fmt: skip

    def _site(self, portal_port: int, var: Path) -> str:
        text = SHIPPED.read_text()
        for example, here in {
            "127.0.0.1:8001": f"{HOST}:{portal_port}",
            "listen 443": f"listen {HOST}:{self.port}",
            "listen 80": f"listen {HOST}:{free_port()}",
            "/etc/ssl/kla/": f"{self.folder}/",
            "/var/lib/portal-kla/": f"{var}/",
        }.items():
            assert example in text, f"docs/nginx.conf has no {example}"
            text = text.replace(example, here)
        return text

    def _around(self) -> str:
        """What Debian's nginx.conf has around a site, with folders of this run."""
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "\n".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in kinds)
        user = "user root root;" if os.geteuid() == 0 else ""
        return (
            f"daemon off; worker_processes 2; pid {self.folder}/pid; error_log {self.folder}/log; {user}\n"
            "events { worker_connections 256; }\n"
            f"http {{ sendfile on; gzip on; access_log {self.folder}/access; {places}\n"
            f"include /etc/nginx/mime.types; default_type application/octet-stream; include {self.folder}/site.conf; }}"
        )

    def logged(self) -> str:
        return (self.folder / "access").read_text()

    def ask(
        self,
        path: str,
        *,
        host: str = PORTAL,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: Iterable[bytes] | bytes | None = None,
    ) -> "Told":
        """The path goes over the line as it stands here. A body of pieces goes chunked unless a length is among the
        headers. A server that answers early and hangs up has still answered."""
        line = self._line(host)
        known = {"Host": host, **(headers or {})}
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
            line.request(method, path, body, known, encode_chunked=_is_chunked(body, known))
        answer = line.getresponse()
        told = Told(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        if (told.status >= 400 and body is not None) or answer.will_close:
            line.close()
        else:
            self._lines[host] = line
        return told

    def _line(self, host: str) -> http.client.HTTPSConnection:
        """The open connection to this host, or a new one."""
        if (kept := self._lines.pop(host, None)) and kept.sock is not None:
            return kept
        line = http.client.HTTPSConnection(host, self.port)
        plain = socket.create_connection((HOST, self.port), timeout=90)
        line.sock = self._trust.wrap_socket(plain, server_hostname=host)
        return line

    def stop(self) -> None:
        if hasattr(self, "process"):
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class Told:
    """An answer; the names of its headers in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


def _is_chunked(body: object, headers: Mapping[str, str]) -> bool:
    return body is not None and not isinstance(body, bytes) and "Content-Length" not in headers
