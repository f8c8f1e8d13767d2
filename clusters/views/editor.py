"""A draft as a whole: made, looked at with its sums, its points and its order changed, its head edited."""

import json
import re
import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from clusters import drafts, permissions
from clusters.enums import Level
from clusters.forms.editor import CreateForm, HeadForm
from clusters.forms.rows import PointsField
from clusters.models import Instrument
from clusters.services import editing
from clusters.views.conflict import differences, renewed
from clusters.views.fetch import of_draft
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted
from kla_portal.lib.numbers import plain_text
from kla_portal.lib.versions import Stale
from trail.services.once import once, outcome_of

ALL = "semua"
POINTS = re.compile(r"points-(cluster|indicator|question)-([0-9]{1,15})")
VERSION = re.compile("[0-9]{1,9}")
MOVE = re.compile(r"(cluster|indicator|question)-([0-9]{1,15}):(up|down)")


@require_http_methods(["GET", "POST"])
def instrument_create(request: HttpRequest) -> HttpResponse:
    require(permissions.can_create_instrument(request.user))
    if made := outcome_of(request.user, request.POST.get("once", ""), purpose="instrument_create"):
        return redirect("clusters:instrument_edit", made)
    form = CreateForm(posted(request), initial={"once": uuid.uuid4()})
    if form.is_valid():
        given = {**form.cleaned_data}
        key = given.pop("once")
        try:
            made, _ = once(
                request.user,
                key,
                lambda: editing.create_draft(**given, by=request.user).code,
                purpose="instrument_create",
            )
            messages.success(request, f"Draf {given['name']} dibuat.")
            return redirect("clusters:instrument_edit", made)
        except editing.Taken:
            form.add_error("code", "Kode ini sudah dipakai instrumen lain.")
    published = Instrument.objects.visible_to(request.user).filter(state="published")
    context = {"form": form, "published": published}
    return render(request, "clusters/instrument_create.html", context, status=422 if form.is_bound else 200)


@gzip_page  # much the same markup in every row; the page carries no secret but the CSRF token, which is masked anew
@require_http_methods(["GET", "POST"])
@of_draft()
def instrument_edit(request: HttpRequest, instrument: Instrument) -> HttpResponse:
    """The sheet. A POST saves the points that were changed, and moves one part if a button for that was pressed."""
    if request.method == "GET":
        return _sheet(request, instrument)
    changes, problems, typed = _typed_points(request, instrument)
    if problems:
        return _sheet(request, instrument, problems=problems, typed=typed, status=422)
    said = ""
    try:
        saved = editing.save_points(instrument, changes, by=request.user)
        if found := MOVE.fullmatch(request.POST.get("move", "")):
            part = _part(instrument, found[1], int(found[2]))
            version = part.version if any(each.part == part for each in changes) else _seen(request, found[1], found[2])
            place = editing.move(part, version, -1 if found[3] == "up" else 1, by=request.user)
            said = f"{editing.name_of(part).capitalize()} kini nomor {place}."
        elif saved:
            said = "Nilai disimpan."
    except Stale as stale:
        problems = _stale_problems(stale, changes)
        return _sheet(request, instrument, problems=problems, typed=typed, status=409)
    if request.htmx:  # type: ignore[attr-defined]
        instrument.refresh_from_db()
        response = _sheet(request, instrument, saved=list(typed))
        if found:
            response["HX-Trigger"] = json.dumps({"toast": {"text": said}})
        return response
    messages.success(request, said or "Tidak ada nilai yang berubah.")
    chosen = urlencode({"klaster": chosen}) if (chosen := request.POST.get("klaster", "")) else ""
    return redirect(f"{reverse('clusters:instrument_edit', args=[instrument.code])}{'?' if chosen else ''}{chosen}")


def _typed_points(
    request: HttpRequest, instrument: Instrument
) -> tuple[list[editing.Points], dict[str, str], dict[str, str]]:
    """The points that differ from what the page showed, what is wrong with them, and what was typed, by part."""
    changes, problems, typed = [], {}, {}
    for name, text in request.POST.items():
        version, _, before = request.POST.get(name.replace("points-", "seen-", 1), "").partition("|")
        found = POINTS.fullmatch(name)
        if found is None or str(text).strip() == before or not VERSION.fullmatch(version):
            continue
        key = f"{found[1]}-{found[2]}"
        typed[key] = str(text)
        try:
            points = PointsField(least=editing.LEAST[Level(found[1])]).clean(text)
        except ValidationError as error:
            problems[key] = " ".join(error.messages)
            continue
        changes.append(editing.Points(_part(instrument, found[1], int(found[2])), int(version), points))
    return changes, problems, typed


def _seen(request: HttpRequest, level: str, pk: str) -> int:
    version = request.POST.get(f"seen-{level}-{pk}", "").partition("|")[0]
    return int(version) if VERSION.fullmatch(version) else 0


def _part(instrument: Instrument, level: str, pk: int) -> Any:
    if level == "cluster":
        return instrument.clusters.get(pk=pk)
    return (drafts.indicators_of if level == "indicator" else drafts.questions_of)(instrument).get(pk=pk)


def _stale_problems(stale: Stale, changes: list[editing.Points]) -> dict[str, str]:
    stored: Any = stale.current
    key = f"{editing.level_of(stored)}-{stored.pk}"
    mine = next((each.points for each in changes if each.part == stored), None)
    theirs = f"Orang lain sudah mengubahnya; sekarang tersimpan {plain_text(stored.max_points)}."
    if mine is None:
        return {key: f"{theirs} Urutannya belum diubah; pilih lagi bila tetap ingin memindahkannya."}
    return {key: f"{theirs} Isian Anda {plain_text(mine)} belum disimpan; simpan lagi bila tetap ingin menggantinya."}


def _sheet(
    request: HttpRequest,
    instrument: Instrument,
    *,
    problems: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    saved: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, or of a request by htmx the pieces that changed: the whole tree after a move, else the sums."""
    found = drafts.sheet(instrument)
    chosen = request.POST.get("klaster", "") or request.GET.get("klaster", "")
    shown = [each for each in found.clusters if chosen in (each.row.code, ALL, "")] or list(found.clusters)
    htmx = request.htmx and request.method == "POST"  # type: ignore[attr-defined]
    touched = {*(saved or ()), *(problems or {})} if htmx else set()
    context = {
        "instrument": instrument,
        "sheet": found,
        "shown": shown,
        "chosen": chosen if any(chosen in (each.row.code, ALL) for each in found.clusters) else "",
        "problems": problems or {},
        "typed": typed or {},
        "seen": {key: request.POST.get(f"seen-{key}", "") for key in problems or {}} if status == 422 else {},
        "touched": [_touched(instrument, key) for key in sorted(touched)],
        "sums": {key: each for key, each in found.sums.items() if key in _keys(shown)},
        "oob": htmx and "move" not in request.POST,
        "removed": [] if htmx else editing.restorable(instrument)[:10],
        "can_check": permissions.can_check(request.user, instrument),
        "can_publish": permissions.can_publish(request.user, instrument),
    }
    part = "#tree" if htmx and "move" in request.POST else "#pieces" if htmx else ""
    return render(request, f"clusters/instrument_edit.html{part}", context, status=status)


def _keys(shown: list[drafts.ClusterSheet]) -> set[str]:
    """The sums that the page shows."""
    indicators = {f"indicator-{each.row.pk}" for cluster in shown for each in cluster.indicators}
    return indicators | {f"cluster-{cluster.row.pk}" for cluster in shown}


def _touched(instrument: Instrument, key: str) -> Any:
    level, _, pk = key.partition("-")
    return {"key": key, "row": _part(instrument, level, int(pk))}


@require_http_methods(["GET", "POST"])
@of_draft()
def instrument_head_edit(request: HttpRequest, instrument: Instrument) -> HttpResponse:
    form = HeadForm(posted(request), instrument=instrument)
    context: dict[str, Any] = {"instrument": instrument, "form": form}
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            editing.save_head(instrument, form.cleaned_data["seen"], **form.changes(), by=request.user)
            messages.success(request, "Kepala instrumen disimpan.")
            return redirect("clusters:instrument_edit", instrument.code)
        except Stale as stale:
            stored: Any = stale.current
            context |= {
                "form": HeadForm(renewed(request, seen=editing.head_seen(stored)), instrument=stored),
                "differences": differences(form, stored, form.changes()),
            }
            status = 409
    part = "#rows" if request.htmx and form.acted else ""  # type: ignore[attr-defined]
    return render(request, f"clusters/instrument_head_edit.html{part}", context, status=status)
