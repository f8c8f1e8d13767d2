"""An agency's questions filled in without a line: a spreadsheet out, and in again after a look at what it changes."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from evaluations import permissions
from evaluations.forms.workbooks import CarriedForm, WorkbookForm, carried
from evaluations.models import Evaluation
from evaluations.queries.parts import parts_of
from evaluations.queries.workbooks import WIDTHS, workbook
from evaluations.services.workbooks import Compared, Fate, apply, compare
from evaluations.views.fetch import evaluation_or_404
from evidence.refusals import Refused
from evidence.uploads import require_within_limit
from kla_portal.lib import sheets
from kla_portal.lib.decision import require
from regions.models import Agency


def _mine(request: HttpRequest, evaluation_id: UUID, agency_id: int) -> tuple[Evaluation, Agency]:
    evaluation = evaluation_or_404(request, evaluation_id)
    agency = get_object_or_404(Agency.objects.visible_to(request.user), pk=agency_id, region=evaluation.region_id)
    require(permissions.can_fill_part(request.user, evaluation, agency))
    return evaluation, agency


@require_safe
def agency_workbook(request: HttpRequest, evaluation_id: UUID, agency_id: int) -> HttpResponse:
    """The agency's questions with what is stored, to be filled in and sent back."""
    evaluation, agency = _mine(request, evaluation_id, agency_id)
    content, fills = workbook(evaluation, parts_of(evaluation, agency, request.user))
    name = slugify(f"lembar kerja {agency} {evaluation.region}")
    return HttpResponse(
        sheets.write(content, WIDTHS, fills),
        content_type=sheets.MIME,
        headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Cache-Control": "private, no-store"},
    )


@require_http_methods(["GET", "POST"])
def agency_workbook_upload(request: HttpRequest, evaluation_id: UUID, agency_id: int) -> HttpResponse:
    """A file is looked at and nothing stored; what was looked at is then saved question by question, and told."""
    evaluation, agency = _mine(request, evaluation_id, agency_id)
    if request.method == "GET":
        return _page(request, evaluation, agency, WorkbookForm(evaluation_id=evaluation.pk))
    if "lines" in request.POST:
        return _confirmed(request, evaluation, agency)
    form = WorkbookForm(request.POST, request.FILES, evaluation_id=evaluation.pk)
    try:
        require_within_limit(request)
    except Refused as fault:
        form.errors.clear()
        form.add_error("file", str(fault))
        return _page(request, evaluation, agency, form, status=fault.status)
    if not form.is_valid():
        return _page(request, evaluation, agency, form, status=422)
    rows = compare(evaluation, agency, form.cleaned_data["file"], request.user)
    new = [row.line for row in rows if row.fate == Fate.NEW]
    return _page(request, evaluation, agency, form, rows=rows, lines=carried(new) if new else "", new=len(new))


def _confirmed(request: HttpRequest, evaluation: Evaluation, agency: Agency) -> HttpResponse:
    form = CarriedForm(request.POST)
    if not form.is_valid():
        return _page(request, evaluation, agency, form, status=422)
    rows = apply(evaluation, agency, form.cleaned_data["lines"], request.user)
    return _page(request, evaluation, agency, form, rows=rows, report=True)


def _page(
    request: HttpRequest, evaluation: Evaluation, agency: Agency, form: Any, status: int = 200, **more: Any
) -> HttpResponse:
    rows: list[Compared] = more.get("rows", [])
    counts = [(fate, count) for fate in Fate if (count := sum(row.fate == fate for row in rows))]
    told = [row for row in rows if row.fate != Fate.SAME]
    context = {"evaluation": evaluation, "agency": agency, "form": form, "counts": counts, "told": told} | more
    return render(request, "evaluations/agency_workbook_upload.html", context, status=status)
