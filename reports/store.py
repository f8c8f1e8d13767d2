"""Finished PDFs and packages under their names (settings.STORAGES["reports"])."""

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from reports.models import Letter, Package, Report
from trail.models import JobState


def backend() -> Storage:
    return storages["reports"]


def lost(made: Letter | Package | Report) -> bool:
    """It was made, and its file is not there any more."""
    return made.state == JobState.DONE and not backend().exists(made.file_name)


def put(name: str, data: bytes) -> None:
    """Store `data` under `name`. On a disk the file is there whole or not at all, whoever is killed when.

    A second writer of the same name replaces the file; the name stands for the content, so nothing is lost.
    """
    with arriving(name) as file:
        file.write(data)


@contextmanager
def arriving(name: str) -> Iterator[IO[bytes]]:
    """A file to write, which is stored under `name` at the end, as `put` does. Nothing is, if the block fails."""
    store = backend()
    on_disk = isinstance(store, FileSystemStorage)
    target = Path(store.path(name) if on_disk else settings.FILE_UPLOAD_TEMP_DIR / name)
    target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    part = target.parent / f".{uuid.uuid4().hex}.part"
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if not on_disk:  # an object store puts whole objects
                file.seek(0)
                store.save(name, File(file))
                return
        part.replace(target)
        _flush(target.parent)
    finally:
        part.unlink(missing_ok=True)


def hash_of(file: IO[bytes]) -> str:
    """The SHA-256 of a whole file, from its start, 64 hex digits."""
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()


def drop(name: str) -> None:
    """Take a file out of the store; nothing there is no error."""
    backend().delete(name)


def drop_parts(before: datetime) -> int:
    """Remove what killed writers left behind, last written `before`; returns how many."""
    store, dropped = backend(), 0
    folder = Path(store.path("") if isinstance(store, FileSystemStorage) else settings.FILE_UPLOAD_TEMP_DIR)
    for part in folder.glob(".*.part"):
        with suppress(FileNotFoundError):
            if part.stat().st_mtime < before.timestamp():
                part.unlink()
                dropped += 1
    return dropped


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
