"""Letting a region read the scores of a stage that is over."""

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse

from evaluations import permissions
from evaluations.models import Evaluation, StageTotal
from evaluations.services import telling
from evaluations.services.locks import locked
from kla_portal.lib.decision import require
from trail.services.events import record


@transaction.atomic
def release_stage(evaluation: Evaluation, stage: str, *, by: Any) -> StageTotal:
    """From now on the region reads this stage's verdicts, reasons and total; judges stay roles to it. It cannot be
    taken back.

    Raises PermissionDenied, also for a stage that is released already.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_release(by, evaluation, stage))
    total = StageTotal.objects.get(evaluation=evaluation, stage=stage)
    StageTotal.objects.filter(pk=total.pk).update(released_at=Now(), released_by=by)
    total.refresh_from_db()
    evaluation.__dict__.pop("_released", None)
    where = reverse("evaluations:evaluation_stages", args=[evaluation.pk])
    telling.released(evaluation, stage, url=where, by=by)
    record(
        "evaluation.release", by=by, subject=evaluation.subject, detail=stage, region=evaluation.region_id,
        after={"stage": stage, "points": str(total.points), "predicate": total.predicate},
    )  # fmt: skip
    return total
