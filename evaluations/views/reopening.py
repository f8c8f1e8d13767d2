"""Opening answers again by name, and closing them."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from evaluations import permissions
from evaluations.enums import ReopenKind
from evaluations.forms.reopening import AskForm, ReopenForm
from evaluations.models import Answer, Evaluation, Receipt, Reopening
from evaluations.queries.reopened import by_owner, opened, worth_opening
from evaluations.queries.scorecard import scorecard
from evaluations.services.reopening import BadMoment, close, finish, reopen, usual
from evaluations.views.fetch import answer_or_404, evaluation_or_404
from kla_portal.lib.dates import both_zones
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted, posted_from
from trail.services.once import once, outcome_of


@require_http_methods(["GET", "POST"])
def answer_ask(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """Ask the region for something at this question; it is open until the moment that is named."""
    answer = answer_or_404(request, evaluation_id, code)
    bench = reverse("evaluations:score_bench", args=[evaluation_id, code])
    if outcome_of(request.user, request.POST.get("once", ""), purpose="answer_ask") is not None:
        return redirect(bench)
    require(permissions.can_ask(request.user, answer))
    form = AskForm(posted(request), initial={"until": usual(answer.evaluation)})
    if form.is_valid() and _opened(request, form, [answer], ReopenKind.ASK, "answer_ask"):
        return redirect(bench)
    context = {"answer": answer, "evaluation": answer.evaluation, "form": form}
    return render(request, "evaluations/answer_ask.html", context, status=422 if form.is_bound else 200)


def _opened(request: HttpRequest, form: AskForm, answers: list[Answer], kind: ReopenKind, purpose: str) -> bool:
    """Open them once for this form; False with the fault in the form."""
    typed = form.cleaned_data
    until: datetime = typed["until"]

    def act() -> str:
        return str(reopen(answers, kind=kind, until=until, reason=typed["reason"], by=request.user)[0].batch)

    try:
        once(request.user, typed["once"], act, purpose=purpose)
    except BadMoment as fault:
        form.add_error("until", str(fault))
        return False
    ends = both_zones(until, answers[0].evaluation.region_id)
    messages.success(request, f"{len(answers)} pertanyaan dibuka bagi daerah sampai {ends}. Daerah diberi tahu.")
    return True


@gzip_page  # a list of all questions; the page's one secret, the CSRF token, is masked anew each time
@require_http_methods(["GET", "POST"])
def evaluation_reopen(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """What is open by name, by owner; for evaluators after the field day the list of questions to open."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_reopened(request.user, evaluation))
    may = permissions.can_reopen(request.user, evaluation)
    if request.method == "GET" and not may:
        return _page(request, evaluation, None)
    there = reverse("evaluations:evaluation_reopen", args=[evaluation.pk])
    if outcome_of(request.user, request.POST.get("once", ""), purpose="evaluation_reopen") is not None:
        return redirect(there)
    require(may)
    card = scorecard(evaluation, with_scores=True)
    held, codes = permissions.reopenings(evaluation), [row.question.code for row in card.questions]
    proposed = worth_opening(evaluation, card) - {row.question.code for row in card.questions if row.answer.pk in held}
    initial = {"until": usual(evaluation), "questions": sorted(proposed)}
    form = ReopenForm(posted(request), codes=codes, initial=initial)
    if form.is_valid():
        ticked = form.ticked
        answers = [row.answer for row in card.questions if row.question.code in ticked]
        for answer in answers:
            answer.evaluation = evaluation
        if _opened(request, form, answers, ReopenKind.FIELD, "evaluation_reopen"):
            return redirect(there)
    return _page(request, evaluation, form, card=card, proposed=proposed, held=held)


def _page(request: HttpRequest, evaluation: Evaluation, form: ReopenForm | None, **more: Any) -> HttpResponse:
    user: Any = request.user
    rows = opened(evaluation)
    here = permissions.of_the_city(user, evaluation)
    context = {
        "evaluation": evaluation,
        "form": form,
        "rows": [(row, row.is_open and bool(permissions.can_close(user, row.reopening))) for row in rows],
        "owners": by_owner(rows),
        "open_count": sum(row.is_open for row in rows),
        "until": min((row.reopening.until for row in rows if row.is_open), default=None),
        "finish": permissions.can_finish(user, evaluation),
        "once": uuid4(),
        "of_region": here,
        "receipts": Receipt.objects.visible_to(user).filter(evaluation=evaluation, kind="additions"),
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "evaluations/evaluation_reopen.html", context | more, status=status)


def _list(request: HttpRequest, evaluation_id: UUID, reopening_id: int = 0) -> str:
    return reverse("evaluations:evaluation_reopen", args=[evaluation_or_404(request, evaluation_id).pk])


@posted_from(_list)
def reopening_close(request: HttpRequest, evaluation_id: UUID, reopening_id: int) -> HttpResponse:
    """End one now. Sent twice, or after its time, nothing changes."""
    evaluation = evaluation_or_404(request, evaluation_id)
    rows = Reopening.objects.visible_to(request.user).select_related("answer__question")
    reopening = get_object_or_404(rows, pk=reopening_id, answer__evaluation=evaluation)
    reopening.answer.evaluation = evaluation
    require(permissions.can_read_reopened(request.user, evaluation))
    close(reopening, by=request.user)
    messages.info(request, f"Pertanyaan {reopening.answer.question.code} ditutup dan terkunci lagi.")
    return redirect("evaluations:evaluation_reopen", evaluation.pk)


@posted_from(_list)
def additions_finish(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """The region's additions are there: everything that is open closes, with a receipt."""
    evaluation = evaluation_or_404(request, evaluation_id)
    key = request.POST.get("once", "")
    made = outcome_of(request.user, key, purpose="additions_finish")
    if made is None:
        require(permissions.can_finish(request.user, evaluation))
        made, _ = once(
            request.user, key, lambda: str(finish(evaluation, by=request.user).pk), purpose="additions_finish"
        )
        messages.success(request, "Tambahan dinyatakan selesai. Ini tanda terimanya.")
    return redirect("evaluations:receipt_detail", made)
