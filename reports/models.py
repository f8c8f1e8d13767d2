"""What comes out: a report is a frozen payload, its fingerprint, and the PDF printed from it."""

import uuid
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils import timezone

from evaluations.models import Evaluation
from trail.models import Job


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: Any) -> "ReportQuerySet":
        """Those of evaluations in sight; whether their content may be read is `permissions`' business."""
        return self.filter(evaluation__in=Evaluation.objects.visible_to(user))


class Report(models.Model):
    """One printing of a region's evaluation. The same content has the same fingerprint and is rendered once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="reports")
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    fingerprint = models.CharField("sidik jari", max_length=64)
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
