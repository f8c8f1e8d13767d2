"""The inbox: what one should know, unread first."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Notice
from accounts.services import notices

PAGE = 25
UNREAD = "belum-dibaca"


@require_http_methods(["GET", "POST"])
def inbox(request: HttpRequest) -> HttpResponse:
    """Everything, or what is not read yet (`?tampil=belum-dibaca`). Posted, all of it is read."""
    user: Any = request.user
    if request.method == "POST":
        if count := notices.mark_all_read(user):
            messages.success(request, f"{count} pemberitahuan ditandai sudah dibaca.")
        return redirect("accounts:inbox")
    rows = Notice.objects.visible_to(user).order_by(F("read_at").desc(nulls_first=True), "-id")
    only_unread = request.GET.get("tampil") == UNREAD
    page = Paginator(rows.filter(read_at=None) if only_unread else rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "only_unread": only_unread, "querystring": f"tampil={UNREAD}" if only_unread else ""}
    return render(request, "accounts/inbox.html", context)


@require_safe
def notice_open(request: HttpRequest, notice_id: int) -> HttpResponse:
    """On to what it tells of; it is read from then on."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=notice_id)
    notices.mark_read(notice)
    inside = url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return redirect(notice.url if inside else "accounts:inbox")
