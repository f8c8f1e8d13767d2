"""Deletion that is real: revisions lose their file, then files without a use lose their bytes.

The order is such that a process killed anywhere leaves no row without its file: first nobody speaks of the file any
more, then its row goes, then its bytes. What is left in between is litter, and the next round takes it.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from evidence import previews, store
from evidence.models import EvidenceItem, EvidenceRevision, StoredFile, Upload
from kla_portal.lib.decision import deny, require
from trail.services.events import record


def purge(revisions: QuerySet[EvidenceRevision], *, reason: str) -> int:
    """Take their files off `revisions`; how many items had one. Titles, names, verdicts and who had a file in hand
    stay, and an Event keeps each hash. Other revisions of the same items are left alone.

    `revisions` is asked again for each item while its row is held, so what has come into use meanwhile is left. Whoever
    puts a revision to use holds the item too (`require_there`).
    """
    done = 0
    for pk in list(revisions.order_by("item_id").values_list("item_id", flat=True).distinct()):
        with transaction.atomic():
            item = EvidenceItem.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
            if item is not None:
                done += _purge(item, revisions.filter(item=pk), reason)
    return done


def hold(items: Iterable[UUID]) -> None:
    """Hold several items at once that are about to be put to use one after the other, each with its Event: nothing may
    be waited for after the first of those. In the caller's transaction."""
    list(EvidenceItem.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(items)).order_by("pk"))


def require_there(revision: EvidenceRevision) -> None:
    """Hold the item of a revision that is about to be put to use, so that it is not purged meanwhile. Raises
    PermissionDenied when its file is gone for good. In the caller's transaction."""
    EvidenceItem.objects.select_for_update(of=("self",), no_key=True).get(pk=revision.item_id)
    if EvidenceRevision.objects.exclude(purged_at=None).filter(pk=revision.pk).exists():
        require(deny("Berkas dokumen ini sudah dihapus dari penyimpanan. Unggah lagi berkasnya."))


def _purge(item: EvidenceItem, revisions: QuerySet[EvidenceRevision], reason: str) -> bool:
    filed = list(revisions.exclude(file=None).select_related("file").order_by("number"))
    files = [
        {"number": each.number, "name": each.original_name, "sha256": each.file.sha256, "size": each.file.size}
        for each in filed
        if each.file
    ]
    if not files:
        return False
    item.revisions.filter(pk__in=[each.pk for each in filed]).update(file=None, purged_at=Now())
    if item.revisions.order_by("-number").values_list("file", flat=True)[0] is None:
        EvidenceItem.objects.filter(pk=item.pk).update(size=0)
    record(
        "evidence_purged",
        by=None,
        subject=f"evidence:{item.pk}",
        detail=item.title[:80],
        region=item.region_id,
        before={"files": files},
        reason=reason,
    )
    return True


def drop_unused() -> int:
    """Remove files that neither a revision nor an upload speaks of: the row, then the bytes, the copy that was served
    and the pages drawn of it. How many. No upload of the same bytes is in between: it holds the folder until its row is
    there, and its row is spoken of at once (`quotas.fill`)."""
    unused = StoredFile.objects.exclude(pk__in=EvidenceRevision.objects.exclude(file=None).values("file"))
    unused = unused.exclude(pk__in=Upload.objects.exclude(stored=None).values("stored"))
    dropped = 0
    for sha256 in list(unused.order_by("pk").values_list("pk", flat=True)):
        with store.settling(alone=True):
            dropped += _drop(unused, sha256)
    return dropped


def _drop(unused: QuerySet[StoredFile], sha256: str) -> bool:
    with transaction.atomic():
        stored = unused.filter(pk=sha256).first()
        if stored is None:
            return False
        names = {"sha256": stored.sha256, "size": stored.size, "served_sha256": stored.served_sha256}
        record("file_purged", by=None, subject=f"file:{sha256[:32]}", before=names)
        stored.delete()
    for name in filter(None, (sha256, names["served_sha256"])):
        if not spoken_of(str(name)):
            store.remove(str(name))
            previews.forget(str(name))
    return True


def spoken_of(sha256: str) -> bool:
    """Does any row name these bytes, as an original or as the copy that is served for one?"""
    return StoredFile.objects.filter(Q(sha256=sha256) | Q(served_sha256=sha256)).exists()
