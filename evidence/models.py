"""What proves it: content-addressed files, evidence items and their revisions. Knows no answer."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.enums import Role
from evidence.enums import AccessKind, EvidenceKind, FileState, LinkState
from regions.models import Agency, Region


class StoredFile(models.Model):
    """Bytes on disk under their SHA-256, once however often they are sent. On the disk before this row exists.

    `served_sha256` names the copy that leaves the portal where the original carries traces of its maker (EXIF, GPS);
    '' where the original itself is served. `scanner` is what looked for malware, '' where none is configured, and
    `finding` the name it gave. `pages` counts those of a PDF, 1 for a picture, 0 where nothing can be shown.
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()
    mime = models.CharField(max_length=100)
    state = models.CharField(max_length=12, choices=FileState.choices, default=FileState.RECEIVED)
    scanner = models.CharField(max_length=80, blank=True)
    scanned_at = models.DateTimeField("dipindai", null=True, blank=True)
    finding = models.CharField("temuan", max_length=120, blank=True)
    served_sha256 = models.CharField(max_length=64, blank=True)
    served_size = models.PositiveBigIntegerField(null=True, blank=True)
    pages = models.PositiveIntegerField("halaman", default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=FileState.values), name="file_state_known")]
        indexes = [models.Index(fields=["state"], name="file_by_state")]

    def __str__(self) -> str:
        return self.sha256[:12]


class EvidenceItemQuerySet(models.QuerySet["EvidenceItem"]):
    def visible_to(self, user: Any) -> "EvidenceItemQuerySet":
        """The library of a region, for those who gather and review there. Judges see documents at the answers."""
        acting = user.acting if user.is_authenticated else None
        if acting is None or acting.role not in (Role.OPERATOR, Role.COORDINATOR, Role.TASK_FORCE):
            return self.none()
        return self.filter(region_id=acting.region_id)

    def kept(self) -> "EvidenceItemQuerySet":
        """Those not deleted."""
        return self.filter(deleted_at=None)

    def open_to(self, user: Any) -> "EvidenceItemQuerySet":
        """Of those visible to `user`, the ones whose content they may read: `permissions.can_open_item` as a filter."""
        if user.acts_as(Role.COORDINATOR, Role.TASK_FORCE):
            return self
        return self.filter(Q(personal_data=False) | Q(agency__isnull=False, agency=user.acting.agency_id))

    def usable(self) -> "EvidenceItemQuerySet":
        """Those whose newest revision can prove something: neither quarantined nor really removed."""
        later = EvidenceRevision.objects.filter(item=OuterRef("item"), number__gt=OuterRef("number"))
        spoilt = EvidenceRevision.objects.filter(item=OuterRef("pk")).exclude(Exists(later)).filter(
            Q(file__state=FileState.QUARANTINED) | Q(purged_at__isnull=False)
        )  # fmt: skip
        return self.exclude(Exists(spoilt))


class EvidenceItem(models.Model):
    """A document, photo or link that a region's agency holds. Its content changes by revisions, the newest counts.

    `data_year` is the year that its content speaks of, which is not the year of its date. `deleted_at` is a tombstone:
    it can be taken back until the files are really removed (settings.EVIDENCE_KEEP_DELETED_DAYS). `size` (bytes of the
    newest revision, 0 for a link) and `search` (what it can be found by) are kept by `services.items.reindex`, so that
    a page of the library asks one table; each order and filter of that page has its index.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    region = models.ForeignKey(Region, models.PROTECT, related_name="evidence_items")
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="evidence_items", verbose_name="perangkat daerah"
    )
    title = models.CharField("judul", max_length=200)
    kind = models.CharField("jenis", max_length=12, choices=EvidenceKind.choices, default=EvidenceKind.OTHER)
    personal_data = models.BooleanField("memuat data pribadi/anak", default=True)
    number = models.CharField("nomor", max_length=80, blank=True)
    dated = models.DateField("tanggal dokumen", null=True, blank=True)
    signatory = models.CharField("penanda tangan", max_length=120, blank=True)
    data_year = models.PositiveSmallIntegerField("tahun data", null=True, blank=True)
    valid_from = models.DateField("berlaku sejak", null=True, blank=True)
    valid_until = models.DateField("berlaku sampai", null=True, blank=True)
    tags = models.JSONField("label", default=list, blank=True)
    note = models.TextField("catatan", blank=True)
    deleted_at = models.DateTimeField("dihapus", null=True, blank=True)
    deleted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    size = models.PositiveBigIntegerField("ukuran", default=0, editable=False)
    search = models.TextField(default="", blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = EvidenceItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EvidenceKind.values), name="evidence_kind_known"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from")),
                name="evidence_valid_from_before_until",
            ),
        ]
        indexes = [
            *(
                models.Index(
                    fields=["region", *fields, "-id"], name=f"evidence_by_{name}", condition=Q(deleted_at=None)
                )
                for name, fields in {
                    "region": ["-created_at"],
                    "title": ["title"],
                    "dated": ["-dated"],
                    "validity": ["valid_until"],
                    "size": ["-size"],
                    "kind": ["kind", "-created_at"],
                    "agency": ["agency", "-created_at"],
                    "year": ["data_year", "-created_at"],
                }.items()
            ),
            models.Index(fields=["region", "deleted_at"], name="evidence_deleted", condition=~Q(deleted_at=None)),
        ]

    def __str__(self) -> str:
        return self.title


class EvidenceRevision(models.Model):
    """One state of an item: a stored file with the name it came under, the address of a link, or both: a copy of what
    the link showed. `link_state` is what the worker found when it last looked. `purged_at` says that its bytes were
    really removed, after the item had been deleted long enough or its retention had run out; `file` is then empty."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(EvidenceItem, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField(default=1)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="revisions")
    original_name = models.CharField("nama berkas", max_length=200, blank=True)
    url = models.URLField("alamat", max_length=500, blank=True)
    link_state = models.CharField("status tautan", max_length=9, choices=LinkState.choices, default=LinkState.UNCHECKED)
    link_checked_at = models.DateTimeField("tautan diperiksa", null=True, blank=True)
    link_note = models.CharField("hasil pemeriksaan tautan", max_length=200, blank=True)
    purged_at = models.DateTimeField("dihapus dari penyimpanan", null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="revision_number_once"),
            models.CheckConstraint(
                condition=Q(file__isnull=False) | ~Q(url="") | Q(purged_at__isnull=False),
                name="revision_is_file_or_link",
            ),
            models.CheckConstraint(condition=Q(link_state__in=LinkState.values), name="link_state_known"),
        ]
        indexes = [models.Index(fields=["link_state"], name="revision_by_link_state")]

    def __str__(self) -> str:
        return self.original_name or self.url


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: Any) -> "UploadQuerySet":
        """Nobody else's: an upload under way is its sender's business."""
        return self.filter(by=user) if user.is_authenticated else self.none()


class Upload(models.Model):
    """A file on its way in pieces, so that a cut line costs one piece. Its bytes lie in `incoming/<id>.upload`.

    `offset` counts the bytes that are flushed to the disk. What is not finished by `expires_at` is swept away. `place`:
    what it was announced for, in the words of whoever asks for it; empty for the library. It never changes, and neither
    does `created_at`, which is of the database's clock.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    name = models.CharField("nama berkas", max_length=255)
    size = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    key = models.CharField(max_length=64)
    place = models.CharField(max_length=64, blank=True)
    stored = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    refusal = models.TextField("alasan penolakan", blank=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "key"], name="upload_once_per_key"),
            models.CheckConstraint(condition=Q(offset__lte=models.F("size")), name="upload_within_its_size"),
        ]

    def __str__(self) -> str:
        return self.name


class FileAccess(models.Model):
    """Who had a file in hand: one row each time bytes of it left the portal. Never edited."""

    revision = models.ForeignKey(EvidenceRevision, models.CASCADE, related_name="accesses")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    acting_as = models.CharField("sebagai", max_length=20, blank=True)
    how = models.CharField("cara", max_length=8, choices=AccessKind.choices)
    at = models.DateTimeField("waktu", default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["revision", "-at"], name="access_by_revision")]

    def __str__(self) -> str:
        return f"{self.by} {self.at:%Y-%m-%d %H:%M}"
