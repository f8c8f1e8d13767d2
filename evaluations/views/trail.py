"""Everything that happened to an evaluation, filtered by what stands in the address."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluations import permissions
from evaluations.filters import TrailFilter
from evaluations.models import Evaluation
from evaluations.queries import trail
from evaluations.views.fetch import evaluation_or_404
from evaluations.views.paging import paged
from kla_portal.lib.dates import ZONES, zone_of
from kla_portal.lib.decision import require

PER_PAGE = 25


@require_safe
def evaluation_history(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """For whoever reads the answers; each is told of what is theirs to know."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_answers(request.user, evaluation))
    kinds = [(key, label) for key, (label, _) in trail.KINDS.items()]
    chosen = TrailFilter(request.GET or None, kinds=kinds)
    page, query = paged(request, _found(evaluation, chosen, request.user), PER_PAGE)
    events = trail.in_words(page, evaluation, request.user)
    context = {"evaluation": evaluation, "filter": chosen, "page": page, "events": events, "querystring": query}
    return render(request, "evaluations/evaluation_history.html", context)


def _found(evaluation: Evaluation, chosen: TrailFilter, reader: Any) -> Any:
    """Days are those of the region."""
    rows = trail.everything(evaluation, reader)
    zone = ZONES[zone_of(evaluation.region_id)]
    if code := chosen.chosen("pertanyaan"):
        rows = rows.filter(detail=code.strip())
    if role := chosen.chosen("pelaku"):
        rows = rows.filter(acting_as=role)
    if kind := chosen.chosen("tindakan"):
        rows = rows.filter(action__in=trail.chosen_kind(kind, reader, evaluation))
    if day := chosen.chosen("dari"):
        rows = rows.filter(at__gte=datetime.combine(day, time(), zone))
    if day := chosen.chosen("sampai"):
        rows = rows.filter(at__lt=datetime.combine(day, time(), zone) + timedelta(days=1))
    return rows
