"""Writing an answer. Each change holds the evaluation, checks the version, leaves an Event."""

from itertools import zip_longest
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.enums import Role
from evaluations import permissions
from evaluations.enums import DRAFTING, AnswerState
from evaluations.models import Answer
from evaluations.services.locks import locked, unready, unsign
from kla_portal.lib.decision import deny, require
from kla_portal.lib.versions import Stale, save_version
from regions.models import Agency
from trail.services.events import record


@transaction.atomic
def save_answer(answer: Answer, *, version: int, value: Any, note: str, by: Any) -> Answer:
    """Store `value` (as `clusters.scoring.normalise` returned it; None: not answered) and the note.

    `version` is the one that was on the screen. An answer that changes waits for the task force anew. Saving what is
    stored already changes nothing. Raises PermissionDenied, or Stale when value or note have changed since `version`.
    """
    answer.evaluation = locked(answer.evaluation_id)
    fresh = Answer.objects.select_related("question", "on_behalf_of").get(pk=answer.pk)
    fresh.evaluation = answer.evaluation
    require(permissions.can_write_answer(by, fresh))
    if not fresh.text_version <= version <= fresh.version:
        raise Stale(fresh)
    if (fresh.value, fresh.note) == (value, note) and fresh.state != AnswerState.RETURNED:
        return fresh
    if value is None and fresh.evaluation.stage not in DRAFTING and fresh.value is not None:
        require(deny("Jawaban yang sudah diajukan dapat diubah selama dibuka, tetapi tidak dapat dikosongkan."))
    was, now = _told(fresh.value, value)
    before = {"value": was, "note": fresh.note, "state": fresh.state}
    on_behalf_of = _represented(fresh, by)
    save_version(
        fresh,
        fresh.version,
        text_version=fresh.version + 1,
        value=value,
        note=note,
        state=AnswerState.EMPTY if value is None else AnswerState.ANSWERED,
        on_behalf_of=on_behalf_of,
        updated_by=by,
        updated_at=timezone.now(),
    )
    after = {"value": now, "note": note, "state": fresh.state} | unready(fresh, by=by)
    if on_behalf_of:
        after["on_behalf_of"] = str(on_behalf_of)
    unsign(answer.evaluation, by=by, code=fresh.question.code)
    recorded("answer.save", fresh, by, before=before, after=after)
    return fresh


def _told(before: Any, after: Any) -> tuple[Any, Any]:
    """Two values as the trail keeps them: of two tables only the rows that differ, by number, and how many there are.

    A table of 500 rows is saved many times while somebody types; each save leaves what it changed.
    """
    if not isinstance(before, list) or not isinstance(after, list):
        return before, after
    changed = [n for n, (was, now) in enumerate(zip_longest(before, after)) if was != now]
    return tuple(
        {"rows": len(rows), "changed": {str(n + 1): rows[n] for n in changed if n < len(rows)}}
        for rows in (before, after)
    )  # type: ignore[return-value]  # two tables, two values


def _represented(answer: Answer, by: Any) -> Agency | None:
    """The agency the coordinator answers for, if another than the coordinator's own office leads the question."""
    if not by.acts_as(Role.COORDINATOR):
        return None
    lead = next((part for part in answer.parts if part.is_lead), None)
    return lead.agency if lead and lead.agency.kind != "dp3a" else None


def recorded(action: str, answer: Answer, by: Any, **what: Any) -> None:
    """Write an Event about one question."""
    record(
        action,
        by=by,
        subject=answer.evaluation.subject,
        detail=answer.question.code,
        region=answer.evaluation.region_id,
        **what,
    )
