"""How long a cycle's evidence is kept."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from evaluations.forms.retention import KeepForm
from evaluations.queries.retention import going
from evaluations.services.retention import keep_until
from evaluations.views.cycles import cycle_or_404
from kla_portal.lib.forms import posted
from kla_portal.lib.versions import Stale


@require_http_methods(["GET", "POST"])
def cycle_keep(request: HttpRequest, cycle_id: int) -> HttpResponse:
    """Set the last day, beside what would go by then. 409 when somebody else has set another day meanwhile."""
    cycle = cycle_or_404(request, cycle_id)
    shown = {"until": cycle.keep_evidence_until, "seen": cycle.keep_evidence_until}
    form = KeepForm(posted(request), initial=shown)
    context = {"cycle": cycle, "form": form, "going": going(cycle)}
    if form.is_valid():
        typed = form.cleaned_data
        try:
            keep_until(cycle, typed["until"], seen=typed["seen"], by=request.user)
            messages.success(request, "Masa simpan data dukung disimpan.")
            return redirect(cycle)
        except Stale:
            context |= {"form": KeepForm(initial=shown | {"until": typed["until"]}), "stale": True}
            return render(request, "evaluations/cycle_keep.html", context, status=409)
    return render(request, "evaluations/cycle_keep.html", context, status=422 if form.is_bound else 200)
