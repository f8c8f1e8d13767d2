"""What the trail keeps of signing in. Neither passwords nor codes nor addresses: who, when, and whether it worked."""

from django.db import transaction

from accounts.models import User
from accounts.queries import home_of, subject_of
from trail.services import events

NOBODY = "user:unknown"


def succeeded(user: User, *, second_factor: bool = False) -> None:
    """Password accepted, or with `second_factor` the code that had to follow it."""
    with transaction.atomic():
        action = "second_factor_given" if second_factor else "signed_in"
        events.record(action, by=user, subject=subject_of(user), region=home_of(user))


def failed(username: str, *, locked: bool) -> None:
    """A wrong password, or a name that nobody has. `locked`: this was the try that closed the door for a while.

    An unknown name does the same work as a known one, so that the time taken tells nothing; the name itself is not
    kept, because people type passwords into that field.
    """
    with transaction.atomic():
        user = User.objects.filter(username=username).first()
        region = home_of(user) if user else ""
        subject = subject_of(user) if user else NOBODY
        events.record("sign_in_locked" if locked else "sign_in_failed", by=None, subject=subject, region=region)


def second_factor_failed(user: User) -> None:
    """The password was right and the code was not: worth knowing to the owner of the account."""
    with transaction.atomic():
        events.record("second_factor_failed", by=user, subject=subject_of(user), region=home_of(user))


def signed_out(user: User) -> None:
    with transaction.atomic():
        events.record("signed_out", by=user, subject=subject_of(user), region=home_of(user))
