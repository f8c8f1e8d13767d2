"""Preparing a cycle: what comes over from an earlier one, looked at first, then brought over region by region."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from evaluations.enums import BatchKind
from evaluations.models import Cycle
from evaluations.queries import preparing as queries
from evaluations.services import batches
from evaluations.views.cycles import cycle_or_404
from trail.services.once import once


@require_http_methods(["GET", "POST"])
def cycle_prepare(request: HttpRequest, cycle_id: int) -> HttpResponse:
    """Choose the earlier cycle, see what would come over, and ask for it."""
    cycle = cycle_or_404(request, cycle_id)
    choices = queries.earlier_than(cycle, Cycle.objects.visible_to(request.user))
    asked = request.POST.get("dari") or request.GET.get("dari") or ""
    earlier = next((each for each in choices if str(each.pk) == asked), choices[0] if choices and not asked else None)
    context: dict[str, Any] = {"cycle": cycle, "choices": choices, "earlier": earlier, "once": uuid.uuid4()}
    if earlier is not None:
        context["found"] = found = queries.preview(cycle, earlier)
        if request.method == "POST" and found.regions:
            items = [[code] for code in found.regions]
            key, _ = once(
                request.user,
                request.POST.get("once", ""),
                lambda: str(
                    batches.start(cycle, BatchKind.PREPARE, items=items, by=request.user, earlier=earlier.pk).pk
                ),
                purpose="cycle_prepare",
            )
            return redirect("evaluations:batch_detail", key)
    return render(request, "evaluations/cycle_prepare.html", context, status=422 if request.method == "POST" else 200)
