"""A document of the library described anew, revised, deleted and brought back."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from evaluations.forms.library import ItemForm, RevisionForm, RevisionLinkForm
from evaluations.queries import library as queries
from evaluations.services import library
from evaluations.views.library import item_or_404, item_page, over_limit
from evidence import permissions
from evidence.models import EvidenceItem, Upload
from evidence.refusals import Refused
from evidence.services.library import FIELDS
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted, posted_from
from kla_portal.lib.versions import Stale


def _item_address(request: HttpRequest, item_id: UUID) -> str:
    return reverse("evaluations:library_item", args=[item_or_404(request, item_id).pk])


@require_http_methods(["GET", "POST"])
def library_edit(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """What is said of it. 409 with both texts when somebody was faster; what stands still is refused with 422."""
    item = item_or_404(request, item_id)
    require(permissions.can_change_item(request.user, item))
    judged = queries.in_judgement(item)
    form = ItemForm(posted(request), item=item, user=request.user, judged=bool(judged))
    if not form.is_bound or not form.is_valid():
        context = {"item": item, "form": form, "judged": judged}
        return render(request, "evaluations/library_edit.html", context, status=422 if form.is_bound else 200)
    try:
        changed = library.describe(item, version=form.cleaned_data["version"], by=request.user, **form.said)
    except library.InUse:  # handed in between the form and the lock
        return library_edit(request, item_id)
    except Stale:
        return _conflict(request, item_id, form)
    messages.success(request, "Keterangan dokumen disimpan." if changed else "Tidak ada yang berubah.")
    return redirect("evaluations:library_item", item.pk)


def _conflict(request: HttpRequest, item_id: UUID, form: ItemForm) -> HttpResponse:
    """409: what is stored now beside what was typed; the form can be sent again on top of it, unless the document has
    come before judges in the meantime."""
    item, said = item_or_404(request, item_id), form.said
    data = request.POST.copy()
    data["version"] = str(item.version)
    judged = queries.in_judgement(item)
    again = ItemForm(data, item=item, user=request.user, judged=bool(judged))
    again.is_valid()
    differing = [
        (queries.field_label(name), queries.shown(name, getattr(item, name)), queries.shown(name, said[name]))
        for name in FIELDS
        if name in said and getattr(item, name) != said[name]
    ]
    context = {"item": item, "form": again, "differing": differing, "conflict": True, "judged": judged}
    return render(request, "evaluations/library_edit.html", context, status=409)


@posted_from(_item_address)
def library_revise(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """A new file: with the form, or sent before in pieces."""
    item = item_or_404(request, item_id)
    require(permissions.can_change_item(request.user, item))
    form = RevisionForm(request.POST, request.FILES)
    if (status := over_limit(request, form)) or not form.is_valid():
        return item_page(request, item, status=status or 422, file_form=form)
    typed = form.cleaned_data
    try:
        if typed["upload"]:
            upload = get_object_or_404(Upload.objects.visible_to(request.user), pk=typed["upload"])
            revised = library.revise_upload(item, upload, by=request.user)
        else:
            revised = library.revise_file(item, typed["file"], by=request.user, once_key=typed["once"])
    except Refused as refused:
        form.add_error("file", str(refused))
        return item_page(request, item, status=refused.status, file_form=form)
    return _revised(request, item, revised)


@posted_from(_item_address)
def library_revise_link(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """A new address."""
    item = item_or_404(request, item_id)
    require(permissions.can_change_item(request.user, item))
    form = RevisionLinkForm(request.POST)
    if not form.is_valid():
        return item_page(request, item, status=422, link_form=form)
    try:
        revised = library.revise_link(item, form.cleaned_data["url"], by=request.user)
    except Refused as refused:
        form.add_error("url", str(refused))
        return item_page(request, item, status=422, link_form=form)
    return _revised(request, item, revised)


def _revised(request: HttpRequest, item: EvidenceItem, revised: library.Revised) -> HttpResponse:
    if revised.same:
        what = "Berkas" if revised.revision.file_id else "Alamat"
        messages.info(request, f"{what} ini sama dengan revisi {revised.revision.number}; tidak ada revisi baru.")
        return redirect("evaluations:library_item", item.pk)
    told = f"Revisi {revised.revision.number} disimpan."
    if revised.moved:
        told += f" {revised.moved} jawaban yang masih terbuka sekarang memakainya."
    if revised.stayed:
        told += f" {revised.stayed} jawaban yang sudah diserahkan tetap memakai revisi yang dinilai."
    messages.success(request, told)
    return redirect("evaluations:library_item", item.pk)


@require_http_methods(["GET", "POST"])
def library_delete(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Out of the library, after a question; refused with the list while it proves what was handed in."""
    item = item_or_404(request, item_id)
    if item.deleted_at is not None:
        return redirect("evaluations:library_item", item.pk)
    require(permissions.can_change_item(request.user, item))
    if request.method == "GET":
        return _delete_page(request, item)
    try:
        item = library.delete(item, by=request.user)
    except library.InUse as used:
        return _delete_page(request, item, status=409, closed=used.links)
    messages.success(request, _undo(item))
    return redirect("evaluations:library")


def _undo(item: EvidenceItem) -> str:
    """The way back, in the message itself."""
    return format_html(
        '“{}” dihapus dari pustaka. <a href="{}">Urungkan</a>',
        item.title,
        reverse("evaluations:library_item", args=[item.pk]),
    )


def _delete_page(request: HttpRequest, item: EvidenceItem, *, status: int = 200, **more: Any) -> HttpResponse:
    newest = item.revisions.order_by("-number").first()
    uses = queries.uses(item, newest.number if newest else 0)
    context = {
        "item": item,
        "uses": uses,
        "locked": [use for use in uses if use.locked],
        "days": str(settings.EVIDENCE_KEEP_DELETED_DAYS),
    }
    return render(request, "evaluations/library_delete.html", context | more, status=status)


@posted_from(_item_address)
def library_restore(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Bring it back, with its places at the answers that are still open."""
    item = item_or_404(request, item_id)
    require(permissions.can_restore_item(request.user, item))
    try:
        back = library.restore(item, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        told = f" dan terpasang lagi pada {back} jawaban" if back else ""
        messages.success(request, f"“{item.title}” dipulihkan{told}.")
    return redirect("evaluations:library_item", item.pk)
