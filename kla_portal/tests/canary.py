"""A server and a file that nothing may touch, and the ways in which a document would try."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SVG = "http://www.w3.org/2000/svg"
SECRET = "kenari-rahasia-7d1f0b"


@dataclass
class Canary:
    """`url` is of a server on this machine that keeps the paths asked of it in `hits`; `file` holds SECRET."""

    url: str
    file: Path
    hits: list[str] = field(default_factory=list)

    def attempts(self) -> list[str]:
        """HTML, CSS and SVG that make a careless printer open the server or the file."""
        url, file = self.url, self.file.as_uri()
        return [
            f'<img src="{url}/img">',
            f'<img src="{file}">',
            f'<img srcset="{url}/srcset 2x" src="{url}/img2">',
            f'<link rel="stylesheet" href="{url}/css">',
            f'<link rel="attachment" href="{file}">',
            f'<a rel="attachment" href="{file}">berkas</a>',
            f'<a rel="attachment" href="{url}/attachment">berkas</a>',
            f'<style>@import url("{url}/import");</style>',
            f"<style>@font-face {{ font-family: x; src: url({url}/font) }} * {{ font-family: x }}</style>",
            f'<p style="background: url({url}/background)">x</p>',
            f'<p style="list-style-image: url({file}); display: list-item">x</p>',
            f"<style>body::before {{ content: url({url}/content) }}</style>",
            f'<object data="{url}/object"></object>',
            f'<embed src="{file}">',
            f'<svg xmlns="{SVG}"><image href="{url}/svg" width="9" height="9"/></svg>',
            f'<svg xmlns="{SVG}"><use href="{url}/use#a"/></svg>',
            f'<svg xmlns="{SVG}"><image href="{file}" width="9" height="9"/></svg>',
            f'<img src="data:image/svg+xml,<svg xmlns=%22{SVG}%22><image href=%22{url}/data%22/></svg>">',
            f'<base href="{url}/"><img src="base">',
            '<img src="//127.0.0.1/scheme-less">',
            f'"><img src="{url}/quote"><p title="',
            f"'><script src='{url}/script'></script>",
            f"]]></style></title></textarea><img src={url}/close>",
            f"{{% include '{file}' %}}{{{{ settings.SECRET_KEY }}}}",
            "\x00\x0b\ufffe\u202e tak terbaca",
        ]


@contextmanager
def canary(folder: Path) -> Iterator[Canary]:
    """The server runs until the block ends."""
    hits: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(SECRET.encode())

        do_HEAD = do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            return

    secret = folder / "kenari.txt"
    secret.write_text(SECRET)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Canary(f"http://127.0.0.1:{server.server_address[1]}", secret, hits)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
