"""The task force approves an answer or returns it with a reason."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from evaluations import permissions
from evaluations.enums import AnswerState
from evaluations.models import Answer, Evaluation, Review
from evaluations.services import telling
from evaluations.services.locks import locked, unsign
from kla_portal.lib.decision import deny, require
from kla_portal.lib.versions import Stale, save_version
from trail.services.events import record


@transaction.atomic
def review_answer(answer: Answer, *, version: int, approved: bool, reason: str, by: Any) -> Answer:
    """Approve or return the version of the answer that was looked at. A return needs a reason.

    Raises PermissionDenied, or Stale when the answer has changed since it was looked at.
    """
    evaluation = locked(answer.evaluation_id)
    require(permissions.can_review(by, evaluation))
    fresh = Answer.objects.select_related("question").get(pk=answer.pk)
    fresh.evaluation = evaluation
    if fresh.version != version:
        raise Stale(fresh)
    if fresh.state == AnswerState.EMPTY:
        require(deny("Pertanyaan ini belum dijawab, sehingga belum ada yang ditelaah."))
    if not approved and not reason.strip():
        require(deny("Tulis alasan pengembalian agar perangkat daerah tahu apa yang harus diperbaiki."))
    _write(fresh, approved=approved, reason=reason.strip(), by=by)
    return fresh


@transaction.atomic
def approve_all(evaluation: Evaluation, *, seen: Iterable[tuple[int, int]], by: Any) -> int:
    """Approve the answers in `seen` (pairs of id and version) that still stand as they were looked at.

    Returns how many were approved; whatever has changed meanwhile is left waiting.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_review(by, evaluation))
    versions = dict(seen)
    waiting = Answer.objects.filter(evaluation=evaluation, pk__in=versions, state=AnswerState.ANSWERED).select_related(
        "question"
    )
    seen_so = [answer for answer in waiting if answer.version == versions[answer.pk]]
    telling.approved(evaluation, seen_so, by=by)
    for answer in seen_so:
        answer.evaluation = evaluation
        _write(answer, approved=True, reason="", by=by)
    return len(seen_so)


def _write(answer: Answer, *, approved: bool, reason: str, by: Any) -> None:
    before = {"state": answer.state}
    unsign(answer.evaluation, by=by)
    Review.objects.create(answer=answer, answer_version=answer.version, approved=approved, reason=reason, by=by)
    save_version(answer, answer.version, state=AnswerState.APPROVED if approved else AnswerState.RETURNED)
    if not approved:
        telling.returned(answer, by=by)
    record(
        "answer.approve" if approved else "answer.return",
        by=by,
        subject=answer.evaluation.subject,
        detail=answer.question.code,
        region=answer.evaluation.region_id,
        before=before,
        after={"state": answer.state, "version": answer.version},
        reason=reason,
    )
