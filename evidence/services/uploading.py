"""A file in pieces over a bad line: what has arrived stays, and a cut costs one piece. The protocol is tus 1.0."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.db.models.functions import Now
from django.http import UnreadablePostError
from django.utils import timezone

from evidence import store
from evidence.enums import FileState
from evidence.models import EvidenceRevision, StoredFile, Upload
from evidence.permissions import can_upload
from evidence.refusals import Refused, TooLarge
from evidence.services import quotas
from evidence.services.files import checked_extension, receive
from kla_portal.lib.decision import require
from regions.models import Region

LIFE = timedelta(days=7)
"""An upload that nothing has been added to for so long is swept away."""
MOST_AT_ONCE = 30
"""Uploads under way that one person may have."""
PIECE = 64 * 1024
ALGORITHMS = {"sha1", "sha256"}


class WrongOffset(Exception):
    """The piece does not begin where the upload ends. `upload` tells where that is."""

    def __init__(self, upload: Upload) -> None:
        super().__init__(f"{upload.offset} of {upload.size} bytes are here")
        self.upload = upload


class WrongChecksum(Exception):
    """The piece is not what its checksum says; nothing of it is kept."""


class Arrived(File):
    """A file whose room was held when it was announced, by the Upload with this id."""

    announced: UUID


class Busy(Exception):
    """Another piece of the same upload is arriving at this moment."""


def path_of(upload: Upload) -> Path:
    return store.spool() / f"{upload.pk}.upload"


def begin(*, name: str, size: int, key: str, place: str = "", by: Any) -> Upload:
    """A new upload of `size` bytes for `place`, or the one that this person has begun with this `key`, name and size.

    Raises PermissionDenied, or Refused: TooLarge, a type that is not taken, nothing in it, too many under way, or no
    room left for it.
    """
    require(can_upload(by))
    if size > settings.EVIDENCE_MAX_BYTES:
        raise TooLarge(settings.EVIDENCE_MAX_BYTES)
    if size < 1:
        raise Refused("empty")
    checked_extension(name)
    begun = Upload.objects.filter(by=by, key=key).first()
    if begun is None:
        region = by.acting.region
        with quotas.counting(region, by):
            begun = Upload.objects.filter(by=by, key=key).first()  # the same call at the same time
            if begun is None:
                if Upload.objects.filter(by=by, stored=None).count() >= MOST_AT_ONCE:
                    raise Refused("many_uploads")
                quotas.require_announced(size, region=region, by=by)
                expires = timezone.now() + LIFE
                begun = Upload.objects.create(
                    by=by, region=region, name=name, size=size, key=key, place=place, expires_at=expires,
                    created_at=Now(),  # whether it began before a deadline, the database's clock says
                )  # fmt: skip
                begun.refresh_from_db()
    if (begun.name, begun.size) != (name, size):
        raise Refused("other_upload")
    return begun


def append(upload: Upload, *, offset: int, body: BinaryIO, length: int, checksum: tuple[str, bytes] | None) -> Upload:
    """Add the piece in `body`, `length` bytes that begin at `offset`. Returns the upload with its new offset.

    When this returns, the bytes are flushed to the disk. A body that ends early adds what has arrived, unless it has a
    checksum (one of ALGORITHMS with its digest), which is of the whole piece. Raises WrongOffset, WrongChecksum, Busy,
    or Refused: TooLarge beyond the announced size, "no_space" on a full disk; then the upload stands as before.
    """
    with held(upload) as file:
        fresh = Upload.objects.get(pk=upload.pk)
        if fresh.offset != offset:
            raise WrongOffset(fresh)
        if offset + length > fresh.size:
            raise TooLarge(fresh.size)
        file.seek(offset)
        digest = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
        with store.space_or_refused():
            arrived = 0
            for chunk in _pieces(body, length):
                file.write(chunk)
                arrived += len(chunk)
                if digest:
                    digest.update(chunk)
            if checksum and digest and (arrived < length or digest.digest() != checksum[1]):
                raise WrongChecksum
            file.flush()
            os.fsync(file.fileno())
        moved = Upload.objects.filter(pk=fresh.pk, offset=offset)
        moved.update(offset=offset + arrived, expires_at=timezone.now() + LIFE)
        fresh.refresh_from_db()
    return fresh


def _pieces(body: BinaryIO, length: int) -> Iterator[bytes]:
    """At most `length` bytes; fewer when the line is cut."""
    left = length
    while left:
        try:
            chunk = body.read(min(PIECE, left))
        except UnreadablePostError:
            return
        if not chunk:
            return
        left -= len(chunk)
        yield chunk


@contextmanager
def held(upload: Upload) -> Iterator[BinaryIO]:
    """The file of an upload, open for writing, by one writer at a time."""
    with store.space_or_refused():
        store.make_folder(store.spool())
        descriptor = os.open(path_of(upload), os.O_RDWR | os.O_CREAT, store.FILE_MODE)
    with os.fdopen(descriptor, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield file


@contextmanager
def arrived(upload: Upload) -> Iterator[File]:
    """The whole file of a finished upload, under the name that it came with. Raises Refused while a part is missing."""
    path = path_of(upload)
    if upload.offset < upload.size or not path.exists():
        raise Refused("unfinished")
    with path.open("rb") as stream:
        file = Arrived(stream, name=upload.name)
        file.announced = upload.pk
        file.size = upload.size  # what was announced; a last piece that was never counted may lie behind it
        yield file


@contextmanager
def whole(upload: Upload) -> Iterator[File]:
    """As `arrived`; the upload is forgotten when its file is refused meanwhile, unless that will pass: what has been
    acknowledged stays."""
    with arrived(upload) as file:
        try:
            yield file
        except Refused as refused:
            if not refused.passing:
                discard(upload)
            raise


def taken_in(upload: Upload, *, region: Region, by: Any) -> StoredFile:
    """The stored file of a finished upload: received now, or when its bytes lie in the archive only, the one that they
    became, which nobody takes for unused for a while longer. Raises Refused while a part is missing or for what is not
    taken."""
    before = Upload.objects.select_related("stored").filter(pk=upload.pk).first()
    if before is None or before.stored is None or path_of(upload).exists():
        with whole(upload) as file:
            return receive(file, by=by, region=region)
    if before.stored.state == FileState.QUARANTINED:
        raise Refused("known_bad")
    Upload.objects.filter(pk=upload.pk).update(expires_at=timezone.now() + LIFE)
    return before.stored


def became(upload: Upload, revision: EvidenceRevision | None) -> bool:
    """Does the revision have the bytes of this upload?"""
    file = revision.file_id if revision else None
    return file is not None and Upload.objects.filter(pk=upload.pk, stored=file).exists()


def used(upload: Upload, stored: StoredFile) -> None:
    """The bytes are in the archive; the row stays until it runs out, so that a repeated end of the same upload is known
    as such, and the same file sent again need not travel again (`taken_in`)."""
    Upload.objects.filter(pk=upload.pk).update(stored=stored)
    path_of(upload).unlink(missing_ok=True)


def discard(upload: Upload) -> None:
    """Forget an upload that is given up, and its bytes. Doing it twice changes nothing."""
    Upload.objects.filter(pk=upload.pk).delete()
    path_of(upload).unlink(missing_ok=True)
