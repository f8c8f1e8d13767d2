"""What the region's evidence still lacks, by agency or cluster, and the same as a spreadsheet."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_safe

from accounts.enums import Role
from evaluations import permissions
from evaluations.filters import MissingFilter
from evaluations.models import Evaluation
from evaluations.queries import copies, lift, missing
from evaluations.queries.fitting import open_to
from evaluations.queries.scorecard import scorecard
from evaluations.queries.work import owners_of
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib import sheets
from kla_portal.lib.decision import require

FIRST = 5
"""How many questions of each part are shown before a part is chosen: those with most points."""


@gzip_page  # up to 274 questions on one page; its one secret, the CSRF token, is masked anew each time
@require_GET
def evaluation_missing(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """The list with its sums; for whoever reads totals only, the sums."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_missing(request.user, evaluation))
    desk = Desk(request, evaluation)
    answers = permissions.can_read_answers(request.user, evaluation)
    return render(request, "evaluations/evaluation_missing.html", desk.whole() if answers else desk.sums(answers))


@require_safe
def evaluation_missing_export(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """The rows that are chosen, and their sums."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_missing(request.user, evaluation))
    require(permissions.can_read_answers(request.user, evaluation))
    desk = Desk(request, evaluation)
    name = slugify(f"kekurangan data dukung {evaluation.region} {evaluation.cycle}")
    return HttpResponse(
        sheets.write(missing.missing_sheets(desk.chosen), missing.WIDTHS),
        content_type=sheets.MIME,
        headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Cache-Control": "private, no-store"},
    )


@dataclass
class Desk:
    """What one request wants to see of an evaluation's gaps."""

    request: HttpRequest
    evaluation: Evaluation

    def __post_init__(self) -> None:
        may = bool(permissions.can_read_scores(self.request.user, self.evaluation))
        self.card = scorecard(self.evaluation, with_scores=may)
        self.owners = owners_of(self.evaluation)
        open_ = lift.uploadable(self.request.user, self.evaluation, self.card, self.owners)
        self.rows = missing.gaps(self.evaluation, self.card, self.owners, open_, opens=open_to(self.request.user))

    @cached_property
    def form(self) -> MissingFilter:
        agencies = {owner.agency for several in self.owners.values() for owner in several}
        return MissingFilter(
            self._asked(),
            agencies=sorted(((str(each.pk), each.short_name) for each in agencies), key=lambda pair: pair[1]),
            clusters=[(row.cluster.code, row.cluster.name) for row in self.card.clusters],
        )

    def _asked(self) -> dict[str, str]:
        """What the address says; an operator begins with their own agency's part."""
        user: Any = self.request.user
        own = {"instansi": str(user.acting.agency_id)} if user.acts_as(Role.OPERATOR) else {}
        return own | {name: str(value) for name, value in self.request.GET.items()}

    @cached_property
    def chosen(self) -> list[missing.Gap]:
        form = self.form
        return missing.chosen(
            self.rows, agency=form.chosen("instansi"), cluster=form.chosen("klaster"), state=form.chosen("keadaan")
        )

    def sums(self, closed: Any = None) -> dict[str, Any]:
        """As much as whoever reads totals only may read."""
        return {
            "evaluation": self.evaluation,
            "closed": closed.reason if closed is not None else "",
            "total": missing.total(self.rows),
            "agencies": [part for part, _ in missing.by_agency(self.rows)],
            "clusters": [part for part, _ in missing.by_cluster(self.rows)],
        }

    def whole(self) -> dict[str, Any]:
        field = "klaster" if self.form.chosen("menurut") == "klaster" else "instansi"
        parts = (missing.by_cluster if field == "klaster" else missing.by_agency)(self.chosen)
        narrowed = self.form.chosen("instansi") or self.form.chosen("klaster")
        return self.sums() | {
            "alone": copies.alone(self.evaluation, self.request.user),
            "form": self.form,
            "parts": [(part, rows if narrowed or not part.key else rows[:FIRST]) for part, rows in parts],
            "more": field,
            "state": self.form.chosen("keadaan"),
            "shown": missing.total(self.chosen),
            "query": self.request.GET.urlencode() if self.request.GET else f"instansi={self.form.chosen('instansi')}",
        }
