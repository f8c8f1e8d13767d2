"""A draft is checked, and published by a second person."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clusters import drafts, lineage, permissions
from clusters.enums import InstrumentState
from clusters.models import Instrument
from clusters.services import publishing
from clusters.views.fetch import instrument_or_404, of_draft
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale
from trail.services.once import once, outcome_of


@require_http_methods(["GET", "POST"])
@of_draft()
def instrument_check(request: HttpRequest, instrument: Instrument) -> HttpResponse:
    """What stands in the way of publishing. A POST checks, and with faults changes nothing."""
    if request.method == "POST":
        checked = instrument.state == InstrumentState.CHECKED
        if checked and instrument.checked_by == request.user:  # the same form, sent again
            return redirect("clusters:instrument_publish", instrument.code)
        require(permissions.can_check(request.user, instrument))
        faults = publishing.check(instrument, by=request.user)
        if not faults:
            messages.success(request, "Draf diperiksa: tidak ada kesalahan.")
            return redirect("clusters:instrument_publish", instrument.code)
    else:
        faults = publishing.faults_of(instrument)
    sheet = drafts.sheet(instrument)
    context = {
        "instrument": instrument,
        "sheet": sheet,
        "faults": faults,
        "faulty": drafts.mends(sheet, faults),
        "refused": request.method == "POST",
        "can_check": permissions.can_check(request.user, instrument),
    }
    return render(request, "clusters/instrument_check.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
def instrument_publish(request: HttpRequest, code: str) -> HttpResponse:
    """What will be published, for the second person; for the first, that it waits."""
    instrument, key = instrument_or_404(request, code), request.POST.get("once", "")
    if outcome_of(request.user, key, purpose="instrument_publish"):
        return redirect(instrument)
    require(permissions.can_edit_instrument(request.user, instrument))
    allowed, status = permissions.can_publish(request.user, instrument), 200
    if request.method == "POST":
        require(allowed)
        try:
            once(request.user, key, lambda: _publish(request, instrument), purpose="instrument_publish")
            messages.success(request, f"{instrument.name} diterbitkan.")
            return redirect(instrument)
        except Stale:
            status = 409
            instrument.refresh_from_db()
    context = {
        "instrument": instrument,
        "sheet": drafts.sheet(instrument),
        "allowed": allowed,
        "moved": status == 409,
        "once": uuid.uuid4(),
        "mapping_gaps": len(lineage.gaps(instrument)),
    }
    return render(request, "clusters/instrument_publish.html", context, status=status)


def _publish(request: HttpRequest, instrument: Instrument) -> str:
    return publishing.publish(instrument, request.POST.get("digest", ""), by=request.user).code
