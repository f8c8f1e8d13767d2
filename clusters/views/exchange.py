"""Instruments out of the portal and into it, as YAML and as workbooks, and the schema of the former."""

import uuid
from pathlib import Path

from django.contrib import messages
from django.core.cache import cache
from django.db.models import Model
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from clusters import files, permissions, queries
from clusters.content import InstrumentData
from clusters.enums import InstrumentState
from clusters.forms.exchange import ImportForm, carried
from clusters.services import loading
from clusters.views.fetch import instrument_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted
from kla_portal.lib.versions import Stale
from trail.services.once import once, outcome_of

SCHEMA = Path(__file__).resolve().parents[1] / "instruments" / "instrument.schema.json"
KEPT_SECONDS = 24 * 3600
TOLD = {
    loading.ADDED: "Draf dimuat dari berkas.",
    loading.REPLACED: "Draf diganti dengan isi berkas.",
    loading.UNCHANGED: "Isi berkas sama dengan draf yang tersimpan.",
}


@require_safe
def instrument_schema(request: HttpRequest) -> FileResponse:
    """The JSON Schema of the YAML form."""
    return FileResponse(SCHEMA.open("rb"), content_type="application/schema+json")


@require_safe
def instrument_download(request: HttpRequest, code: str, ending: str) -> HttpResponse:
    """The whole instrument as a file. A published one never changes, so its file is made once a day."""
    instrument = instrument_or_404(request, code)
    if ending not in files.TYPES:
        raise Http404("Instrumen diunduh sebagai .yaml atau .xlsx.")
    key = f"instrument:{instrument.digest}:{ending}" if instrument.state == InstrumentState.PUBLISHED else ""
    content = cache.get(key) if key else None
    if content is None:
        content = files.write(queries.content(instrument), ending)
        if key:
            cache.set(key, content, KEPT_SECONDS)
    name = f'attachment; filename="{instrument.code}.{ending}"'
    return HttpResponse(content, content_type=files.TYPES[ending], headers={"Content-Disposition": name})


@require_http_methods(["GET", "POST"])
def instrument_import(request: HttpRequest) -> HttpResponse:
    """A file becomes a draft; with faults nothing does. Over another draft of the same code only after a yes."""
    require(permissions.can_create_instrument(request.user))
    if made := outcome_of(request.user, request.POST.get("once", ""), purpose="instrument_import"):
        return redirect(made)
    form = ImportForm(posted(request), request.FILES or None, initial={"once": uuid.uuid4()})
    if cut_off := getattr(request, "upload_fault", None):  # too large for the portal, or no room on its disk
        form.add_error("file", str(cut_off))
    if not form.is_valid() or form.data_read is None:
        return _page(request, form, status=422 if form.is_bound else 200)
    try:
        return _taken(request, form, form.data_read)
    except loading.DraftExists as asked:
        return _page(request, form, draft=asked.instrument, carried=carried(form.data_read))
    except Stale as stale:
        return _page(request, form, status=409, draft=stale.current, carried=carried(form.data_read), moved=True)
    except loading.AlreadyPublished as refused:
        form.refuse(
            f"kode {refused.code} sudah terbit, dan versi terbit tidak pernah berubah",
            f"Beri kode lain, misalnya {refused.code[:38]}-2, atau buat versi baru dari halaman instrumen itu.",
        )
    except loading.UnknownOriginal as refused:
        form.refuse(f"versi yang diperbaiki, {refused.code}, tidak ada di portal", "Perbaiki kodenya, atau kosongkan.")
    return _page(request, form, status=422)


def _taken(request: HttpRequest, form: ImportForm, data: InstrumentData) -> HttpResponse:
    outcomes: list[str] = []

    def act() -> str:
        outcomes.append(loading.import_draft(data, by=request.user, replacing=form.cleaned_data["replacing"]))
        return reverse("clusters:instrument_detail", args=[data.code])

    address, _ = once(request.user, form.cleaned_data["once"], act, purpose="instrument_import")
    messages.success(request, TOLD[outcomes[0]] if outcomes else TOLD[loading.ADDED])
    return redirect(address)


def _page(
    request: HttpRequest, form: ImportForm, status: int = 200, *, draft: Model | None = None, carried: str = "",
    moved: bool = False,
) -> HttpResponse:  # fmt: skip
    key = request.POST.get("once") or form["once"].initial
    context = {"form": form, "draft": draft, "carried": carried, "moved": moved, "once": key, "read": form.data_read}
    return render(request, "clusters/instrument_import.html", context, status=status)
