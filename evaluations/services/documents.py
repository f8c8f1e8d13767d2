"""A judge accepts, doubts or rejects one document as it was, and may take that back while the stage is open."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from evaluations import permissions
from evaluations.enums import DocumentVerdict, Verdict
from evaluations.models import Answer, AnswerEvidence, EvidenceVerdict, Score, needs_proof
from evaluations.services.locks import locked
from kla_portal.lib.decision import deny, require
from kla_portal.lib.versions import Stale, save_version
from trail.services.events import record


class Contradiction(Exception):
    """What a judge says of a claim and of its documents cannot both be. The text is for the screen."""


@transaction.atomic
def judge_document(
    link: AnswerEvidence, *, revision_id: UUID, verdict_version: int, verdict: str, reason: str, by: Any
) -> EvidenceVerdict:
    """Judge the revision that was looked at, in the evaluation's present stage.

    `verdict_version` is that of the verdict seen on the screen, 0 for none. Doubt and rejection need a reason.
    Raises PermissionDenied; Stale with the link when another revision is there now or the document was taken off, with
    the verdict when somebody else judged meanwhile; Contradiction when the claim stands accepted and this was its last
    proof that nobody rejected.
    """
    fresh, stored = _looked_at(link, revision_id, verdict_version, by)
    reason = "" if verdict == DocumentVerdict.ACCEPTED else reason.strip()
    if verdict != DocumentVerdict.ACCEPTED and not reason:
        require(deny("Tulis alasan bila dokumen meragukan atau ditolak."))
    if verdict == DocumentVerdict.REJECTED:
        _require_the_claim_does_not_stand_on(fresh)
    before = _told(stored) if stored else None
    what = {"verdict": verdict, "reason": reason, "by": by, "at": timezone.now()}
    if stored:
        save_version(stored, stored.version, **what)
    else:
        stored = EvidenceVerdict.objects.create(
            link=fresh, revision=fresh.revision, stage=fresh.answer.evaluation.stage, **what
        )
    _record("evidence.judge", fresh, by, before=before, after=_told(stored), reason=reason)
    return stored


@transaction.atomic
def withdraw_verdict(link: AnswerEvidence, *, revision_id: UUID, verdict_version: int, by: Any) -> None:
    """Take back the present stage's verdict on the revision looked at; without one nothing changes.

    Raises PermissionDenied, or Stale as `judge_document` does.
    """
    fresh, stored = _looked_at(link, revision_id, verdict_version, by)
    if stored:
        before = _told(stored)
        stored.delete()
        _record("evidence.withdraw_verdict", fresh, by, before=before)


def _looked_at(
    link: AnswerEvidence, revision_id: UUID, verdict_version: int, by: Any
) -> tuple[AnswerEvidence, EvidenceVerdict | None]:
    """The document as it stands now and the verdict on it, held: they must be those that were on the screen."""
    evaluation = locked(link.answer.evaluation_id)
    fresh = AnswerEvidence.objects.with_files().select_related("answer__question").get(pk=link.pk)
    fresh.answer.evaluation = evaluation
    require(permissions.can_score_answer(by, fresh.answer))
    if fresh.removed_at or fresh.revision_id != revision_id:
        raise Stale(fresh)
    require(permissions.can_judge_document(by, fresh))
    stored = EvidenceVerdict.objects.filter(link=fresh, revision=revision_id, stage=evaluation.stage).first()
    if (stored.version if stored else 0) != verdict_version:
        raise Stale(stored or fresh)
    return fresh, stored


def require_proof(answer: Answer) -> None:
    """Raises Contradiction when the claim cannot be accepted: all its documents were rejected in this stage."""
    if needs_proof(answer.question) and _unproven(answer):
        raise Contradiction(
            "Klaim tidak dapat diterima: semua dokumen pertanyaan ini ditolak pada tahap ini. "
            "Beri nilai lain, atau ubah dahulu putusan atas dokumennya."
        )


def _require_the_claim_does_not_stand_on(link: AnswerEvidence) -> None:
    """A claim accepted in this stage cannot lose its last proof in it. One that was accepted earlier may: it is to be
    judged anew before the stage closes (`permissions.claims_stand_on_documents`)."""
    answer = link.answer
    score = Score.objects.filter(answer=answer, stage=answer.evaluation.stage, answer_version=answer.version).first()
    if score is None or score.verdict != Verdict.ACCEPTED or not score.fraction or not needs_proof(answer.question):
        return
    if _unproven(answer, but=link.pk):
        raise Contradiction("Klaim pertanyaan ini sudah diterima. Beri nilai lain dulu, lalu tolak dokumennya.")


def _unproven(answer: Answer, but: UUID | None = None) -> bool:
    return Answer.objects.filter(pk=answer.pk).unproven(answer.evaluation.stage, but=but).exists()


def _told(verdict: EvidenceVerdict) -> dict[str, Any]:
    return {
        "document": str(verdict.link_id),
        "revision": verdict.revision.number,
        "stage": verdict.stage,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
    }


def _record(action: str, link: AnswerEvidence, by: Any, **what: Any) -> None:
    evaluation = link.answer.evaluation
    record(
        action,
        by=by,
        subject=evaluation.subject,
        detail=link.answer.question.code,
        region=evaluation.region_id,
        **what,
    )
