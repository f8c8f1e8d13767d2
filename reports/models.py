"""What comes out: a report is a frozen payload, its fingerprint, and the PDF printed from it; a package is a frozen
list of documents and the ZIP that holds them."""

import uuid
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from evaluations.enums import Stage
from evaluations.models import Evaluation
from evidence.formats import size_text
from regions.models import Agency
from reports.enums import LetterKind, PackageScope
from trail.models import Job, JobState


class OfAJob:
    """What a worker makes: it is as far as its job is."""

    job: Job

    @property
    def state(self) -> JobState:
        """How far the making is now; a job without a living lease reads as failed."""
        return self.job.state_at(timezone.now())


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: Any) -> "ReportQuerySet":
        """Those of evaluations in sight; whether their content may be read is `permissions`' business."""
        return self.filter(evaluation__in=Evaluation.objects.visible_to(user))

    def with_names(self) -> "ReportQuerySet":
        """What a page shows of them. The payload is large and is left where it is."""
        return self.select_related("evaluation__region", "evaluation__cycle__instrument", "job", "requested_by").defer(
            "payload"
        )


class Report(OfAJob, models.Model):
    """One printing of a region's evaluation. The same content has the same fingerprint and is rendered once.

    stage        of the evaluation when the content was frozen; the reader's right is asked of that stage as well
    with_scores  the content holds evaluated scores
    pages        of the finished PDF, 0 until then
    trail_seq, trail_digest   where the trail stood when the content was frozen, which is printed as well; no content,
                 so that the same content stays the same report. 0 and '' in those that are older than the chain
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="reports")
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    fingerprint = models.CharField("sidik jari", max_length=64)
    stage = models.CharField("tahap", max_length=20, choices=Stage.choices)
    with_scores = models.BooleanField("memuat nilai evaluator")
    pages = models.PositiveSmallIntegerField("halaman", default=0)
    trail_seq = models.PositiveBigIntegerField("nomor jejak", default=0)
    trail_digest = models.CharField("sidik jejak", max_length=64, blank=True)
    job = models.ForeignKey(Job, models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "fingerprint"], name="report_once_per_content"),
        ]

    def __str__(self) -> str:
        return f"Laporan {self.evaluation}"

    def get_absolute_url(self) -> str:
        return reverse("reports:report_detail", args=[self.pk])

    @property
    def subject(self) -> str:
        """The key under which events about this report are filed."""
        return f"report:{self.pk}"

    @property
    def file_name(self) -> str:
        """The name in the store. Made from the content, so a second printing overwrites the same file with the same."""
        return f"{self.fingerprint}.pdf"


class PackageQuerySet(models.QuerySet["Package"]):
    def visible_to(self, user: Any) -> "PackageQuerySet":
        """One's own, made in the role one acts in now: what is inside follows from that role and is nobody else's."""
        acting = user.acting if user.is_authenticated else None
        if acting is None:
            return self.none()
        return self.filter(requested_by=user, membership=acting.pk, evaluation__in=Evaluation.objects.visible_to(user))

    def with_names(self) -> "PackageQuerySet":
        """What a page shows of them. The entries are many and are left where they are."""
        return self.select_related("evaluation__region", "evaluation__cycle__instrument", "job").defer("entries")


class Package(OfAJob, models.Model):
    """Documents of an evaluation in one ZIP, for somebody who may open them.

    scope, part   what it is of: the evaluation (part ''), a cluster (its code), an agency (its pk as text)
    membership    the role it was asked for in; the worker and every download ask its rights anew
    entries       the documents as they were when it was asked for, in the order of the instrument
                  (`packages_content.Entry`); once made, with what became of each. Emptied when it is swept
    fingerprint   SHA-256 of the entries as asked for: the same asked again is the same package while it lasts
    files, size, sha256   of the finished ZIP: how many documents, bytes, hash; 0 and '' until then
    swept_at      its file is gone because its time was over
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="packages")
    scope = models.CharField("cakupan", max_length=8, choices=PackageScope.choices)
    part = models.CharField("bagian", max_length=20, blank=True)
    title = models.CharField("judul", max_length=200)
    entries = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    fingerprint = models.CharField("sidik jari", max_length=64)
    job = models.OneToOneField(Job, models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    files = models.PositiveIntegerField("berkas", default=0)
    size = models.PositiveBigIntegerField("ukuran", default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField("diminta", default=timezone.now)
    expires_at = models.DateTimeField("tersedia sampai")
    swept_at = models.DateTimeField("dihapus", null=True, blank=True)

    objects = PackageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=PackageScope.values), name="package_scope_known"),
        ]

    def __str__(self) -> str:
        return f"Paket {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("reports:package_detail", args=[self.pk])

    @property
    def file_name(self) -> str:
        """The name in the store."""
        return f"{self.pk}.zip"

    @property
    def size_text(self) -> str:
        return size_text(self.size)

    @property
    def expired(self) -> bool:
        return self.swept_at is not None or self.expires_at <= timezone.now()


class LetterQuerySet(models.QuerySet["Letter"]):
    def visible_to(self, user: Any) -> "LetterQuerySet":
        """Those of evaluations in sight; who may read them is `permissions`' business."""
        return self.filter(evaluation__in=Evaluation.objects.visible_to(user))

    def with_names(self) -> "LetterQuerySet":
        return self.select_related("evaluation__region", "evaluation__cycle", "agency", "job")


class Letter(OfAJob, models.Model):
    """A letter that asks an agency for documents, or the list of those that are late (no agency), frozen as it was when
    it was written, and its PDF.

    payload   `evaluations.queries.letters.Content`, and `address`, where the agency uploads; `queries.late.Content`
    fingerprint   of payload and layout: the same letter is printed once
    until     the last day for the documents; of a list, the day that it is of
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="letters")
    kind = models.CharField("jenis", max_length=8, choices=LetterKind.choices, default=LetterKind.REQUEST)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="letters")
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    fingerprint = models.CharField("sidik jari", max_length=64)
    until = models.DateField("paling lambat")
    job = models.ForeignKey(Job, models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("dibuat", default=timezone.now)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "agency", "fingerprint"], nulls_distinct=False, name="letter_once_per_content"
            ),
            models.CheckConstraint(
                condition=models.Q(kind=LetterKind.LATE, agency=None)
                | models.Q(kind=LetterKind.REQUEST, agency__isnull=False),
                name="letter_has_its_agency",
            ),
        ]

    def __str__(self) -> str:
        return f"Surat permintaan {self.agency}" if self.agency else self.get_kind_display()

    def get_absolute_url(self) -> str:
        return reverse("reports:letter_detail", args=[self.pk])

    @property
    def file_name(self) -> str:
        """The name in the store."""
        return f"{self.fingerprint}.pdf"
