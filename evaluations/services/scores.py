"""A judge accepts the claim or gives another level with a reason."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from clusters import scoring
from evaluations import permissions
from evaluations.enums import AnswerState, Verdict
from evaluations.models import Answer, Evaluation, Score, needs_proof
from evaluations.services.documents import require_proof
from evaluations.services.locks import locked
from kla_portal.lib.decision import deny, require
from kla_portal.lib.versions import Stale, save_version
from trail.services.events import record

Judged = tuple[Score, dict[str, str] | None]
"""A verdict with what it said before, None for the first one."""


@transaction.atomic
def score_answer(answer: Answer, *, answer_version: int, score_version: int, level: str, reason: str, by: Any) -> Score:
    """Judge the version of the answer that was looked at, in the evaluation's present stage.

    `level` is the key of one of `scoring.levels(rule)`, or '' to accept the claim. Another level needs a reason.
    Of a question that the region calls inapplicable the accepted claim is that it does not apply; another level takes
    it in again.
    `score_version` is that of the verdict seen on the screen, 0 for none.
    Raises PermissionDenied, ValueError for an unknown level, Stale when answer or verdict have moved on, and
    Contradiction for an accepted claim all of whose documents were rejected in this stage.
    """
    evaluation = locked(answer.evaluation_id)
    fresh = Answer.objects.select_related("question").get(pk=answer.pk)
    fresh.evaluation = evaluation
    require(permissions.can_score_answer(by, fresh))
    if fresh.version != answer_version:
        raise Stale(fresh)
    if fresh.state == AnswerState.EMPTY:
        require(deny("Pertanyaan ini tidak dijawab daerah; nilainya nol tanpa putusan."))
    stored = Score.objects.filter(answer=fresh, stage=evaluation.stage).first()
    if (stored.version if stored else 0) != score_version:
        raise Stale(stored or fresh)
    if not level and _earns(fresh):
        require_proof(fresh)
    judged = _write(fresh, stored, level=level, reason=reason.strip(), by=by)
    _record([judged])
    return judged[0]


def _earns(answer: Answer) -> bool:
    """A claim of nothing, and one that the question does not apply, stands on no document."""
    rule = scoring.parse_rule(answer.question.kind, answer.question.rule)
    return scoring.fraction(rule, answer.value) > 0


@transaction.atomic
def accept_all(evaluation: Evaluation, *, seen: Iterable[tuple[int, int]], by: Any) -> tuple[int, int]:
    """Accept the claims in `seen` (pairs of answer id and version) that have no verdict in this stage yet and are not
    open to the region. What has changed since it was judged is looked at one by one.

    Returns how many were accepted, and how many were left because all their documents were rejected in this stage.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_score(by, evaluation))
    versions = dict(seen)
    judged = Score.objects.filter(answer__evaluation=evaluation, stage=evaluation.stage).values("answer")
    open_ = (
        Answer.objects.filter(evaluation=evaluation, pk__in=versions)
        .exclude(state=AnswerState.EMPTY)
        .exclude(pk__in=judged)
        .select_related("question")
    )
    without = set(open_.unproven(evaluation.stage).values_list("pk", flat=True))
    written: list[Judged] = []
    skipped = 0
    for answer in open_:
        if answer.version != versions[answer.pk] or answer.pk in permissions.reopenings(evaluation):
            continue
        if answer.pk in without and needs_proof(answer.question) and _earns(answer):
            skipped += 1
            continue
        answer.evaluation = evaluation
        written.append(_write(answer, None, level="", reason="", by=by))
    _record(written)
    return len(written), skipped


def _write(answer: Answer, stored: Score | None, *, level: str, reason: str, by: Any) -> Judged:
    """Store the verdict; returns it with what it said before, None for the first one."""
    rule = scoring.parse_rule(answer.question.kind, answer.question.rule)
    claimed = scoring.fraction(rule, answer.value)
    if level:
        fraction = next((choice.fraction for choice in scoring.levels(rule) if choice.key == level), None)
        if fraction is None:
            raise ValueError(f"no level {level!r} in question {answer.question.code}")
        if not reason:
            require(deny("Tulis alasan bila nilai berbeda dari klaim daerah."))
        verdict = Verdict.ADJUSTED
    else:
        fraction, verdict = claimed, Verdict.ACCEPTED
        level = "" if scoring.applies(answer.value) else scoring.NOT_APPLICABLE  # agreed: the question is taken out
    what = {"verdict": verdict, "level": level, "fraction": fraction, "reason": reason, "by": by, "at": timezone.now()}
    before = {"verdict": stored.verdict, "fraction": str(stored.fraction)} if stored else None
    if stored:
        save_version(stored, stored.version, answer_version=answer.version, **what)
    else:
        stored = Score.objects.create(
            answer=answer, stage=answer.evaluation.stage, answer_version=answer.version, **what
        )
    stored.answer = answer
    return stored, before


def _record(judged: Iterable[Judged]) -> None:
    """Write the events, when every verdict is written."""
    for score, before in judged:
        record(
            "answer.score",
            by=score.by,
            subject=score.answer.evaluation.subject,
            detail=score.answer.question.code,
            region=score.answer.evaluation.region_id,
            before=before,
            after={
                "stage": score.stage, "verdict": score.verdict, "fraction": str(score.fraction),
                "answer_version": score.answer_version,
            },
            reason=score.reason,
        )  # fmt: skip
