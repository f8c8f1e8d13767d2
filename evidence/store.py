"""Bytes on the disk under their SHA-256. Knows neither rows nor users.

A file appears under its final name only when all its bytes are on the disk: written to `incoming/*.part`, hashed on the
way, flushed, renamed, and the folder flushed. So whatever is killed when, a name in the archive means whole content.
"""

import errno
import hashlib
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.files.storage import storages

from evidence.refusals import Refused, TooLarge

FOLDER_MODE = 0o750
FILE_MODE = 0o640


def root() -> Path:
    """The archive's folder, outside the web root (settings.STORAGES["evidence"])."""
    return Path(storages["evidence"].path(""))


def path_of(sha256: str) -> Path:
    """Where the bytes with this hash lie: `ab/cd/<sha256>`. Raises ValueError for anything that is no hash."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError("not a SHA-256 in hexadecimal")
    return root() / sha256[:2] / sha256[2:4] / sha256


@dataclass(frozen=True)
class Part:
    """Bytes that have arrived but are not in the archive yet."""

    path: Path
    sha256: str
    size: int

    def keep(self) -> Path:
        """Move the bytes to their place; bytes that already lie there whole stay as they are. Returns the place."""
        place = path_of(self.sha256)
        with _space_or_refused():
            if not (place.exists() and place.stat().st_size == self.size):
                _make_folder(place.parent)
                os.rename(self.path, place)
            _flush_folder(place.parent)
        return place


@contextmanager
def incoming(chunks: Iterable[bytes], limit: int) -> Iterator[Part]:
    """Write `chunks` to a part file and hand it over; what was not kept is removed at the end, whatever happens.

    Raises TooLarge above `limit` bytes, Refused for none at all and for a full disk.
    """
    folder = root() / "incoming"
    path = folder / f"{uuid.uuid4().hex}.part"
    try:
        with _space_or_refused():
            _make_folder(folder)
            sha256, size = _write(path, chunks, limit)
        yield Part(path, sha256, size)
    finally:
        path.unlink(missing_ok=True)


def _write(path: Path, chunks: Iterable[bytes], limit: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise TooLarge(limit)
            digest.update(chunk)
            file.write(chunk)
        if not size:
            raise Refused("empty")
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


@contextmanager
def _space_or_refused() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        if fault.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Refused("no_space") from fault
        raise


def _make_folder(folder: Path) -> None:
    """Make the folder and its missing parents, each flushed into the one above, so that a power cut keeps them."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    _flush_folder(folder.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
