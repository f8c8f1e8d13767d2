"""Builders: the smallest valid row, everything overridable."""

from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.enums import NATIONAL, Role
from accounts.models import Membership, User
from regions.models import Agency, Region
from regions.tests.make import make_agency, make_region

PASSWORD = "rahasia-sekali-1"  # nosec - of test users only
REGION_OF = {Role.PROVINCE_VERIFIER: "64", Role.UNIT_OPERATOR: "64.71.01.1001"}
"""Where a role is at home when a test does not say; 64.71 for the others."""


@cache
def hashed(password: str) -> str:
    """The real hash, made once for all who share the password: hashing is slow by design."""
    return make_password(password)


def make_user(
    role: str | None = None, region: Region | None = None, agency: Agency | None = None, **fields: Any
) -> Any:
    """A User with PASSWORD, and with one Membership when a role is given.

    An operator without an agency gets one; a role that needs a region gets its home from REGION_OF.
    """
    number = User.objects.count() + 1
    fields.setdefault("username", f"orang{number}")
    fields.setdefault("full_name", f"Orang Ke-{number}")
    fields["password"] = hashed(fields.pop("password", PASSWORD))
    user = User.objects.create(**fields)
    if role is not None:
        make_membership(user=user, role=role, region=region, agency=agency)
    return user


def make_membership(
    user: User | None = None,
    role: str = Role.COORDINATOR,
    region: Region | None = None,
    agency: Agency | None = None,
    **fields: Any,
) -> Membership:
    """One more membership (of a new user when none is given), with the same defaults as make_user."""
    user = user or make_user()
    if role == Role.OPERATOR and agency is None:
        agency = make_agency(region=region)
    if agency is not None:
        region = agency.region
    if region is None and role not in NATIONAL:
        region = make_region(REGION_OF.get(Role(role), "64.71"))
    return Membership.objects.create(user=user, role=role, region=region, agency=agency, **fields)
