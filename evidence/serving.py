"""Handing out a stored file so that it can do nothing where it arrives. Who may have it is the view's business."""

import logging
import re
from collections.abc import Callable, Iterator
from typing import IO, TypeVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from evidence import previews, store
from evidence.enums import FileState
from evidence.formats import BY_MIME, FORMATS
from evidence.models import EvidenceRevision, StoredFile
from evidence.names import clean_name, ending_of

CHUNK = 64 * 1024
# Chromium 156 shows PDF and pictures under this too; a browser that does not still lets the file be saved.
INERT = "sandbox; default-src 'none'; frame-ancestors 'none'"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
Answer = TypeVar("Answer", bound=HttpResponseBase)
logger = logging.getLogger(__name__)


def served(stored: StoredFile) -> tuple[str, int]:
    """Hash and size of the bytes that leave for a file: of a picture the copy, otherwise the original."""
    return (stored.served_sha256, stored.served_size or 0) if stored.served_sha256 else (stored.sha256, stored.size)


def file_response(revision: EvidenceRevision, request: HttpRequest, *, inline: bool = False) -> HttpResponseBase:
    """The file of a revision, as a download, or shown in the browser when `inline` and it is a PDF or picture.

    The type sent is the one the inspection found; of a picture the copy without traces leaves (`served`). One byte
    range is answered with 206 (416 outside the file), anything else about ranges is ignored; HEAD has no body. With
    settings.X_ACCEL the answer has no body: nginx puts in the file, or the range (docs/nginx.conf), and sets the
    headers that it drops on that way. Raises
    Http404 for a link, for a file whose checks are not passed, and for one that the archive does not hold whole (that
    is logged as an error).
    """
    stored = require_ready(revision)
    sha256, size = served(stored)
    inline = inline and BY_MIME[stored.mime].inline
    etag = f'"{sha256}"'
    response = ranged(request, size, etag, lambda: store.open_bytes(sha256))
    if settings.X_ACCEL and store.on_disk() and response.status_code != 416:
        response = HttpResponse(headers={"X-Accel-Redirect": settings.X_ACCEL + store.name_of(sha256), "ETag": etag})
    name = disposition(revision.original_name, stored.mime, inline=inline)
    return inert(response, {"Content-Type": stored.mime, "Content-Disposition": name})


def require_ready(revision: EvidenceRevision) -> StoredFile:
    """The file of a revision that may leave and is there whole; raises Http404 as `file_response` says."""
    stored = revision.file
    if stored is None or stored.state != FileState.CLEAN or stored.mime not in BY_MIME:
        raise Http404("Berkas ini belum dapat diunduh.")
    sha256, size = served(stored)
    if store.size_of(sha256) != size:
        logger.error("the archive lacks %s or holds it with another size", sha256)
        raise Http404("Berkas ini tidak ada di penyimpanan. Beri tahu pengelola portal.")
    return stored


def ranged(request: HttpRequest, size: int, etag: str, opened: Callable[[], IO[bytes]]) -> HttpResponseBase:
    """The bytes of one file, or the one range asked for: 200, 206, or 416 outside it. HEAD has no body.

    `etag` with its quotation marks names the content; `opened` is called once the body is sent, and what it gives is
    closed. The type and what keeps it from doing anything are the caller's (`inert`).
    """
    window = _window(request, size, etag)
    if window is None:
        response: HttpResponseBase = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        first, last = window
        body = _read(opened, first, last) if request.method != "HEAD" else iter(())
        response = StreamingHttpResponse(body, status=200 if last - first + 1 == size else 206)
        response.headers["Content-Length"] = str(last - first + 1)
        if response.status_code == 206:
            response.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    response.headers["Accept-Ranges"], response.headers["ETag"] = "bytes", etag
    return response


def page_response(revision: EvidenceRevision, number: int) -> HttpResponse:
    """Page `number` of the file as a JPEG, drawn in the jail. Raises Http404 as `file_response` does, and for a page
    that there is not, that is beyond previews.MOST, or that cannot be drawn."""
    stored = revision.file
    if stored is None or stored.state != FileState.CLEAN or not 1 <= number <= previews.shown(stored):
        raise Http404("Halaman ini tidak dapat ditampilkan.")
    try:
        picture = previews.page(stored, *served(stored), number)
    except previews.Undrawable as fault:
        raise Http404("Halaman ini tidak dapat ditampilkan. Unduh berkasnya untuk melihatnya.") from fault
    return inert(HttpResponse(picture), {"Content-Type": previews.MIME, "Content-Disposition": "inline"})


def inert(response: Answer, headers: dict[str, str]) -> Answer:
    """With what keeps it from doing anything, from being framed, guessed at, or kept."""
    always = {
        "Content-Security-Policy": INERT,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
    }
    for name, value in (always | headers).items():
        response.headers[name] = value
    return response


def disposition(raw_name: str, mime: str, *, inline: bool) -> str:
    """Content-Disposition (RFC 6266, RFC 5987 for names outside ASCII): a clean name whose ending fits the type."""
    fitting = {ending for ending, form in FORMATS.items() if form.mime == mime}
    name = clean_name(raw_name) or "berkas"
    if ending_of(name) not in fitting:
        name = f"{name}.{min(fitting, key=len)}"
    return content_disposition_header(not inline, name) or "attachment"


def _window(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """First and last byte to send; None when the range asked for lies outside the file."""
    whole = (0, size - 1)
    asked = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if request.method not in {"GET", "HEAD"} or asked is None or asked[0] == "bytes=-":
        return whole
    if request.headers.get("If-Range", etag) != etag:
        return whole
    if not asked[1]:  # the last n bytes
        wanted = int(asked[2][:20])
        return (max(0, size - wanted), size - 1) if wanted else None
    first, last = int(asked[1][:20]), int(asked[2][:20]) if asked[2] else size - 1
    if asked[2] and last < first:
        return whole
    return (first, min(last, size - 1)) if first < size else None


def _read(opened: Callable[[], IO[bytes]], first: int, last: int) -> Iterator[bytes]:
    with opened() as file:
        file.seek(first)
        left = last - first + 1
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
