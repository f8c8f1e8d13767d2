"""An action on many regions: chosen, looked at, confirmed; then the worker does it and its page tells how far it is."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.stepup import recently_confirmed
from evaluations import permissions
from evaluations.enums import BatchKind, Stage
from evaluations.filters import BatchFilter
from evaluations.forms.batches import BatchForm
from evaluations.models import Batch, Cycle, Evaluation
from evaluations.queries import batching, queue
from evaluations.services import batches
from evaluations.stages import STEPS
from evaluations.views.paging import paged, provinces_of, territory_of
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted
from regions import codes
from regions.models import Region
from trail.models import JobState
from trail.services.once import once


@recently_confirmed(when=lambda request, cycle_id: "sah" in request.POST)
@require_http_methods(["GET", "POST"])
def batch_start(request: HttpRequest, cycle_id: int) -> HttpResponse:
    """What would be done to whom and why not to others; ticked ones are shown once more before it is asked for."""
    cycle = get_object_or_404(Cycle.objects.visible_to(request.user).select_related("instrument"), pk=cycle_id)
    actions = {each.key: each for each in batching.actions_for(request.user)}
    require(permissions.can_batch(request.user, BatchKind.MOVE, "verify"))
    shown = BatchFilter(
        request.GET,
        actions=[(key, each.label) for key, each in actions.items()],
        stages=[stage for stage in Stage if stage != Stage.AWARDED],
        provinces=provinces_of(request.user),
    )
    action = actions.get(request.POST.get("tindakan") or shown.chosen("tindakan"))
    context: dict[str, Any] = {"cycle": cycle, "filter": shown, "action": action, "once": uuid.uuid4()}
    if action is None:
        return render(request, "evaluations/batch_start.html", context, status=422 if request.method == "POST" else 200)
    form = BatchForm(posted(request), action=action)
    context["form"] = form
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["sah"]:
            return _ask(request, cycle, action, form)
        picked = _in_sight(request, cycle).filter(pk__in=[item[0] for item in form.cleaned_data["items"]])
        until = form.cleaned_data.get("until")
        lines = batching.preview(cycle, action, picked.order_by("region", "pk"), request.user, until)
        context |= {
            "lines": lines,
            "sure": (sure := [line for line in lines if line.decision]),
            "picks": _still(sure, request),
            "address": request.get_full_path(),
        }
        return render(request, "evaluations/batch_start.html", context)
    page, querystring = paged(request, _wanted(request, cycle, action, shown), action.per_page)
    page.object_list = batching.preview(cycle, action, list(page.object_list), request.user)
    possible = any(line.decision for line in page.object_list)
    context |= {"page": page, "possible": possible, "querystring": querystring, "ticked": _ticked(request, form)}
    return render(request, "evaluations/batch_start.html", context, status=422 if form.is_bound else 200)


def _in_sight(request: HttpRequest, cycle: Cycle) -> Any:
    """What is awarded in other provinces is in sight too, but nobody's to act on."""
    rows = Evaluation.objects.visible_to(request.user).filter(cycle=cycle).select_related("region")
    return rows.filter(codes.within(territory_of(request.user), "region_id"))


def _wanted(request: HttpRequest, cycle: Cycle, action: batching.Action, shown: BatchFilter) -> Any:
    rows = _in_sight(request, cycle)
    stage = shown.chosen("tahap") or action.stage
    rows = rows.filter(stage=stage) if stage else rows.exclude(stage=Stage.AWARDED)
    if province := shown.chosen("provinsi"):
        rows = rows.filter(codes.below(province, "region_id"))
    if shown.chosen("keadaan") == "terlambat":
        rows = queue.late(queue.with_due(rows))
    if again := _again(request):
        rows = rows.filter(pk__in=[key for key, _ in again.refused])
    return rows.order_by("region", "pk")


def _again(request: HttpRequest) -> Batch | None:
    """The batch whose refused regions are to be tried once more."""
    try:
        key = uuid.UUID(request.GET.get("ulang", ""))
    except ValueError:
        return None
    found = Batch.objects.visible_to(request.user).filter(pk=key).exclude(kind=BatchKind.PREPARE)
    return found.first()


def _still(sure: list[batching.Line], request: HttpRequest) -> list[str]:
    """Of what was ticked, as it was seen then, what can be done now."""
    able = {str(line.evaluation.pk) for line in sure}
    return [each for each in request.POST.getlist("pilih") if each.partition(":")[0] in able]


def _ticked(request: HttpRequest, form: BatchForm) -> list[str] | bool:
    """True: all that can be; else those that were."""
    if form.is_bound:
        return request.POST.getlist("pilih")
    return bool(request.GET.get("semua") or request.GET.get("ulang"))


def _ask(request: HttpRequest, cycle: Cycle, action: batching.Action, form: BatchForm) -> HttpResponse:
    typed = form.cleaned_data
    more = {"until": typed["until"].isoformat(), "reason": typed["reason"]} if "until" in typed else {}
    key, _ = once(
        request.user,
        typed["once"],
        lambda: str(batches.start(cycle, action.kind, action.action, items=typed["items"], by=request.user, **more).pk),
        purpose="batch_start",
    )
    return redirect("evaluations:batch_detail", key)


@require_http_methods(["GET", "POST"])
@recently_confirmed
def batch_detail(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """How far a batch is, and what was not done and why. POST goes on with one that stopped."""
    batch = get_object_or_404(Batch.objects.visible_to(request.user).with_names(), pk=batch_id)
    if request.method == "POST":
        batches.resume(batch, by=request.user)
        messages.success(request, "Dilanjutkan. Yang sudah dikerjakan tidak diulang.")
        return redirect(batch)
    context = {
        "batch": batch,
        "label": STEPS[batch.action].label if batch.kind == BatchKind.MOVE else batch.get_kind_display(),
        "state": batch.state,
        "total": len(batch.items),
        "so_far": len(batch.results),
        "refused": _named(request, batch),
        "again": _again_url(batch),
        "may_resume": batch.state == JobState.FAILED and batch.by_id == request.user.pk,
    }
    part = "#status" if request.headers.get("HX-Request") else ""
    return render(request, f"evaluations/batch_detail.html{part}", context)


def _named(request: HttpRequest, batch: Batch) -> list[tuple[str, str, str]]:
    """(region's name, where it is looked at, why it was not done)."""
    refused = batch.refused
    if batch.kind == BatchKind.PREPARE:
        regions = Region.objects.visible_to(request.user).in_bulk([key for key, _ in refused])
        return [(str(regions.get(key, key)), reverse("regions:region_detail", args=[key]), why) for key, why in refused]
    rows = Evaluation.objects.visible_to(request.user).filter(pk__in=[key for key, _ in refused])
    there = {str(row.pk): row for row in rows.select_related("region")}
    return [
        (str(there[key].region), there[key].get_absolute_url(), why)
        if key in there
        else ("Di luar wilayah Anda", "", why)
        for key, why in refused
    ]


def _again_url(batch: Batch) -> str:
    if batch.kind == BatchKind.PREPARE:
        return reverse("evaluations:cycle_prepare", args=[batch.cycle_id])
    key = f"{batch.kind}:{batch.action}" if batch.action else batch.kind
    return f"{reverse('evaluations:batch_start', args=[batch.cycle_id])}?tindakan={key}&ulang={batch.pk}"
