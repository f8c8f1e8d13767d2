"""What pages need to know about files."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value

from evidence.enums import FileState
from evidence.formats import size_text
from evidence.models import EvidenceItem, EvidenceItemQuerySet, EvidenceRevision, StoredFile, Upload
from evidence.names import folded
from evidence.space import free
from regions.models import Region


@dataclass(frozen=True)
class Scanning:
    """Is a scanner configured, how many files wait for it, and how many it has found something in."""

    configured: bool
    waiting: int
    quarantined: int


def scanning() -> Scanning:
    """How the scanning of uploads stands, for admins. One query."""
    counts = StoredFile.objects.aggregate(
        waiting=Count("pk", filter=Q(state=FileState.INSPECTED)),
        quarantined=Count("pk", filter=Q(state=FileState.QUARANTINED)),
    )
    return Scanning(bool(settings.CLAMD_SOCKET), **counts)


def known(stored: StoredFile, by: Any) -> EvidenceRevision | None:
    """The revision of `by`'s own library that has these bytes as its newest content, in an item that `by` may open;
    the oldest of several, None when there is none."""
    later = EvidenceRevision.objects.filter(item=OuterRef("item"), number__gt=OuterRef("number"))
    mine = EvidenceRevision.objects.filter(file=stored, item__in=pickable(by)).exclude(Exists(later))
    return mine.select_related("item", "file").order_by("created_at", "pk").first()


def searched(items: EvidenceItemQuerySet, words: str) -> EvidenceItemQuerySet:
    """The items in whose title, number, signatory, tags, file name or address each of the first eight words is found,
    whatever its case. Ask only among items that are open to the reader: a hit tells what is in the item."""
    for word in folded(words).split()[:8]:
        items = items.filter(search__contains=word)
    return items


def pickable(user: Any) -> EvidenceItemQuerySet:
    """What this person may put to use: of their region, not deleted, open to them, good for a proof."""
    return EvidenceItem.objects.visible_to(user).kept().open_to(user).usable()


def newest(items: Iterable[EvidenceItem]) -> dict[UUID, EvidenceRevision]:
    """The newest revision of each item, with file and item, by the item's pk. One query."""
    by_pk = {item.pk: item for item in items}
    found: dict[UUID, EvidenceRevision] = {}
    for revision in EvidenceRevision.objects.filter(item__in=by_pk).select_related("file").order_by("-number", "pk"):
        if revision.item_id not in found:
            revision.item = by_pk[revision.item_id]
            found[revision.item_id] = revision
    return found


def _sum_of(rows: QuerySet[Any]) -> Subquery:
    """The sum of `size` over all rows, as one value of another query."""
    return Subquery(rows.order_by().values(whole=Value(1)).annotate(sum=Sum("size")).values("sum"))


# --- room -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Holding:
    """What a region or a person keeps in the archive, and what they have begun to send.

    Counted are the bytes as they were sent, each file once however many documents share it; what is deleted counts
    until its bytes are really gone. The portal's own copies and drawn pages count for nobody.
    """

    revisions: QuerySet[EvidenceRevision]
    uploads: QuerySet[Upload]

    def used(self) -> int:
        """In bytes. One statement, so that a file on its way from one to the other is counted once and never missed."""
        filed, sent = self.revisions.exclude(file=None), self.uploads.exclude(stored=None)
        stored = StoredFile.objects.filter(Q(pk__in=filed.values("file")) | Q(pk__in=sent.values("stored")))
        coming = self.uploads.filter(stored=None)
        sums = Region.objects.order_by("pk").values_list(_sum_of(stored), _sum_of(coming))[:1]
        return sum(part or 0 for row in sums for part in row)

    def holds(self, stored: StoredFile) -> bool:
        return self.revisions.filter(file=stored).exists() or self.uploads.filter(stored=stored).exists()


def in_region(region: Region) -> Holding:
    return Holding(
        EvidenceRevision.objects.filter(item__region_id=region.pk), Upload.objects.filter(region_id=region.pk)
    )


def of_person(by: Any) -> Holding:
    """What this person has sent, in whichever region."""
    return Holding(EvidenceRevision.objects.filter(created_by_id=by.pk), Upload.objects.filter(by_id=by.pk))


@dataclass(frozen=True)
class Usage:
    """How much of a quota is used, in bytes; `quota` 0 is no limit. For components/quota.html."""

    used: int
    quota: int

    @property
    def percent(self) -> int:
        """Rounded down, so that it says 100 only when nothing is left."""
        return min(100, 100 * self.used // self.quota) if self.quota else 0

    @property
    def used_text(self) -> str:
        return size_text(self.used)

    @property
    def quota_text(self) -> str:
        return size_text(self.quota)

    @property
    def left_text(self) -> str:
        return size_text(max(0, self.quota - self.used))

    @property
    def nearly_full(self) -> bool:
        return self.percent >= 80

    @property
    def keep_deleted_days(self) -> int:
        """After how many days what is deleted gives its room back."""
        return int(settings.EVIDENCE_KEEP_DELETED_DAYS)


def usage(region: Region) -> Usage:
    """How much of its quota a region uses. One query."""
    return Usage(in_region(region).used(), settings.EVIDENCE_REGION_QUOTA)


class Storage:
    """How the archive stands as a whole, for admins."""

    @cached_property
    def counts(self) -> dict[str, int]:
        """`files` and their `size` in bytes, the portal's copies included."""
        told = StoredFile.objects.aggregate(files=Count("pk"), size=Sum("size"), copies=Sum("served_size"))
        return {"files": told["files"], "size": (told["size"] or 0) + (told["copies"] or 0)}

    @cached_property
    def free(self) -> int | None:
        return free()

    @property
    def size_text(self) -> str:
        return size_text(self.counts["size"])

    @property
    def free_text(self) -> str:
        """'' where the archive is no disk of this machine."""
        return "" if self.free is None else size_text(self.free)

    @property
    def min_free_text(self) -> str:
        return size_text(settings.EVIDENCE_MIN_FREE)

    @property
    def closed(self) -> bool:
        """Are uploads refused because the disk has too little room?"""
        return self.free is not None and self.free < settings.EVIDENCE_MIN_FREE

    @cached_property
    def tight(self) -> list[tuple[Region, Usage]]:
        """The regions that use four fifths of their quota or more, fullest first."""
        if not (quota := settings.EVIDENCE_REGION_QUOTA):
            return []
        sent = EvidenceRevision.objects.exclude(file=None).values("item__region").annotate(sum=Sum("file__size"))
        # A sum that counts shared files twice is never too small: what it leaves out is not tight.
        suspected = Region.objects.filter(pk__in=sent.filter(sum__gte=quota * 4 // 5).values("item__region"))
        found = [(region, usage(region)) for region in suspected.order_by("pk")]
        return sorted((one for one in found if one[1].nearly_full), key=lambda one: -one[1].used)
