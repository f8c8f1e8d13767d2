"""An agency's part of an evaluation: its page, one question of it marked as done, the whole of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from evaluations import permissions
from evaluations.enums import DRAFTING
from evaluations.forms.parts import FinishForm, PartForm
from evaluations.models import Answer, Assignment, Evaluation
from evaluations.progress import Progress
from evaluations.queries.deadlines import due_for
from evaluations.queries.parts import PartRow, parts_of
from evaluations.queries.scorecard import scorecard
from evaluations.queries.work import open_actions, owners_of, shares
from evaluations.services.parts import mark_all_ready, mark_ready, unmark, write_note
from evaluations.timing import timing
from evaluations.views.fetch import answer_or_404, evaluation_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted_from
from kla_portal.lib.versions import Stale
from regions.models import Agency

FILTERS = {"": "Semua", "belum": "Belum siap", "siap": "Siap", "dikembalikan": "Dikembalikan"}
STALE = "Bagian ini baru saja berubah. Periksa keadaannya sekarang, lalu ulangi bila masih perlu."


def _agency_or_404(request: HttpRequest, evaluation: Evaluation, agency_id: int) -> Agency:
    return get_object_or_404(Agency.objects.visible_to(request.user), pk=agency_id, region=evaluation.region_id)


@require_GET
def agency_detail(request: HttpRequest, evaluation_id: UUID, agency_id: int) -> HttpResponse:
    """One agency's questions alone: what each is worth, what it lacks, until when, and its mark."""
    user: Any = request.user
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_answers(user, evaluation))
    agency = _agency_or_404(request, evaluation, agency_id)
    card = scorecard(evaluation, with_scores=bool(permissions.can_read_scores(user, evaluation)))
    owners = owners_of(evaluation)
    rows = parts_of(evaluation, agency, user, card, owners)
    fills = permissions.can_fill_part(user, evaluation, agency)
    led, helped = ([row.score for row in rows if row.part.is_lead is leads] for leads in (True, False))
    chosen = request.GET.get("keadaan", "")
    context = {
        "evaluation": evaluation,
        "agency": agency,
        "share": next((each for each in shares(card, owners, evaluation.stage) if each.agency == agency), None),
        "actions": open_actions(evaluation, led, helped)[:8] if fills else [],
        "rows": [row for row in rows if _fits(row, chosen)],
        "every": len(rows),
        "ready": sum(row.ready for row in rows),
        "markable": any(row.markable and not row.ready for row in rows),
        "filters": [(key, label, sum(_fits(row, key) for row in rows)) for key, label in FILTERS.items()],
        "chosen": chosen if chosen in FILTERS else "",
        "due": due_for(evaluation, agency.pk),
        "ministry": timing(evaluation) if evaluation.stage in DRAFTING else None,
        "fills": fills,
        "coordinator": user.acts_as("coordinator"),
        "ask_open": permissions.can_ask_agency(user, evaluation),
        "closed": timing(evaluation).decision(evaluation.region_id).reason,
    }
    return render(request, "evaluations/agency_detail.html", context)


def _fits(row: PartRow, chosen: str) -> bool:
    match chosen:
        case "belum":
            return not row.ready and row.progress != Progress.APPROVED
        case "siap":
            return row.ready
        case "dikembalikan":
            return row.progress in (Progress.RETURNED, Progress.REOPENED)
    return True


def _agency_page(request: HttpRequest, evaluation_id: UUID, agency_id: int, code: str = "") -> str:
    evaluation = evaluation_or_404(request, evaluation_id)
    return reverse("evaluations:agency_detail", args=[evaluation.pk, _agency_or_404(request, evaluation, agency_id).pk])


def _part_page(request: HttpRequest, evaluation_id: UUID, code: str, agency_id: int) -> str:
    return _agency_page(request, evaluation_id, agency_id)


@posted_from(_part_page)
def part_edit(request: HttpRequest, evaluation_id: UUID, code: str, agency_id: int) -> HttpResponse:
    """One click: the part is done, or not after all; or its note. Whoever came too late is told and changes nothing."""
    answer = answer_or_404(request, evaluation_id, code)
    agency = _agency_or_404(request, answer.evaluation, agency_id)
    require(permissions.can_mark_part(request.user, answer, agency.pk))
    part = get_object_or_404(answer.evaluation.assignments, question=answer.question_id, agency=agency)
    form = PartForm(request.POST)
    if not form.is_valid():
        return _row(request, answer, agency, status=422, problem=_first(form), note=form["note"].value())
    try:
        _act(part, form.cleaned_data, request.user)
    except Stale:
        return _row(request, answer, agency, status=409, problem=STALE, note=form.cleaned_data["note"])
    if request.htmx:  # type: ignore[attr-defined]
        return _row(request, answer, agency)
    if "dari-pertanyaan" in request.POST:
        return redirect(answer.get_absolute_url() + "#bagian")
    return redirect(_agency_page(request, evaluation_id, agency_id) + f"#p-{answer.question_id}")


def _act(part: Assignment, typed: dict[str, Any], by: Any) -> None:
    if typed["do"] == "note":
        write_note(part, typed["version"], typed["note"], by)
    else:
        (mark_ready if typed["do"] == "ready" else unmark)(part, typed["version"], by)


def _first(form: PartForm) -> str:
    return str(next(iter(form.errors.values()))[0])


def _row(request: HttpRequest, answer: Answer, agency: Agency, status: int = 200, **more: Any) -> HttpResponse:
    """The question's line, as it stands now; without htmx as a small page of its own."""
    evaluation = answer.evaluation
    card, owners = scorecard(evaluation), owners_of(evaluation)
    rows = parts_of(evaluation, agency, request.user, card, owners)
    row = next(row for row in rows if row.question.pk == answer.question_id)
    context = {"evaluation": evaluation, "agency": agency, "row": row} | more
    line = "evaluations/agency_detail.html#part"
    template = line if request.htmx else "evaluations/part_edit.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=status)


@require_http_methods(["GET", "POST"])
def part_finish(request: HttpRequest, evaluation_id: UUID, agency_id: int) -> HttpResponse:
    """The whole part is done. What is not answered or lacks evidence is named, and marked only where it is ticked."""
    evaluation = evaluation_or_404(request, evaluation_id)
    agency = _agency_or_404(request, evaluation, agency_id)
    require(permissions.can_fill_part(request.user, evaluation, agency))
    rows = [row for row in parts_of(evaluation, agency, request.user) if row.markable and not row.ready]
    lacking = [row for row in rows if row.lacks]
    context = {"evaluation": evaluation, "agency": agency, "rows": rows, "lacking": lacking}
    context["whole"] = len(rows) - len(lacking)
    if request.method == "GET":
        return render(request, "evaluations/part_finish.html", context)
    form = FinishForm(request.POST, codes=[row.code for row in lacking])
    if not form.is_valid():
        return render(request, "evaluations/part_finish.html", context | {"problem": STALE}, status=422)
    done = mark_all_ready(evaluation, agency, request.user, anyway=form.cleaned_data["tetap"])
    if not done.marked and done.left:
        return render(request, "evaluations/part_finish.html", context | {"problem": _NOTHING}, status=422)
    messages.success(request, f"{len(done.marked)} pertanyaan ditandai siap.")
    if done.left:
        messages.warning(request, f"Belum ditandai: {', '.join(done.left)}.")
    return redirect("evaluations:agency_detail", evaluation.pk, agency.pk)


_NOTHING = "Belum ada yang ditandai: setiap pertanyaan masih ada kurangnya. Lengkapi, atau centang “tetap tandai”."
