"""The files of the library: each revision opened, looked at page by page, and seen as a whole."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from evaluations.queries import library as queries
from evaluations.views.handing import hand_over, opens
from evaluations.views.library import item_or_404
from evidence.enums import AccessKind, FileState
from evidence.models import EvidenceRevision
from evidence.previews import MOST, shown
from evidence.services.access import noted
from evidence.serving import page_response


def _revision(request: HttpRequest, item_id: UUID, number: int) -> EvidenceRevision:
    """The revision of a document that this person may read. What is deleted opens for nobody."""
    item = item_or_404(request, item_id)
    if item.deleted_at is not None:
        raise Http404("Dokumen ini sudah dihapus dari pustaka.")
    revision = get_object_or_404(item.revisions.select_related("file", "created_by"), number=number)
    revision.item = item
    return revision


@require_safe
def library_open(request: HttpRequest, item_id: UUID, number: int) -> HttpResponseBase:
    """The file: as a download, or with `?lihat=1` in the browser where its type allows."""
    return hand_over(request, "pustaka", f"{item_id}/{number}")


@opens("pustaka")
def _opened(request: HttpRequest, key: str) -> EvidenceRevision:
    item_id, _, number = key.partition("/")
    return _revision(request, UUID(item_id), int(number))


@require_safe
def library_page(request: HttpRequest, item_id: UUID, number: int, page: int) -> HttpResponse:
    """One page of the file as a picture."""
    revision = _revision(request, item_id, number)
    response = page_response(revision, page)
    noted(revision, request.user, AccessKind.PREVIEW)
    return response


@require_safe
def library_view(request: HttpRequest, item_id: UUID, number: int) -> HttpResponse:
    """All its pages below one another."""
    revision = _revision(request, item_id, number)
    stored = revision.file
    if stored is None:
        raise Http404("Tautan dibuka di alamatnya sendiri.")
    context = {
        "item": revision.item,
        "revision": revision,
        "version": queries.version(revision),
        "pages": range(1, shown(stored) + 1) if stored.state == FileState.CLEAN else (),
        "hidden": stored.pages - shown(stored),
        "most": MOST,
    }
    return render(request, "evaluations/library_view.html", context)
