"""The work: a cycle, each region's evaluation in it, its answers with their evidence, reviews and scores."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.enums import OF_A_CITY, Role
from clusters.models import Instrument, Question
from clusters.wants import parse_want
from evaluations.enums import (
    JUDGED,
    SCORED,
    SUBMITTED,
    AnswerState,
    DocumentVerdict,
    PublishedPredicate,
    PublishedStage,
    Stage,
    Verdict,
)
from evidence.enums import FileState
from evidence.models import EvidenceRevision
from regions import codes
from regions.models import Agency, Region


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


class Assignment(models.Model):
    """A question given to an agency of the region. Of several, the lead writes the answer; the others add evidence."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="assignments")
    question = models.ForeignKey(Question, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="assignments")
    is_lead = models.BooleanField("penanggung jawab utama", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "question", "agency"], name="assignment_once"),
            models.UniqueConstraint(
                fields=["evaluation", "question"], condition=Q(is_lead=True), name="assignment_one_lead"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question.code} · {self.agency}"


def needs_proof(question: Question) -> bool:
    """Does the question want evidence that it cannot do without?"""
    return any(not parse_want(want).optional for want in question.wants)


class AnswerQuerySet(models.QuerySet["Answer"]):
    def visible_to(self, user: Any) -> "AnswerQuerySet":
        return self.filter(evaluation__in=Evaluation.objects.visible_to(user))

    def unproven(self, stage: str, *, but: uuid.UUID | None = None) -> "AnswerQuerySet":
        """Those that have proof, every piece of which was rejected in this stage as it now is. `but`: the pk of a piece
        that is taken as rejected, whatever stands."""
        said = EvidenceVerdict.objects.filter(
            link=OuterRef("pk"), revision=OuterRef("revision"), stage=stage, verdict=DocumentVerdict.REJECTED
        )
        gone = Q(Exists(said)) | Q(pk=but) if but else Q(Exists(said))
        proof = AnswerEvidence.objects.proving().filter(answer=OuterRef("pk"))
        return self.filter(Exists(proof.filter(gone))).exclude(Exists(proof.exclude(gone)))


class Answer(models.Model):
    """The region's one answer to one question; `value` has the shape `clusters.scoring` gives the question's kind.

    Every question has its row from the start of the evaluation, so that the version guards the first answer as well.
    `version` counts every change, evidence and reviews too: a judge judges what was seen. `text_version` is the version
    at which value or note last changed: a colleague's upload must not refuse somebody's text. `proposal` is what an
    earlier cycle's answer (`proposed_from`) offers; it counts nothing until somebody saves it as the answer.
    """

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    value = models.JSONField("jawaban", null=True, blank=True)
    note = models.TextField("catatan", blank=True)
    state = models.CharField("status", max_length=10, choices=AnswerState.choices, default=AnswerState.EMPTY)
    on_behalf_of = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField("diubah", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    text_version = models.PositiveIntegerField(default=1)
    proposal = models.JSONField("usulan", null=True, blank=True)
    proposal_note = models.TextField("catatan usulan", blank=True)
    proposed_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "question"], name="answer_once"),
            models.CheckConstraint(condition=Q(state__in=AnswerState.values), name="answer_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.question.code} · {self.evaluation}"

    def get_absolute_url(self) -> str:
        return reverse("evaluations:answer_edit", args=[self.evaluation_id, self.question.code])


class AnswerEvidenceQuerySet(models.QuerySet["AnswerEvidence"]):
    def visible_to(self, user: Any) -> "AnswerEvidenceQuerySet":
        return self.filter(answer__evaluation__in=Evaluation.objects.visible_to(user))

    def attached(self) -> "AnswerEvidenceQuerySet":
        """Those not taken off again."""
        return self.filter(removed_at=None)

    def proving(self) -> "AnswerEvidenceQuerySet":
        """Those attached that count as proof: what is quarantined can be opened by nobody, and proves nothing."""
        return self.attached().exclude(revision__file__state=FileState.QUARANTINED)

    def without_copy(self) -> "AnswerEvidenceQuerySet":
        """Those put to an answered question that are an address alone, with no file of what it showed."""
        alone = self.attached().filter(revision__file=None, revision__purged_at=None).exclude(revision__url="")
        return alone.exclude(answer__state=AnswerState.EMPTY)

    def with_files(self) -> "AnswerEvidenceQuerySet":
        return self.select_related("revision__item__agency", "revision__file", "revision__created_by", "added_by")


class AnswerEvidence(models.Model):
    """A revision of an evidence item, put to an answer. Taking it off leaves the row, so that it can be put back.

    `want` is the key of the wish of the question that it is ticked against, '' for none; `page_hint` tells a reader
    where to look ("hal. 12"). A newer revision of the item takes the place of `revision` while the answer is open.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.ForeignKey(Answer, models.CASCADE, related_name="evidence")
    revision = models.ForeignKey(EvidenceRevision, models.PROTECT, related_name="uses")
    want = models.CharField("memenuhi", max_length=60, blank=True)
    page_hint = models.CharField("halaman yang dirujuk", max_length=40, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = AnswerEvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["added_at"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "revision", "want"], name="evidence_once_per_want"),
        ]

    def __str__(self) -> str:
        return str(self.revision)

    @property
    def proves(self) -> bool:
        """As `AnswerEvidenceQuerySet.proving` has it, of a row with its file."""
        file = self.revision.file
        return self.removed_at is None and (file is None or file.state != FileState.QUARANTINED)


class EvidenceVerdict(models.Model):
    """What a judge said in one stage of one document as it was: of the revision that was looked at, at that answer.

    A newer revision has no verdict yet, so it is looked at anew; the former verdict stays with the former revision.
    """

    link = models.ForeignKey(AnswerEvidence, models.CASCADE, related_name="verdicts")
    revision = models.ForeignKey(EvidenceRevision, models.PROTECT, related_name="+")
    stage = models.CharField("tahap", max_length=20, choices=Stage.choices)
    verdict = models.CharField("putusan", max_length=10, choices=DocumentVerdict.choices)
    reason = models.TextField("alasan", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link", "revision", "stage"], name="evidence_verdict_once_per_stage"),
            models.CheckConstraint(condition=Q(stage__in=list(JUDGED)), name="evidence_verdict_in_a_judged_stage"),
            models.CheckConstraint(condition=Q(verdict__in=DocumentVerdict.values), name="evidence_verdict_known"),
            models.CheckConstraint(
                condition=Q(verdict=DocumentVerdict.ACCEPTED) | ~Q(reason=""), name="evidence_verdict_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}"


class Review(models.Model):
    """What a task-force member said of one version of an answer: approved, or returned with a reason."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="reviews")
    answer_version = models.PositiveIntegerField()
    approved = models.BooleanField()
    reason = models.TextField("alasan", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(approved=True) | ~Q(reason=""), name="return_has_a_reason"),
        ]

    def __str__(self) -> str:
        return "Disetujui" if self.approved else "Dikembalikan"


class Score(models.Model):
    """A judge's verdict on one answer in one stage, bound to the version of the answer that was looked at.

    `fraction` (0..1) of the question's points; `level` is the key of the level given instead of the claim, or
    `scoring.NOT_APPLICABLE` where the judge agrees that the question does not apply.
    """

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="scores")
    stage = models.CharField("tahap", max_length=20, choices=Stage.choices)
    answer_version = models.PositiveIntegerField()
    verdict = models.CharField("putusan", max_length=10, choices=Verdict.choices)
    level = models.CharField("tingkat", max_length=40, blank=True)
    fraction = models.DecimalField(max_digits=13, decimal_places=12)  # as fine as scoring.FRACTION_STEP
    reason = models.TextField("alasan", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["answer", "stage"], name="score_once_per_stage"),
            models.CheckConstraint(condition=Q(stage__in=list(JUDGED)), name="score_in_a_judged_stage"),
            models.CheckConstraint(condition=Q(fraction__gte=0, fraction__lte=1), name="score_is_a_fraction"),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.ACCEPTED) | ~Q(reason=""), name="other_verdict_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} {self.fraction}"


class StageTotal(models.Model):
    """What an evaluation stood at when one of the five scored stages closed, as it was computed then.

    `points` is what the stage gives: the claim in the self-assessment, the verdicts afterwards. All three are exact at
    nine decimals, 0..the instrument's maximum. `clusters`: {cluster code: {"points", "claimed", "supported"}} as
    decimal text. `manage.py recompute --check` computes them anew and compares.
    """

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="stage_totals")
    stage = models.CharField("tahap", max_length=20, choices=Stage.choices)
    points = models.DecimalField("nilai", max_digits=13, decimal_places=9)
    claimed = models.DecimalField("klaim", max_digits=13, decimal_places=9)
    supported = models.DecimalField("terdukung", max_digits=13, decimal_places=9)
    predicate = models.CharField("predikat", max_length=20)
    clusters = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "stage"], name="stage_total_once"),
            models.CheckConstraint(condition=Q(stage__in=list(SCORED)), name="stage_total_of_a_scored_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} {self.points}"


class PublishedResultQuerySet(models.QuerySet["PublishedResult"]):
    def visible_to(self, user: Any) -> "PublishedResultQuerySet":
        """They come from public sources: open to everybody signed in."""
        return self if user.is_authenticated else self.none()

    def ranked(self) -> "PublishedResultQuerySet":
        """With `predicate_rank`: 0 without a predicate upwards, None where the source says nothing of it."""
        ranks = [models.When(predicate=code, then=rank) for rank, code in enumerate(PublishedPredicate.values)]
        return self.annotate(predicate_rank=models.Case(*ranks, output_field=models.IntegerField()))


class PublishedResult(models.Model):
    """A result of an earlier year as somebody has published it, with the source. Never mixed with the portal's own.

    `cluster_code` '' is the whole; `score` 0..`maximum` where known; `predicate` a code as in the instruments, "none"
    for published without one, '' where the source says nothing of it.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="published_results", verbose_name="daerah")
    year = models.PositiveSmallIntegerField("tahun")
    stage = models.CharField("tahap", max_length=20, choices=PublishedStage.choices)
    cluster_code = models.CharField("klaster", max_length=10, blank=True)
    score = models.DecimalField("nilai", max_digits=9, decimal_places=3, null=True, blank=True)
    maximum = models.DecimalField("nilai maksimum", max_digits=9, decimal_places=3, null=True, blank=True)
    predicate = models.CharField("predikat", max_length=20, blank=True)
    source_url = models.URLField("sumber", max_length=500)
    note = models.TextField("catatan", blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PublishedResultQuerySet.as_manager()

    class Meta:
        ordering = ["region", "-year", "stage", "cluster_code"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "year", "stage", "cluster_code", "source_url"],
                name="published_result_once_per_source",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=False) | ~Q(predicate=""), name="published_result_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.year}"
