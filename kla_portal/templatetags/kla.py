"""Filters and tags every template has without loading them."""

from datetime import datetime
from decimal import Decimal

from django import template

from kla_portal.lib import dates, numbers

register = template.Library()


@register.filter
def points(value: Decimal | int | None) -> str:
    """{{ 83.5|points }} → 83,50; a missing number is a dash."""
    return "–" if value is None else numbers.points_text(value)


@register.filter
def plain(value: Decimal | int | None) -> str:
    """{{ 12.50|plain }} → 12,5."""
    return "–" if value is None else numbers.plain_text(value)


@register.filter
def moment(at: datetime | None, region_code: str = "") -> str:
    """{{ at|moment:"64.71" }} → 23 Nov 2025 10.42 WITA."""
    return "–" if at is None else dates.moment(at, region_code)


@register.filter
def both_zones(at: datetime | None, region_code: str = "") -> str:
    """{{ at|both_zones:"64.71" }} → 30 Nov 2025 23.59 WIB (1 Des 2025 00.59 WITA)."""
    return "–" if at is None else dates.both_zones(at, region_code)


register.filter("long_date", dates.long_date)
