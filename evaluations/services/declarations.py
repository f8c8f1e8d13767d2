"""The signed declaration (surat pernyataan) that goes with a submission."""

from typing import Any

from django.core.files.base import File
from django.db import transaction

from evaluations import permissions
from evaluations.models import Evaluation
from evaluations.services import library
from evaluations.services.locks import locked
from evidence.enums import EvidenceKind
from evidence.models import EvidenceRevision, Upload
from evidence.services.library import newest_of
from kla_portal.lib.decision import deny, require
from trail.services.events import record

SIGNED = ("application/pdf", "image/jpeg", "image/png")
"""What a scan or a photo of a signed letter is."""


def upload_declaration(
    evaluation: Evaluation, *, file: File | None = None, upload: Upload | None = None, once_key: str = "", by: Any
) -> Evaluation:
    """Put a file, sent with a form or before in pieces, into the region's library and to the submission. It is no
    personal data by default. Raises evidence.Refused, or as `declare` does."""
    require(permissions.can_declare(by, evaluation))
    said = {
        "title": f"Surat pernyataan {evaluation.cycle}"[:200],
        "kind": EvidenceKind.OTHER,
        "personal_data": False,
    }
    if upload is not None:
        added = library.add_upload(upload, said=said, agency=None, by=by)
    else:
        assert file is not None
        added = library.add_file(file, said=said, agency=None, by=by, once_key=once_key)
    revision = newest_of(added.item)
    assert revision is not None
    return declare(evaluation, revision, by=by)


@transaction.atomic
def declare(evaluation: Evaluation, revision: EvidenceRevision, *, by: Any) -> Evaluation:
    """Put a document of the region's library to the submission, in place of the one that was there.

    Doing it twice changes nothing. Whether the file is clean is asked when it is submitted. Raises PermissionDenied,
    also for what is neither a PDF nor a picture, or ValueError for a document of another region or without a file.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_declare(by, evaluation))
    if revision.item.region_id != evaluation.region_id or revision.file_id is None:
        raise ValueError("a declaration is a file of the region")
    assert revision.file is not None
    if revision.file.mime not in SIGNED:
        require(deny("Surat pernyataan yang ditandatangani berupa PDF atau foto (JPG, PNG)."))
    if evaluation.declaration_id == revision.pk:
        return evaluation
    before = {"revision": evaluation.declaration_id}
    Evaluation.objects.filter(pk=evaluation.pk).update(declaration=revision)
    evaluation.declaration = revision
    record(
        "evaluation.declare", by=by, subject=evaluation.subject, region=evaluation.region_id, before=before,
        after={"revision": revision.pk, "sha256": revision.file_id},
    )  # fmt: skip
    return evaluation
