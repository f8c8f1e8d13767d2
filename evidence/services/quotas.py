"""How much a region and a person may keep in the archive. Room is held before bytes are taken in, so that no number of
uploads at once goes beyond a limit."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import File
from django.db import DatabaseError, transaction
from django.db.models import F, Sum
from django.utils import timezone

from evidence import queries
from evidence.formats import size_text
from evidence.models import StoredFile, Upload
from evidence.refusals import Refused
from evidence.space import require_room
from regions.models import Region

HELD_FOR = timedelta(hours=1)
"""How long room stays held for a form that never ended: longer than any request lives."""


@contextmanager
def counting(region: Region, by: Any) -> Iterator[None]:
    """A transaction in which nobody else takes room from this region or this person."""
    with transaction.atomic():
        Region.objects.select_for_update(no_key=True).get(pk=region.pk)
        get_user_model().objects.select_for_update(no_key=True).get(pk=by.pk)
        yield


def require_announced(size: int, *, region: Region, by: Any) -> None:
    """Raises Refused unless there is room for a file of `size` bytes that is still to come. To be called, and followed
    by the Upload's row, inside `counting`."""
    coming = Upload.objects.filter(stored=None).aggregate(left=Sum(F("size") - F("offset")))["left"] or 0
    require_room(coming + size)
    _require(size, size, region=region, by=by)


@contextmanager
def held(file: File, sha256: str, size: int, *, by: Any, region: Region) -> Iterator[Upload]:
    """Room for a file that has arrived, until `fill` says what it has become; given back when the block fails.

    An upload in pieces got its room when it was announced. A form holds it from here on: bytes that the region or the
    person has already take none. Raises Refused: "region_quota", "user_quota" or "no_space".
    """
    with counting(region, by):
        hold, fresh = _hold(getattr(file, "announced", None), file.name or "", sha256, size, by=by, region=region)
    try:
        yield hold
    except BaseException:
        if fresh:
            with suppress(DatabaseError):  # a database that is gone: the hold runs out by itself
                Upload.objects.filter(pk=hold.pk).delete()
        raise


def _hold(
    announced: uuid.UUID | None, name: str, sha256: str, size: int, *, by: Any, region: Region
) -> tuple[Upload, bool]:
    until = timezone.now() + HELD_FOR
    if announced and (upload := Upload.objects.filter(pk=announced).first()):
        upload.expires_at = max(upload.expires_at, until)
        upload.save(update_fields=["expires_at"])
        return upload, False
    known = StoredFile.objects.filter(pk=sha256).first()
    in_region = known is not None and queries.in_region(region).holds(known)
    of_person = known is not None and queries.of_person(by).holds(known)
    require_room(0)
    _require(0 if in_region else size, 0 if of_person else size, region=region, by=by)
    key = f"form:{uuid.uuid4().hex}"
    row = Upload(by=by, region=region, name=name[:255], size=size, offset=size, key=key, stored=known, expires_at=until)
    row.save(force_insert=True)
    return row, True


def fill(hold: Upload, stored: StoredFile) -> None:
    """The held room is taken by these bytes. In the transaction of their row, which nobody then takes for unused."""
    if not Upload.objects.filter(pk=hold.pk).update(stored=stored):
        hold.stored = stored
        hold.save(force_insert=True)


def _require(for_region: int, for_person: int, *, region: Region, by: Any) -> None:
    of_region = queries.in_region(region).used()
    if (quota := settings.EVIDENCE_REGION_QUOTA) and for_region and of_region + for_region > quota:
        raise Refused(
            "region_quota",
            f"Ruang penyimpanan {region} terpakai {size_text(of_region)} dari {size_text(quota)}, dan berkas ini "
            f"memerlukan {size_text(for_region)}. Hapus dokumen yang tidak diperlukan dari pustaka (ruangnya kembali "
            f"{settings.EVIDENCE_KEEP_DELETED_DAYS} hari kemudian), perkecil berkas ini, atau minta pengelola portal "
            "menambah jatah daerah. Berkas yang sudah ada tetap aman.",
        )
    of_person = queries.of_person(by).used()
    if (quota := settings.EVIDENCE_USER_QUOTA) and for_person and of_person + for_person > quota:
        raise Refused(
            "user_quota",
            f"Berkas yang Anda unggah memakai {size_text(of_person)} dari jatah Anda {size_text(quota)}, dan berkas "
            f"ini memerlukan {size_text(for_person)}. Hapus dokumen Anda yang tidak diperlukan dari pustaka (ruangnya "
            f"kembali {settings.EVIDENCE_KEEP_DELETED_DAYS} hari kemudian), minta rekan mengunggahnya, atau minta "
            "pengelola portal menambah jatah.",
        )
