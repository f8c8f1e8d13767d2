"""The task force of one evaluation: who sits in it, for which clusters, and who chairs it."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.enums import Role
from evaluations import permissions
from evaluations.models import Evaluation, Seat
from evaluations.services import telling
from evaluations.services.locks import locked
from kla_portal.lib.decision import deny, require
from kla_portal.lib.versions import Stale, save_version
from trail.services.events import record


@transaction.atomic
def set_seat(
    evaluation: Evaluation,
    member: Any,
    *,
    clusters: Sequence[str] = (),
    is_chair: bool,
    by: Any,
    version: int | None = None,
) -> Seat:
    """Give a member of the region's task force clusters (none: all), and the chair or not. There is one chair: whoever
    had it keeps the seat without it. `version`: that of the seat that was looked at, 0 for none; None: whatever stands.

    Raises PermissionDenied, Stale, or ValueError for an unknown cluster.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_seat(by, evaluation))
    if not member.memberships.current().filter(role=Role.TASK_FORCE, region=evaluation.region_id).exists():
        require(deny(f"{member} bukan anggota gugus tugas daerah ini."))
    known = set(evaluation.cycle.instrument.clusters.values_list("code", flat=True))
    if not set(clusters) <= known:
        raise ValueError(f"no clusters {sorted(set(clusters) - known)}")
    seat = Seat.objects.filter(evaluation=evaluation, member=member).first()
    if version is not None and version != (seat.version if seat else 0):
        raise Stale(seat or evaluation)
    if is_chair:
        former = Seat.objects.filter(evaluation=evaluation, is_chair=True).exclude(member=member)
        former.update(is_chair=False, version=F("version") + 1)
    before = _told(seat) if seat else None
    said = {"clusters": sorted(clusters), "is_chair": is_chair}
    if seat is None:
        seat = Seat.objects.create(evaluation=evaluation, member=member, **said)
    else:
        save_version(seat, seat.version, **said)
    telling.seated(evaluation, member, is_chair=is_chair, key=f"{seat.pk}:{seat.version}", by=by)
    record(
        "evaluation.seat", by=by, subject=evaluation.subject, region=evaluation.region_id, before=before,
        after=_told(seat),
    )  # fmt: skip
    return seat


@transaction.atomic
def remove_seat(seat: Seat, *, version: int, by: Any) -> None:
    """Take a member out of the task force of this evaluation; what they have said stays. Raises PermissionDenied, or
    Stale when somebody else was quicker."""
    evaluation = locked(seat.evaluation_id)
    require(permissions.can_seat(by, evaluation))
    fresh = Seat.objects.filter(pk=seat.pk).first()
    if fresh is None or fresh.version != version:
        raise Stale(fresh or seat)
    before = _told(fresh)
    fresh.delete()
    record("evaluation.unseat", by=by, subject=evaluation.subject, region=evaluation.region_id, before=before)


def _told(seat: Seat) -> dict[str, Any]:
    return {"member": seat.member_id, "clusters": sorted(seat.clusters), "is_chair": seat.is_chair}
