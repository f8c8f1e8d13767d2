"""The second factor: a code from an authenticator app, or one of the recovery codes."""

from typing import Any

from django_otp.plugins.otp_totp.models import TOTPDevice


def has_device(user: Any) -> bool:
    """Does a code have to follow this person's password?"""
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()
