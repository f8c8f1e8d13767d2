"""Addresses that speak for one reader: signed, good for a few minutes, without a session.

An address names what it opens and who asked for it. It is no right by itself: whoever answers it looks again whether
its reader may have the thing, so a right that has ended since ends the address too.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing

from accounts.models import User

SECONDS = 300


class Invalid(Exception):
    """Forged, too old, made for another thing or host, or its reader is gone."""


@dataclass(frozen=True)
class Address:
    """What a token says: the thing's key, its reader (acting as when it was made), and whether to show the file."""

    key: str
    reader: User
    inline: bool


def sign(what: str, key: Any, *, by: Any, inline: bool = False) -> str:
    """The token for the thing `key` of the kind `what`, read by `by` in the role held now. Safe in a path."""
    return signing.dumps([str(key), by.pk, by.acting.pk, inline], salt=_salt(what))


def unsign(what: str, token: str) -> Address:
    """What the token says, when it is one of ours for `what`, of this host, younger than SECONDS, and its reader still
    holds the membership it was made under. Two queries. Raises Invalid."""
    try:
        key, reader_id, membership_id, inline = signing.loads(token, salt=_salt(what), max_age=SECONDS)
    except (signing.BadSignature, ValueError) as fault:
        raise Invalid(str(fault)) from fault
    reader = User.objects.filter(pk=reader_id, is_active=True).first()
    held = [one for one in reader.current_memberships if one.pk == membership_id] if reader else []
    if reader is None or not held:
        raise Invalid("its reader does not hold that membership any more")
    reader.acting = held[0]
    return Address(key, reader, inline)


def _salt(what: str) -> str:
    return f"evidence.signed:{what}:{settings.FILES_ORIGIN}"
