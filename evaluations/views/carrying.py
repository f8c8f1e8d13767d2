"""An earlier cycle's answers: offered for the whole evaluation, taken over question by question."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clusters import scoring
from evaluations import permissions
from evaluations.forms.answers import AnswerForm
from evaluations.forms.carrying import TakeOverForm
from evaluations.models import Answer
from evaluations.queries import carrying
from evaluations.services.carrying import offer_earlier_answers, take_over
from evaluations.views.answers import question_context
from evaluations.views.fetch import answer_or_404, evaluation_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted_from
from kla_portal.lib.versions import Stale


@require_http_methods(["GET", "POST"])
def evaluation_offer(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """What of the latest earlier cycle fits, how much of it, and the button that offers it. Sent again, it offers only
    what has changed since."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_offer_earlier(request.user, evaluation))
    if request.method == "POST":
        count = offer_earlier_answers(evaluation, by=request.user)
        told = f"{count} jawaban ditawarkan. Buka pertanyaannya, periksa, lalu ambil alih yang masih benar."
        messages.success(request, told if count else "Tidak ada jawaban baru untuk ditawarkan.")
        return redirect(evaluation)
    context = {"evaluation": evaluation, "plan": carrying.plan(evaluation)}
    return render(request, "evaluations/evaluation_offer.html", context)


@posted_from(answer_or_404)
def answer_take_over(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """The earlier answer becomes the answer, the ticked evidence is put to it. 422 for nothing chosen, 409 when the
    answer has changed since the page was opened."""
    answer = answer_or_404(request, evaluation_id, code)
    require(permissions.can_add_evidence(request.user, answer))
    panel = carrying.panel(answer, request.user)
    if panel is None:
        raise Http404("Tidak ada jawaban siklus sebelumnya untuk pertanyaan ini.")
    form = TakeOverForm(request.POST, panel=panel)
    if not form.is_valid():
        return _again(request, answer, form, status=422)
    try:
        taken = panel.carried if form.takes_answer else None
        take_over(answer, taken, form.links, version=form.cleaned_data["version"], by=request.user)
    except Stale:
        return _again(request, answer_or_404(request, evaluation_id, code), form, status=409)
    messages.success(
        request, "Diambil dari siklus sebelumnya. Periksa apakah masih sesuai dengan tahun data yang dinilai."
    )
    return redirect(answer)


def _again(request: HttpRequest, answer: Answer, form: TakeOverForm, status: int) -> HttpResponse:
    """The question's page with what was ticked, and what is stored now beside it."""
    rule = scoring.parse_rule(answer.question.kind, answer.question.rule)
    context: dict[str, Any] = question_context(request, answer)
    context |= {
        "form": AnswerForm(answer=answer, rule=rule),
        "ticked": {"answer": "take_answer" in request.POST, "evidence": request.POST.getlist("evidence")},
        "past_problem": _told(form) if status == 422 else "",
        "past_changed": status == 409,
    }
    return render(request, "evaluations/answer_edit.html", context, status=status)


def _told(form: TakeOverForm) -> str:
    told = [*form.non_field_errors(), *form.errors.get("evidence", ())]
    return " ".join(map(str, told)) or "Isian tidak lengkap. Muat ulang halaman ini."
