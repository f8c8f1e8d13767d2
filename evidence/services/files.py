"""Taking in bytes: size, type and content checked, on the disk before the row exists."""

from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from evidence import store
from evidence.enums import FileState
from evidence.formats import FORMATS
from evidence.inspection import inspect
from evidence.models import StoredFile
from evidence.names import clean_name, ending_of, hides_program
from evidence.refusals import Refused, TooLarge
from regions.models import Region
from trail.services.events import record


def receive(upload: File, *, by: Any, region: Region) -> StoredFile:
    """The stored file with the bytes of `upload`; the same bytes are one file however often and by whom they are sent.

    Size (settings.EVIDENCE_MAX_BYTES), name, true type and content are checked first; nothing that fails is kept.
    When this returns, the bytes are flushed to the disk. Raises Refused (TooLarge) with an Indonesian reason.
    """
    limit = settings.EVIDENCE_MAX_BYTES
    if (upload.size or 0) > limit:
        raise TooLarge(limit)
    extension = checked_extension(upload.name or "")
    with store.incoming(upload.chunks(), limit) as part:
        mime = inspect(part.path, extension)
        with store.settling(), transaction.atomic():
            part.keep()
            stored, fresh = StoredFile.objects.get_or_create(
                sha256=part.sha256, defaults={"size": part.size, "mime": mime, "state": FileState.CLEAN}
            )
            if stored.state == FileState.QUARANTINED:
                raise Refused("known_bad")
            if fresh:
                record(
                    "file_stored",
                    by=by,
                    subject=f"file:{stored.sha256[:32]}",
                    region=region.pk,
                    after={"sha256": stored.sha256, "size": stored.size, "mime": stored.mime},
                )
    return stored


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
