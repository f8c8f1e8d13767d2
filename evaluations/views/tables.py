"""Spreadsheets of answers: a table question's file, sent and fetched, and all answers of an evaluation."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from clusters import scoring
from evaluations import permissions
from evaluations.forms.answers import AnswerForm
from evaluations.forms.tables import TableUploadForm, sent_rows
from evaluations.models import Answer
from evaluations.queries.exports import ANSWERS, ANSWERS_WIDTHS, Sheets, evaluation_sheets, table_sheets
from evaluations.queries.scorecard import scorecard
from evaluations.queries.showing import shown
from evaluations.views.answers import store
from evaluations.views.fetch import answer_or_404, evaluation_or_404
from evidence.refusals import Refused
from evidence.uploads import require_within_limit
from kla_portal.lib import sheets
from kla_portal.lib.decision import require
from regions.models import Agency


def _table_or_404(answer: Answer) -> scoring.Table:
    rule = scoring.parse_rule(answer.question.kind, answer.question.rule)
    if not isinstance(rule, scoring.Table):
        raise Http404("Pertanyaan ini bukan matriks.")
    return rule


@require_safe
def answer_table_download(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """The table with the rows that are stored, to be filled in and sent back."""
    answer = answer_or_404(request, evaluation_id, code)
    require(permissions.can_read_answers(request.user, answer.evaluation))
    rule = _table_or_404(answer)
    widths = {"Matriks": [32 if column.type == "text" else 16 for column in rule.columns], "Petunjuk": [32, 10, 60]}
    return _file(table_sheets(rule, answer.value), f"matriks-{slugify(code.replace('.', '-'))}", widths)


@require_safe
def evaluation_export(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """All answers, or with `?instansi=` those of one agency."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_answers(request.user, evaluation))
    chosen = request.GET.get("instansi", "")
    agency = None
    if chosen:
        agencies = Agency.objects.visible_to(request.user).of(evaluation.region)
        named = chosen.isascii() and chosen.isdigit() and len(chosen) < 16
        agency = get_object_or_404(agencies, pk=chosen if named else None)
    card = scorecard(evaluation, with_scores=bool(permissions.can_read_scores(request.user, evaluation)))
    name = slugify(f"jawaban {evaluation.region} {agency or ''} {evaluation.cycle}")
    return _file(evaluation_sheets(evaluation, card, agency), name, {ANSWERS: ANSWERS_WIDTHS})


def _file(content: Sheets, name: str, widths: dict[str, list[int]]) -> HttpResponse:
    return HttpResponse(
        sheets.write(content, widths),
        content_type=sheets.MIME,
        headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Cache-Control": "private, no-store"},
    )


@require_http_methods(["GET", "POST"])
def answer_table_upload(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """A spreadsheet instead of typing. Rows that are there already are replaced only after a question."""
    answer = answer_or_404(request, evaluation_id, code)
    require(permissions.can_write_answer(request.user, answer))
    rule = _table_or_404(answer)
    if request.method == "GET":
        return _page(request, answer, TableUploadForm(rule=rule, initial={"version": answer.version}))
    form = TableUploadForm(request.POST, request.FILES, rule=rule)
    try:
        require_within_limit(request)
    except Refused as fault:
        form.errors.clear()
        form.add_error("file", str(fault))
        return _page(request, answer, form, status=fault.status)
    if not form.is_valid():
        return _page(request, answer, form, status=422)
    return _taken(request, answer, rule, form)


def _taken(request: HttpRequest, answer: Answer, rule: scoring.Table, form: TableUploadForm) -> HttpResponse:
    """Into an empty table at once; over other rows after a question, which sends them as the answer form does."""
    rows, version = form.cleaned_data["file"], form.cleaned_data["version"]
    if rows == answer.value:
        messages.info(request, "Isi berkas sama dengan yang tersimpan.")
        return redirect(answer)
    if answer.value is not None:
        years = answer.evaluation.cycle.compared_years
        old, new = shown(rule, answer.value, years), shown(rule, rows, years)
        return _page(request, answer, form, old=old, new=new, rows=sent_rows(rule, rows), version=version)
    typed = AnswerForm(
        {"rows": sent_rows(rule, rows), "note": answer.note, "version": version}, answer=answer, rule=rule
    )
    if not typed.is_valid():  # the rows have been judged already: only the version can be nonsense
        return _page(request, answer, form, status=422)
    response = store(request, answer, typed)
    if response.status_code == 302:
        messages.success(request, f"{len(rows)} baris dari berkas disimpan.")
    return response


def _page(request: HttpRequest, answer: Answer, form: TableUploadForm, status: int = 200, **more: Any) -> HttpResponse:
    context = {"answer": answer, "evaluation": answer.evaluation, "form": form, "columns": form.rule.columns} | more
    return render(request, "evaluations/answer_table_upload.html", context, status=status)
