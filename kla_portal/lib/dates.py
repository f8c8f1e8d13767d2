"""Times as officials read them: 24 hours, with the zone of the region they concern."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
MONTHS_LONG = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
ZONES = {"WIB": ZoneInfo("Asia/Jakarta"), "WITA": ZoneInfo("Asia/Makassar"), "WIT": ZoneInfo("Asia/Jayapura")}
# Provinces by the first two digits of their Kemendagri code (Keppres 41/1987, with the provinces founded since).
WITA = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
WIT = frozenset({"81", "82", "91", "92", "93", "94", "95", "96"})


def zone_of(region_code: str) -> str:
    """WIB, WITA or WIT for a region code; WIB, the ministry's zone, for the nation ("").

    >>> zone_of("64.71"), zone_of("31"), zone_of("94.01.05"), zone_of("")
    ('WITA', 'WIB', 'WIT', 'WIB')
    """
    province = region_code[:2]
    return "WITA" if province in WITA else "WIT" if province in WIT else "WIB"


def moment(at: datetime, region_code: str = "") -> str:
    """'23 Nov 2025 10.42 WITA'. `at` must be aware.

    >>> from datetime import UTC
    >>> moment(datetime(2025, 11, 23, 2, 42, tzinfo=UTC), "64.71")
    '23 Nov 2025 10.42 WITA'
    """
    zone = zone_of(region_code)
    local = at.astimezone(ZONES[zone])
    return f"{local.day} {MONTHS[local.month - 1]} {local.year} {local:%H.%M} {zone}"


def both_zones(at: datetime, region_code: str = "") -> str:
    """A deadline: in the ministry's zone, and beside it in the region's own where that is another.

    >>> from datetime import UTC
    >>> both_zones(datetime(2025, 11, 30, 17, 0, tzinfo=UTC), "94.01")
    '1 Des 2025 00.00 WIB (02.00 WIT)'
    >>> both_zones(datetime(2025, 11, 30, 16, 59, tzinfo=UTC), "64.71")
    '30 Nov 2025 23.59 WIB (1 Des 2025 00.59 WITA)'
    >>> both_zones(datetime(2025, 11, 30, 16, 59, tzinfo=UTC), "31")
    '30 Nov 2025 23.59 WIB'
    """
    zone, here = zone_of(region_code), moment(at)
    if zone == "WIB":
        return here
    same_day = zoned_date(at) == zoned_date(at, region_code)
    there = f"{at.astimezone(ZONES[zone]):%H.%M} {zone}" if same_day else moment(at, region_code)
    return f"{here} ({there})"


def zoned_date(at: datetime, region_code: str = "") -> date:
    """The day that it is there at that moment. `at` must be aware.

    >>> from datetime import UTC
    >>> zoned_date(datetime(2025, 11, 23, 17, 30, tzinfo=UTC), "64.71")
    datetime.date(2025, 11, 24)
    """
    return at.astimezone(ZONES[zone_of(region_code)]).date()


def long_date(day: date) -> str:
    """'23 November 2025'.

    >>> long_date(date(2025, 11, 23))
    '23 November 2025'
    """
    return f"{day.day} {MONTHS_LONG[day.month - 1]} {day.year}"
