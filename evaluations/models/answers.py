"""What a region answers, with its evidence: dealt out to agencies, judged document by document, opened again."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from clusters.models import Question
from clusters.wants import parse_want
from evaluations.enums import JUDGED, AnswerState, DocumentVerdict, ReopenKind, Stage
from evaluations.models.cycles import Evaluation, Extension, StageWindow
from evidence.enums import FileState
from evidence.models import EvidenceRevision
from regions.models import Agency


class Assignment(models.Model):
    """A question given to an agency of the region. Of several, the lead writes the answer; the others add evidence.

    Each has a note of its own to the coordinator, and says for itself when its part is done (`ready_at`). A mark
    that a later change took off leaves `ready_by` behind, so that the page can say so; by hand, both are emptied.
    """

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="assignments")
    question = models.ForeignKey(Question, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="assignments")
    is_lead = models.BooleanField("penanggung jawab utama", default=False)
    note = models.TextField("catatan bagian", blank=True)
    ready_at = models.DateTimeField("ditandai siap", null=True, blank=True)
    ready_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "question", "agency"], name="assignment_once"),
            models.UniqueConstraint(
                fields=["evaluation", "question"], condition=Q(is_lead=True), name="assignment_one_lead"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question.code} · {self.agency}"

    @property
    def lifted(self) -> bool:
        """Was it marked, and did a change take the mark off?"""
        return self.ready_at is None and self.ready_by_id is not None


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

    @cached_property
    def parts(self) -> list[Assignment]:
        """Its agencies' parts, the lead's first, each with its agency. Looked up once per fetched answer: a save asks
        several times, a page for every attachment."""
        rows = Assignment.objects.filter(evaluation=self.evaluation_id, question=self.question_id)
        return list(rows.select_related("agency").order_by("-is_lead", "pk"))


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


class ReopeningQuerySet(models.QuerySet["Reopening"]):
    def visible_to(self, user: Any) -> "ReopeningQuerySet":
        return self.filter(answer__evaluation__in=Evaluation.objects.visible_to(user))

    def standing(self) -> "ReopeningQuerySet":
        """Those that hold an answer open now, by the database's clock: not closed, not over, of the stage in which the
        evaluation is, and that stage open (as `timing` has it: when it is shortened, it takes along what it opened)."""
        windows = StageWindow.objects.filter(cycle=OuterRef("answer__evaluation__cycle"), stage=OuterRef("stage"))
        extended = Extension.objects.standing().filter(
            evaluation=OuterRef("answer__evaluation"), stage=OuterRef("stage"), until__gt=Now()
        )
        return self.filter(
            ~Exists(windows.filter(opens_at__gt=Now())),
            ~Exists(windows.filter(closes_at__lte=Now())) | Exists(extended),
            closed_at=None, until__gt=Now(), stage=F("answer__evaluation__stage"),
        )  # fmt: skip


class Reopening(models.Model):
    """One answer opened again for the region, by name and until a moment; everything else stays locked.

    kind     who opened it and what for; `batch` is the same for what was opened together (2×24 hours)
    closed_at  when the region said that it is done, or whoever opened it closed it; the moment itself needs no row
    """

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="reopenings")
    kind = models.CharField("jenis", max_length=10, choices=ReopenKind.choices)
    stage = models.CharField("tahap", max_length=20, choices=Stage.choices)
    until = models.DateTimeField("sampai")
    reason = models.TextField("yang diminta")
    batch = models.UUIDField(default=uuid.uuid4, editable=False)
    answer_version = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ReopeningQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="reopening_has_a_reason"),
            models.CheckConstraint(condition=Q(kind__in=ReopenKind.values), name="reopening_kind_known"),
        ]
        indexes = [models.Index(fields=["answer", "closed_at", "until"], name="reopening_open")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.until:%Y-%m-%d %H:%M}"
