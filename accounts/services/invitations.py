"""One-time links: made for a new person or for a forgotten password, used once, within two days."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import permissions
from accounts.models import Invitation, User
from accounts.queries import home_of, subject_of
from accounts.services import sessions
from kla_portal.lib.decision import require
from trail.services import events

LIFE = timedelta(hours=48)


def digest(token: str) -> str:
    """What is kept of a token. It has 256 random bits, so a plain SHA-256 cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(person: User, *, by: Any) -> str:
    """A new token for this person; older ones that were not used stop working. It is returned once and kept nowhere.

    Runs in the caller's transaction, which also writes the Event that says what the link is for. `by` is None on the
    server's own command line, where nobody is signed in; the row then names the person as its maker.
    """
    now = timezone.now()
    person.invitations.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    token = secrets.token_urlsafe(32)
    person.invitations.create(token_sha256=digest(token), created_by=by or person, expires_at=now + LIFE)
    return token


def void(person: User) -> int:
    """No link of this person works from now on; returns how many were open. In the caller's transaction, which also
    writes the Event that says why."""
    now = timezone.now()
    return person.invitations.filter(used_at=None, expires_at__gt=now).update(expires_at=now)


def renew(person: User, *, by: Any) -> str:
    """A link for somebody who forgot the password or let the first link run out. The old password works until it is
    used; sessions end at once.

    Raises PermissionDenied, unless `by` is None (the server's own command line).
    """
    with transaction.atomic():
        # Of two at once, the second link is the one that works.
        User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if by is not None:
            require(permissions.can_reset(by, person))
        token = issue(person, by=by)
        sessions.end_all(person)  # whoever asks for it may be asking because somebody else is in
        events.record("link_issued", by=by, subject=subject_of(person), region=home_of(person))
    return token


def find(token: str) -> Invitation | None:
    """The invitation behind a token, used and expired ones too; None for a token that never was."""
    return Invitation.objects.select_related("user").filter(token_sha256=digest(token)).first()


def is_open(invitation: Invitation) -> bool:
    """Not used, not expired, and for somebody who may still come in."""
    return invitation.used_at is None and invitation.expires_at > timezone.now() and invitation.user.is_active


def accept(invitation: Invitation, password: str) -> bool:
    """Set the password and use the link up. False when it was used or ran out in the meantime; then nothing changes.

    The password's change ends every session the person had.
    """
    now = timezone.now()
    with transaction.atomic():
        # The person before the links, as in `renew` and where a role is handed over: in another order they would block
        # each other.
        person = User.objects.select_for_update(no_key=True).get(pk=invitation.user_id)
        mine = Invitation.objects.filter(pk=invitation.pk, used_at=None, expires_at__gt=now, user__is_active=True)
        if not mine.update(used_at=now):
            return False
        person.set_password(password)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        person.invitations.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
        events.record("link_used", by=person, subject=subject_of(person), region=home_of(person))
    return True
