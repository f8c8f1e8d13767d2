"""Handing a role over: what a successor needs on one page, and the handing over itself."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts import permissions as people_may
from accounts.enums import MembershipState, Role
from accounts.models import Membership
from accounts.stepup import recently_confirmed
from evaluations.forms.handover import HandoverForm
from evaluations.queries.handover import bundle, successors
from evaluations.services.handover import hand_over
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted


@recently_confirmed
@require_http_methods(["GET", "POST"])
def person_handover(request: HttpRequest, pk: int) -> HttpResponse:
    """The page, to be printed before; with `?langkah=serahkan` the form, after which the role is over."""
    rows = Membership.objects.visible_to(request.user).select_related("user", "region", "agency")
    membership = get_object_or_404(rows, pk=pk)
    require(people_may.can_retire(request.user, membership))
    context = {
        "membership": membership,
        "over": membership.state == MembershipState.ENDED,
        "moves": membership.role in {Role.TASK_FORCE, Role.EVALUATOR},
    }
    if request.method == "GET" and request.GET.get("langkah") != "serahkan":
        context["bundle"] = bundle(membership, request.user)
        return render(request, "evaluations/person_handover.html", context)
    form = HandoverForm(posted(request), people=successors(membership, request.user))
    if request.method == "POST" and form.is_valid():
        if hand_over(membership, form.person, moves=form.cleaned_data["moves"], by=request.user):
            to = f" dan diserahkan kepada {form.person}" if form.person else ""
            messages.success(request, f"Peran {membership} milik {membership.user} sudah berakhir{to}.")
        else:
            messages.warning(request, "Peran ini sudah berakhir sebelumnya; tidak ada yang diubah.")
        return redirect("accounts:person_detail", pk)
    context["form"] = form
    return render(request, "evaluations/person_handover.html", context, status=422 if form.errors else 200)
