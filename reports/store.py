"""Finished PDFs on the disk under their fingerprints (settings.STORAGES["reports"])."""

import os
import uuid
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages

from reports.models import Report
from trail.models import JobState


def backend() -> Storage:
    return storages["reports"]


def lost(report: Report) -> bool:
    """The report was printed, and its file is not there any more."""
    return report.state == JobState.DONE and not backend().exists(report.file_name)


def put(name: str, data: bytes) -> None:
    """Store `data` under `name`. On a disk the file is there whole or not at all, whoever is killed when.

    A second writer of the same name replaces the file; the name is a fingerprint of the content, so nothing is lost.
    """
    store = backend()
    if not isinstance(store, FileSystemStorage):
        store.save(name, ContentFile(data))  # an object store puts whole objects
        return
    target = Path(store.path(name))
    target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    part = target.parent / f".{uuid.uuid4().hex}.part"
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        _flush(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
