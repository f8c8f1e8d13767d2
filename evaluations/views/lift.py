"""What would lift us: how far the goal is, what would bring it nearer, and a what-if that changes nothing."""

from dataclasses import dataclass
from functools import cached_property
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
from evaluations.queries.whatif import Stand, address, read, stand, typed, write
from evaluations.queries.work import owners_of
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.charts import as_bands, distance_text
from kla_portal.lib.dates import long_date
from kla_portal.lib.decision import require

TEMPLATE = "evaluations/evaluation_lift.html"
PER_PAGE = 20
PRINTED_AGENCIES, PRINTED_QUESTIONS = 8, 3


@require_GET
def evaluation_lift(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """The page, its print (`cetak=1`), and with htmx the page's body after something was assumed."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_lift(request.user, evaluation))
    known = facts(evaluation, with_scores=bool(permissions.can_read_scores(request.user, evaluation)))
    desk = Desk(request, evaluation, stand(known, card_of(known)))
    if not (answers := permissions.can_read_answers(request.user, evaluation)):
        return render(request, TEMPLATE, desk.standing() | {"closed": answers.reason})
    if not desk.sent:
        return render(request, TEMPLATE, desk.whole())
    here = request.path + desk.to(page=desk.page)
    if not request.headers.get("HX-Request"):
        return redirect(here)
    response = render(request, f"{TEMPLATE}#naik", desk.whole() | {"told": True})
    response["HX-Push-Url"] = here
    return response


@dataclass
class Desk:
    """What one request wants to see, and the parts of the page that show it."""

    request: HttpRequest
    evaluation: Evaluation
    here: Stand

    def __post_init__(self) -> None:
        get = self.request.GET
        self.sent = any(name.startswith("u_") for name in get)
        self.wishes, self.strange = read(get.get("j", ""), self.here)
        if self.sent:
            self.wishes, self.strange = typed(get.dict(), self.wishes, self.here), 0
        self.j = write(self.wishes)
        self.page = get.get("page", "")

    @cached_property
    def owners(self) -> Any:
        return owners_of(self.evaluation)

    @cached_property
    def form(self) -> LiftFilter:
        agencies = {owner.agency for several in self.owners.values() for owner in several}
        return LiftFilter(
            self.request.GET.dict() | ({"j": self.j} if self.j else {}),
            agencies=sorted(((str(each.pk), each.short_name) for each in agencies), key=lambda pair: pair[1]),
            clusters=[(row.cluster.code, row.cluster.name) for row in self.here.card.clusters],
            goals=[band.code for band in self.goals],
        )

    @cached_property
    def state(self) -> dict[str, str]:
        return {name: self.form.chosen(name) for name in ("tujuan", "daftar", "instansi", "klaster", "urut")}

    def to(self, **changes: str) -> str:
        """The address of the same with changes; from page 1 where nothing else is said."""
        return address(**(self.state | {"page": "", "j": self.j} | changes))

    @cached_property
    def goals(self) -> list[Band]:
        return lift.goals(self.here)

    @cached_property
    def goal(self) -> Band | None:
        wanted = self.request.GET.get("tujuan")
        return next((band for band in self.goals if band.code == wanted), self.goals[0] if self.goals else None)

    @cached_property
    def rows(self) -> list[lift.Row]:
        open_ = lift.uploadable(self.request.user, self.evaluation, self.here.card, self.owners)
        return lift.rows_of(self.here, self.owners, open_, self.wishes)

    def standing(self) -> dict[str, Any]:
        """As much as whoever reads totals only may read."""
        conditions = lift.conditions(self.here, self.here.now, self.goal) if self.goal else []
        links = [(band, address(tujuan=band.code), band == self.goal) for band in self.goals]
        return {
            "evaluation": self.evaluation,
            "here": self.here,
            "goal": self.goal,
            "goals": links,
            "conditions": conditions,
        }

    def whole(self) -> dict[str, Any]:
        """All of the page; of the lists, the ways and the messages only what is asked for."""
        then = self.here.with_wishes(self.wishes)
        estimate = lift.estimate(self.here, then, self.wishes, lambda j: self.to(j=j, page=self.page))
        tab = self.state["daftar"] or "risiko"
        context = self.standing() | {
            "goals": [(band, self.to(tujuan=band.code), band == self.goal) for band in self.goals],
            "estimate": estimate,
            "strange": self.strange,
            "reset": self.to(j=""),
            "share": self.request.build_absolute_uri(self.request.path + self.to(page=self.page)),
            "form": self.form,
            "state": self.state | {"page": self.page, "j": self.j},
            "tab": tab,
            "tabs": [(name, label, self.to(daftar=name)) for name, label in LiftFilter.TABS],
            "print": self.to(cetak="1"),
        }
        if self.request.GET.get("cetak"):
            return context | self._printed()
        return context | {"jalan": self._ways, "pesan": self._letters}.get(tab, self._list)()

    def _list(self) -> dict[str, Any]:
        state = self.state
        tab = state["daftar"] or "risiko"
        found = lift.ranked(self.rows, tab, agency=state["instansi"], cluster=state["klaster"], order=state["urut"])
        return {
            "page": Paginator(found, PER_PAGE).get_page(self.page),
            "querystring": self.to().removeprefix("?"),
            "reset_filter": self.to(instansi="", klaster="", urut=""),
            "at_risk": self.here.now.total.claimed - self.here.now.total.supported,
        }

    def _ways(self) -> dict[str, Any]:
        ways = lift.ways(self.here, self.rows, self.goal) if self.goal else ()
        return {"ways": [(way, self.to(j=way.wishes)) for way in ways]}

    def _letters(self) -> dict[str, Any]:
        """A message for each agency that could add points; for one only, when one is chosen."""
        code, agency = self.goal.code if self.goal else "", self.state["instansi"]
        far = distance_text(self.here.now.total.supported, as_bands(self.here.ground.bands), code)
        letters = []
        for part in lift.parts_of(self.rows):
            if part.agency and agency in ("", str(part.agency.pk)):
                path = reverse("evaluations:agency_detail", args=[self.evaluation.pk, part.agency.pk])
                link = self.request.build_absolute_uri(path)
                letters.append((part, message(part, self.evaluation, day=_today(), goal=far, address=link)))
        return {"letters": letters}

    def _printed(self) -> dict[str, Any]:
        parts = lift.parts_of(self.rows)
        return {
            "printing": True,
            "day": _today(),
            "back": self.to(),
            "parts": [(part, part.top[:PRINTED_QUESTIONS]) for part in parts[:PRINTED_AGENCIES]],
            "parts_more": max(0, len(parts) - PRINTED_AGENCIES),
        }


def _today() -> str:
    return long_date(timezone.localdate())
