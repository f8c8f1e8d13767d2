"""The task force of one evaluation: who sits in it, for which clusters, and who chairs it."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounts.enums import Role
from evaluations import permissions
from evaluations.models import Evaluation, Seat
from evaluations.services import telling
from evaluations.services.locks import locked
from kla_portal.lib.decision import deny, require
from trail.services.events import record


@transaction.atomic
def set_seat(evaluation: Evaluation, member: Any, *, clusters: Sequence[str] = (), is_chair: bool, by: Any) -> Seat:
    """Give a member of the region's task force clusters (none: all), and the chair or not. There is one chair: whoever
    had it keeps the seat without it. Raises PermissionDenied, ValueError for an unknown cluster.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_seat(by, evaluation))
    if not member.memberships.current().filter(role=Role.TASK_FORCE, region=evaluation.region_id).exists():
        require(deny(f"{member} bukan anggota gugus tugas daerah ini."))
    known = set(evaluation.cycle.instrument.clusters.values_list("code", flat=True))
    if not set(clusters) <= known:
        raise ValueError(f"no clusters {sorted(set(clusters) - known)}")
    if is_chair:
        Seat.objects.filter(evaluation=evaluation, is_chair=True).exclude(member=member).update(is_chair=False)
    said = {"clusters": sorted(clusters), "is_chair": is_chair}
    seat, _ = Seat.objects.update_or_create(evaluation=evaluation, member=member, defaults=said)
    telling.seated(evaluation, member, is_chair=is_chair, key=f"{seat.pk}:{seat.version}:{is_chair:d}", by=by)
    record(
        "evaluation.seat", by=by, subject=evaluation.subject, region=evaluation.region_id,
        after={"member": member.pk} | said,
    )  # fmt: skip
    return seat
