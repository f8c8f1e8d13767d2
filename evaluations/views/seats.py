"""The task force of one evaluation: everybody of the region reads it, the coordinator arranges it."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from evaluations import permissions
from evaluations.forms.seats import REMOVE, SeatForm
from evaluations.models import Evaluation
from evaluations.queries.seats import Place, cluster_choices, places, unallotted
from evaluations.services.seats import remove_seat, set_seat
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale
from trail.services.once import once


@require_http_methods(["GET", "POST"])
def task_force(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """Who sits in it, for which clusters, and who chairs it; the coordinator sends one seat at a time."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_seats(request.user, evaluation))
    several = places(evaluation)
    if request.method == "GET":
        return _page(request, evaluation, several)
    require(permissions.can_seat(request.user, evaluation))
    members = [place.member for place in several]
    form = SeatForm(request.POST, members=members, clusters=cluster_choices(evaluation))
    if not form.is_valid():
        return _page(request, evaluation, several, form=form, status=422)
    return _done(request, evaluation, several, form)


def _done(request: HttpRequest, evaluation: Evaluation, several: list[Place], form: SeatForm) -> HttpResponse:
    sent = form.cleaned_data
    place = next(each for each in several if each.member == sent["member"])
    gone = sent["does"] == REMOVE

    def act() -> str:
        if not gone:
            set_seat(
                evaluation, place.member, clusters=sent["clusters"], is_chair=sent["is_chair"],
                version=sent["version"], by=request.user,
            )  # fmt: skip
        elif place.seat is None:
            raise Stale(evaluation)
        else:
            remove_seat(place.seat, version=sent["version"], by=request.user)
        return ""

    try:
        once(request.user, sent["once"], act, purpose="task_force")
    except Stale:
        newest = evaluation_or_404(request, evaluation.pk)
        return _page(request, newest, places(newest), form=form, status=409)
    said = "dikeluarkan dari susunan" if gone else "ditetapkan sebagai ketua" if sent["is_chair"] else "tersimpan"
    messages.success(request, f"{place.member}: {said}.")
    return redirect("evaluations:task_force", evaluation.pk)


def _page(
    request: HttpRequest,
    evaluation: Evaluation,
    several: list[Place],
    *,
    form: SeatForm | None = None,
    status: int = 200,
) -> HttpResponse:
    clusters = cluster_choices(evaluation)
    names = dict(clusters)
    sent: dict[str, Any] = {"member": form.data.get("member"), "form": form} if form else {}
    context = {
        "evaluation": evaluation,
        "rows": [
            (place, [names.get(code, code) for code in place.seat.clusters] if place.seat else []) for place in several
        ],
        "seated": any(place.seat for place in several),
        "chair": next((place.member for place in several if place.seat and place.seat.is_chair), None),
        "unallotted": unallotted(several, clusters),
        "clusters": clusters,
        "seating": permissions.can_seat(request.user, evaluation),
        "sign_off": permissions.can_move(request.user, evaluation, "sign_off"),
        "status": status,
        "sent": sent,
        "once": uuid4(),
    }
    return render(request, "evaluations/task_force.html", context, status=status)
