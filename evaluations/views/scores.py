"""The judges' bench: one question at a time, accept the claim or give another level with a reason."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from clusters import scoring
from evaluations import permissions
from evaluations.enums import Verdict
from evaluations.forms.scores import SCORE_REASONS, AcceptAllForm, ScoreFilter, ScoreForm
from evaluations.models import Evaluation, Score
from evaluations.queries.benches import Place, grouped, level_choices, next_to_judge, places, reading_of, verdicts
from evaluations.queries.scorecard import Scorecard, scorecard
from evaluations.services.scores import accept_all, score_answer
from evaluations.views.fetch import answer_or_404, evaluation_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted_from
from kla_portal.lib.numbers import points_text
from kla_portal.lib.versions import Stale
from trail.services.once import once

PAGE = "evaluations/score_bench.html"


@require_GET
def score_bench(request: HttpRequest, evaluation_id: UUID, code: str = "") -> HttpResponse:
    """The question with this code; without one, on to the first that is still to be judged."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_score(request.user, evaluation))
    chosen = ScoreFilter(request.GET).chosen
    card = scorecard(evaluation, with_scores=True)
    if not code:
        rows = places(card, evaluation.stage)
        first = next_to_judge(rows, "", chosen[0]) or rows[0]
        return redirect(_address(evaluation, first.row.question.code, *chosen))
    context = _bench(evaluation, card, code, *chosen)
    wanted = request.GET.get("berkas", "")
    chosen_file = next((proof for proof in context["reading"].proofs if proof.pk == wanted), context["document"])
    return render(request, PAGE, context | {"document": chosen_file})


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
    require(permissions.can_score(request.user, evaluation))
    form = ScoreForm(request.POST, rule=scoring.parse_rule(answer.question.kind, answer.question.rule))
    if not form.is_valid():
        context = _bench(evaluation, scorecard(evaluation, with_scores=True), code, *form.chosen) | {"form": form}
        return render(request, PAGE, context, status=422)
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
    if ran:
        messages.success(request, told)
    return _onward(request, evaluation, code, *form.chosen)


@posted_from(_bench_with)
def score_accept_all(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """Accept the claims of an indicator that were shown without any verdict and have not changed since."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_score(request.user, evaluation))
    form = AcceptAllForm(request.POST)
    if not form.is_valid():
        card = scorecard(evaluation, with_scores=True)
        code = form.cleaned_data.get("code") or card.questions[0].question.code
        return render(request, PAGE, _bench(evaluation, card, code, *form.chosen) | {"form": form}, status=422)
    given = form.cleaned_data
    done, ran = once(
        request.user,
        given["once"],
        lambda: str(accept_all(evaluation, seen=given["seen"], by=request.user)),
        purpose="score_accept_all",
    )
    if ran:
        messages.success(request, f"{done} klaim diterima. Setiap putusan masih dapat diubah selama tahap ini.")
    return _onward(request, evaluation, given["code"], *form.chosen)


def _told(score: Score, question: Any) -> str:
    earned = f"{points_text(scoring.points(score.fraction, question.max_points))} / {points_text(question.max_points)}"
    verb = "klaim diterima" if score.verdict == Verdict.ACCEPTED else "dinilai lain"
    return f"{question.code}: {verb}, {earned} poin."


def _onward(request: HttpRequest, evaluation: Evaluation, code: str, cluster: str, only_open: bool) -> HttpResponse:
    following = next_to_judge(places(scorecard(evaluation, with_scores=True), evaluation.stage), code, cluster)
    if following is None:
        messages.info(request, "Semua jawaban sudah Anda nilai pada tahap ini.")
    return redirect(_address(evaluation, following.row.question.code if following else code, cluster, only_open))


def _address(evaluation: Evaluation, code: str, cluster: str, only_open: bool) -> str:
    path = reverse("evaluations:score_bench", args=[evaluation.pk, code])
    query = _query(cluster, only_open)
    return f"{path}?{query}" if query else path


def _query(cluster: str, only_open: bool) -> str:
    return urlencode(([("klaster", cluster)] if cluster else []) + ([("sisa", "on")] if only_open else []))


def _conflict(request: HttpRequest, evaluation: Evaluation, code: str, form: ScoreForm, stale: Stale) -> HttpResponse:
    """409: what was sent and what stands now, side by side; sending it again judges what stands now."""
    context = _bench(evaluation, scorecard(evaluation, with_scores=True), code, *form.chosen)
    moved = "verdict" if isinstance(stale.current, Score) else "answer"
    given = form.cleaned_data
    level = next((each for each in context["levels"] if each.level.key == given["level"]), None)
    context |= {"form": form, "moved": moved, "mine": {"level": level, "reason": given["reason"]}}
    return render(request, PAGE, context, status=409)


def _bench(evaluation: Evaluation, card: Scorecard, code: str, cluster: str, only_open: bool) -> dict[str, Any]:
    """The page about one question. Raises Http404 for a code that the instrument does not have."""
    rows = places(card, evaluation.stage)
    here = next((place for place in rows if place.row.question.code == code), None)
    if here is None:
        raise Http404("Pertanyaan ini tidak ada pada instrumen evaluasi ini.")
    listed = [place for place in rows if _listed(place, here, cluster, only_open)]
    at = listed.index(here)
    given = verdicts(here.row.answer)
    reading = reading_of(here, evaluation)
    return {
        "evaluation": evaluation,
        "card": card,
        "place": here,
        "reading": reading,
        "document": next(iter(reading.proofs), None),
        "listed": listed,
        "groups": grouped(listed, here),
        "clusters": [each.cluster for each in card.clusters],
        "cluster": cluster,
        "only_open": only_open,
        "query": _query(cluster, only_open),
        "previous": listed[at - 1] if at else None,
        "following": listed[at + 1] if at + 1 < len(listed) else None,
        "number": rows.index(here) + 1,
        "current": next((score for score in given if score.stage == evaluation.stage), None),
        "earlier": [_shown(score, here) for score in given if score.stage != evaluation.stage],
        "levels": level_choices(here.row),
        "judged": sum(place.judged_here for place in rows),
        "carried": sum(place.state == "carried" for place in rows),
        "remaining": [
            place.row.answer for place in rows if place.state == "open" and place.indicator.pk == here.indicator.pk
        ],
        "score_reasons": SCORE_REASONS.items(),
        "once": uuid4(),
        "once_all": uuid4(),
    }


def _shown(score: Score, place: Place) -> dict[str, Any]:
    return {"score": score, "points": scoring.points(score.fraction, place.row.judged_maximum)}


def _listed(place: Place, here: Place, cluster: str, only_open: bool) -> bool:
    """The question that is open stays in the list, else nobody would know where they are."""
    if place is here:
        return True
    return (not cluster or place.cluster.code == cluster) and (not only_open or place.to_judge)
