from urllib.parse import urlencode

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from clusters import lineage, permissions, queries
from clusters.forms.reader import ReaderForm
from clusters.models import Instrument, Mapping


@require_safe
def instrument_list(request: HttpRequest) -> HttpResponse:
    visible = Instrument.objects.visible_to(request.user).annotate(questions_count=Count("questions"))
    instruments = visible.order_by("-edition", "code")  # counting drops the model's own order
    context = {"instruments": instruments, "can_create": permissions.can_create_instrument(request.user)}
    return render(request, "clusters/instrument_list.html", context)


@gzip_page  # the same markup again and again; the page's one secret, the CSRF token, is masked anew each time
@require_safe
def instrument_detail(request: HttpRequest, code: str) -> HttpResponse:
    """The instrument as a document. Its questions come when an indicator is opened (`?indikator=`), all at once for
    printing (`?buka`), or as found (`?q=`, `?instansi=`)."""
    instrument = get_object_or_404(Instrument.objects.visible_to(request.user), code=code)
    outline = queries.outline(instrument)
    wanted = request.GET.get("indikator", "")
    headers = request.headers
    if wanted and "HX-Request" in headers and "HX-History-Restore-Request" not in headers:
        return _chapter(request, outline, wanted)
    asked = {name for name in ("q", "instansi") if request.GET.get(name, "").strip()}
    form = ReaderForm(request.GET if asked else None, owners=queries.owner_choices(outline))
    whole = bool(asked) or "buka" in request.GET
    document = queries.document(outline, **form.chosen(), shown=None if whole else {wanted})
    context = {
        "instrument": instrument,
        "outline": outline,
        "document": document,
        "can_edit": permissions.can_edit_instrument(request.user, instrument),
        "can_create": permissions.can_create_instrument(request.user),
        "can_version": permissions.can_make_version(request.user, instrument),
        "neighbours": lineage.neighbours(instrument, Mapping.objects.visible_to(request.user)),
        "form": form,
        "filtered": bool(asked),
        "filter_query": urlencode({name: request.GET[name] for name in sorted(asked)}),
        "open_all": "buka" in request.GET,
        "wanted": wanted if any(indicator.number == wanted for indicator in outline.indicators) else "",
        "ranks": queries.ranks(outline),
        "has_needs": any(band.requires for band in outline.bands),
        "usable": queries.usable(Instrument.objects.visible_to(request.user)),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "clusters/instrument_detail.html", context, status=status)


def _chapter(request: HttpRequest, outline: queries.Outline, number: str) -> HttpResponse:
    found = queries.chapter(outline, number)
    if found is None:
        raise Http404
    return render(request, "clusters/instrument_detail.html#entries", {"chapter": found, "fetched": True})
