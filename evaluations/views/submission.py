"""What a submission still lacks, and the declaration that goes with it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from evaluations import permissions
from evaluations.enums import DRAFTING
from evaluations.forms.reopening import DeclarationForm
from evaluations.models import Evaluation, Receipt
from evaluations.queries.receipts import content, digest
from evaluations.queries.scorecard import scorecard
from evaluations.queries.submission import changed_since_declared, checklist, declared
from evaluations.services.declarations import upload_declaration
from evaluations.stages import STEPS
from evaluations.views.fetch import evaluation_or_404
from evaluations.views.library import over_limit
from evidence.formats import size_text
from evidence.models import Upload
from evidence.refusals import Refused
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted


@require_http_methods(["GET", "POST"])
def submission(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """The checklist; sent with a file, that is the signed declaration."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_submission(request.user, evaluation))
    form = DeclarationForm(posted(request), request.FILES or None)
    if not form.is_bound:
        return _page(request, evaluation, form)
    require(permissions.can_declare(request.user, evaluation))
    if (status := over_limit(request, form)) or not form.is_valid():
        return _page(request, evaluation, form, status=status or 422)
    typed = form.cleaned_data
    upload = typed["upload"] and get_object_or_404(Upload.objects.visible_to(request.user), pk=typed["upload"])
    try:
        upload_declaration(
            evaluation, file=typed["file"], upload=upload or None, once_key=typed["once"], by=request.user
        )
    except (Refused, PermissionDenied) as refused:
        form.add_error("file", str(refused))
        return _page(request, evaluation, form, status=getattr(refused, "status", 422))
    messages.success(request, "Surat pernyataan disimpan. Anda dapat menggantinya sampai pengajuan.")
    return redirect("evaluations:submission", evaluation.pk)


def _page(request: HttpRequest, evaluation: Evaluation, form: DeclarationForm, *, status: int = 200) -> HttpResponse:
    user: Any = request.user
    drafting = evaluation.stage in DRAFTING
    card = scorecard(evaluation)
    groups = checklist(evaluation, card, user) if drafting else []
    context = {
        "evaluation": evaluation,
        "card": card,
        "drafting": drafting,
        "groups": groups,
        "holding": [group for group in groups if group.holds],
        "costing": [group for group in groups if not group.holds],
        "step": STEPS["submit"],
        "submit": permissions.can_move(user, evaluation, "submit"),
        "declare": permissions.can_declare(user, evaluation),
        "declaration": evaluation.declaration,
        "declaration_fault": declared(evaluation) if evaluation.declaration else "",
        "outdated": drafting and changed_since_declared(evaluation),
        "receipts": Receipt.objects.visible_to(user).filter(evaluation=evaluation),
        "form": form,
        "max_size": size_text(settings.EVIDENCE_MAX_BYTES),
    }
    return render(request, "evaluations/submission.html", context, status=status)


@require_GET
def declaration_letter(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """The declaration to be printed and signed, with the figures and the hash of what it speaks of."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_submission(request.user, evaluation))
    card = scorecard(evaluation)
    context = {"evaluation": evaluation, "card": card, "sha256": digest(content(evaluation))}
    return render(request, "evaluations/declaration_letter.html", context)
