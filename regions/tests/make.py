"""Builders: the smallest valid row, everything overridable."""

from typing import Any

from regions import codes
from regions.enums import AgencyKind, Level
from regions.models import Agency, Region

KNOWN = {
    "31": "Daerah Khusus Ibukota Jakarta",
    "64": "Kalimantan Timur",
    "64.71": "Kota Balikpapan",
    "64.71.01": "Balikpapan Timur",
    "64.71.01.1001": "Manggar",
    "64.72": "Kota Samarinda",
}


def make_region(code: str = "64.71", name: str | None = None, **fields: Any) -> Region:
    """The region with this code, its ancestors made where missing; one already there gets the name and fields given."""
    for above in codes.ancestors(code):
        Region.objects.get_or_create(
            code=above, defaults={"name": KNOWN.get(above, f"Daerah {above}"), "level": _level(above)}
        )
    given = {**fields, **({} if name is None else {"name": name})}
    region, _ = Region.objects.update_or_create(
        code=code,
        defaults=given,
        create_defaults={"name": KNOWN.get(code, f"Daerah {code}"), "level": _level(code), **given},
    )
    return region


def make_agency(region: Region | None = None, kind: str = AgencyKind.DINKES, **fields: Any) -> Agency:
    """An agency of the region (64.71 when none is given). The name is unique in its region."""
    region = region or make_region()
    label = AgencyKind(kind).label
    number = Agency.objects.filter(region=region, kind=kind).count() + 1
    fields.setdefault("name", f"{label} {region.name}" + (f" {number}" if number > 1 else ""))
    fields.setdefault("short_name", label[:30])
    return Agency.objects.create(region=region, kind=kind, **fields)


def _level(code: str) -> int:
    return Level(code.count(".") + 1).value
