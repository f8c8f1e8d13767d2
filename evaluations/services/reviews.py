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
    fresh = Answer.objects.select_related("question__indicator__cluster").get(pk=answer.pk)
    fresh.evaluation = evaluation
    require(permissions.can_review(by, evaluation, fresh.question.indicator.cluster.code))
    if fresh.version != version:
        raise Stale(fresh)
    if fresh.state == AnswerState.EMPTY:
        require(deny("Pertanyaan ini belum dijawab, sehingga belum ada yang ditelaah."))
    if not approved and not reason.strip():
        require(deny("Tulis alasan pengembalian agar perangkat daerah tahu apa yang harus diperbaiki."))
    was = _write(fresh, approved=approved, reason=reason.strip(), by=by)
    if not approved:
        telling.returned(fresh, by=by)
    _recorded([(fresh, was)], approved=approved, reason=reason.strip(), by=by)
    return fresh


@transaction.atomic
def approve_all(evaluation: Evaluation, *, seen: Iterable[tuple[int, int]], by: Any) -> int:
    """Approve the answers in `seen` (pairs of id and version) that still stand as they were looked at.

    Returns how many were approved; whatever has changed meanwhile is left waiting. Raises PermissionDenied, for all of
    them, when one is of a cluster that others review.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_review(by, evaluation))
    versions = dict(seen)
    waiting = Answer.objects.filter(evaluation=evaluation, pk__in=versions, state=AnswerState.ANSWERED)
    done: list[tuple[Answer, str]] = []
    for answer in waiting.select_related("question__indicator__cluster").order_by("pk"):
        require(permissions.can_review(by, evaluation, answer.question.indicator.cluster.code))
        if answer.version == versions[answer.pk]:
            answer.evaluation = evaluation
            done.append((answer, _write(answer, approved=True, reason="", by=by)))
    telling.approved(evaluation, [answer for answer, _ in done], by=by)
    _recorded(done, approved=True, reason="", by=by)
    return len(done)


def _write(answer: Answer, *, approved: bool, reason: str, by: Any) -> str:
    """Store what was said of it; returns the state it had."""
    was = answer.state
    Review.objects.create(answer=answer, answer_version=answer.version, approved=approved, reason=reason, by=by)
    save_version(answer, answer.version, state=AnswerState.APPROVED if approved else AnswerState.RETURNED)
    return was


def _recorded(said: Iterable[tuple[Answer, str]], *, approved: bool, reason: str, by: Any) -> None:
    """Write the events, when everything else is written. An answer comes with the state it had."""
    for answer, was in said:
        unsign(answer.evaluation, by=by, code=answer.question.code)  # the first one does; the others find it undone
        record(
            "answer.approve" if approved else "answer.return",
            by=by,
            subject=answer.evaluation.subject,
            detail=answer.question.code,
            region=answer.evaluation.region_id,
            before={"state": was},
            after={"state": answer.state, "version": answer.version},
            reason=reason,
        )
