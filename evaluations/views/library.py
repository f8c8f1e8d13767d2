"""The library of a region: the list, one document, a new one."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from evaluations.forms.files import FileForm
from evaluations.forms.library import AddForm, LibraryFilter, RevisionForm, RevisionLinkForm
from evaluations.queries import library as queries
from evaluations.services.library import add_address, add_file, add_upload
from evidence import permissions
from evidence.formats import size_text
from evidence.models import EvidenceItem, Upload
from evidence.queries import usage
from evidence.refusals import Refused
from evidence.services.library import kept_until
from evidence.uploads import require_within_limit
from kla_portal.lib.dates import zoned_date
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted
from regions.models import Agency


def item_or_404(request: HttpRequest, item_id: UUID) -> EvidenceItem:
    """A document of one's own region. Raises Http404 for what lies outside, and for what is deleted unless this person
    may bring it back; PermissionDenied for what is closed."""
    items = EvidenceItem.objects.visible_to(request.user).select_related("agency", "region", "created_by", "deleted_by")
    item = get_object_or_404(items, pk=item_id)
    if item.deleted_at is not None and not permissions.can_restore_item(request.user, item):
        item = get_object_or_404(items.kept(), pk=item_id)
    require(permissions.can_open_item(request.user, item))
    return item


@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """Search, filters and order live in the address."""
    require(permissions.can_use_library(request.user))
    user: Any = request.user
    agencies = Agency.objects.visible_to(user).of(user.acting.region)
    form = LibraryFilter(request.GET or None, agencies=[(str(agency.pk), agency.short_name) for agency in agencies])
    chosen = form.chosen if request.GET else {}
    page = queries.paged(user, chosen).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "chosen": chosen,
        "page": page,
        "rows": queries.rows(page.object_list, user),
        "tags": queries.tags(user),
        "querystring": query.urlencode(),
        "may_add": permissions.can_upload(user),
        "closes": user.acting.agency_id is not None,
        "days": settings.EVIDENCE_KEEP_DELETED_DAYS,
    }
    return render(request, "evaluations/library.html", context)


@require_safe
def library_item(request: HttpRequest, item_id: UUID) -> HttpResponse:
    return item_page(request, item_or_404(request, item_id))


def item_page(request: HttpRequest, item: EvidenceItem, *, status: int = 200, **more: Any) -> HttpResponse:
    """Everything about one document; `more` has a form that was refused."""
    user: Any = request.user
    versions = queries.versions(item)
    today = zoned_date(timezone.now(), item.region_id)
    context = {
        "item": item,
        "versions": versions,
        "newest": versions[0] if versions else None,
        "uses": queries.uses(item, versions[0].revision.number if versions else 0),
        "accesses": queries.accesses(item, user),
        "accesses_open": permissions.can_read_accesses(user, item),
        "events": queries.events(item),
        "missing": queries.missing(item, today),
        "change": permissions.can_change_item(user, item),
        "restore": permissions.can_restore_item(user, item),
        "until": kept_until(item) if item.deleted_at else None,
        "file_form": RevisionForm(),
        "link_form": RevisionLinkForm(),
        "max_size": size_text(settings.EVIDENCE_MAX_BYTES),
        "once": "",
    }
    return render(request, "evaluations/library_item.html", context | more, status=status)


@require_http_methods(["GET", "POST"])
def library_add(request: HttpRequest) -> HttpResponse:
    """A document that is to lie ready: a file, sent with the form or before in pieces, or an address."""
    require(permissions.can_upload(request.user))
    form = AddForm(posted(request), request.FILES or None, user=request.user)
    if not form.is_bound:
        return _add_page(request, form)
    if (status := over_limit(request, form)) or not form.is_valid():
        return _add_page(request, form, status=status or 422)
    said = form.said
    what = {"agency": said.pop("agency", request.user.acting.agency), "said": said, "by": request.user}  # type: ignore[union-attr]
    typed = form.cleaned_data
    try:
        if typed["url"]:
            added = add_address(typed["url"], once_key=typed["once"], **what)
        elif typed["upload"]:
            upload = get_object_or_404(Upload.objects.visible_to(request.user), pk=typed["upload"])
            added = add_upload(upload, **what)
        else:
            added = add_file(typed["file"], once_key=typed["once"], **what)
    except Refused as refused:
        form.add_error("url" if typed["url"] else "file", str(refused))
        return _add_page(request, form, status=refused.status)
    if added.known:
        messages.info(request, f"Berkas ini sudah ada di pustaka sebagai “{added.item.title}”; tidak ditambahkan lagi.")
    else:
        messages.success(request, "Dokumen ditambahkan ke pustaka. Pasang dari halaman pertanyaan yang memerlukannya.")
    return redirect("evaluations:library_item", added.item.pk)


def _add_page(request: HttpRequest, form: AddForm, *, status: int = 200) -> HttpResponse:
    user: Any = request.user
    context = {"form": form, "max_size": size_text(settings.EVIDENCE_MAX_BYTES), "usage": usage(user.acting.region)}
    return render(request, "evaluations/library_add.html", context, status=status)


def over_limit(request: HttpRequest, form: FileForm) -> int:
    """The status of the answer to a file that was cut off while it arrived, its reason put into the form; else 0."""
    try:
        require_within_limit(request)
    except Refused as fault:
        form.errors.clear()
        form.add_error("file", str(fault))
        return fault.status
    return 0
