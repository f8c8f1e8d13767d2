"""The result: the region's own score and the evaluated one side by side, and what each number rests on."""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.enums import OF_A_CITY
from evaluations import permissions
from evaluations.enums import DRAFTING, Stage
from evaluations.queries.results import awarded, result_groups
from evaluations.queries.scorecard import scorecard
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.decision import require


@require_GET
def evaluation_result(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """As much as this person may read: everything, the claims alone, or the awarded total and predicate."""
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
        scores = bool(answers and permissions.can_read_scores(user, evaluation))
        card = scorecard(evaluation, with_scores=scores)
        context |= {
            "card": card,
            "show_scores": scores and evaluation.stage not in DRAFTING,
            # once judges work, "didukung" is made of their verdicts: it must not tell what they keep for themselves
            "show_supported": scores or evaluation.stage in DRAFTING,
            "show_answers": bool(answers),
            "show_names": not user.acts_as(*OF_A_CITY),  # the region is told the judge's role
            "groups": result_groups(card, evaluation, with_answers=bool(answers), reader=user),
        }
    return render(request, "evaluations/evaluation_result.html", context)
