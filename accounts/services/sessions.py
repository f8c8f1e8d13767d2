"""Ending sessions from outside: whoever lost a right, a second factor or an account is signed out everywhere."""

from typing import Any

from django.db.models import F

from accounts.models import User


def end_all(person: Any) -> None:
    """Every session of this person is worth nothing from its next request on.

    Each session holds a digest of the password and of this count (`User.get_session_auth_hash`). Runs in the caller's
    transaction, which also writes the Event that says why. The caller keeps the present session alive, where it is the
    person's own, with `update_session_auth_hash`.
    """
    User.objects.filter(pk=person.pk).update(sessions_ended=F("sessions_ended") + 1)
    person.refresh_from_db(fields=["sessions_ended"])
