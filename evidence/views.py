"""Uploads in pieces: the core of tus 1.0 with creation, checksum, expiration and termination."""

import base64
import binascii
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import http_date
from django.views.decorators.http import require_http_methods

from evidence.models import Upload
from evidence.permissions import can_upload
from evidence.refusals import Refused
from evidence.services import uploading
from kla_portal.lib.decision import require

TUS = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
MISMATCH = 460  # the checksum extension of tus


@require_http_methods(["OPTIONS", "POST"])
def upload_create(request: HttpRequest) -> HttpResponse:
    """Announce a file: its length, its name and a key that makes a second announcement the same upload."""
    require(can_upload(request.user))
    if request.method == "OPTIONS":
        return _tus(
            204,
            **{
                "Tus-Version": TUS,
                "Tus-Max-Size": settings.EVIDENCE_MAX_BYTES,
                "Tus-Extension": "creation,expiration,checksum,termination",
                "Tus-Checksum-Algorithm": ",".join(sorted(uploading.ALGORITHMS)),
            },
        )
    told = _metadata(request.headers.get("Upload-Metadata", ""))
    size = _whole(request.headers.get("Upload-Length", ""))
    name, key, place = told.get("filename", ""), told.get("key", ""), told.get("place", "")
    if size is None or not 0 < len(name) <= 255 or not 0 < len(key) <= 64 or len(place) > 64:
        return _plain(400, "Unggahan ini tidak lengkap. Muat ulang halaman, lalu coba lagi.")
    try:
        upload = uploading.begin(name=name, size=size, key=key, place=place, by=request.user)
    except Refused as refused:
        return _plain(refused.status, str(refused))
    return _standing(201, upload, Location=reverse("evidence:upload", args=[upload.pk]))


@require_http_methods(["HEAD", "PATCH", "DELETE"])
def upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Ask how far it is, add a piece, or give it up. Somebody else's upload does not exist."""
    found = get_object_or_404(Upload.objects.visible_to(request.user), pk=upload_id)
    require(can_upload(request.user))
    if request.method == "HEAD":
        return _standing(200, found, **{"Upload-Length": found.size})
    if request.method == "DELETE":
        uploading.discard(found)
        return _tus(204)
    return _piece(request, found)


def _piece(request: HttpRequest, upload: Upload) -> HttpResponse:
    if request.content_type != PIECE_TYPE:
        return _plain(415, "Potongan berkas dikirim dengan jenis isi yang salah.")
    offset, length = _whole(request.headers.get("Upload-Offset", "")), _whole(request.headers.get("Content-Length", ""))
    try:
        checksum = _checksum(request.headers.get("Upload-Checksum", ""))
    except ValueError:
        length = None
    if offset is None or length is None:
        return _plain(400, "Potongan berkas ini tidak lengkap.")
    try:
        done = uploading.append(upload, offset=offset, body=cast(Any, request), length=length, checksum=checksum)
    except uploading.WrongOffset as wrong:
        return _standing(409, wrong.upload)
    except uploading.Busy:
        return _standing(423, upload)
    except uploading.WrongChecksum:
        return _standing(MISMATCH, upload)
    except Refused as refused:
        return _plain(refused.status, str(refused))
    return _standing(204, done)


def _standing(status: int, upload: Upload, **more: Any) -> HttpResponse:
    """Where the upload stands, in the headers that tus has for it."""
    expires = http_date(upload.expires_at.timestamp())
    return _tus(status, **{"Upload-Offset": upload.offset, "Upload-Expires": expires}, **more)


def _plain(status: int, text: str) -> HttpResponse:
    response = _tus(status)
    response.content = text.encode()
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    return response


def _tus(status: int, **headers: Any) -> HttpResponse:
    response = HttpResponse(status=status)
    for name, value in ({"Tus-Resumable": TUS, "Cache-Control": "no-store"} | headers).items():
        response.headers[name] = str(value)
    return response


def _metadata(text: str) -> dict[str, str]:
    """`name base64, name base64` as texts; what cannot be read is left out."""
    found = {}
    for pair in text.split(","):
        name, _, coded = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(coded, validate=True).decode()
        except (binascii.Error, ValueError):
            continue
    return found


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def _checksum(text: str) -> tuple[str, bytes] | None:
    """Algorithm and digest; None without the header. Raises ValueError for one that cannot be used."""
    if not text:
        return None
    algorithm, _, coded = text.partition(" ")
    digest = base64.b64decode(coded, validate=True)
    if algorithm not in uploading.ALGORITHMS or not digest:
        raise ValueError("a checksum of another kind")
    return algorithm, digest
