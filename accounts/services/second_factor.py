"""The second factor: a code from an authenticator app, or one of ten recovery codes.

Devices are django-otp's. Each check runs under a row lock, so a code sent twice at once is taken once.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import permissions
from accounts.queries import home_of, subject_of
from accounts.services import sessions
from kla_portal.lib.decision import require
from trail.services import events

CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters and digits that look alike on paper
CODE_LENGTH = 10
APP, RECOVERY = "Aplikasi autentikator", "Kode cadangan"


def has_device(user: Any) -> bool:
    """Does a code have to follow this person's password?"""
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def codes_left(user: Any) -> int:
    """Recovery codes that still work."""
    return StaticDevice.objects.filter(user=user, token_set__isnull=False).count()


def pending(user: Any) -> TOTPDevice:
    """The secret waiting to be confirmed; made at the first look at the set-up page."""
    with transaction.atomic():
        device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": APP})
    return device


def confirm(user: Any, code: str) -> tuple[TOTPDevice, list[str]] | None:
    """Turn the waiting secret into the person's second factor; None when the code is not the app's.

    A former device and its recovery codes are gone. Returns the device and the new recovery codes, to be shown once.
    """
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update(no_key=True).filter(user=user, confirmed=False).first()
        if device is None or not device.verify_token(code):
            return None
        TOTPDevice.objects.filter(user=user, confirmed=True).delete()
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        fresh = _new_codes(user)
        events.record("second_factor_on", by=user, subject=subject_of(user), region=home_of(user))
    return device, fresh


def verify(user: Any, code: str) -> Device | None:
    """The device that took this code, which is then used up; None for a wrong one or while one has to wait."""
    typed = code.replace(" ", "").replace("-", "").lower()
    app_code = len(typed) == 6 and typed.isdigit()
    with transaction.atomic():
        devices: Any = TOTPDevice.objects if app_code else StaticDevice.objects
        device = devices.select_for_update(no_key=True).filter(user=user, confirmed=True).first()
        taken = device is not None and device.verify_token(typed if app_code else _digest(typed))
    return device if taken else None


def wait(user: Any) -> timedelta | None:
    """How long until the next try is looked at; None when it is looked at now. It doubles with each wrong one."""
    waits = []
    for kind in (TOTPDevice, StaticDevice):
        for device in kind.objects.filter(user=user, confirmed=True):
            allowed, why = device.verify_is_allowed()
            if not allowed and why and why.get("locked_until"):
                waits.append(why["locked_until"])
    if not waits:
        return None
    return max(waits) - timezone.now()


def renew_codes(user: Any) -> list[str]:
    """Ten new recovery codes instead of the old ones, to be shown once."""
    with transaction.atomic():
        fresh = _new_codes(user)
        events.record("recovery_codes_renewed", by=user, subject=subject_of(user), region=home_of(user))
    return fresh


def remove(person: Any, *, by: Any) -> None:
    """The password alone opens the account from now on (or a new set-up is owed, where the role needs one). Every
    session of the person ends; the caller keeps the person's own present one alive.

    Raises PermissionDenied when `by` may not do that for `person`. Of one's own the caller has asked the password and
    `can_drop_second_factor`; on the server's own command line `by` is None.
    """
    with transaction.atomic():
        if by is not None and by.pk != person.pk:
            require(permissions.can_reset(by, person))
        TOTPDevice.objects.filter(user=person).delete()
        StaticDevice.objects.filter(user=person).delete()
        sessions.end_all(person)
        events.record("second_factor_off", by=by, subject=subject_of(person), region=home_of(person))


def _new_codes(user: Any) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name=RECOVERY)
    fresh = ["".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(CODES)]
    for code in fresh:
        device.token_set.create(token=_digest(code))
    return [f"{code[:5]}-{code[5:]}" for code in fresh]


def _digest(code: str) -> str:
    """What is kept of a recovery code: sixteen hex digits under the portal's key, as long as the column takes."""
    return salted_hmac("accounts.recovery_code", code, algorithm="sha256").hexdigest()[:16]
