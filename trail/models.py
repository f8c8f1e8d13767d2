"""What happened (Event) and what is still to happen (Job). Knows the user model and text keys, nothing above it."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from kla_portal.lib.fields import CodeField


class EventQuerySet(models.QuerySet["Event"]):
    def about(self, subject: str) -> "EventQuerySet":
        """The history of one thing, newest first, with what was before and after. `subject` is a text key such as
        'evaluation:<uuid>'.

        Reaches no further than the caller's right to the thing itself: fetch that through `visible_to` first.
        """
        return self.filter(subject=subject).with_content().order_by("-id")

    def with_content(self) -> "EventQuerySet":
        """With the actor and the side row, so that reading them asks nothing more."""
        return self.select_related("actor", "content")


class Event(models.Model):
    """Append-only record of one change: who, in which role, when, what, before and after, why.

    Written only by `trail.services.events.record`, in the transaction of the change itself. Never edited, never pruned:
    triggers of the database refuse both (`trail.guards`). What was before and after, and why, stands in a side row that
    can be erased; the event keeps its digest.

    seq             1, 2, 3 … without a gap
    content_digest  of the side row (`trail.sealing`)
    prev, digest    the digest of the event before ('' for the first), and of this one, which covers `prev` and every
                    column; so nothing can be changed, removed or put in between without the next one telling
    """

    at = models.DateTimeField("waktu", default=timezone.now, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    acting_as = models.CharField("sebagai", max_length=20, blank=True)
    region_code = CodeField("daerah", max_length=13, blank=True)
    action = models.CharField("tindakan", max_length=40)
    subject = models.CharField("perihal", max_length=60)
    detail = models.CharField("rincian", max_length=80, blank=True)
    seq = models.PositiveBigIntegerField("nomor", unique=True, editable=False)
    content_digest = models.CharField(max_length=64, editable=False)
    prev = models.CharField(max_length=64, blank=True, editable=False)
    digest = models.CharField("sidik", max_length=64, editable=False)

    content: "EventContent"
    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject", "-id"], name="event_subject")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject}"

    @property
    def said(self) -> "EventContent | None":
        """The side row; None where there was nothing to say, or where it was erased."""
        try:
            return self.content
        except EventContent.DoesNotExist:
            return None

    @property
    def before(self) -> Any:
        return self.said.before if self.said else None

    @property
    def after(self) -> Any:
        return self.said.after if self.said else None

    @property
    def reason(self) -> str:
        return self.said.reason if self.said else ""


class EventContent(models.Model):
    """What an event says of before and after, and why. May be erased (`trail.services.erasing`), never changed. The
    salt keeps a short text from being guessed from the digest that stays."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="content")
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    reason = models.TextField("alasan", blank=True)
    salt = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"isi {self.event_id}"


class Chain(models.Model):
    """The head of the chain, one row (pk 1): number and digest of the newest event. Whoever writes an event holds it
    until the transaction ends, so that numbers have no gap."""

    seq = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="chain_has_one_head")]

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest}"


class Once(models.Model):
    """An idempotency key that has been used, and what came of it. A second send gets the first answer."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    outcome = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="once_per_user_and_key")]

    def __str__(self) -> str:
        return self.key


class JobState(models.TextChoices):
    QUEUED = "queued", "Menunggu giliran"
    RUNNING = "running", "Sedang dikerjakan"
    DONE = "done", "Selesai"
    FAILED = "failed", "Gagal"


class Job(models.Model):
    """One piece of work for the worker. This row is the truth; the broker only rings the bell.

    A worker holds a job by a lease that it renews. When the lease runs out the worker is dead, and the job reads as
    failed (`state_at`) without anybody having to clean up.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True)
    payload = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=120, blank=True)
    error = models.CharField(max_length=400, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(condition=models.Q(progress__lte=100), name="job_progress_is_percent"),
        ]
        indexes = [models.Index(fields=["state", "queued_at"], name="job_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    def state_at(self, now: datetime) -> JobState:
        """The state to show and to act on: a running job without a living lease has failed."""
        if self.state == JobState.RUNNING and (self.lease_until is None or self.lease_until <= now):
            return JobState.FAILED
        return JobState(self.state)


class MailState(models.TextChoices):
    QUEUED = "queued", "Menunggu dikirim"
    SENDING = "sending", "Sedang dikirim"
    SENT = "sent", "Terkirim"
    FAILED = "failed", "Gagal"
    UNSURE = "unsure", "Tidak pasti terkirim"


class Mail(models.Model):
    """One message of the outbox, written in the transaction of what it tells and sent by the worker afterwards.

    `key` makes it one per event and person. A server that took the text and never answered leaves it `unsure`: it is
    not sent again, because what it tells is in the inbox as well.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=160, unique=True)
    to = models.EmailField("kepada")
    subject = models.CharField("perihal", max_length=200)
    text = models.TextField("isi")
    state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(state__in=MailState.values), name="mail_state_known")]
        indexes = [models.Index(fields=["state", "due_at"], name="mail_due")]

    def __str__(self) -> str:
        return f"{self.subject} {self.state}"
