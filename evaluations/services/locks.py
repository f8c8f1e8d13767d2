from uuid import UUID

from evaluations.enums import DRAFTING
from evaluations.models import Evaluation


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
