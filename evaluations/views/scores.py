"""The judges' bench: one question at a time, accept the claim or give another level with a reason."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from clusters import scoring
from evaluations import permissions
from evaluations.enums import Verdict
from evaluations.forms.scores import AcceptAllForm, Chosen, ScoreFilter, ScoreForm
from evaluations.models import Evaluation, Score
from evaluations.queries.benches import next_to_judge, places
from evaluations.queries.scorecard import scorecard
from evaluations.services.documents import Contradiction
from evaluations.services.scores import accept_all, score_answer
from evaluations.views.bench import PAGE, bench_address, bench_context
from evaluations.views.fetch import answer_or_404, evaluation_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted_from
from kla_portal.lib.numbers import points_text
from kla_portal.lib.versions import Stale
from trail.services.once import once

QUESTION = "question-title"
"""Where whoever goes on by keyboard begins to read."""


@gzip_page  # 274 lines of one list; the page's one secret, the CSRF token, is masked anew each time
@require_GET
def score_bench(request: HttpRequest, evaluation_id: UUID, code: str = "") -> HttpResponse:
    """The question with this code; without one, on to the first that is still to be judged."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.scores_it(request.user, evaluation))
    chosen = ScoreFilter(request.GET).chosen
    if not code:
        rows = places(scorecard(evaluation, with_scores=True), evaluation)
        first = next_to_judge(rows, "", chosen.cluster) or rows[0]
        return redirect(bench_address(evaluation, first.row.question.code, chosen))
    return render(request, PAGE, bench_context(request, evaluation, code, chosen))


def _bench_with(request: HttpRequest, evaluation_id: UUID, code: str = "") -> str:
    """The bench, at this question or at the first that is still to be judged."""
    if code:
        answer_or_404(request, evaluation_id, code)
        return reverse("evaluations:score_bench", args=[evaluation_id, code])
    return reverse("evaluations:score_bench", args=[evaluation_or_404(request, evaluation_id).pk])


@posted_from(_bench_with)
def answer_score(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """One verdict, then on to the next question that is still to be judged."""
    answer = answer_or_404(request, evaluation_id, code)
    evaluation = answer.evaluation
    require(permissions.can_score_answer(request.user, answer))
    form = ScoreForm(request.POST, rule=scoring.parse_rule(answer.question.kind, answer.question.rule))
    if not form.is_valid():
        return _refused(request, evaluation, code, form)
    given = form.cleaned_data

    def act() -> str:
        score = score_answer(
            answer,
            answer_version=given["answer_version"],
            score_version=given["score_version"],
            level=given["level"],
            reason=given["reason"],
            by=request.user,
        )
        return _told(score, answer.question)

    try:
        told, ran = once(request.user, given["once"], act, purpose="answer_score")
    except Stale as stale:
        return _conflict(request, evaluation, code, form, stale)
    except Contradiction as fault:
        form.add_error(None, str(fault))
        return _refused(request, evaluation, code, form)
    if ran:
        messages.success(request, told)
    return _onward(request, evaluation, code, form.chosen)


@posted_from(_bench_with)
def score_accept_all(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """Accept the claims of an indicator that were shown without any verdict and have not changed since."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_score(request.user, evaluation))
    form = AcceptAllForm(request.POST)
    if not form.is_valid():
        code = form.cleaned_data.get("code") or scorecard(evaluation).questions[0].question.code
        return _refused(request, evaluation, code, form)
    given = form.cleaned_data

    def act() -> str:
        done, skipped = accept_all(evaluation, seen=given["seen"], by=request.user)
        return f"{done} {skipped}"

    told, ran = once(request.user, given["once"], act, purpose="score_accept_all")
    if ran:
        done, skipped = map(int, told.split())
        messages.success(request, f"{done} klaim diterima. Setiap putusan masih dapat diubah selama tahap ini.")
        if skipped:
            messages.warning(request, f"{skipped} klaim dilewati karena semua dokumennya ditolak. Beri nilai lain.")
    return _onward(request, evaluation, given["code"], form.chosen)


def _told(score: Score, question: Any) -> str:
    earned = f"{points_text(scoring.points(score.fraction, question.max_points))} / {points_text(question.max_points)}"
    verb = "klaim diterima" if score.verdict == Verdict.ACCEPTED else "dinilai lain"
    return f"{question.code}: {verb}, {earned} poin."


def _onward(request: HttpRequest, evaluation: Evaluation, code: str, chosen: Chosen) -> HttpResponse:
    following = next_to_judge(places(scorecard(evaluation, with_scores=True), evaluation), code, chosen.cluster)
    if following is None:
        messages.info(request, "Semua jawaban sudah Anda nilai pada tahap ini.")
    there = following.row.question.code if following else code
    return redirect(bench_address(evaluation, there, replace(chosen, document=""), QUESTION))


def _refused(request: HttpRequest, evaluation: Evaluation, code: str, form: ScoreForm | AcceptAllForm) -> HttpResponse:
    context = bench_context(request, evaluation, code, form.chosen) | {"form": form}
    return render(request, PAGE, context, status=422)


def _conflict(request: HttpRequest, evaluation: Evaluation, code: str, form: ScoreForm, stale: Stale) -> HttpResponse:
    """409: what was sent and what stands now, side by side; sending it again judges what stands now."""
    context = bench_context(request, evaluation, code, form.chosen)
    moved = "verdict" if isinstance(stale.current, Score) else "answer"
    given = form.cleaned_data
    level = next((each for each in context["levels"] if each.level.key == given["level"]), None)
    context |= {"form": form, "moved": moved, "mine": {"level": level, "reason": given["reason"]}}
    return render(request, PAGE, context, status=409)
