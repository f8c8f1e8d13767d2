"""The calendar of a cycle, and more time for one region."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from evaluations import permissions
from evaluations.forms.calendar import ExtensionForm, PlanForm
from evaluations.queries.calendar import loads, locked_by
from evaluations.services.cycles import plan_windows, planned, windows_of
from evaluations.services.extensions import NotExtended, extendable, give_extension, withdraw_extension
from evaluations.timing import timing
from evaluations.views.cycles import cycle_or_404
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted, posted_from
from kla_portal.lib.versions import Stale
from trail.services.once import once, outcome_of

PLAN = "evaluations/cycle_plan.html"


@require_http_methods(["GET", "POST"])
def cycle_plan(request: HttpRequest, cycle_id: int) -> HttpResponse:
    """The windows of a cycle's stages, and whom a change reaches. What locks regions out is asked first (422 until it
    is agreed to); 409 when somebody else has set other windows meanwhile."""
    cycle = cycle_or_404(request, cycle_id)
    stored = windows_of(cycle)
    shown = PlanForm.shown(stored, planned(stored))
    form = PlanForm(posted(request), initial=shown)
    context: dict[str, Any] = {"cycle": cycle, "form": form, "rows": loads(cycle, stored)}
    if not form.is_valid():
        return render(request, PLAN, context, status=422 if form.is_bound else 200)
    typed = form.cleaned_data
    windows = typed["windows"]
    context["rows"] = rows = loads(cycle, stored, windows)
    context |= {"looked": True, "locks": (locks := locked_by(rows))}
    if "look" in request.POST or (locks and typed["agreed"] != locks and windows != stored):
        return render(request, PLAN, context, status=200 if "look" in request.POST else 422)
    try:
        plan_windows(cycle, windows, seen=typed["seen"], by=request.user)
    except Stale:
        again = PlanForm(initial=PlanForm.shown(windows, planned(stored)))
        return render(request, PLAN, context | {"form": again, "stale": stored, "looked": False}, status=409)
    messages.success(request, "Jadwal disimpan dan berlaku sekarang juga.")
    return redirect(cycle)


@require_http_methods(["GET", "POST"])
def extension_give(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """More time for this region in one stage, beside what was given before."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_extend(request.user, evaluation))
    if outcome_of(request.user, request.POST.get("once", ""), purpose="extension_give"):
        return redirect("evaluations:extension_give", evaluation_id)
    stages = extendable(evaluation)
    form = ExtensionForm(posted(request), stages=stages)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            once(
                request.user,
                typed["once"],
                lambda: str(
                    give_extension(
                        evaluation, typed["stage"], until=typed["until"], reason=typed["reason"], by=request.user
                    ).pk
                ),
                purpose="extension_give",
            )
            messages.success(request, "Perpanjangan diberikan. Daerah ini diberi tahu.")
            return redirect("evaluations:extension_give", evaluation_id)
        except NotExtended as refused:
            form.add_error("until", str(refused))
    given = evaluation.extensions.select_related("by").order_by("-at", "-pk")
    for extension in given:
        extension.evaluation = evaluation
    context = {
        "evaluation": evaluation,
        "form": form,
        "ends": [timing(evaluation, stage) for stage in stages],
        "given": [(each, permissions.can_withdraw_extension(request.user, each)) for each in given],
    }
    return render(request, "evaluations/extension_give.html", context, status=422 if form.is_bound else 200)


def _giving(request: HttpRequest, evaluation_id: UUID, extension_id: int) -> str:
    return reverse("evaluations:extension_give", args=[evaluation_or_404(request, evaluation_id).pk])


@posted_from(_giving)
def extension_withdraw(request: HttpRequest, evaluation_id: UUID, extension_id: int) -> HttpResponse:
    """End an extension now."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_extend(request.user, evaluation))
    extension = get_object_or_404(evaluation.extensions.select_related("evaluation"), pk=extension_id)
    withdraw_extension(extension, by=request.user)
    messages.info(request, "Perpanjangan dicabut. Batas waktu sebelumnya berlaku lagi sekarang juga.")
    return redirect("evaluations:extension_give", evaluation_id)
