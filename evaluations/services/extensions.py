"""More time for one region in one stage: given with a reason, over by itself, taken back at once."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from evaluations import permissions
from evaluations.enums import DRAFTING, ORDER, Stage
from evaluations.models import Evaluation, Extension
from evaluations.services import telling
from evaluations.services.locks import locked
from evaluations.timing import timing, timings
from kla_portal.lib.decision import require
from trail.services.events import record


class NotExtended(ValueError):
    """The stage cannot be extended so. The text is for the screen."""


def extendable(evaluation: Evaluation) -> list[Stage]:
    """The stages that more time can be given for, in order: those that have a window and that the evaluation is in or
    still comes to; both of the region's own until it submits, because it may call back."""
    here = 0 if evaluation.stage in DRAFTING else ORDER.index(evaluation.stage)
    return [stage for stage in Stage if stage in timings(evaluation) and ORDER.index(stage) >= here]


@transaction.atomic
def give_extension(evaluation: Evaluation, stage: str, *, until: datetime, reason: str, by: Any) -> Extension:
    """Give this evaluation more time in a stage, until a moment that is still to come, by the database's clock, and
    later than the end that holds now. Nobody else's time changes, and no other stage's.

    Raises PermissionDenied unless `by` is a national admin and the result is open, NotExtended with the sentence for a
    stage or moment that does not fit, ValueError without a reason.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_extend(by, evaluation))
    if not reason.strip():
        raise ValueError("an extension needs a reason")
    if stage not in extendable(evaluation):
        label = Stage(stage).label
        raise NotExtended(f"{label} tidak dapat diperpanjang: sudah dilewati daerah ini, atau tanpa batas waktu.")
    clock = timing(evaluation, stage)
    assert clock.now is not None and clock.until is not None
    if not (later := clock.can_end_at(until, evaluation.region_id)):
        raise NotExtended(later.reason)
    given = Extension.objects.create(
        evaluation=evaluation, stage=stage, until=until, reason=reason.strip(), by=by, at=clock.now
    )
    telling.extended(evaluation, stage, until=until, key=str(given.pk), by=by)
    record(
        "evaluation.extend", by=by, subject=evaluation.subject, region=evaluation.region_id, reason=given.reason,
        before={"stage": stage, "until": clock.until.isoformat()}, after={"stage": stage, "until": until.isoformat()},
    )  # fmt: skip
    return given


@transaction.atomic
def withdraw_extension(extension: Extension, *, by: Any) -> None:
    """End an extension now. Doing it twice changes nothing. Raises PermissionDenied for one that is over."""
    evaluation = locked(extension.evaluation_id)
    fresh = Extension.objects.get(pk=extension.pk)
    fresh.evaluation = evaluation
    require(permissions.can_extend(by, evaluation))
    if fresh.withdrawn_at is not None:
        return
    require(permissions.can_withdraw_extension(by, fresh))
    Extension.objects.filter(pk=fresh.pk).update(withdrawn_at=Now())
    telling.extension_withdrawn(evaluation, fresh.stage, key=str(fresh.pk), by=by)
    record(
        "evaluation.unextend", by=by, subject=evaluation.subject, region=evaluation.region_id,
        before={"stage": fresh.stage, "until": fresh.until.isoformat()},
    )  # fmt: skip
