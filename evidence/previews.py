"""Pages of files as pictures, drawn in the jail. What has been drawn is kept beside the archive, never in it; it may be
deleted at any time."""

import logging
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings

from evidence import store
from evidence.formats import FORMATS
from evidence.models import StoredFile
from kla_portal.lib.jail import asking

MIME = "image/jpeg"
MOST = 50
"""Pages that are shown of one file; the rest is in the download."""
KEEP = timedelta(days=30)
FAULT_SECONDS = 3600
"""How long a page that could not be drawn is not tried again."""
WALL_SECONDS = 15
logger = logging.getLogger(__name__)


class Undrawable(Exception):
    """There is no picture of this page, and trying again will make none."""


def shown(stored: StoredFile) -> int:
    """How many pages of the file can be looked at; 0 for one that can only be downloaded."""
    return min(stored.pages, MOST)


def page(stored: StoredFile, sha256: str, size: int, number: int) -> bytes:
    """Page `number`, counted from 1, of a clean file as a JPEG. `sha256` and `size`: the bytes that are served for it.

    A page that cannot be drawn is not tried again for an hour; after one that was too heavy, no other of the same file,
    so that fifty heavy pages do not occupy the portal. Raises Undrawable, also for bytes that the archive lacks.
    """
    folder = _folder() / sha256[:2]
    kept, heavy = folder / f"{sha256}-{number}.jpg", folder / f"{sha256}-heavy.jpg"
    if _fault(heavy) or _fault(kept):
        raise Undrawable("it could not be drawn a short while ago")
    if kept.exists() and (picture := kept.read_bytes()):
        return picture
    if store.size_of(sha256) != size:
        logger.error("the archive lacks %s or holds it with another size", sha256)
        raise Undrawable(sha256)
    extension = next(ending for ending, form in FORMATS.items() if form.mime == stored.mime)
    with (
        _local(sha256) as file,
        asking.made(file, "page", extension, number, wall_seconds=WALL_SECONDS) as (answer, made),
    ):
        picture = made.read() if answer.get("page") else b""
    if not picture:
        logger.warning("page %s of %s cannot be drawn: %s", number, sha256, answer)
        if answer.get("refused") != "no_jail":
            _keep(heavy if answer.get("refused") == "too_heavy" else kept, b"")
        raise Undrawable(str(answer.get("refused")))
    _keep(kept, picture)
    return picture


def drop_old(now: datetime) -> int:
    """Remove what nobody has drawn for a month."""
    dropped = 0
    for path in _folder().glob("*/*"):
        try:
            if now.timestamp() - path.lstat().st_mtime > KEEP.total_seconds():
                path.unlink()
                dropped += 1
        except FileNotFoundError:
            continue  # another process has just removed it
    return dropped


def drawn() -> Iterator[tuple[str, Path]]:
    """Every page that is kept, with the hash of the file that it shows."""
    for path in _folder().glob("*/*.jpg"):
        yield path.name.partition("-")[0], path


def forget(sha256: str) -> None:
    """Remove every page of a file whose bytes are gone."""
    if re.fullmatch(r"[0-9a-f]{64}", sha256):
        for path in (_folder() / sha256[:2]).glob(f"{sha256}-*.jpg"):
            path.unlink(missing_ok=True)


def _fault(place: Path) -> bool:
    """An empty file: there is nothing to show."""
    try:
        told = place.stat()
    except FileNotFoundError:
        return False
    return not told.st_size and time.time() - told.st_mtime < FAULT_SECONDS


@contextmanager
def _local(sha256: str) -> Iterator[IO[bytes]]:
    """The bytes on a descriptor of this machine, which is what the jail can be given."""
    with store.open_bytes(sha256) as file, tempfile.TemporaryFile() as copy:
        if store.on_disk():
            yield file
            return
        shutil.copyfileobj(file, copy)
        copy.flush()
        yield copy


def _folder() -> Path:
    return Path(settings.PREVIEWS_DIR)


def _keep(place: Path, content: bytes) -> None:
    """Whole or not at all; a disk that is full keeps nothing, and the page is drawn again next time."""
    part = place.with_name(f"{uuid.uuid4().hex}.part")
    try:
        store.make_folder(place.parent)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, store.FILE_MODE), "wb") as file:
            file.write(content)
        part.replace(place)
    except OSError as fault:
        logger.warning("a drawn page is not kept: %s", fault)
        part.unlink(missing_ok=True)
