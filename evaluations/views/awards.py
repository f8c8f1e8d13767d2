"""Penetapan: points, the computed predicate beside the decided one, and the decision for one region."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from evaluations import permissions
from evaluations.enums import Stage
from evaluations.filters import AwardFilter
from evaluations.forms.batches import AwardForm
from evaluations.models import Cycle, Evaluation
from evaluations.queries import awards as queries
from evaluations.queries.awards import PER_PAGE
from evaluations.services.awards import decide_award
from evaluations.views.cycles import cycle_or_404
from evaluations.views.paging import paged, provinces_of
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale
from regions import codes

STATES = {
    "belum": Q(stage=Stage.FINAL, award=None),
    "sudah": Q(stage=Stage.FINAL, award__isnull=False),
    "lain": ~Q(award_reason="") | Q(award__reason__gt=""),
    "terbit": Q(stage=Stage.AWARDED),
}


@require_http_methods(["GET", "POST"])
def cycle_awards(request: HttpRequest, cycle_id: int) -> HttpResponse:
    """All regions of the cycle in the final stage or awarded, those still to be awarded first. POST decides for one."""
    cycle = cycle_or_404(request, cycle_id)
    rows = Evaluation.objects.visible_to(request.user).filter(cycle=cycle, stage__in=(Stage.FINAL, Stage.AWARDED))
    rows = rows.select_related("region")
    if request.method == "POST":
        return _decide(request, cycle, rows)
    shown = AwardFilter(request.GET, provinces=provinces_of(request.user))
    if province := shown.chosen("provinsi"):
        rows = rows.filter(codes.below(province, "region_id"))
    if state := shown.chosen("keadaan"):
        rows = rows.filter(STATES[state])
    page, querystring = paged(request, rows.order_by(F("awarded_at").asc(nulls_first=True), "region", "pk"), PER_PAGE)
    found = queries.rows_of(cycle, list(page.object_list), request.user)
    context = {
        "cycle": cycle,
        "filter": shown,
        "page": page,
        "querystring": querystring,
        "back": request.get_full_path(),
    }
    context["entries"] = [(row, _form(row)) for row in found]
    return render(request, "evaluations/cycle_awards.html", context)


def _decide(request: HttpRequest, cycle: Cycle, rows: Any) -> HttpResponse:
    """Store the decision, or show its region alone with what was typed (422), or with what stands now (409)."""
    try:
        key = UUID(request.POST.get("evaluation", ""))
    except ValueError:
        raise Http404("Evaluasi ini tidak ada.") from None
    evaluation = get_object_or_404(rows, pk=key)
    [row] = queries.rows_of(cycle, [evaluation], request.user)
    require(permissions.can_decide_award(request.user, evaluation))
    form, stale = _form(row, request.POST), False
    if form is not None and form.is_valid():
        try:
            decide_award(evaluation, by=request.user, **form.cleaned_data)
            messages.success(request, f"Predikat {evaluation.region} diputuskan. Hasilnya belum diterbitkan.")
            return redirect(request.get_full_path())
        except Stale:
            [row] = queries.rows_of(cycle, [evaluation], request.user)
            stale = True
            form = _form(row, request.POST.dict() | {"version": row.version, "points": row.figures.points})
    context = {"cycle": cycle, "entries": [(row, form)], "one": row, "stale": stale, "back": request.get_full_path()}
    return render(request, "evaluations/cycle_awards.html", context, status=409 if stale else 422)


def _form(row: queries.Row, sent: Any = None) -> AwardForm | None:
    """None where nothing can be decided."""
    if row.is_awarded or not row.ready:
        return None
    shown = {
        "predicate": "" if row.decided_code == row.figures.predicate else row.decided_code,
        "reason": row.reason,
        "version": row.version,
        "points": row.figures.points,
    }
    return AwardForm(sent, computed=row.figures.predicate, names=row.names, pk=row.evaluation.pk, initial=shown)
