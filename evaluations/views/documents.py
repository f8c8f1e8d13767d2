"""A judge's verdict on one document, given from the bench beside its pages."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from evaluations import permissions
from evaluations.enums import DocumentVerdict
from evaluations.forms.documents import WITHDRAW, DocumentForm
from evaluations.forms.scores import Chosen
from evaluations.models import AnswerEvidence, EvidenceVerdict
from evaluations.services.documents import Contradiction, judge_document, withdraw_verdict
from evaluations.views.bench import PAGE, bench_address, bench_context
from evaluations.views.fetch import link_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted_from
from kla_portal.lib.versions import Stale
from trail.services.once import once


def _bench_with(request: HttpRequest, link_id: UUID) -> str:
    """The bench, at the document's question."""
    return _address(link_or_404(request, link_id), Chosen())


@posted_from(_bench_with)
def document_judge(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """One verdict, or one taken back; then the same question and document again, or to htmx what of it has changed."""
    link = link_or_404(request, link_id)
    require(permissions.can_score(request.user, link.answer.evaluation))
    form = DocumentForm(request.POST)
    if not form.is_valid():
        return _answer(request, link, form, 422)
    given = form.cleaned_data
    seen = {"revision_id": given["revision"], "verdict_version": given["verdict_version"], "by": request.user}

    def act() -> str:
        if given["verdict"] == WITHDRAW:
            withdraw_verdict(link, **seen)
            return "Putusan dibatalkan."
        said = judge_document(link, verdict=given["verdict"], reason=given["reason"], **seen)
        return f"Putusan dokumen disimpan: {DocumentVerdict(said.verdict).label.lower()}."

    try:
        told, ran = once(request.user, given["once"], act, purpose="document_judge")
    except Stale as stale:
        return _answer(request, link, form, 409, {"document_moved": _moved(stale)})
    except Contradiction as fault:
        form.add_error(None, str(fault))
        return _answer(request, link, form, 422)
    if request.htmx:  # type: ignore[attr-defined]
        return _answer(request, link, form, 200)
    if ran:
        messages.success(request, told)
    return redirect(_address(link, form.chosen))


def _address(link: AnswerEvidence, chosen: Chosen) -> str:
    here = replace(chosen, document=str(link.pk))
    return bench_address(link.answer.evaluation, link.answer.question.code, here, "document-verdict")


def _moved(stale: Stale) -> str:
    """What has changed since the page was opened: verdict, removed or revision."""
    if isinstance(stale.current, EvidenceVerdict):
        return "verdict"
    current = stale.current
    assert isinstance(current, AnswerEvidence)
    return "removed" if current.removed_at else "revision"


def _answer(
    request: HttpRequest, link: AnswerEvidence, form: DocumentForm, status: int, more: dict[str, Any] | None = None
) -> HttpResponse:
    """The bench at this document. To htmx the verdict alone, with what hangs on it; the whole pane when another one is
    to be looked at than the one that was judged."""
    code, chosen = link.answer.question.code, replace(form.chosen, document=str(link.pk))
    context = bench_context(request, link.answer.evaluation, code, chosen)
    context |= {"outcome": status, "document_form": None if status == 200 else form, "sent": link} | (more or {})
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, PAGE, context, status=status)
    whole = context.get("document_moved") in ("revision", "removed")
    response = render(request, f"{PAGE}#{'document_pane' if whole else 'judged'}", context, status=status)
    if whole:
        response["HX-Retarget"], response["HX-Reswap"] = "#dokumen", "outerHTML"
    return response
