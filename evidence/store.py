"""Bytes under their SHA-256, on the disk or in an object store (settings.STORAGES["evidence"]). Knows no rows or users.

On the disk a file appears under its final name only when all its bytes are there: written to `incoming/*.part`, hashed
on the way, flushed, renamed, and the folder flushed. So whatever is killed when, a name in the archive means whole
content. An object store takes whole objects; what arrives stays on the local disk until it is whole and its hash known,
and counts as kept when the store has said that it holds so many bytes with that hash.
"""

import errno
import fcntl
import hashlib
import logging
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, storages

from evidence.bucket import Away, Bucket
from evidence.refusals import Refused, TooLarge

FOLDER_MODE = 0o750
FILE_MODE = 0o640


NAME = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})")
HASH = re.compile(r"[0-9a-f]{64}")
logger = logging.getLogger(__name__)


def backend() -> Storage:
    return storages["evidence"]


def bucket() -> Bucket | None:
    """The object store; None where the archive is a folder of this machine."""
    found = backend()
    return found if isinstance(found, Bucket) else None


def on_disk() -> bool:
    """Is the archive a folder of this machine, and not an object store?"""
    return isinstance(backend(), FileSystemStorage)


def root() -> Path:
    """The archive's folder, outside the web root."""
    return Path(backend().path(""))


def spool() -> Path:
    """Where bytes arrive: beside the archive on the same disk, so that a rename suffices."""
    return root() / "incoming" if on_disk() else Path(settings.FILE_UPLOAD_TEMP_DIR)


def name_of(sha256: str) -> str:
    """The name of the bytes with this hash: `ab/cd/<sha256>`. Raises ValueError for anything that is no hash."""
    if not HASH.fullmatch(sha256):
        raise ValueError("not a SHA-256 in hexadecimal")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def path_of(sha256: str) -> Path:
    """Where they lie on the disk. Raises ValueError for anything that is no hash."""
    return root() / name_of(sha256)


def size_of(sha256: str) -> int | None:
    """How many bytes the archive holds under this hash; None for nothing."""
    try:
        return backend().size(name_of(sha256))
    except FileNotFoundError:
        return None


def open_bytes(sha256: str) -> IO[bytes]:
    """The bytes, to be read from the start or from where one seeks to. Raises FileNotFoundError."""
    return backend().open(name_of(sha256), "rb")


def remove(sha256: str) -> None:
    """Take the bytes out of the archive for good; nothing there is no error. Who still needs them is asked before."""
    backend().delete(name_of(sha256))


@dataclass(frozen=True)
class Kept:
    """One thing that lies in the archive: its name, its hash ('' when the name is none), size in bytes, and age."""

    name: str
    sha256: str
    size: int
    modified: datetime


def every() -> Iterator[Kept]:
    """All that lies in the archive, in no order, without what is still arriving."""
    if remote := bucket():
        return (_kept(*found) for found in remote.all())
    return _on_disk()


def _on_disk() -> Iterator[Kept]:
    top, arriving = root(), spool()
    for folder, folders, names in os.walk(top):
        here = Path(folder)
        folders[:] = [name for name in folders if here / name != arriving]
        for file in names:
            path = here / file
            try:
                told = path.lstat()
            except FileNotFoundError:
                continue  # removed since the folder was read
            yield _kept(path.relative_to(top).as_posix(), told.st_size, datetime.fromtimestamp(told.st_mtime, UTC))


def _kept(name: str, size: int, modified: datetime) -> Kept:
    found = NAME.fullmatch(name)
    return Kept(name, found[3] if found else "", size, modified)


def hash_of(sha256: str) -> str:
    """The SHA-256 of what the archive holds under this hash. Raises FileNotFoundError."""
    with open_bytes(sha256) as file:
        digest = hashlib.sha256()
        while chunk := file.read(1024 * 1024):
            digest.update(chunk)
        return digest.hexdigest()


@contextmanager
def settling(*, alone: bool = False) -> Iterator[None]:
    """Held from moving bytes into the archive until their row is there; `alone` by whoever removes bytes without a row,
    which waits for all others. So no sweep takes what an upload has just found in its place.

    It is a lock of this machine: with an object store too, web server and worker run where the spool is. Should another
    machine sweep the same bucket all the same, it finds young what was put a moment ago: there `keep` always puts."""
    with space_or_refused():
        make_folder(spool())
    descriptor = os.open(spool(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class Part:
    """Bytes that have arrived but are not in the archive yet."""

    path: Path
    sha256: str
    size: int

    def keep(self) -> None:
        """Move the bytes to their place; bytes that already lie there whole stay as they are. Into an object store they
        are always put: it says their hash by that alone, and their age begins anew. Raises Refused when the disk is
        full or the object store away; then nobody may speak of these bytes."""
        if remote := bucket():
            with space_or_refused(), self.path.open("rb") as file:
                remote.put(name_of(self.sha256), file, sha256=self.sha256, size=self.size)
            return
        place = path_of(self.sha256)
        with space_or_refused():
            if not (place.exists() and place.stat().st_size == self.size):
                make_folder(place.parent)
                os.rename(self.path, place)
            _flush_folder(place.parent)


@contextmanager
def incoming(chunks: Iterable[bytes], limit: int) -> Iterator[Part]:
    """Write `chunks` to a part file and hand it over; what was not kept is removed at the end, whatever happens.

    Raises TooLarge above `limit` bytes, Refused for none at all and for a full disk.
    """
    folder = spool()
    path = folder / f"{uuid.uuid4().hex}.part"
    try:
        with space_or_refused():
            make_folder(folder)
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
def space_or_refused() -> Iterator[None]:
    """A full disk, and an object store that is away, are told as Refused, with their reason."""
    try:
        yield
    except Away as fault:
        logger.exception("the object store did not take a file")
        raise Refused("store_away") from fault
    except OSError as fault:
        if fault.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Refused("no_space") from fault
        raise


def make_folder(folder: Path) -> None:
    """Make the folder and its missing parents, each flushed into the one above, so that a power cut keeps them."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    _flush_folder(folder.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
