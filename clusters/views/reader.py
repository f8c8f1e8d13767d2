from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from clusters import queries
from clusters.forms.reader import ReaderForm
from clusters.models import Instrument


@require_safe
def instrument_list(request: HttpRequest) -> HttpResponse:
    instruments = Instrument.objects.visible_to(request.user).annotate(questions_count=Count("questions"))
    return render(request, "clusters/instrument_list.html", {"instruments": instruments})


@gzip_page  # 360 KB of much the same markup; the page carries no secret but the CSRF token, which Django masks anew
@require_safe
def instrument_detail(request: HttpRequest, code: str) -> HttpResponse:
    instrument = get_object_or_404(Instrument.objects.visible_to(request.user), code=code)
    outline = queries.outline(instrument)
    asked = {name for name in ("q", "instansi") if request.GET.get(name, "").strip()}
    form = ReaderForm(request.GET if asked else None, owners=queries.owner_choices(outline))
    context = {
        "instrument": instrument,
        "outline": outline,
        "document": queries.document(outline, **form.chosen()),
        "form": form,
        "filtered": bool(asked),
        "filter_query": urlencode({name: request.GET[name] for name in sorted(asked)}),
        "open_all": "buka" in request.GET,
        "spans": queries.band_spans(outline.bands),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "clusters/instrument_detail.html", context, status=status)
