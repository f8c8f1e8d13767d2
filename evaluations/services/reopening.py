"""Opening answers again by name, for a time: what a judge asks for, and the 2×24 hours after the field day."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from evaluations import permissions
from evaluations.enums import ReceiptKind, ReopenKind
from evaluations.models import Answer, Evaluation, Receipt, Reopening
from evaluations.services import receipts, telling
from evaluations.services.locks import locked
from evaluations.timing import clock, timing
from kla_portal.lib.dates import both_zones
from kla_portal.lib.decision import Decision, require
from trail.services.events import record

LONGEST = timedelta(days=14)
USUAL = timedelta(hours=48)


class BadMoment(ValueError):
    """The moment does not do. The text is for the screen."""


def latest(evaluation: Evaluation, now: datetime) -> datetime:
    """Until when an answer may be opened at most: 14 days from now, and not beyond the end of the stage."""
    ends = timing(evaluation).until
    return min(now + LONGEST, ends) if ends else now + LONGEST


def usual(evaluation: Evaluation) -> datetime:
    """48 hours from now by the database's clock, up to the next whole minute, or the end of the stage where that comes
    first."""
    now = clock(evaluation)
    whole = (now + USUAL + timedelta(minutes=1)).replace(second=0, microsecond=0)
    return min(whole, latest(evaluation, now))


@transaction.atomic
def reopen(answers: Iterable[Answer], *, kind: str, until: datetime, reason: str, by: Any) -> list[Reopening]:
    """Open these answers of one evaluation for its region until `until`, by the database's clock; all others stay
    locked. `reason` is what is asked for. All or none; what was opened together has the same `batch`.

    Raises PermissionDenied, BadMoment, or ValueError for no answers, answers of several evaluations, no reason, or a
    kind that nobody may open.
    """
    wanted = [answer.pk for answer in answers]
    fresh = list(Answer.objects.filter(pk__in=wanted).select_related("question").order_by("question__position", "pk"))
    if not fresh or len({answer.evaluation_id for answer in fresh}) > 1 or not reason.strip():
        raise ValueError("answers of one evaluation, and a reason")
    evaluation = locked(fresh[0].evaluation_id)
    for answer in fresh:
        answer.refresh_from_db(fields=["version"])
        answer.evaluation = evaluation
        require(_may(by, answer, kind))
    now = clock(evaluation)
    _require_moment(evaluation, until, now)
    batch = uuid.uuid4()
    rows = Reopening.objects.bulk_create(
        Reopening(
            answer=answer, kind=kind, stage=evaluation.stage, until=until, reason=reason.strip(), batch=batch,
            answer_version=answer.version, by=by, at=now,
        )
        for answer in fresh
    )  # fmt: skip
    telling.asked(evaluation, fresh, until=until, key=str(batch), by=by)
    for row in rows:
        record(
            "answer.reopen", by=by, subject=evaluation.subject, detail=row.answer.question.code,
            region=evaluation.region_id, reason=row.reason,
            after={"kind": kind, "until": until.isoformat(), "batch": str(batch), "answer_version": row.answer_version},
        )  # fmt: skip
    return rows


def _may(by: Any, answer: Answer, kind: str) -> Decision:
    if kind == ReopenKind.ASK:
        return permissions.can_ask(by, answer)
    if kind == ReopenKind.FIELD:
        return permissions.can_reopen(by, answer.evaluation) and permissions.not_open_yet(answer)
    raise ValueError(f"nobody opens an answer as {kind!r}")


def _require_moment(evaluation: Evaluation, until: datetime, now: datetime) -> None:
    if until <= now:
        raise BadMoment("Waktu ini sudah lewat. Pilih waktu yang akan datang.")
    if until > (most := latest(evaluation, now)):
        raise BadMoment(f"Paling lama sampai {both_zones(most, evaluation.region_id)}.")


@transaction.atomic
def close(reopening: Reopening, *, by: Any) -> Reopening:
    """End it now: the region says that it is done, or a judge takes the question back. One that is over already stays
    as it is. Raises PermissionDenied."""
    evaluation = locked(reopening.answer.evaluation_id)
    fresh = Reopening.objects.select_related("answer__question").get(pk=reopening.pk)
    fresh.answer.evaluation = evaluation
    held = permissions.reopenings(evaluation).get(fresh.answer_id)
    if held is None or held.pk != fresh.pk:
        return fresh
    require(permissions.can_close(by, fresh))
    _close(evaluation, [fresh], by)
    if permissions.of_the_city(by, evaluation):
        telling.repaired(evaluation, [fresh.answer], key=str(fresh.pk), by=by)
    record(
        "answer.reopen_close", by=by, subject=evaluation.subject, detail=fresh.answer.question.code,
        region=evaluation.region_id, before={"until": fresh.until.isoformat()},
        after={"answer_version": fresh.answer.version},
    )  # fmt: skip
    return fresh


def _close(evaluation: Evaluation, rows: list[Reopening], by: Any) -> None:
    Reopening.objects.filter(pk__in=[row.pk for row in rows]).update(closed_at=Now(), closed_by=by)
    for row in rows:
        row.refresh_from_db(fields=["closed_at", "closed_by"])
    evaluation.__dict__.pop("_reopenings", None)


@transaction.atomic
def finish(evaluation: Evaluation, *, by: Any) -> Receipt:
    """The region's additions are there: close everything that is open, and give a receipt of what stands then.

    Raises PermissionDenied, also when nothing is open any more.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_finish(by, evaluation))
    open_ = [row.pk for row in permissions.reopenings(evaluation).values()]
    rows = list(Reopening.objects.filter(pk__in=open_).select_related("answer__question").order_by("pk"))
    codes = [row.answer.question.code for row in rows]
    _close(evaluation, rows, by)
    receipt = receipts.write(evaluation, ReceiptKind.ADDITIONS, at=clock(evaluation), opened=codes, by=by)
    telling.repaired(evaluation, [row.answer for row in rows], key=receipt.number, by=by)
    event = record(
        "evaluation.additions", by=by, subject=evaluation.subject, region=evaluation.region_id,
        after={"questions": codes, "receipt": receipt.number, "sha256": receipt.sha256},
    )  # fmt: skip
    receipts.seal(receipt, event)
    return receipt
