"""What a page about a report says beside the report itself."""

from collections.abc import Iterator
from typing import Any

from accounts.enums import OF_A_CITY, Role
from reports.models import Report
from trail.anchors import Anchor
from trail.models import Event


def asker(report: Report, reader: Any) -> str:
    """Who asked for the report first. To the region, the people who judge it are a role and not a name. One query."""
    asked = Event.objects.about(report.evaluation.subject).filter(action="report.request")
    asked = asked.filter(content__after__report=str(report.pk))
    role = asked.values_list("acting_as", flat=True).last() or ""
    if role in OF_A_CITY or not reader.acts_as(*OF_A_CITY):
        return str(report.requested_by)
    return Role(role).label if role else "–"


def printed_heads() -> Iterator[Anchor]:
    """Where the trail stood, as each report has it. One query."""
    rows = Report.objects.exclude(trail_seq=0).order_by("trail_seq", "fingerprint")
    for seq, digest, mark in rows.values_list("trail_seq", "trail_digest", "fingerprint"):
        yield Anchor(seq, digest, f"laporan {mark[:16]}")
