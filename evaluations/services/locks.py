"""Holding an evaluation while something in it changes, and what every change in it undoes."""

from typing import Any
from uuid import UUID

from evaluations.enums import DRAFTING
from evaluations.models import Evaluation
from trail.services.events import record


def locked(evaluation_id: UUID) -> Evaluation:
    """The evaluation as it stands now, held until the transaction ends.

    Writers of answers and the mover both take it, so that no answer slips in behind a change of stage.
    """
    return Evaluation.objects.select_for_update(of=("self",)).select_related("region", "cycle").get(pk=evaluation_id)


def locked_drafts(region_id: str) -> dict[UUID, Evaluation]:
    """The evaluations that the region is still working on, by pk, held until the transaction ends: meanwhile nobody
    puts a document of the region to an answer."""
    drafts = Evaluation.objects.select_for_update(of=("self",)).select_related("region", "cycle")
    return {each.pk: each for each in drafts.filter(region=region_id, stage__in=DRAFTING).order_by("pk")}


def unsign(evaluation: Evaluation, *, by: Any) -> None:
    """The chair signed what the task force had said then; after a change it is to be signed again. No more than that:
    call it in every service that changes an answer, with the evaluation held."""
    if evaluation.signed_off_at is not None and evaluation.stage in DRAFTING:
        before = {"signed_off_by": evaluation.signed_off_by_id}
        evaluation.signed_off_at = evaluation.signed_off_by = None
        evaluation.save(update_fields=["signed_off_at", "signed_off_by"])
        record("evaluation.unsign", by=by, subject=evaluation.subject, region=evaluation.region_id, before=before)
