"""The result: the stages side by side, and what each number rests on."""

from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from accounts.enums import OF_A_CITY
from evaluations import permissions
from evaluations.enums import DRAFTING, Stage
from evaluations.models import Evaluation
from evaluations.queries.documents import said_to
from evaluations.queries.results import awarded, cluster_reasons
from evaluations.queries.stagewise import stage_scores
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.decision import require


@gzip_page  # the same markup for every question; the page's one secret, the CSRF token, is masked anew each time
@require_GET
def evaluation_result(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """As much as this person may read: everything, the claims alone, or the awarded total and predicate.

    The reasons of a cluster come when it is opened (`?klaster=`), all of them for printing (`?buka`).
    """
    evaluation = evaluation_or_404(request, evaluation_id)
    user: Any = request.user
    answers = permissions.can_read_answers(user, evaluation)
    if not answers:  # else the result is theirs to read as well
        require(permissions.can_read_result(user, evaluation))
    final = evaluation.stage == Stage.AWARDED
    context: dict[str, Any] = {
        "evaluation": evaluation,
        "once": uuid4(),
        "final": final,
        "awarded": awarded(evaluation) if final else None,
    }
    if answers or permissions.can_read_claims(user, evaluation):
        context |= _scores(request, evaluation, with_answers=bool(answers))
    if _is_piece(request):
        return _piece(request, context)
    return render(request, "evaluations/evaluation_result.html", context)


def _scores(request: HttpRequest, evaluation: Evaluation, *, with_answers: bool) -> dict[str, Any]:
    user: Any = request.user
    stages = stage_scores(evaluation, user)
    scores = with_answers and bool(permissions.can_read_scores(user, evaluation))
    card = stages[-1].card
    codes = {row.cluster.code for row in card.clusters}
    wanted = codes if "buka" in request.GET else codes & {request.GET.get("klaster", "")}
    names = not user.acts_as(*OF_A_CITY)  # the region is told the judge's role
    shown = wanted if with_answers else set()
    return {
        "card": card,
        "stages": stages,
        "stage_rows": list(zip(card.clusters, zip(*(each.clusters for each in stages), strict=True), strict=True)),
        "show_scores": scores and evaluation.stage not in DRAFTING,
        # once judges work, "didukung" is made of their verdicts: it must not tell what they keep for themselves
        "show_supported": scores or evaluation.stage in DRAFTING,
        "show_answers": with_answers,
        "open_all": "buka" in request.GET,
        "groups": cluster_reasons(
            stages,
            evaluation,
            shown=shown,
            reader=user,
            with_names=names,
            verdicts=said_to(user, evaluation) if shown else None,
        ),
    }


def _is_piece(request: HttpRequest) -> bool:
    headers = request.headers
    asked = bool(request.GET.get("klaster")) and "HX-Request" in headers
    return asked and "HX-History-Restore-Request" not in headers


def _piece(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    group = next((group for group in context.get("groups", []) if group.shown), None)
    if group is None:
        raise Http404
    return render(request, "evaluations/evaluation_result.html#reasons", context | {"group": group})
