"""Holding an evaluation while something in it changes, and what every change in it undoes."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from accounts.enums import Role
from evaluations.enums import DRAFTING, Stage
from evaluations.models import Answer, Assignment, Evaluation, Reopening
from trail.services.events import record


def locked(evaluation_id: UUID) -> Evaluation:
    """The evaluation as it stands now, held until the transaction ends.

    Writers of answers and the mover both take it, so that no answer slips in behind a change of stage.
    """
    held = Evaluation.objects.select_for_update(of=("self",), no_key=True)
    return held.select_related("region", "cycle__instrument").get(pk=evaluation_id)


def locked_drafts(region_id: str, also: UUID | None = None) -> dict[UUID, Evaluation]:
    """The evaluations that the region may still change something in, by pk, held until the transaction ends: meanwhile
    nobody puts a document of the region to an answer. Which answers those are, `permissions.is_open` says. `also`: one
    that is held with them wherever it stands."""
    opened = Reopening.objects.standing().filter(answer__evaluation=OuterRef("pk"))
    drafts = Evaluation.objects.select_for_update(of=("self",), no_key=True).select_related("region", "cycle")
    drafts = drafts.filter(Q(pk=also) | ~Q(stage=Stage.AWARDED) & (Q(stage__in=DRAFTING) | Q(Exists(opened))))
    return {each.pk: each for each in drafts.filter(region=region_id).order_by("pk")}


def unsign(evaluation: Evaluation, *, by: Any, code: str = "") -> None:
    """The chair signed what the task force had said then; after a change it is to be signed again. No more than that:
    call it in every service that changes an answer, with the evaluation held, when all else is written: it records.
    `code`: the question that changed."""
    if evaluation.signed_off_at is not None and evaluation.stage in DRAFTING:
        before = {"signed_off_by": evaluation.signed_off_by_id}
        evaluation.signed_off_at = evaluation.signed_off_by = None
        evaluation.version += 1  # a page that shows it signed is of yesterday
        evaluation.save(update_fields=["signed_off_at", "signed_off_by", "version"])
        record(
            "evaluation.unsign", by=by, subject=evaluation.subject, detail=code, region=evaluation.region_id,
            before=before,
        )  # fmt: skip


def unready(answer: Answer, *, by: Any) -> dict[str, str]:
    """The acting agency has changed its part of the answer, so its mark that the part is done comes off; what the
    coordinator changes is the lead's. With the evaluation held. Returns what the caller's Event adds to its `after`."""
    led = by.acts_as(Role.COORDINATOR)
    marked = (part for part in answer.parts if part.ready_at is not None)
    mine = next((part for part in marked if (part.is_lead if led else part.agency_id == by.acting.agency_id)), None)
    if mine is None:
        return {}
    Assignment.objects.filter(pk=mine.pk).update(ready_at=None, version=F("version") + 1)
    mine.ready_at = None
    return {"unready": str(mine.agency)}
