"""The kecamatan and desa/kelurahan of a region, counted."""

from regions.enums import Level
from regions.models import Region

LEVELS = {"kecamatan": Level.DISTRICT, "desa": Level.VILLAGE}


def units_in(region_code: str, of: str) -> int:
    """How many units a rollup counts in the region (`of`: its rule's), those that still exist. One query."""
    return Region.objects.within(region_code).filter(level=LEVELS[of], gone_since=None).count()
