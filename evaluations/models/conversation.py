"""What people say to each other about a question, kept apart by audience, and who is looking at it now."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from evaluations.enums import SUBMITTED, Audience
from evaluations.models.answers import Answer, Assignment
from evaluations.models.cycles import Allotment
from regions import codes


class ThreadQuerySet(models.QuerySet["Thread"]):
    def visible_to(self, user: Any) -> "ThreadQuerySet":
        """Those of the audiences this person belongs to under the acting membership; nobody else learns that there are
        any. `permissions.audiences` says the same of one question."""
        acting = user.acting if user.is_authenticated else None
        if acting is None:
            return self.none()
        own = self.filter(answer__evaluation__region=acting.region_id)
        if acting.role == Role.OPERATOR:
            held = Assignment.objects.filter(
                evaluation=OuterRef("answer__evaluation"),
                question=OuterRef("answer__question"),
                agency=acting.agency_id,
            )
            return own.filter(Exists(held), audience=Audience.AGENCY)
        if acting.role == Role.COORDINATOR:
            return own.filter(audience__in=(Audience.AGENCY, Audience.TASK_FORCE))
        if acting.role == Role.TASK_FORCE:
            return own.filter(audience=Audience.TASK_FORCE)
        judged = self.filter(audience=Audience.JUDGES, answer__evaluation__stage__in=SUBMITTED)
        if acting.role == Role.PROVINCE_VERIFIER:
            return judged.filter(codes.within(acting.region_id, "answer__evaluation__region_id"))
        if acting.role == Role.EVALUATOR:
            mine = Allotment.objects.filter(evaluation=OuterRef("answer__evaluation"), evaluator=user)
            return judged.filter(Exists(mine))
        return self.none()


class Thread(models.Model):
    """A conversation about one question, for one audience only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.ForeignKey(Answer, models.CASCADE, related_name="threads")
    audience = models.CharField("pembaca", max_length=10, choices=Audience.choices)
    opened_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        ordering = ["opened_at"]
        constraints = [
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="thread_audience_known"),
        ]

    def __str__(self) -> str:
        return f"{self.answer.question.code} · {self.get_audience_display()}"

    def get_absolute_url(self) -> str:
        page = reverse("evaluations:question_talk", args=[self.answer.evaluation_id, self.answer.question.code])
        return f"{page}?untuk={self.audience}"


class Comment(models.Model):
    """One thing said in a thread. Taken back within its time, its row stays without the text."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="comments")
    text = models.TextField("komentar")
    mentions = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    acting_as = models.CharField("sebagai", max_length=20)
    at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:60]


class Presence(models.Model):
    """Who had a question open, on which side, and when last; `typing_at` when something unsaved last stood in its form.
    Not kept: a row is overwritten, and swept."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now)
    typing_at = models.DateTimeField(null=True, blank=True)
    of_region = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.answer_id}"
