"""Who: a User, and the Memberships that say what territory and agency the user holds in which role, and when."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, UserManager
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from accounts.enums import NATIONAL, MembershipState, Role
from regions import codes
from regions.models import Agency, Region


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> "MembershipQuerySet":
        """Begun and not over, by the date in Indonesia's west."""
        today = timezone.localdate()
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=today), starts_on__lte=today)

    def with_unread(self) -> "MembershipQuerySet":
        """With the number of notices that its holder has not read yet (`unread`)."""
        waiting = Notice.objects.filter(user=OuterRef("user"), read_at=None).order_by().values("user")
        return self.annotate(unread=Coalesce(Subquery(waiting.annotate(n=Count("pk")).values("n")), 0))

    def visible_to(self, user: Any) -> "MembershipQuerySet":
        """Your own; a coordinator: those of the region; a national admin: all."""
        acting = user.acting if user.is_authenticated else None
        if acting is None:
            return self.none()
        own = Q(user=user)
        if acting.role == Role.NATIONAL_ADMIN:
            return self
        if acting.role == Role.COORDINATOR:
            return self.filter(own | codes.within(acting.region_id, "region_id"))
        return self.filter(own)


class User(AbstractBaseUser):
    """A person. Signs in with a user name; what they may do follows from the acting Membership alone."""

    username = models.CharField("nama pengguna", max_length=80, unique=True)
    full_name = models.CharField("nama lengkap", max_length=120)
    email = models.EmailField("surel", blank=True)
    phone = models.CharField("nomor WhatsApp", max_length=20, blank=True)
    is_active = models.BooleanField("aktif", default=True)
    wants_digest = models.BooleanField("ringkasan harian lewat surel", default=True)
    must_change_password = models.BooleanField("wajib mengganti kata sandi", default=False)
    date_joined = models.DateTimeField("terdaftar", default=timezone.now)
    sessions_ended = models.PositiveIntegerField("sesi diakhiri", default=0, editable=False)
    version = models.PositiveIntegerField("versi", default=1, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_session_auth_hash(self) -> str:
        """What a session must hold to be this person's: it changes with the password, and when all of them are ended
        (`services.sessions.end_all`)."""
        return self._digest_of_sessions(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return map(self._digest_of_sessions, settings.SECRET_KEY_FALLBACKS)

    def _digest_of_sessions(self, secret: str | bytes | None) -> str:
        return salted_hmac(
            "accounts.sessions", f"{self.sessions_ended}:{self.password}", secret=secret, algorithm="sha256"
        ).hexdigest()

    @cached_property
    def current_memberships(self) -> "list[Membership]":
        """What this person holds today, oldest first, each with its region and agency and the number of notices not
        read yet (`unread`). Whoever signed in comes with them (`PortalBackend.get_user`)."""
        return list(self.memberships.current().with_unread().select_related("region", "agency").order_by("id"))

    @property
    def unread(self) -> int:
        """Notices that wait in the inbox, as this request found them."""
        return next((getattr(one, "unread", 0) for one in self.current_memberships), 0)

    @cached_property
    def acting(self) -> "Membership | None":
        """The membership this person acts under now: the one chosen for the session, else the first current one.

        The middleware sets it per request; a right that has ended is gone with the next request.
        """
        return next(iter(self.current_memberships), None)

    def acts_as(self, *roles: str) -> bool:
        return self.acting is not None and self.acting.role in roles

    @property
    def territory(self) -> str | None:
        """Code of the territory held ('' is the nation), or None without a current membership."""
        return None if self.acting is None else (self.acting.region_id or "")


class Membership(models.Model):
    """A role, held by a user for a region (none: the nation) and perhaps an agency, from a day to a day."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField("peran", max_length=20, choices=Role.choices)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="memberships")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="memberships")
    starts_on = models.DateField("mulai", default=timezone.localdate)
    ends_on = models.DateField("berakhir", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
            models.CheckConstraint(
                condition=Q(role__in=sorted(NATIONAL), region=None)
                | (~Q(role__in=sorted(NATIONAL)) & Q(region__isnull=False)),
                name="membership_region_fits_role",
            ),
            models.CheckConstraint(
                condition=Q(role=Role.OPERATOR, agency__isnull=False) | (~Q(role=Role.OPERATOR) & Q(agency=None)),
                name="membership_agency_for_operators_only",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.agency or self.region or 'Nasional'}"

    @property
    def territory(self) -> str:
        """Code of the region, '' for the nation."""
        return self.region_id or ""

    @property
    def state(self) -> MembershipState:
        """Where it stands today: waiting for its owner's first visit, in force, not yet begun or over."""
        today = timezone.localdate()
        if self.ends_on is not None and self.ends_on <= today:
            return MembershipState.ENDED
        if self.starts_on > today:
            return MembershipState.LATER
        return MembershipState.ACTIVE if self.user.has_usable_password() else MembershipState.WAITING


class Invitation(models.Model):
    """A one-time link that lets its holder set a password: for a new person, or for a forgotten password.

    Only the SHA-256 of the token is kept. Valid for 48 hours, once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"undangan {self.user}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: Any) -> "NoticeQuerySet":
        """Everybody's own."""
        return self.filter(user=user) if user.is_authenticated else self.none()


class Notice(models.Model):
    """One thing that a person should know, in the inbox of the portal. Written once per `key` and person.

    `mail` is the message it went out with, if any; what `url` leads to asks for the reader's right as every page does.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    key = models.CharField(max_length=120)
    title = models.CharField("perihal", max_length=200)
    text = models.TextField("isi", blank=True)
    url = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField("waktu", default=timezone.now)
    read_at = models.DateTimeField("dibaca", null=True, blank=True)
    mail = models.ForeignKey("trail.Mail", models.SET_NULL, null=True, blank=True, related_name="+")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notice_once_per_person")]
        indexes = [models.Index(fields=["user", "read_at"], name="notice_unread")]

    def __str__(self) -> str:
        return self.title
