"""What people say to each other about a question, kept apart by audience, and who is looking at it now."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from evaluations.enums import Audience
from evaluations.models.answers import Answer


class Thread(models.Model):
    """A conversation about one question, for one audience only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.ForeignKey(Answer, models.CASCADE, related_name="threads")
    audience = models.CharField("pembaca", max_length=10, choices=Audience.choices)
    opened_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["opened_at"]
        constraints = [
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="thread_audience_known"),
        ]

    def __str__(self) -> str:
        return f"{self.answer.question.code} · {self.get_audience_display()}"


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
    """Who had a question open, and when last. Not kept: a row is overwritten, and swept."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.answer_id}"
