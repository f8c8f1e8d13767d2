"""Who else has a question open: asked by the page itself, every 20 seconds."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from evaluations import permissions
from evaluations.queries.presence import others
from evaluations.services.presence import seen
from evaluations.views.fetch import answer_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted_from


@posted_from(answer_or_404)
def question_presence(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """Says that the reader is here, and who else is, to whom the reader may see."""
    answer = answer_or_404(request, evaluation_id, code)
    require(permissions.can_read_answers(request.user, answer.evaluation))
    seen(answer, typing=bool(request.POST.get("typing")), by=request.user)
    found = others(answer, request.user)
    typing = [other.name for other in found if other.typing]
    writes = bool(typing) and bool(permissions.can_write_answer(request.user, answer))
    context = {"others": [other.name for other in found], "typing": typing if writes else []}
    return render(request, "evaluations/answer_edit.html#presence", context)
