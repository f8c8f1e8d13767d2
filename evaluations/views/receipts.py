"""The receipt of a submission or of additions."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_safe

from evaluations import permissions
from evaluations.models import Receipt
from evaluations.queries.receipts import check
from evaluations.views.handing import hand_over, opens
from evidence.models import EvidenceRevision
from kla_portal.lib.decision import require


def _receipt(request: HttpRequest, receipt_id: UUID) -> Receipt:
    receipts = Receipt.objects.visible_to(request.user).select_related(
        "evaluation__region", "evaluation__cycle__instrument", "declaration__item", "declaration__file", "by"
    )
    receipt = get_object_or_404(receipts, pk=receipt_id)
    require(permissions.can_read_answers(request.user, receipt.evaluation))
    return receipt


@require_GET
def receipt_detail(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """The receipt on one page, and whether what is stored is still what it speaks of."""
    receipt = _receipt(request, receipt_id)
    answers = receipt.payload["answers"].values()
    context = {
        "receipt": receipt,
        "evaluation": receipt.evaluation,
        "check": check(receipt),
        "answered": sum(each["value"] is not None for each in answers),
        "documents": sum(len(each["evidence"]) for each in answers),
    }
    return render(request, "evaluations/receipt_detail.html", context)


@require_safe
def receipt_declaration(request: HttpRequest, receipt_id: UUID) -> HttpResponseBase:
    """The signed declaration that a receipt names: whoever reads the receipt."""
    return hand_over(request, "pernyataan", receipt_id)


@opens("pernyataan")
def _declaration(request: HttpRequest, receipt_id: str) -> EvidenceRevision:
    declaration = _receipt(request, UUID(receipt_id)).declaration
    if declaration is None:
        raise Http404("Tanda terima ini tanpa surat pernyataan.")
    return declaration
