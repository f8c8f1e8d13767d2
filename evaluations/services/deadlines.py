"""Until when a region wants its agencies' parts: one moment for all, or one for an agency. It locks nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from evaluations import permissions
from evaluations.models import Evaluation, InternalDeadline
from evaluations.services.locks import locked
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale, save_version
from regions.models import Agency
from trail.services.events import record

Moments = Mapping[int | None, datetime]
"""By agency (pk; None: for all)."""


def snapshot(evaluation: Evaluation) -> str:
    """What there is, as a form carries it to tell whether somebody else has changed it meanwhile."""
    rows = InternalDeadline.objects.filter(evaluation=evaluation).order_by("pk")
    return ",".join(f"{pk}.{version}" for pk, version in rows.values_list("pk", "version"))


@transaction.atomic
def set_deadlines(evaluation: Evaluation, wanted: Moments, *, seen: str, by: Any) -> bool:
    """Make the deadlines as `wanted`; one that is not in it is taken away. `seen` is the `snapshot` of what the page
    showed. Returns whether anything changed.

    Raises PermissionDenied, Stale when somebody else has set them since, ValueError for an agency of another region.
    """
    fresh = locked(evaluation.pk)
    require(permissions.can_set_deadlines(by, fresh))
    rows = {row.agency_id: row for row in InternalDeadline.objects.filter(evaluation=fresh)}
    before = {agency: row.due_at for agency, row in rows.items()}
    if before == dict(wanted):
        return False
    if snapshot(fresh) != seen:
        raise Stale(fresh)
    names = dict(Agency.objects.filter(region=fresh.region_id).values_list("pk", "short_name"))
    if not set(wanted) <= {None, *names}:
        raise ValueError("an agency of another region")
    for agency, row in rows.items():
        if agency not in wanted:
            row.delete()
        elif row.due_at != wanted[agency]:
            save_version(row, row.version, due_at=wanted[agency])
    InternalDeadline.objects.bulk_create(
        InternalDeadline(evaluation=fresh, agency_id=agency, due_at=due)
        for agency, due in wanted.items()
        if agency not in rows
    )
    told = [{names.get(pk or 0, ""): due.isoformat() for pk, due in each.items()} for each in (before, wanted)]
    record("evaluation.deadlines", by=by, subject=fresh.subject, region=fresh.region_id, before=told[0], after=told[1])
    return True
