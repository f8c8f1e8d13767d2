"""What would lift us: how far the goal is, what would bring it nearer, and a what-if that changes nothing."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from clusters.scoring import Band
from evaluations import permissions
from evaluations.filters import LiftFilter
from evaluations.models import Evaluation
from evaluations.queries import lift
from evaluations.queries.messages import message
from evaluations.queries.scorecard import card_of, facts
from evaluations.queries.whatif import Stand, Wish, address, read, stand, typed, write
from evaluations.queries.work import Owner, owners_of
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.charts import as_bands, distance_text
from kla_portal.lib.dates import long_date
from kla_portal.lib.decision import require

PER_PAGE = 20
PRINTED_AGENCIES, PRINTED_QUESTIONS = 8, 3
State = dict[str, str]


@require_GET
def evaluation_lift(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """The page, its print (`cetak=1`), and with htmx the page's body after something was assumed."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_lift(request.user, evaluation))
    known = facts(evaluation, with_scores=bool(permissions.can_read_scores(request.user, evaluation)))
    here = stand(known, card_of(known))
    goals = lift.goals(here)
    if not permissions.can_read_answers(request.user, evaluation):
        return render(request, "evaluations/evaluation_lift.html", _totals(request, evaluation, here, goals))

    owners = owners_of(evaluation)
    form = _filter(request, here, owners, goals)
    wishes, strange = read(form.data.get("j", ""), here)
    state = {name: form.chosen(name) for name in ("tujuan", "daftar", "instansi", "klaster", "urut")}
    state |= {"page": request.GET.get("page", "")}
    sent = any(name.startswith("u_") for name in request.GET)
    if sent:
        wishes, strange = typed(request.GET.dict(), wishes, here), 0
        if not request.headers.get("HX-Request"):
            return redirect(request.path + address(**state, j=write(wishes)))
    context = _context(request, evaluation, here, owners, form, state, wishes) | {"strange": strange}
    if not sent:
        return render(request, "evaluations/evaluation_lift.html", context)
    response = render(request, "evaluations/evaluation_lift.html#naik", context | {"told": True})
    response["HX-Push-Url"] = request.path + address(**state, j=write(wishes))
    return response


def _totals(request: HttpRequest, evaluation: Evaluation, here: Stand, goals: list[Band]) -> dict[str, Any]:
    """What may be read of it by whoever reads totals only."""
    wanted = request.GET.get("tujuan", "")
    goal = next((band for band in goals if band.code == wanted), goals[0] if goals else None)
    return {
        "evaluation": evaluation,
        "here": here,
        "goal": goal,
        "goals": [(band, address(tujuan=band.code), band == goal) for band in goals],
        "conditions": lift.conditions(here, here.now, goal) if goal else [],
        "closed": permissions.can_read_answers(request.user, evaluation).reason,
    }


def _filter(request: HttpRequest, here: Stand, owners: dict[int, list[Owner]], goals: list[Band]) -> LiftFilter:
    agencies = {owner.agency for several in owners.values() for owner in several}
    return LiftFilter(
        request.GET,
        agencies=sorted(((str(each.pk), each.short_name) for each in agencies), key=lambda pair: pair[1]),
        clusters=[(row.cluster.code, row.cluster.name) for row in here.card.clusters],
        goals=[band.code for band in goals],
    )


def _context(
    request: HttpRequest,
    evaluation: Evaluation,
    here: Stand,
    owners: dict[int, list[Owner]],
    form: LiftFilter,
    state: State,
    wishes: dict[str, Wish],
) -> dict[str, Any]:
    then = here.with_wishes(wishes)
    goals = lift.goals(here)
    goal = next((band for band in goals if band.code == state["tujuan"]), goals[0] if goals else None)
    tab = state["daftar"] or "risiko"
    j = write(wishes)

    def to(**changes: str) -> str:
        return address(**(state | {"page": "", "j": j} | changes))

    rows = lift.rows_of(here, owners, lift.uploadable(request.user, evaluation, here.card, owners), wishes)
    context: dict[str, Any] = {
        "evaluation": evaluation,
        "here": here,
        "form": form,
        "state": state | {"j": j},
        "goal": goal,
        "goals": [(band, to(tujuan=band.code), band == goal) for band in goals],
        "conditions": lift.conditions(here, then, goal) if goal else [],
        "estimate": lift.estimate(here, then, wishes, lambda rest: to(j=rest, page=state["page"])),
        "reset": to(j=""),
        "reset_filter": to(instansi="", klaster="", urut=""),
        "back": to(),
        "share": request.build_absolute_uri(request.path + to(page=state["page"])),
        "print": to(cetak="1"),
        "tab": tab,
        "tabs": [(name, label, to(daftar=name)) for name, label in LiftFilter.TABS],
        "at_risk": here.now.total.claimed - here.now.total.supported,
    }
    if request.GET.get("cetak"):
        parts = lift.parts_of(rows)
        context |= {
            "printing": True,
            "day": long_date(timezone.localdate()),
            "parts": [(part, part.top[:PRINTED_QUESTIONS]) for part in parts[:PRINTED_AGENCIES]],
            "parts_more": max(0, len(parts) - PRINTED_AGENCIES),
        }
    elif tab == "jalan":
        if goal:
            by_questions, by_agencies = lift.ways(here, rows, goal)
            context["ways"] = [
                (by_questions, to(j=by_questions.wishes, daftar="jalan")),
                (by_agencies, to(j=by_agencies.wishes, daftar="jalan")),
            ]
    elif tab == "pesan":
        context["letters"] = _messages(request, evaluation, here, goal, rows, state["instansi"])
    else:
        found = lift.ranked(rows, tab, agency=state["instansi"], cluster=state["klaster"], order=state["urut"])
        context |= {
            "page": Paginator(found, PER_PAGE).get_page(state["page"]),
            "querystring": to().removeprefix("?"),
        }
    return context


def _messages(
    request: HttpRequest, evaluation: Evaluation, here: Stand, goal: Band | None, rows: list[lift.Row], agency: str
) -> list[tuple[lift.AgencyPart, str]]:
    """One for each agency that could add points; of one agency only, when one is chosen."""
    code = goal.code if goal else ""
    far = distance_text(here.now.total.supported, as_bands(here.ground.bands), code)
    day = long_date(timezone.localdate())
    found = []
    for part in lift.parts_of(rows):
        if part.agency is None or (agency and str(part.agency.pk) != agency):
            continue
        path = reverse("evaluations:agency_detail", args=[evaluation.pk, part.agency.pk])
        found.append((part, message(part, evaluation, day=day, goal=far, address=request.build_absolute_uri(path))))
    return found
