"""The scored stages side by side, and letting the region read one."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from evaluations import permissions
from evaluations.enums import JUDGED, Stage
from evaluations.models import Evaluation, Receipt
from evaluations.queries.stages import groups, releases
from evaluations.queries.stagewise import stage_scores
from evaluations.services.releasing import release_stage
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.decision import require
from trail.services.once import once


@gzip_page  # the same markup for every question; the page's one secret, the CSRF token, is masked anew each time
@require_http_methods(["GET", "POST"])
def evaluation_stages(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """What each stage gave (`?klaster=`, `?turun=on` for what fell); sent, it releases a stage for the region."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_answers(request.user, evaluation))
    if request.method == "POST":
        return _release(request, evaluation)
    user: Any = request.user
    stages = stage_scores(evaluation, user)
    codes = [row.cluster.code for row in stages[-1].card.clusters]
    only_fallen = request.GET.get("turun") == "on"
    wanted = request.GET.get("klaster", "")
    chosen = [wanted] if wanted in codes else codes if only_fallen else codes[:1]
    context = {
        "evaluation": evaluation,
        "stages": stages,
        "cards": stages[-1].card.clusters,
        "totals": list(
            zip(stages[-1].card.clusters, zip(*(each.clusters for each in stages), strict=True), strict=True)
        ),
        "groups": groups(stages, clusters=chosen, only_fallen=only_fallen, reader=user),
        "chosen": chosen[0] if len(chosen) == 1 else "",
        "only_fallen": only_fallen,
        "releases": releases(evaluation, stages, user),
        "of_region": permissions.of_the_city(user, evaluation),
        "hidden": [Stage(each).label for each in JUDGED if not permissions.can_read_scores(user, evaluation, each)],
        "receipts": Receipt.objects.visible_to(user).filter(evaluation=evaluation),
        "once": uuid4(),
    }
    return render(request, "evaluations/evaluation_stages.html", context)


def _release(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    stage = request.POST.get("stage", "")

    def act() -> str:
        return release_stage(evaluation, stage, by=request.user).stage

    told, _ = once(request.user, request.POST.get("once", ""), act, purpose="evaluation_stages")
    messages.success(request, f"Nilai {Stage(told).label} sekarang terbuka bagi daerah.")
    return redirect("evaluations:evaluation_stages", evaluation.pk)
