"""Taking in bytes: size, type and content checked, on the disk before the row exists."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from evidence import store
from evidence.enums import FileState
from evidence.formats import FORMATS
from evidence.inspection import Inspected, inspected
from evidence.models import StoredFile, Upload
from evidence.names import clean_name, ending_of, hides_program
from evidence.refusals import Refused, TooLarge
from evidence.services import quotas, scanning
from kla_portal.lib.jail.tasks import ANSWER_BYTES
from regions.models import Region
from trail.services.events import record


def receive(upload: File, *, by: Any, region: Region) -> StoredFile:
    """The stored file with the bytes of `upload`; the same bytes are one file however often and by whom they are sent.

    Size (settings.EVIDENCE_MAX_BYTES), name, room, true type and content are checked first; nothing that fails is kept.
    When this returns, the bytes are flushed to the disk, and of a picture the copy that is served. Where there is a
    scanner, the file waits for it from the end of the transaction on. For an hour nobody takes the bytes for unused, so
    that the caller can make their revision. Raises Refused (TooLarge), which says why.
    """
    limit = settings.EVIDENCE_MAX_BYTES
    if (upload.size or 0) > limit:
        raise TooLarge(limit)
    extension = checked_extension(upload.name or "")
    with (
        store.incoming(upload.chunks(), limit) as part,
        quotas.held(upload, part.sha256, part.size, by=by, region=region) as hold,
        inspected(part.path, extension) as found,
        _arriving(found.copy) as copy,
        store.settling(),
    ):
        part.keep()  # before the transaction: an object store takes its time, and no lock should wait for it
        if copy:
            copy.keep()
        return _row(part, copy, found, hold, by=by, region=region)


@transaction.atomic
def _row(
    part: store.Part, copy: store.Part | None, found: Inspected, hold: Upload, *, by: Any, region: Region
) -> StoredFile:
    """The row of bytes that lie in their place. Raises Refused for those once refused."""
    stored, fresh = StoredFile.objects.get_or_create(
        sha256=part.sha256,
        defaults={
            "size": part.size,
            "mime": found.mime,
            "pages": found.pages,
            "state": scanning.first_state(),
            "served_sha256": copy.sha256 if copy else "",
            "served_size": copy.size if copy else None,
        },
    )
    if stored.state == FileState.QUARANTINED:
        raise Refused("known_bad")
    quotas.fill(hold, stored)
    if fresh:
        record(
            "file_stored",
            by=by,
            subject=f"file:{stored.sha256[:32]}",
            region=region.pk,
            after={"sha256": stored.sha256, "size": stored.size, "mime": stored.mime},
        )
    if stored.state == FileState.INSPECTED:
        transaction.on_commit(partial(scanning.ring, stored.pk))
    return stored


@contextmanager
def _arriving(copy: IO[bytes] | None) -> Iterator[store.Part | None]:
    """The copy of a picture on its way into the archive; None where the original itself is served."""
    if copy is None:
        yield None
        return
    with store.incoming(iter(partial(copy.read, 64 * 1024), b""), ANSWER_BYTES["copy"]) as part:
        yield part


def checked_extension(raw_name: str) -> str:
    """The ending of a file name if that type is taken at all. Raises Refused."""
    name = clean_name(raw_name)
    if not name:
        raise Refused("name")
    extension = ending_of(name)
    if extension not in FORMATS:
        raise Refused("extension")
    if hides_program(name):
        raise Refused("double_extension")
    return extension
