"""What the admin's home says of the outbox and of the jobs."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils import timezone

from trail.models import Job, JobState, Mail, MailState

PATIENCE = timedelta(minutes=2)
"""Two rounds and the work before it: whatever waits longer is not being fetched as it should be."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Messages by what became of them; `error`: one of the words that servers gave for those that failed."""

    configured: bool
    waiting: int = 0
    failed: int = 0
    unsure: int = 0
    error: str = ""


def outbox() -> Outbox:
    """One query; none where the portal sends no mail."""
    if not settings.SMTP_URL:
        return Outbox(configured=False)
    waiting = Q(state__in=(MailState.QUEUED, MailState.SENDING))
    counts = Mail.objects.aggregate(
        waiting=Count("pk", filter=waiting),
        failed=Count("pk", filter=Q(state=MailState.FAILED)),
        unsure=Count("pk", filter=Q(state=MailState.UNSURE)),
        error=Max("error", filter=Q(state=MailState.FAILED)),
    )
    return Outbox(True, counts["waiting"], counts["failed"], counts["unsure"], counts["error"] or "")


def overdue_jobs() -> int:
    """How many jobs have been waiting for a worker longer than they should. One query."""
    return Job.objects.filter(state=JobState.QUEUED, queued_at__lt=timezone.now() - PATIENCE).count()
