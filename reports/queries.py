"""What a page about a report says beside the report itself."""

from typing import Any

from accounts.enums import OF_A_CITY, Role
from reports.models import Report
from trail.models import Event


def asker(report: Report, reader: Any) -> str:
    """Who asked for the report first. To the region, the people who judge it are a role and not a name. One query."""
    asked = Event.objects.about(report.evaluation.subject).filter(action="report.request")
    asked = asked.filter(content__after__report=str(report.pk))
    role = asked.values_list("acting_as", flat=True).last() or ""
    if role in OF_A_CITY or not reader.acts_as(*OF_A_CITY):
        return str(report.requested_by)
    return Role(role).label if role else "–"
