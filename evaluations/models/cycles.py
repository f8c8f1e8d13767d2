"""A cycle, its calendar, each region's evaluation in it, and who works on it."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from accounts.enums import OF_A_CITY, Role
from clusters.models import Instrument
from evaluations.enums import SUBMITTED, BatchKind, ReceiptKind, Stage
from evidence.models import EvidenceRevision
from regions import codes
from regions.models import Agency, Region
from trail.models import Job, JobState


class CycleQuerySet(models.QuerySet["Cycle"]):
    def visible_to(self, user: Any) -> "CycleQuerySet":
        """The calendar of the cycles is no secret among those signed in."""
        return self if user.is_authenticated else self.none()


class Cycle(models.Model):
    """One round of the national evaluation: its name, the data years it asks for, its instrument."""

    name = models.CharField("nama", max_length=80, unique=True)
    data_years = models.JSONField("tahun data", default=list)
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="cycles", verbose_name="instrumen")
    keep_evidence_until = models.DateField("data dukung disimpan sampai", null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CycleQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("evaluations:cycle_detail", args=[self.pk])

    @property
    def years_text(self) -> str:
        return " dan ".join(str(year) for year in self.data_years)

    @property
    def compared_years(self) -> tuple[str, str]:
        """What the earlier and the later year are called where a question compares two; of one data year, the year
        before it and that year."""
        if not self.data_years:
            return "Tahun sebelumnya", "Tahun terakhir"
        later = max(self.data_years)
        earlier = min(self.data_years) if len(self.data_years) > 1 else later - 1
        return f"Tahun {earlier}", f"Tahun {later}"


class StageWindow(models.Model):
    """From when to when a stage of a cycle is planned to run."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="windows")
    stage = models.CharField("tahap", max_length=20, choices=Stage.choices)
    opens_at = models.DateTimeField("dibuka")
    closes_at = models.DateTimeField("ditutup")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "stage"], name="window_once_per_stage"),
            models.CheckConstraint(condition=Q(closes_at__gt=models.F("opens_at")), name="window_ends_after_it_opens"),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}"


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    def visible_to(self, user: Any) -> "EvaluationQuerySet":
        """Rows whose existence `user` may know. What they may read in them is `permissions`' business.

        A city's people see the city's; a province's verifiers all of the province; evaluators what is allotted to them,
        once submitted; national admins everything; and everybody signed in what has been awarded. See docs/access.md.
        """
        acting = user.acting if user.is_authenticated else None
        if acting is None:
            return self.none()
        published = Q(stage=Stage.AWARDED)
        if acting.role == Role.NATIONAL_ADMIN:
            return self
        if acting.role == Role.EVALUATOR:
            mine = Allotment.objects.filter(evaluation=OuterRef("pk"), evaluator=user)
            return self.filter(published | Q(Exists(mine), stage__in=SUBMITTED))
        if acting.role == Role.PROVINCE_VERIFIER:
            return self.filter(published | codes.within(acting.region_id, "region_id"))
        if acting.role in OF_A_CITY:
            return self.filter(published | Q(region_id=acting.region_id))
        return self.filter(published)

    def with_names(self) -> "EvaluationQuerySet":
        return self.select_related("region", "cycle__instrument")


class Evaluation(models.Model):
    """One region in one cycle. Its stage changes only in `services.workflow.move`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="evaluations")
    region = models.ForeignKey(Region, models.PROTECT, related_name="evaluations")
    stage = models.CharField("tahap", max_length=20, choices=Stage.choices, default=Stage.SELF_ASSESSMENT)
    submitted_at = models.DateTimeField("diajukan", null=True, blank=True)
    awarded_at = models.DateTimeField("ditetapkan", null=True, blank=True)
    awarded_points = models.DecimalField("nilai akhir", max_digits=13, decimal_places=9, null=True, blank=True)
    awarded_predicate = models.CharField("predikat", max_length=20, blank=True)
    award_reason = models.TextField("alasan predikat lain", blank=True)
    signed_off_at = models.DateTimeField("disahkan ketua", null=True, blank=True)
    signed_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="disahkan oleh"
    )
    declaration = models.ForeignKey(
        EvidenceRevision, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="surat pernyataan"
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        ordering = ["-cycle__created_at", "region"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "region"], name="evaluation_once_per_cycle"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="evaluation_stage_known"),
        ]

    def __str__(self) -> str:
        return f"{self.region} · {self.cycle}"

    def get_absolute_url(self) -> str:
        return reverse("evaluations:evaluation_detail", args=[self.pk])

    @property
    def predicate_label(self) -> str:
        """The name of the awarded predicate in the evaluation's own instrument."""
        names = {band["code"]: band["name"] for band in self.cycle.instrument.predicates}
        return names.get(self.awarded_predicate, "Belum berpredikat")

    @property
    def subject(self) -> str:
        """The key under which events about this evaluation are filed."""
        return f"evaluation:{self.pk}"


class Allotment(models.Model):
    """An evaluation given to an evaluator of the ministry."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="allotments")
    evaluator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="allotments")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["evaluation", "evaluator"], name="allotment_once")]

    def __str__(self) -> str:
        return f"{self.evaluator} · {self.evaluation}"


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def standing(self) -> "ExtensionQuerySet":
        """Those that nobody has withdrawn, over or not."""
        return self.filter(withdrawn_at=None)

    def last_until(self) -> Subquery:
        """For another query: until when the last of them goes, None without any."""
        return Subquery(self.standing().order_by("-until").values("until")[:1])


class Extension(models.Model):
    """More time for one region in one stage, until a moment; then it is over by itself. Given with a reason, never
    changed: another one is given, or this one is withdrawn."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="extensions")
    stage = models.CharField("tahap", max_length=20, choices=Stage.choices)
    until = models.DateTimeField("sampai")
    reason = models.TextField("alasan")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ["-until"]
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="extension_stage_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} · {self.until:%Y-%m-%d %H:%M}"


class InternalDeadline(models.Model):
    """Until when the region wants an agency's part (no agency: every part). It reminds and counts; it locks nothing."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="internal_deadlines")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField("batas internal")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "agency"], nulls_distinct=False, name="internal_deadline_once_per_agency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency or 'Semua'} · {self.due_at:%Y-%m-%d %H:%M}"


class Seat(models.Model):
    """A member's place in the task force of one evaluation: the clusters allotted (codes; none: all), and the chair."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="seats")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="seats")
    clusters = models.JSONField("klaster", default=list)
    is_chair = models.BooleanField("ketua", default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "member"], name="seat_once_per_member"),
            models.UniqueConstraint(fields=["evaluation"], condition=Q(is_chair=True), name="seat_one_chair"),
        ]

    def __str__(self) -> str:
        return f"{self.member}{' · Ketua' if self.is_chair else ''}"


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def visible_to(self, user: Any) -> "ReceiptQuerySet":
        return self.filter(evaluation__in=Evaluation.objects.visible_to(user))


class Receipt(models.Model):
    """Proof of what was handed over, and when: frozen with the hash of its content and the head of the trail.

    `sha256` is that of `payload` in canonical JSON; `trail_seq` and `trail_digest` name the event that recorded it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="receipts")
    kind = models.CharField("jenis", max_length=10, choices=ReceiptKind.choices)
    number = models.CharField("nomor", max_length=40, unique=True)
    payload = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    declaration = models.ForeignKey(EvidenceRevision, models.PROTECT, null=True, related_name="+")
    trail_seq = models.PositiveBigIntegerField(default=0)
    trail_digest = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("evaluations:receipt_detail", args=[self.pk])


class Award(models.Model):
    """The predicate decided on before it is published: the computed one, or another with a reason.

    `points` and `computed` are what the final stage gave when it was decided; when they change, it is decided anew.
    """

    evaluation = models.OneToOneField(Evaluation, models.CASCADE, related_name="award")
    points = models.DecimalField("nilai akhir", max_digits=13, decimal_places=9)
    computed = models.CharField("predikat terhitung", max_length=20)
    predicate = models.CharField("predikat", max_length=20)
    reason = models.TextField("alasan", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(predicate=models.F("computed")) | ~Q(reason=""), name="other_predicate_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.predicate


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: Any) -> "BatchQuerySet":
        """A national admin's: every one; a province verifier's: their own, while they act as one."""
        if not user.is_authenticated or not user.acts_as(Role.NATIONAL_ADMIN, Role.PROVINCE_VERIFIER):
            return self.none()
        return self if user.acts_as(Role.NATIONAL_ADMIN) else self.filter(by=user, payload__membership=user.acting.pk)

    def with_names(self) -> "BatchQuerySet":
        return self.select_related("cycle__instrument", "job", "by")


class Batch(models.Model):
    """One action on many regions of a cycle, done by the worker one by one; each stands or falls for itself.

    payload   {"membership": pk of the role it was asked for in, "items": [[id, version, …], …], …}: what was ticked, as
              it was seen; an item begins with the evaluation's id, in preparing a cycle with the region's code
    results   [[id, "" or why it was not done], …], as far as the worker has come, in the order of the items
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="batches")
    kind = models.CharField("tindakan", max_length=20, choices=BatchKind.choices)
    action = models.CharField("langkah", max_length=20, blank=True)
    payload = models.JSONField(default=dict)
    results = models.JSONField(default=list)
    job = models.OneToOneField(Job, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.cycle}"

    def get_absolute_url(self) -> str:
        return reverse("evaluations:batch_detail", args=[self.pk])

    @property
    def state(self) -> JobState:
        """A job without a living lease reads as failed; what is done stays done, and it can go on."""
        return self.job.state_at(timezone.now())

    @property
    def items(self) -> list[list[Any]]:
        found: list[list[Any]] = self.payload["items"]
        return found

    @property
    def done(self) -> int:
        return sum(not why for _, why in self.results)

    @property
    def refused(self) -> list[tuple[str, str]]:
        """(id, why), in their order."""
        return [(key, why) for key, why in self.results if why]
