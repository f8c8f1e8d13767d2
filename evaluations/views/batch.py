"""Many files at once: dropped into the library's in-tray, matched by their names, confirmed by people."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.enums import Role
from clusters.queries import outline
from evaluations.forms.batch import DropForm, PlaceForm
from evaluations.models import Evaluation
from evaluations.queries import tray
from evaluations.queries.library import Bounded
from evaluations.services.batch import drop_file, drop_upload, place
from evaluations.services.library import Added
from evaluations.views.library import over_limit
from evidence import permissions
from evidence.formats import size_text
from evidence.models import Upload
from evidence.refusals import Refused
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted_from
from regions.models import Agency

ON_A_PAGE = 20


@require_http_methods(["GET", "POST"])
def library_batch(request: HttpRequest) -> HttpResponse:
    """The in-tray, and files for it: with the form, or one sent before in pieces. What is refused stops no other."""
    require(permissions.can_upload(request.user))
    evaluation = tray.workplace(request.user)
    if request.method == "GET":
        return _page(request, evaluation)
    form = DropForm(request.POST, request.FILES, agencies=_agencies(request.user))
    if (status := over_limit(request, form)) or not form.is_valid():
        return _page(request, evaluation, drop=form, status=status or 422)
    arrived, known = _dropped(request, form, evaluation)
    if arrived:
        messages.success(request, f"{arrived} berkas masuk ke baki pustaka.")
    for added in known:
        messages.info(request, f"Berkas ini sudah ada di pustaka sebagai “{added.item.title}”; tidak ditambahkan lagi.")
    if form.errors:
        return _page(request, evaluation, drop=form, status=422)
    return redirect("evaluations:library_batch")


def _dropped(request: HttpRequest, form: DropForm, evaluation: Evaluation | None) -> tuple[int, list[Added]]:
    """How many files have become documents, and which the library had; what is refused is put into the form."""
    typed = dict(form.cleaned_data)  # an error takes the field's value out of the form's own
    what = {"agency": typed["agency"], "personal_data": typed["personal_data"], "evaluation": evaluation}
    done: list[Added] = []
    if typed["upload"]:
        upload = get_object_or_404(Upload.objects.visible_to(request.user), pk=typed["upload"])
        try:
            done.append(drop_upload(upload, path=typed["path"], by=request.user, **what))
        except Refused as refused:
            form.add_error("file", str(refused))
    for number, file in enumerate(typed["file"]):
        key = f"{typed['once']}-{number}" if typed["once"] else ""
        try:
            done.append(drop_file(file, path="", by=request.user, once_key=key[-48:], **what))
        except Refused as refused:
            form.add_error("file", f"{file.name}: {refused}")
    known = [added for added in done if added.known]
    return len(done) - len(known), known


@posted_from(lambda request: "evaluations:library_batch")
def library_place(request: HttpRequest) -> HttpResponse:
    """The ticked documents go to their questions. 422 for a code that there is not; then nothing is attached."""
    require(permissions.can_upload(request.user))
    evaluation = tray.workplace(request.user)
    if evaluation is None:
        messages.warning(request, "Tidak ada evaluasi yang sedang diisi. Dokumen tetap di baki pustaka.")
        return redirect("evaluations:library_batch")
    named = [pk for pk in request.POST.getlist("pick") if _is_uuid(pk)]
    codes = outline(evaluation.cycle.instrument).by_code
    form = PlaceForm(request.POST, items=tray.waiting(request.user).filter(pk__in=named), codes=codes)
    if not form.is_valid():
        return _page(request, evaluation, form=form, status=422)
    placed = place(evaluation, form.cleaned_data["rows"], by=request.user, once_key=form.cleaned_data["once"])
    if placed.count:
        messages.success(request, f"{placed.count} dokumen dipasang sebagai data dukung.")
    if form.gone and not placed.again:
        messages.warning(request, f"{form.gone} dokumen sudah dipasang atau tidak ada lagi di baki.")
    for title, code, reason in placed.refused:
        messages.warning(request, f"“{title}” belum dipasang pada {code}: {reason}")
    return redirect("evaluations:library_batch")


def _is_uuid(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def _agencies(user: Any) -> Any:
    """Whose files this person may bring in."""
    agencies = Agency.objects.visible_to(user).of(user.acting.region)
    return agencies.filter(pk=user.acting.agency_id) if user.acts_as(Role.OPERATOR) else agencies


def _page(
    request: HttpRequest,
    evaluation: Evaluation | None,
    *,
    drop: DropForm | None = None,
    form: PlaceForm | None = None,
    status: int = 200,
) -> HttpResponse:
    page: Page = Bounded(tray.waiting(request.user), ON_A_PAGE).get_page(request.GET.get("page"))
    rows = tray.arrivals(page.object_list, evaluation)
    context = {
        "evaluation": evaluation,
        "drop": drop or DropForm(agencies=_agencies(request.user)),
        "page": page,
        "rows": form.again(rows) if form else rows,
        "form": form,
        "once": str(uuid.uuid4()),
        "questions": outline(evaluation.cycle.instrument).questions if evaluation else (),
        "max_size": size_text(settings.EVIDENCE_MAX_BYTES),
        "most": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
    }
    return render(request, "evaluations/library_batch.html", context, status=status)
