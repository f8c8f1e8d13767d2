"""Until when the region wants its agencies' parts."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from evaluations import permissions
from evaluations.forms.deadlines import DeadlineForm
from evaluations.models import Evaluation
from evaluations.services.deadlines import set_deadlines, snapshot
from evaluations.timing import timing
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.dates import both_zones
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted
from kla_portal.lib.versions import Stale
from regions.models import Agency


@require_http_methods(["GET", "POST"])
def deadline_edit(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """One moment for all agencies, and others for some; later than the ministry's is warned of, not refused."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_set_deadlines(request.user, evaluation))
    form = _form(request, evaluation)
    if request.method == "GET":
        return _page(request, evaluation, form)
    if not form.is_valid():
        return _page(request, evaluation, form, status=422)
    wanted, seen = form.cleaned_data["wanted"], form.cleaned_data["seen"]
    try:
        set_deadlines(evaluation, wanted, seen=seen, by=request.user)
    except Stale:
        return _page(request, evaluation, form, status=409)
    messages.success(request, "Batas internal disimpan.")
    ends = timing(evaluation).until
    if ends and any(due > ends for due in wanted.values()):
        messages.warning(
            request, f"Ada batas internal sesudah batas kementerian ({both_zones(ends, evaluation.region_id)})."
        )
    return redirect("evaluations:deadline_edit", evaluation.pk)


def _form(request: HttpRequest, evaluation: Evaluation) -> DeadlineForm:
    mine = Agency.objects.visible_to(request.user).of(evaluation.region).filter(assignments__evaluation=evaluation)
    return DeadlineForm(
        posted(request),
        agencies=mine.distinct().order_by("short_name", "pk"),
        stored=dict(evaluation.internal_deadlines.values_list("agency", "due_at")),
        seen=snapshot(evaluation),
        region_code=evaluation.region_id,
    )


def _page(request: HttpRequest, evaluation: Evaluation, form: DeadlineForm, status: int = 200) -> HttpResponse:
    context = {"evaluation": evaluation, "form": form, "ministry": timing(evaluation)}
    if status == 409:
        rows = evaluation.internal_deadlines.select_related("agency").order_by("due_at", "pk")
        context |= {"theirs": rows, "seen_now": snapshot(evaluation)}
    return render(request, "evaluations/deadline_edit.html", context, status=status)
