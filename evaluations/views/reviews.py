"""The task force's bench: approve answers, or return them with a reason."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from clusters.queries import outline
from evaluations import permissions
from evaluations.enums import AnswerState
from evaluations.forms.reviews import (
    ALL,
    APPROVE,
    REPAIRED,
    RETURN_REASONS,
    STATES,
    ApproveAllForm,
    ReviewFilter,
    ReviewForm,
)
from evaluations.models import Answer, Evaluation
from evaluations.queries.benches import Reading, member_shares, readings, repaired, review_shares
from evaluations.queries.fitting import ground
from evaluations.queries.history import last_unsigned
from evaluations.queries.scorecard import scorecard
from evaluations.services.reviews import approve_all, review_answer
from evaluations.views.fetch import answer_or_404, evaluation_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted_from
from kla_portal.lib.versions import Stale
from trail.services.once import once

PAGE = "evaluations/review_bench.html"


@require_GET
def review_bench(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """The answers of one cluster, those that wait first of all."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.reviews_it(request.user, evaluation))
    cluster, state = ReviewFilter(request.GET).chosen
    return render(request, PAGE, _bench(request, evaluation, cluster, state))


def _bench_with(request: HttpRequest, evaluation_id: UUID, code: str = "") -> str:
    """The bench, at the cluster of this question."""
    if not code:
        return _address(evaluation_or_404(request, evaluation_id))
    answer = answer_or_404(request, evaluation_id, code)
    return _address(answer.evaluation, _cluster_of(answer))


@posted_from(_bench_with)
def answer_review(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """One verdict; answers with the card alone to htmx, else leads back to the bench."""
    answer = answer_or_404(request, evaluation_id, code)
    require(permissions.can_review(request.user, answer.evaluation, _cluster_of(answer)))
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _card(request, answer, form, status=422)
    said = form.cleaned_data

    def act() -> str:
        approved = said["decision"] == APPROVE
        reviewed = review_answer(
            answer, version=said["version"], approved=approved, reason=said["reason"], by=request.user
        )
        return str(reviewed.version)

    try:
        once(request.user, said["once"], act, purpose="answer_review")
    except Stale:
        return _card(request, answer, form, status=409)
    return _card(request, answer, form, status=200)


@posted_from(_bench_with)
def review_approve_all(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """Approve what was shown and has not changed since."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_review(request.user, evaluation))
    form = ApproveAllForm(request.POST)
    if not form.is_valid():
        return render(
            request, PAGE, _bench(request, evaluation, "", AnswerState.ANSWERED) | {"refused": form}, status=422
        )
    given = form.cleaned_data
    done, ran = once(
        request.user,
        given["once"],
        lambda: str(approve_all(evaluation, seen=given["seen"], by=request.user)),
        purpose="review_approve_all",
    )
    if ran:
        _tell(request, int(done), len(given["seen"]))
    return redirect(_address(evaluation, given["klaster"]))


def _tell(request: HttpRequest, done: int, asked: int) -> None:
    if done:
        messages.success(request, f"{done} jawaban disetujui. Persetujuan dapat diubah selama daerah belum mengajukan.")
    if done < asked:
        messages.warning(request, f"{asked - done} jawaban berubah sejak Anda buka, sehingga belum disetujui.")


def _address(evaluation: Evaluation, cluster: str = "", state: str = "", place: str = "") -> str:
    query = urlencode({name: value for name, value in (("klaster", cluster), ("status", state)) if value})
    path = reverse("evaluations:review_bench", args=[evaluation.pk])
    return path + (f"?{query}" if query else "") + (f"#{place}" if place else "")


def _cluster_of(answer: Answer) -> str:
    """The code of the cluster, from the instrument that is kept in memory."""
    return outline(answer.evaluation.cycle.instrument).place[answer.question_id][0].code


def _bench(
    request: HttpRequest, evaluation: Evaluation, cluster: str, state: str, kept: int | None = None
) -> dict[str, Any]:
    """The page. `kept` is the pk of an answer that is shown whatever its state."""
    seat = permissions.seat_of(request.user, evaluation)
    rows = readings(scorecard(evaluation), evaluation, reviews=True, here=ground(evaluation))
    shares, whole = review_shares(rows, seat)
    if cluster not in {share.code for share in shares}:
        cluster = next((share.code for share in shares if share.waiting), shares[0].code)
    here = [row for row in rows if row.cluster.code == cluster]
    shown = repaired([row for row in here if row.row.answer.pk == kept or _fits(row, state)], evaluation)
    late = permissions.can_review(request.user, evaluation).reason
    return {
        "evaluation": evaluation,
        "bench_url": _address(evaluation),
        "once": uuid4(),
        "cards": shown,
        "waiting": [row.row.answer for row in shown if row.row.answer.state == AnswerState.ANSWERED],
        "warned": sum(row.warned for row in shown if row.row.answer.state == AnswerState.ANSWERED),
        "shares": shares,
        "share": next(share for share in shares if share.code == cluster),
        "elsewhere": next((each for each in shares if each.waiting and each.own and each.code != cluster), None),
        "whole": whole,
        "members": member_shares(shares, permissions.seats(evaluation)),
        "seat": seat,
        "sign_off": permissions.can_move(request.user, evaluation, "sign_off"),
        "unsigned": last_unsigned(evaluation),
        "late": late,
        "closed": late or permissions.can_review(request.user, evaluation, cluster).reason,
        "state": state,
        "states": STATES,
        "return_reasons": RETURN_REASONS.items(),
    }


def _fits(row: Reading, state: str) -> bool:
    if state == REPAIRED:
        return row.changed_since and row.row.answer.state == AnswerState.ANSWERED
    return row.row.answered if state == ALL else row.row.answer.state == state


def _card(request: HttpRequest, answer: Answer, form: ReviewForm, status: int) -> HttpResponse:
    """What became of one answer: reviewed (200), refused with the typed text (422), or changed meanwhile (409)."""
    evaluation = answer.evaluation
    state = form.cleaned_data.get("status") or AnswerState.ANSWERED
    cluster = _cluster_of(answer)
    context = _bench(request, evaluation, cluster, state, kept=answer.pk)
    places = [row.row.answer.pk for row in context["cards"]]
    place = places.index(answer.pk)
    later = context["cards"][place + 1 :] + context["cards"][:place]
    following = next((row for row in later if row.row.answer.state == AnswerState.ANSWERED), None)
    context |= {"touched": answer.pk, "outcome": status, "form": form}
    if request.htmx:  # type: ignore[attr-defined]
        context |= {"card": context["cards"][place], "following": following if status == 200 else None}
        return render(request, f"{PAGE}#touched_card", context, status=status)
    if status != 200:
        return render(request, PAGE, context, status=status)
    verb = "disetujui" if form.cleaned_data["decision"] == APPROVE else "dikembalikan dengan alasan"
    messages.success(request, f"{answer.question.code} {verb}.")
    return redirect(
        _address(evaluation, cluster, form.cleaned_data["status"], f"q-{following.row.answer.pk}" if following else "")
    )
