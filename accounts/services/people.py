"""People come in by invitation and hold roles from a day to a day.

Each service asks `permissions` itself, inside its transaction, and raises PermissionDenied. On the server's own command
line nobody is signed in (`by` is None) and nobody is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import permissions
from accounts.models import Membership, User
from accounts.queries import home_of, subject_of
from accounts.services import invitations, sessions
from kla_portal.lib.decision import Decision, require
from kla_portal.lib.versions import save_version
from regions.models import Agency, Region
from trail.models import Event
from trail.services import events, mails


class NameTaken(Exception):
    """Somebody took the user name between the check and the save."""


class AlreadyHeld(Exception):
    """The person holds exactly this role already."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person without an account yet."""

    username: str
    full_name: str
    email: str = ""
    phone: str = ""


def invite(
    newcomer: Newcomer, *, role: str, region: Region | None, agency: Agency | None, by: Any
) -> tuple[Membership, str]:
    """An account without a password, its first role, and the token of the link that sets the password.

    Raises NameTaken or PermissionDenied; then nothing is written.
    """
    try:
        with transaction.atomic():
            _require(by, permissions.can_invite, role, region)
            person = User(
                username=newcomer.username,
                full_name=newcomer.full_name,
                email=newcomer.email,
                phone=newcomer.phone,
            )
            person.set_unusable_password()
            person.save(force_insert=True)
            membership = _give(person, role=role, region=region, agency=agency)
            token = invitations.issue(person, by=by)
            _record("person_invited", membership, by=by)
    except IntegrityError as error:
        raise NameTaken(newcomer.username) from error
    return membership, token


def add_membership(person: User, *, role: str, region: Region | None, agency: Agency | None, by: Any) -> Membership:
    """One more role for somebody who has an account. Raises AlreadyHeld."""
    with transaction.atomic():
        _require(by, permissions.can_invite, role, region)
        # Two inviters at once: the second finds the first's row.
        User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if person.memberships.current().filter(role=role, region=region, agency=agency).exists():
            raise AlreadyHeld
        membership = _give(person, role=role, region=region, agency=agency)
        _record("membership_added", membership, by=by)
    return membership


def end_membership(membership: Membership, *, by: Any) -> bool:
    """End it today, which holds from the person's next request on: every session of theirs ends, whatever other roles
    there are. False if it was over already."""
    today = timezone.localdate()
    with transaction.atomic():
        # The person before the role, as where it is handed over.
        User.objects.select_for_update(no_key=True).get(pk=membership.user_id)
        open_ones = Membership.objects.exclude(ends_on__lte=today)
        before = open_ones.select_for_update(no_key=True).filter(pk=membership.pk).first()
        if before is None:
            return False
        _require(by, permissions.can_retire, before)
        Membership.objects.filter(pk=before.pk).update(ends_on=today)
        sessions.end_all(before.user)
        if not before.user.memberships.current().exists():
            mails.withdraw(before.user.notices.values("mail"))
        _record("membership_ended", before, by=by, ends_on=before.ends_on)
    membership.ends_on = today
    return True


def reopen_membership(membership: Membership, *, by: Any) -> bool:
    """Take back an end of today: the last day is again what it was. False when it is too late or it is in force."""
    today = timezone.localdate()
    with transaction.atomic():
        ended = Membership.objects.select_for_update(no_key=True).filter(pk=membership.pk, ends_on=today).first()
        if ended is None:
            return False
        _require(by, permissions.can_retire, ended)
        subject = subject_of(ended.user)
        events_of = Event.objects.about(subject).filter(action="membership_ended")
        record = events_of.filter(content__before__membership=ended.pk).first()
        if record is None:  # erased: nobody knows any more whether it had a last day
            return False
        Membership.objects.filter(pk=ended.pk).update(ends_on=(record.before or {}).get("ends_on"))
        _record("membership_reopened", ended, by=by, ends_on=today)
    return True


def can_reopen(membership: Membership) -> bool:
    """It ended today, so the end can still be taken back."""
    return membership.ends_on == timezone.localdate()


def close_account(person: User, *, by: Any) -> bool:
    """Nobody signs in to it any more, and every session and link of it ends now. False if it was closed already."""
    return _set_active(person, False, by=by)


def open_account(person: User, *, by: Any) -> bool:
    """With the password and the roles it had. False if it was open already."""
    return _set_active(person, True, by=by)


def _set_active(person: User, active: bool, *, by: Any) -> bool:
    with transaction.atomic():
        _require(by, permissions.can_close, person)
        if not User.objects.filter(pk=person.pk, is_active=not active).update(is_active=active):
            return False
        sessions.end_all(person)
        if not active:
            mails.withdraw(person.notices.values("mail"))
        events.record(
            "account_opened" if active else "account_closed", by=by, subject=subject_of(person), region=home_of(person)
        )
    person.is_active = active
    return True


def switch(membership: Membership, *, by: Any) -> None:
    """The person acts under another of their own memberships from now on; the session itself is the view's business."""
    with transaction.atomic():
        _record("acting_switched", membership, by=by)


def save_profile(person: User, version: int, *, email: str, phone: str, wants_digest: bool) -> None:
    """The person's own contact data, and whether mail may come. Raises Stale when another window saved first."""
    said: dict[str, Any] = {"email": email, "phone": phone, "wants_digest": wants_digest}
    with transaction.atomic():
        row = User.objects.get(pk=person.pk)
        changed = [name for name, value in said.items() if getattr(row, name) != value]
        save_version(row, version, **said)
        # Which fields, not what was in them: an address that was erased must not live on in the trail.
        events.record("profile_saved", by=person, subject=subject_of(person), region=home_of(person), after=changed)


def set_password(person: User, password: str) -> None:
    """The person's own new password. Every other session of theirs ends; the caller keeps the present one alive."""
    with transaction.atomic():
        person.set_password(password)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        events.record("password_changed", by=person, subject=subject_of(person), region=home_of(person))


def _require(by: Any, may: Callable[..., Decision], *what: Any) -> None:
    if by is not None:
        require(may(by, *what))


def _give(person: User, *, role: str, region: Region | None, agency: Agency | None) -> Membership:
    return Membership.objects.create(user=person, role=role, region=region, agency=agency)


def _record(action: str, membership: Membership, *, by: Any, **before: Any) -> None:
    """`before` and `after` both name the membership, so that one of several of a person can be told."""
    after = {"membership": membership.pk, "role": membership.role, "agency": membership.agency_id}
    events.record(
        action,
        by=by,
        subject=subject_of(membership.user),
        detail=str(membership)[:80],
        region=membership.region_id or "",
        before={"membership": membership.pk, **before} if before else None,
        after=after,
    )
