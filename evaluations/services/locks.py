from uuid import UUID

from evaluations.models import Evaluation


def locked(evaluation_id: UUID) -> Evaluation:
    """The evaluation as it stands now, held until the transaction ends.

    Writers of answers and the mover both take it, so that no answer slips in behind a change of stage.
    """
    return Evaluation.objects.select_for_update(of=("self",)).select_related("region", "cycle").get(pk=evaluation_id)
