"""Results that others have published: the list, its file, bringing them in, taking one out."""

import csv
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, OrderBy
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from evaluations import permissions
from evaluations.filters import PublishedFilter
from evaluations.forms.history import HistoryImportForm
from evaluations.history import reading
from evaluations.models import PublishedResult
from evaluations.queries import published
from evaluations.services import history
from evidence.refusals import Refused
from evidence.uploads import require_within_limit
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted

PER_PAGE = 50
SHOWN = 20
"""Rows of a preview."""
_BY = {"daerah": "region__name", "tahun": "year", "nilai": "score", "predikat": "predicate_rank"}
ORDERS: dict[str, OrderBy] = {name: F(field).asc(nulls_last=True) for name, field in _BY.items()} | {
    f"-{name}": F(field).desc(nulls_last=True) for name, field in _BY.items()
}


@require_safe
def result_list(request: HttpRequest) -> HttpResponse:
    """All of them, filtered and sorted; with `?unduh=csv` as a file that can be imported again."""
    rows = PublishedResult.objects.visible_to(request.user).select_related("region").ranked()
    filtered = PublishedFilter(request.GET, queryset=rows)
    order = request.GET.get("urut", "")
    chosen = ORDERS.get(order, ORDERS["-tahun"])
    found = filtered.qs.order_by(chosen, "region", "-year", "stage", "cluster_code", "source_url")
    if request.GET.get("unduh") == "csv":
        return _file(found)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": filtered,
        "page": page,
        "rows": [published.named(result) for result in page],
        "order": order,
        "querystring": _query(request, "page"),
        "unsorted": _query(request, "page", "urut"),
        "may_manage": permissions.can_manage_history(request.user),
    }
    return render(request, "evaluations/result_list.html", context)


def _query(request: HttpRequest, *without: str) -> str:
    query = request.GET.copy()
    for name in (*without, "unduh"):
        query.pop(name, None)
    return query.urlencode()


def _file(results: Any) -> HttpResponse:
    """As Indonesian spreadsheets open it: semicolons, decimal commas, a mark that it is UTF-8."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="riwayat-hasil-kla.csv"'
    csv.writer(response, delimiter=";").writerows(published.as_table(results))
    return response


@require_http_methods(["GET", "POST"])
def result_import(request: HttpRequest) -> HttpResponse:
    """A CSV is checked, shown with what it would do, and only then written: all of it or nothing."""
    require(permissions.can_manage_history(request.user))
    form = HistoryImportForm(posted(request), request.FILES or None)
    try:
        require_within_limit(request)
    except Refused as fault:
        form.errors.clear()
        form.add_error("file", str(fault))
        return _import_page(request, form, status=fault.status)
    if not form.is_bound or not form.is_valid():
        return _import_page(request, form, status=422 if form.is_bound else 200)
    text = form.cleaned_data["csv"]
    try:
        rows = reading.read(text, published.gazetteer(), last_year=timezone.localdate().year + 1)
    except reading.BadFile as bad:
        return _import_page(request, form, status=422, faults=bad.faults, full=len(bad.faults) == reading.MAX_FAULTS)
    if form.cleaned_data["action"] == "write":
        messages.success(request, _told(history.import_results(rows, request.user)))
        return redirect("evaluations:result_list")
    outcome = history.compare(rows)
    for stored, _ in outcome.changed[:SHOWN]:
        published.named(stored)
    return _import_page(request, form, outcome=outcome, text=text, shown=SHOWN)


def _import_page(request: HttpRequest, form: HistoryImportForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"form": form, "titles": reading.TITLES, "clusters": list(filter(None, reading.CLUSTERS))}
    return render(request, "evaluations/result_import.html", context | more, status=status)


def _told(outcome: history.Outcome) -> str:
    if not outcome.added and not outcome.changed:
        return "Tidak ada yang berubah; semua hasil ini sudah tercatat."
    return f"{len(outcome.added)} hasil ditambahkan, {len(outcome.changed)} diubah, {outcome.unchanged} sudah ada."


@require_http_methods(["GET", "POST"])
def result_remove(request: HttpRequest, result_id: int) -> HttpResponse:
    """Take one result out, after a question."""
    results = PublishedResult.objects.visible_to(request.user).select_related("region")
    result = published.named(get_object_or_404(results, pk=result_id))
    require(permissions.can_manage_history(request.user))
    if request.method == "GET":
        return render(request, "evaluations/result_remove.html", {"result": result})
    history.remove_result(result, request.user)
    messages.info(request, f"Hasil {result} dikeluarkan. Impor lagi barisnya bila keliru.")
    return redirect("evaluations:result_list")
