"""An agency's part of a question: marked as done, unmarked, with a note. Each change holds the evaluation, checks the
version, leaves an Event. A mark changes no answer: what was judged still fits."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.enums import Role
from evaluations import permissions
from evaluations.models import Answer, Assignment, Evaluation
from evaluations.queries.parts import parts_of
from evaluations.services.answers import recorded
from evaluations.services.locks import locked
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale, save_version
from regions.models import Agency
from trail.services.events import record


def mark_ready(assignment: Assignment, version: int, by: Any) -> Assignment:
    """The part is done. Marking it again changes nothing. `version` is the one on the screen.

    Raises PermissionDenied, or Stale when somebody has changed the part since.
    """
    return _changed(assignment, version, by, "part.ready", ready=True)


def unmark(assignment: Assignment, version: int, by: Any) -> Assignment:
    """The part is not done after all. Raises as `mark_ready` does."""
    return _changed(assignment, version, by, "part.unready", ready=False)


def write_note(assignment: Assignment, version: int, note: str, by: Any) -> Assignment:
    """What the agency tells the coordinator about its part. Raises as `mark_ready` does."""
    return _changed(assignment, version, by, "part.note", note=note)


@transaction.atomic
def _changed(assignment: Assignment, version: int, by: Any, action: str, **what: Any) -> Assignment:
    evaluation = locked(assignment.evaluation_id)
    fresh = Assignment.objects.select_related("agency", "question").filter(pk=assignment.pk).first()
    if fresh is None:
        raise Stale(assignment)  # dealt out anew
    answer = Answer.objects.select_related("question").get(evaluation=evaluation, question=fresh.question_id)
    answer.evaluation = evaluation
    require(permissions.can_mark_part(by, answer, fresh.agency_id))
    now = {"ready": fresh.ready_at is not None, "note": fresh.note}
    if now | what == now:
        return fresh
    if fresh.version != version:
        raise Stale(fresh)
    save_version(fresh, version, **_fields(by, **what))
    before = {name: now[name] for name in what}
    recorded(action, answer, by, before=before, after=what | _whose(fresh.agency, by))
    return fresh


def _fields(by: Any, ready: bool | None = None, note: str | None = None) -> dict[str, Any]:
    if ready is None:
        return {"note": note}
    return {"ready_at": timezone.now() if ready else None, "ready_by": by if ready else None}


def _whose(agency: Agency, by: Any) -> dict[str, str]:
    """The agency, and whether the coordinator spoke for it."""
    behalf = by.acts_as(Role.COORDINATOR) and agency.kind != "dp3a"
    return {"agency": str(agency)} | ({"on_behalf_of": str(agency)} if behalf else {})


@dataclass(frozen=True, slots=True)
class Finished:
    """Codes of the questions that were marked now, and of those left unmarked because something lacks."""

    marked: tuple[str, ...]
    left: tuple[str, ...]


@transaction.atomic
def mark_all_ready(evaluation: Evaluation, agency: Agency, by: Any, *, anyway: Collection[str] = ()) -> Finished:
    """The agency's whole part is done, as far as it is open to `by`. What is not answered or lacks evidence is left,
    unless its code is in `anyway`. One Event, none when nothing is to be marked. Raises PermissionDenied."""
    fresh = locked(evaluation.pk)
    require(permissions.can_fill_part(by, fresh, agency))
    rows = [row for row in parts_of(fresh, agency, by) if row.markable and not row.ready]
    marked = [row for row in rows if not row.lacks or row.code in anyway]
    left = tuple(row.code for row in rows if row.lacks and row.code not in anyway)
    for row in marked:
        save_version(row.part, row.part.version, ready_at=timezone.now(), ready_by=by)
    if marked:
        after: dict[str, Any] = {
            "questions": [row.code for row in marked],
            "lacking": [row.code for row in marked if row.lacks],
        }
        after |= _whose(agency, by)
        record("part.finish", by=by, subject=fresh.subject, region=fresh.region_id, after=after)
    return Finished(tuple(row.code for row in marked), left)
