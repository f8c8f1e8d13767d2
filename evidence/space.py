"""How much room the archive's disk has left. An object store has no end that could be asked for."""

import shutil

from django.conf import settings

from evidence import store
from evidence.refusals import Refused


def free() -> int | None:
    """Bytes free on the disk of the archive; None where the archive is no disk of this machine."""
    if not store.on_disk():
        return None
    folder = store.root()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def require_room(size: int) -> None:
    """Raises Refused ("no_space") unless settings.EVIDENCE_MIN_FREE stays free when `size` more bytes are written: a
    database on the same disk needs room to go on, and so does whoever cleans up."""
    left = free()
    if left is not None and left - size < settings.EVIDENCE_MIN_FREE:
        raise Refused("no_space")
