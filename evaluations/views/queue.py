"""Antrean: the regions that wait for this person, in their turn."""

from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from evaluations import permissions
from evaluations.enums import BatchKind
from evaluations.filters import QueueFilter
from evaluations.queries import queue as queries
from evaluations.views.paging import paged, provinces_of
from kla_portal.lib.decision import require
from regions import codes

PER_PAGE = 25
ORDERS: dict[str, Any] = {
    "": F("due_at").asc(nulls_last=True),
    "diajukan": F("submitted_at").asc(nulls_last=True),
    "daerah": "region__name",
    "tahap": "stage",
}


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Page by page; what is counted is counted for the rows of the page."""
    user: Any = request.user
    require(permissions.can_read_queue(user))
    shown = QueueFilter(request.GET, stages=queries.TURN[user.acting.role], provinces=provinces_of(user))
    rows = queries.with_due(queries.in_turn(user))
    if stage := shown.chosen("tahap"):
        rows = rows.filter(stage=stage)
    if province := shown.chosen("provinsi"):
        rows = rows.filter(codes.below(province, "region_id"))
    narrow = {"terlambat": queries.late, "belum": queries.unjudged, "permintaan": queries.asked}
    if state := shown.chosen("keadaan"):
        rows = narrow[state](rows)
    page, querystring = paged(request, rows.order_by(ORDERS[shown.chosen("urut")], "region", "pk"), PER_PAGE)
    page.object_list = queries.rows_of(list(page.object_list))
    cycles = {row.evaluation.cycle_id: row.evaluation.cycle for row in page.object_list}
    many = sorted(cycles.items()) if permissions.can_batch(user, BatchKind.MOVE, "verify") else []
    context = {"page": page, "filter": shown, "querystring": querystring, "cycles": many}
    return render(request, "evaluations/queue.html", context)
