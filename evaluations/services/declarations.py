"""The signed declaration (surat pernyataan) that goes with a submission."""

from typing import Any

from django.db import transaction

from evaluations import permissions
from evaluations.models import Evaluation
from evaluations.services.locks import locked
from evidence.models import EvidenceRevision
from kla_portal.lib.decision import require
from trail.services.events import record


@transaction.atomic
def declare(evaluation: Evaluation, revision: EvidenceRevision, *, by: Any) -> Evaluation:
    """Put a document of the region's library to the submission, in place of the one that was there.

    Raises PermissionDenied, or ValueError for a document of another region or without a file.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_declare(by, evaluation))
    if revision.item.region_id != evaluation.region_id or revision.file_id is None:
        raise ValueError("a declaration is a file of the region")
    before = {"revision": evaluation.declaration_id}
    Evaluation.objects.filter(pk=evaluation.pk).update(declaration=revision)
    evaluation.declaration = revision
    record(
        "evaluation.declare", by=by, subject=evaluation.subject, region=evaluation.region_id, before=before,
        after={"revision": revision.pk, "sha256": revision.file_id},
    )  # fmt: skip
    return evaluation
