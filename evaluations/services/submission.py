"""Submitting an evaluation once, however often it is sent."""

from typing import Any

from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from evaluations import permissions
from evaluations.enums import ReceiptKind
from evaluations.models import Evaluation, Receipt
from evaluations.services.workflow import move
from kla_portal.lib.versions import Stale


def submit(evaluation: Evaluation, *, version: int, by: Any) -> Receipt:
    """Submit the evaluation as it was seen, and give its receipt. Whoever submits it again, from another tab or by
    going back, gets the receipt there is.

    Raises Stale or PermissionDenied as `workflow.move` does while there is none.
    """
    try:
        move(evaluation, "submit", version=version, by=by)
    except (Stale, PermissionDenied):
        there = submitted(evaluation)
        if there is None or not (permissions.of_the_city(by, evaluation) and by.acts_as(Role.COORDINATOR)):
            raise
        return there
    return Receipt.objects.get(evaluation=evaluation, kind=ReceiptKind.SUBMISSION)


def submitted(evaluation: Evaluation) -> Receipt | None:
    """The receipt of the submission, once there is one."""
    return Receipt.objects.filter(evaluation=evaluation, kind=ReceiptKind.SUBMISSION).first()
