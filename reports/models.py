"""What comes out: a report is a frozen payload, its fingerprint, and the PDF printed from it."""

import uuid
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils import timezone

from evaluations.enums import Stage
from evaluations.models import Evaluation
from trail.models import Job, JobState


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: Any) -> "ReportQuerySet":
        """Those of evaluations in sight; whether their content may be read is `permissions`' business."""
        return self.filter(evaluation__in=Evaluation.objects.visible_to(user))

    def with_names(self) -> "ReportQuerySet":
        """What a page shows of them. The payload is large and is left where it is."""
        return self.select_related("evaluation__region", "evaluation__cycle__instrument", "job", "requested_by").defer(
            "payload"
        )


class Report(models.Model):
    """One printing of a region's evaluation. The same content has the same fingerprint and is rendered once.

    stage        of the evaluation when the content was frozen; the reader's right is asked of that stage as well
    with_scores  the content holds evaluated scores
    pages        of the finished PDF, 0 until then
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="reports")
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    fingerprint = models.CharField("sidik jari", max_length=64)
    stage = models.CharField("tahap", max_length=20, choices=Stage.choices)
    with_scores = models.BooleanField("memuat nilai evaluator")
    pages = models.PositiveSmallIntegerField("halaman", default=0)
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

    @property
    def state(self) -> JobState:
        """How far the printing is now; a job without a living lease reads as failed."""
        return self.job.state_at(timezone.now())
