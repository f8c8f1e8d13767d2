"""Versions side by side: making the next one, what differs, and how their parts correspond."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from clusters import lineage, permissions
from clusters.correspondence import codes_of
from clusters.diffing import diff
from clusters.enums import Granularity, Level
from clusters.forms.versions import DiffFilter, LineForm, MappingFilter, NewVersionForm
from clusters.models import Instrument, Mapping, MappingLine
from clusters.queries import content
from clusters.services import versions
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted
from kla_portal.lib.versions import Stale
from trail.services.once import once, outcome_of


def instrument_or_404(request: HttpRequest, code: str) -> Instrument:
    rows = Instrument.objects.visible_to(request.user).select_related("corrects")
    return get_object_or_404(rows, code=code)


@require_http_methods(["GET", "POST"])
def instrument_new_version(request: HttpRequest, code: str) -> HttpResponse:
    """A draft that begins as a copy of a published version. The same form sent twice makes one."""
    source = instrument_or_404(request, code)
    require(permissions.can_make_version(request.user, source))
    if sent := outcome_of(request.user, request.POST.get("once", ""), purpose="instrument_new_version"):
        return redirect(sent)
    form = NewVersionForm(posted(request), source=source)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        named = {name: typed[name] for name in ("code", "edition", "name")}

        def make() -> str:
            return versions.new_version(source, **named, by=request.user).get_absolute_url()

        try:
            address, _ = once(request.user, typed["once"], make, purpose="instrument_new_version")
        except IntegrityError:  # somebody took the code between the check and the writing
            form.add_error("code", "Kode ini baru saja dipakai. Pilih kode lain.")
        else:
            messages.success(request, "Draf versi baru dibuat. Isinya masih sama dengan versi yang diperbaiki.")
            return redirect(address)
    context = {"source": source, "form": form}
    return render(request, "clusters/instrument_new_version.html", context, status=422 if form.errors else 200)


@gzip_page  # much the same markup again and again; no secret but the CSRF token, which Django masks anew
@require_safe
def instrument_diff(request: HttpRequest, code: str, other: str) -> HttpResponse:
    """What `other` says differently from `code`, side by side."""
    before, after = instrument_or_404(request, code), instrument_or_404(request, other)
    old, new = content(before), content(after)
    pairs = lineage.direct(before, after, (codes_of(old), codes_of(new)))
    found = diff(old, new, pairs)
    clusters = {part.code: part.name for data in (old, new) for part in data.clusters}
    asked = request.GET if {"jenis", "klaster"} & set(request.GET) else None
    form = DiffFilter(asked, counts=found.counts, clusters=list(clusters.items()))
    chosen = form.chosen()
    context = {
        "before": before,
        "after": after,
        "diff": found,
        "entries": found.chosen(**chosen),
        "form": form,
        "chosen": chosen,
        "shallow": next((each for each in (before, after) if each.granularity == Granularity.CLUSTERS), None),
        "mapping": Mapping.objects.visible_to(request.user).filter(source=before, target=after).first(),
    }
    return render(request, "clusters/instrument_diff.html", context)


@gzip_page
@require_http_methods(["GET", "POST"])
def mapping_detail(request: HttpRequest, code: str, other: str) -> HttpResponse:
    """The mapping as a table. While the version it leads to is no published one, a national admin changes its lines."""
    source, target = instrument_or_404(request, code), instrument_or_404(request, other)
    mapping = get_object_or_404(Mapping.objects.visible_to(request.user), source=source, target=target)
    mapping.source, mapping.target = source, target
    if request.method == "GET":
        return _table(request, mapping)
    require(permissions.can_edit_mapping(request.user, mapping))
    return _changed(request, mapping)


def _changed(request: HttpRequest, mapping: Mapping) -> HttpResponse:
    """A line saved or taken out: 422 for one that cannot be, 409 when the mapping has moved on."""
    if sent := outcome_of(request.user, request.POST.get("once", ""), purpose="mapping_line"):
        return redirect(sent)
    replacing = _line(mapping, request.POST.get("baris", ""))
    codes = (lineage.codes(mapping.source), lineage.codes(mapping.target))
    form = LineForm(request.POST, mapping=mapping, codes=codes, replacing=replacing)
    removing = "remove" in request.POST and replacing is not None
    if not form.is_valid() and not (removing and "version" in form.cleaned_data):
        return _table(request, mapping, form, status=422)
    typed, back = form.cleaned_data, f"{request.path}?{_filtered(request)}".rstrip("?")

    def act() -> str:
        if removing and replacing is not None:
            versions.remove_line(replacing, version=typed["version"], by=request.user)
        else:
            versions.save_line(mapping, form.line, replacing=replacing, version=typed["version"], by=request.user)
        return back

    try:
        once(request.user, request.POST.get("once", ""), act, purpose="mapping_line")
    except Stale:
        mapping.refresh_from_db(fields=["version"])
        return _table(request, mapping, form, status=409)
    messages.success(request, "Baris pemetaan dihapus." if removing else "Baris pemetaan disimpan.")
    return redirect(back)


def _filtered(request: HttpRequest) -> str:
    """Of the address only what filters."""
    return urlencode({name: request.GET[name] for name in ("tingkat", "hubungan") if request.GET.get(name)})


def _line(mapping: Mapping, raw: str) -> MappingLine | None:
    """The line that is being changed; None for a new one."""
    if not raw.isascii() or not raw.isdigit() or len(raw) > 15:
        return None
    line = get_object_or_404(mapping.lines.all(), pk=int(raw))
    line.mapping = mapping
    return line


def _table(request: HttpRequest, mapping: Mapping, form: LineForm | None = None, status: int = 200) -> HttpResponse:
    editable = permissions.can_edit_mapping(request.user, mapping)
    if form is None and editable and "baris" in request.GET:
        form = _asked(request, mapping)
    query = _filtered(request)
    level, relation = (filters := MappingFilter(request.GET if query else None)).chosen()
    table = lineage.table(mapping)
    context: dict[str, Any] = {
        "mapping": mapping,
        "rows": [row for row in table.rows if level in ("", row.level) and relation in ("", row.relation)],
        "counts": table.counts,
        "problems": table.problems,
        "filters": filters,
        "editable": editable,
        "form": form,
        "conflict": status == 409,
        "stored": form.replacing if form and status == 409 else None,
        "query": f"{query}&" if query else "",
    }
    return render(request, "clusters/mapping_detail.html", context, status=status)


def _asked(request: HttpRequest, mapping: Mapping) -> LineForm:
    """The form for the line in the address, or for a new one."""
    line = _line(mapping, request.GET["baris"])
    asked = {name: request.GET.get(name, "")[:12] for name in ("level", "source", "target")}
    initial: dict[str, Any] = {"relation": "renamed", "level": Level.QUESTION, **{k: v for k, v in asked.items() if v}}
    if line:
        initial = {
            "level": line.level, "relation": line.relation, "source": line.source_code, "target": line.target_code,
            "note": line.note, "baris": line.pk,
        }  # fmt: skip
    codes = (lineage.codes(mapping.source), lineage.codes(mapping.target))
    return LineForm(initial={**initial, "version": mapping.version}, mapping=mapping, codes=codes, replacing=line)
