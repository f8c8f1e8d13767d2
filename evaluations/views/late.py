"""Who is late: for the head of region, the coordinator and the task force."""

from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from evaluations import permissions
from evaluations.enums import DRAFTING
from evaluations.queries import late
from evaluations.timing import timing
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.decision import require


@require_GET
def late_list(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """The agencies that are late, with a message for each and for all."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_late(request.user, evaluation))
    now = timezone.now()
    rows = late.late(evaluation, now)
    here = request.build_absolute_uri(reverse("evaluations:late_list", args=[evaluation.pk]))
    found = []
    for row in rows:
        path = reverse("evaluations:agency_detail", args=[evaluation.pk, row.part.agency.pk])
        words = late.message_to(row, evaluation, request.build_absolute_uri(path))
        found.append((row, words, f"https://wa.me/?text={quote(words)}"))
    whole = late.message_of(rows, evaluation, now, here)
    context = {
        "evaluation": evaluation,
        "rows": found,
        "content": late.content(evaluation, rows, now),
        "message": whole,
        "whatsapp": f"https://wa.me/?text={quote(whole)}",
        "until": timing(evaluation).until if evaluation.stage in DRAFTING else None,
        "drafting": evaluation.stage in DRAFTING,
        "deadlines_open": permissions.can_set_deadlines(request.user, evaluation),
        "answers": permissions.can_read_answers(request.user, evaluation),
    }
    return render(request, "evaluations/late_list.html", context)
