"""Years side by side."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations import permissions
from evaluations.forms.comparison import CompareForm
from evaluations.queries.comparison import choices, compare
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.decision import require


@require_safe
def evaluation_compare(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """This evaluation beside an earlier result of the region, as far as the reader may read both. What is asked for and
    not there gives way to the latest."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_claims(request.user, evaluation))
    there = choices(evaluation, request.user)
    asked = {choice.key: choice for choice in there}.get(request.GET.get("dengan", ""), there[0] if there else None)
    cluster = request.GET.get("klaster", "")
    options = [(choice.key, choice.label) for choice in there]
    context = {
        "evaluation": evaluation,
        "comparison": compare(evaluation, asked, request.user, cluster=cluster) if asked else None,
        "choice": asked,
        "cluster": cluster,
        "form": CompareForm(initial={"dengan": asked.key if asked else ""}, options=options),
        "questions_open": asked
        and asked.evaluation
        and permissions.can_read_answers(request.user, evaluation)
        and permissions.can_read_answers(request.user, asked.evaluation),
    }
    return render(request, "evaluations/evaluation_compare.html", context)
