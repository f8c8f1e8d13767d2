"""Taking an evaluation a step further."""

import uuid
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.stepup import recently_confirmed
from evaluations import permissions
from evaluations.models import Evaluation
from evaluations.queries import copies
from evaluations.queries.parts import unready_parts
from evaluations.queries.scorecard import judged_in_stage, scorecard
from evaluations.queries.work import owners_of
from evaluations.services.submission import submit
from evaluations.services.workflow import move
from evaluations.stages import STEPS
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale
from trail.services.once import once


def _asks_again(request: HttpRequest, evaluation_id: UUID, action: str) -> bool:
    return action in STEPS and STEPS[action].asks_again


@recently_confirmed(when=_asks_again)
@require_http_methods(["GET", "POST"])
def stage_move(request: HttpRequest, evaluation_id: UUID, action: str) -> HttpResponse:
    """What the step will do, and whether it can be undone; then the step. Sent twice, it is taken once."""
    evaluation = evaluation_or_404(request, evaluation_id)
    if action not in STEPS:
        raise Http404("Langkah ini tidak dikenal.")
    step, key = STEPS[action], request.POST.get("once", "")
    context = {"evaluation": evaluation, "step": step, "once": key or uuid.uuid4()}
    if request.method == "GET":
        require(permissions.can_move(request.user, evaluation, action))
        context["claims_open"] = permissions.can_read_claims(request.user, evaluation)
        context["scores_open"] = permissions.can_read_scores(request.user, evaluation)
        card, here = scorecard(evaluation, with_scores=bool(context["scores_open"])), judged_in_stage(evaluation)
        if action == "hand_in":
            context["alone"] = len(copies.alone(evaluation, request.user))
            context["unready"] = unready_parts(card.questions, owners_of(evaluation))
        context |= {"card": card, "judged_here": here, "unjudged": card.answered - here}
        return render(request, "evaluations/stage_move.html", context)
    seen = request.POST.get("version", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
    try:
        if action == "submit":
            return _submitted(request, evaluation, key, version)
        once(
            request.user,
            key,
            lambda: move(evaluation, action, version=version, by=request.user).stage,
            purpose=f"stage_move.{action}",
        )
    except Stale:
        return render(request, "evaluations/stage_move.html", context | {"stale": True}, status=409)
    messages.success(request, f"{step.label}: selesai. Tahap sekarang: {step.target.label}.")
    return redirect(evaluation)


def _submitted(request: HttpRequest, evaluation: Evaluation, key: str, version: int) -> HttpResponse:
    """To the receipt, whichever of several sends made it."""

    def act() -> str:
        return str(submit(evaluation, version=version, by=request.user).pk)

    receipt, ran = once(request.user, key, act, purpose="stage_move.submit")
    if ran:
        messages.success(request, "Penilaian mandiri sudah diajukan. Ini tanda terimanya.")
    return redirect("evaluations:receipt_detail", receipt)
