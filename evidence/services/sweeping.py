"""Clears what nobody needs: litter of cut uploads, bytes without a row. Never anything that a row speaks of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from evidence import previews, store
from evidence.models import StoredFile, Upload
from evidence.services.purging import drop_unused, spoken_of

LITTER_AFTER = timedelta(hours=1)
"""Longer than any request lives, so that nothing under way is taken away."""
ORPHAN_AFTER = timedelta(hours=24)
"""Bytes without a row: the process died between the two. The next upload of the same bytes would use them."""


@dataclass(frozen=True)
class Swept:
    parts: int
    uploads: int
    unused: int
    orphans: int
    pages: int


def sweep(now: datetime | None = None) -> Swept:
    """Remove part files and form uploads older than an hour, uploads in pieces that have run out, files that nobody
    uses any more, bytes of the archive that no row has spoken of for a day, and drawn pages that are old or whose file
    is gone. Safe beside running requests, and safe to repeat."""
    now = now or timezone.now()
    parts = _drop_old(store.spool().glob("*.part"), now)
    parts += _drop_old(Path(settings.FILE_UPLOAD_TEMP_DIR).glob("tmp*.upload*"), now)  # Django's names of form uploads
    return Swept(parts, _expired_uploads(now), drop_unused(), _orphans(now), previews.drop_old(now) + _strange_pages())


def _drop_old(paths: Iterable[Path], now: datetime) -> int:
    dropped = 0
    for path in paths:
        try:
            if now.timestamp() - path.lstat().st_mtime > LITTER_AFTER.total_seconds():
                path.unlink()
                dropped += 1
        except FileNotFoundError:
            continue  # its own request has just removed it
    return dropped


def _expired_uploads(now: datetime) -> int:
    """Rows first: bytes that no row speaks of any more are then litter for certain."""
    count, _ = Upload.objects.filter(expires_at__lte=now).delete()
    living = {f"{pk}.upload" for pk in Upload.objects.values_list("pk", flat=True)}
    _drop_old((path for path in store.spool().glob("*.upload") if path.name not in living), now)
    return count


def _orphans(now: datetime) -> int:
    old = [kept.sha256 for kept in store.every() if kept.sha256 and now - kept.modified > ORPHAN_AFTER]
    dropped = 0
    for sha256 in old:
        with store.settling(alone=True):
            if not spoken_of(sha256):
                store.remove(sha256)
                dropped += 1
    return dropped


def _strange_pages() -> int:
    """Pages of files that are gone: somebody looked while the file was being removed, or the process died."""
    rows = StoredFile.objects.order_by().values_list("sha256", "served_sha256")
    drawn = list(previews.drawn())
    known = {name for row in rows.iterator(chunk_size=2000) for name in row} if drawn else set()
    strange = [path for sha256, path in drawn if sha256 not in known]
    for path in strange:
        path.unlink(missing_ok=True)
    return len(strange)
