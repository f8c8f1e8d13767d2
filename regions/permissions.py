"""Who may do what to regions and agencies. Everybody signed in may read them."""

from typing import Any

from kla_portal.lib.decision import ALLOW, Decision, deny
from regions.enums import Level
from regions.models import Region


def can_manage_agencies(user: Any, region: Region) -> Decision:
    """The coordinator of this very region, or a national admin; agencies belong to provinces and kabupaten/kota."""
    if region.level > Level.REGENCY:
        return deny("Perangkat daerah hanya dicatat untuk provinsi dan kabupaten/kota.")
    if user.acts_as("national_admin") or (user.acts_as("coordinator") and user.territory == region.code):
        return ALLOW
    return deny(f"Perangkat daerah {region.name} hanya dapat diubah oleh koordinator daerah itu atau admin nasional.")


def can_create_standard_agencies(user: Any, region: Region) -> Decision:
    """As managing them, for a kabupaten/kota."""
    if region.level != Level.REGENCY:
        return deny("Daftar perangkat daerah baku hanya ada untuk kabupaten dan kota.")
    return can_manage_agencies(user, region)
