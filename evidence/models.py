"""What proves it: content-addressed files, evidence items and their revisions. Knows no answer."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from evidence.enums import EvidenceKind, FileState
from regions.models import Agency, Region


class StoredFile(models.Model):
    """Bytes on disk under their SHA-256, once however often they are sent. On the disk before this row exists."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()
    mime = models.CharField(max_length=100)
    state = models.CharField(max_length=8, choices=FileState.choices, default=FileState.RECEIVED)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=FileState.values), name="file_state_known")]

    def __str__(self) -> str:
        return self.sha256[:12]


class EvidenceItem(models.Model):
    """A document, photo or link that a region's agency holds. Its content changes by revisions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    region = models.ForeignKey(Region, models.PROTECT, related_name="evidence_items")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="evidence_items")
    title = models.CharField("judul", max_length=200)
    kind = models.CharField("jenis", max_length=12, choices=EvidenceKind.choices, default=EvidenceKind.OTHER)
    personal_data = models.BooleanField("memuat data pribadi/anak", default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kind__in=EvidenceKind.values), name="evidence_kind_known")]

    def __str__(self) -> str:
        return self.title


class EvidenceRevision(models.Model):
    """One state of an item: a stored file with the name it came under, or the address of a link."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(EvidenceItem, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField(default=1)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="revisions")
    original_name = models.CharField("nama berkas", max_length=200, blank=True)
    url = models.URLField("alamat", max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="revision_number_once"),
            models.CheckConstraint(
                condition=Q(file__isnull=False, url="") | (Q(file=None) & ~Q(url="")), name="revision_is_file_or_link"
            ),
        ]

    def __str__(self) -> str:
        return self.original_name or self.url
