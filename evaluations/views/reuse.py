"""A document that the region has already, put to a question: from an earlier cycle, or from anywhere in the library."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from evaluations import permissions
from evaluations.forms.reuse import PickForm, SearchForm
from evaluations.models import Answer
from evaluations.queries import offers
from evaluations.queries.library import Bounded
from evaluations.services.attaching import attach_item
from evaluations.views.evidence import back
from evaluations.views.fetch import answer_or_404
from evidence.models import EvidenceItem
from evidence.queries import pickable
from kla_portal.lib.decision import require

ON_A_PAGE = 12


@require_http_methods(["GET", "POST"])
def evidence_pick(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """Choose a document (`dokumen`), say what it meets, and it is put to the question."""
    answer = answer_or_404(request, evaluation_id, code)
    require(permissions.can_add_evidence(request.user, answer))
    item = _chosen(request)
    if request.method == "GET":
        return _page(request, answer, item)
    if item is None:
        raise Http404("Pilih dahulu sebuah dokumen.")
    form = PickForm(request.POST, answer=answer)
    if not form.is_valid():
        return _page(request, answer, item, form, status=422)
    attached = attach_item(answer, item, **form.cleaned_data, by=request.user)
    title = attached.link.revision.item.title
    if attached.already:
        messages.info(request, f"“{title}” sudah terpasang di sini; tidak ada yang berubah.")
    else:
        messages.success(request, f"“{title}” dipasang dari pustaka.")
    return back(attached.link)


def _chosen(request: HttpRequest) -> EvidenceItem | None:
    """The document that the address or the form names. Raises Http404 for one that cannot be picked."""
    named = (request.POST if request.method == "POST" else request.GET).get("dokumen", "")
    if not named:
        return None
    try:
        pk = UUID(named)
    except ValueError:
        raise Http404("Dokumen ini tidak ada.") from None
    return get_object_or_404(pickable(request.user).select_related("agency"), pk=pk)


def _page(
    request: HttpRequest, answer: Answer, item: EvidenceItem | None, form: PickForm | None = None, status: int = 200
) -> HttpResponse:
    search = SearchForm(request.GET)
    words = search.cleaned_data["q"] if search.is_valid() else ""
    page = Bounded(offers.in_library(request.user, words), ON_A_PAGE).get_page(request.GET.get("page"))
    listed = offers.offers(page.object_list, answer)
    page.object_list = listed  # the same rows, as they are offered here
    context: dict[str, Any] = {
        "answer": answer,
        "evaluation": answer.evaluation,
        "search": search,
        "words": words,
        "querystring": _kept(request),
        "page": page,
        "earlier": offers.earlier(answer, request.user) if not words and page.number == 1 else [],
    }
    if item is not None:
        [chosen] = offers.offers([item], answer)
        before = next((each for each in context["earlier"] if each.item == item), chosen)
        missing = offers.open_wants(answer)
        initial = {"page_hint": before.hint}
        want = before.want if before.want in missing else next(iter(missing), "")
        context |= {"chosen": chosen, "form": form or PickForm(initial=initial, answer=answer, open_want=want)}
    return render(request, "evaluations/evidence_pick.html", context, status=status)


def _kept(request: HttpRequest) -> str:
    """What the pages of the list keep of the address: the words, not the document chosen."""
    query = request.GET.copy()
    for name in ("page", "dokumen"):
        query.pop(name, None)
    return query.urlencode()
