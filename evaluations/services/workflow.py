"""The one mover: takes an evaluation a step further and records it; both happen or neither does."""

from typing import Any

from django.db import transaction

from evaluations import permissions
from evaluations.enums import ReceiptKind, Stage
from evaluations.models import Evaluation
from evaluations.queries.scorecard import facts
from evaluations.services import receipts, telling
from evaluations.services.awards import still_fits
from evaluations.services.locks import locked
from evaluations.services.totals import closes, store
from evaluations.stages import STEPS
from evaluations.timing import clock
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale, save_version
from trail.services.events import record


@transaction.atomic
def move(evaluation: Evaluation, action: str, *, version: int, by: Any) -> Evaluation:
    """Take the step named `action` from the version of the evaluation that was looked at. A step that closes a scored
    stage keeps its total; submitting makes the receipt.

    Raises KeyError for an unknown action, Stale when it has moved meanwhile, PermissionDenied with the reason.
    """
    step = STEPS[action]
    fresh = locked(evaluation.pk)
    if fresh.version != version:
        raise Stale(fresh)
    require(permissions.can_move(by, fresh, action))
    changes: dict[str, Any] = {"stage": step.target}
    now = clock(fresh)
    if step.action == "submit":
        changes["submitted_at"] = now
    if step.action == "sign_off":
        changes |= {"signed_off_at": now, "signed_off_by": by}
    if step.action == "call_back":
        changes |= {"signed_off_at": None, "signed_off_by": None}
    closed = closes(step)
    if closed:
        total = store(facts(fresh, with_scores=True), closed)
        if step.target == Stage.AWARDED:
            award = still_fits(fresh, total)
            changes |= {
                "awarded_at": now,
                "awarded_points": total.points,
                "awarded_predicate": award.predicate,
                "award_reason": award.reason,
            }
    before = {"stage": fresh.stage}
    after = {field: str(value) for field, value in changes.items()}
    save_version(fresh, version, **changes)
    receipt = None
    if step.action == "submit":
        receipt = receipts.write(fresh, ReceiptKind.SUBMISSION, at=changes["submitted_at"], by=by)
        after |= {"receipt": receipt.number, "sha256": receipt.sha256}
    telling.moved(fresh, step, by=by)
    event = record(
        f"evaluation.{action}", by=by, subject=fresh.subject, region=fresh.region_id, before=before, after=after
    )
    if receipt:
        receipts.seal(receipt, event)
    return fresh
