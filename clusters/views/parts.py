"""Clusters, indicators and questions of a draft: added, edited, taken out and put back."""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from clusters import drafts, permissions
from clusters.enums import Level, Source
from clusters.forms.editor import ClusterForm, IndicatorForm, QuestionForm
from clusters.models import Cluster, Indicator, Instrument, Question
from clusters.services import editing
from clusters.views.conflict import differences, renewed
from clusters.views.fetch import instrument_or_404, of_draft
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted, posted_from
from kla_portal.lib.versions import Stale
from trail.services.once import once, outcome_of

CODE_FIELD = {Level.CLUSTER: "code", Level.INDICATOR: "number", Level.QUESTION: "code"}
Build = Callable[[Any], Any]


@require_http_methods(["GET", "POST"])
@of_draft()
def cluster_create(request: HttpRequest, instrument: Instrument) -> HttpResponse:
    form = ClusterForm(posted(request), initial={"once": uuid.uuid4()})
    return _create(request, instrument, Level.CLUSTER, form, lambda given: editing.add_cluster(instrument, **given))


@require_http_methods(["GET", "POST"])
@of_draft()
def cluster_edit(request: HttpRequest, instrument: Instrument, cluster_id: int) -> HttpResponse:
    cluster = get_object_or_404(instrument.clusters, pk=cluster_id)
    shown = {"code": cluster.code, "name": cluster.name, "max_points": cluster.max_points, "version": cluster.version}
    return _edit(request, instrument, cluster, lambda data: ClusterForm(data, initial=shown))


@require_http_methods(["GET", "POST"])
@of_draft(permissions.can_edit_questions)
def indicator_create(request: HttpRequest, instrument: Instrument, cluster_id: int) -> HttpResponse:
    cluster = get_object_or_404(instrument.clusters, pk=cluster_id)
    shown = {"cluster": cluster, "source": Source.ASSUMPTION, "once": uuid.uuid4()}
    form = IndicatorForm(posted(request), instrument=instrument, initial=shown)
    return _create(request, instrument, Level.INDICATOR, form, lambda given: editing.add_indicator(**given), cluster)


@require_http_methods(["GET", "POST"])
@of_draft(permissions.can_edit_questions)
def indicator_edit(request: HttpRequest, instrument: Instrument, indicator_id: int) -> HttpResponse:
    indicator = get_object_or_404(drafts.indicators_of(instrument), pk=indicator_id)
    names = ("number", "name", "cluster", "max_points", "description", "source", "note", "version")
    shown = {name: getattr(indicator, name) for name in names}
    build = lambda data: IndicatorForm(data, instrument=instrument, initial=shown)  # noqa: E731
    return _edit(request, instrument, indicator, build, indicator.cluster)


@require_http_methods(["GET", "POST"])
@of_draft(permissions.can_edit_questions)
def question_create(request: HttpRequest, instrument: Instrument, indicator_id: int) -> HttpResponse:
    indicator = get_object_or_404(drafts.indicators_of(instrument), pk=indicator_id)
    shown = {"indicator": indicator.pk, "source": Source.ASSUMPTION, "kind": "yes_no", "once": uuid.uuid4()}
    form = QuestionForm(posted(request), instrument=instrument, initial=shown)
    return _create(
        request, instrument, Level.QUESTION, form, lambda given: editing.add_question(**given), indicator.cluster
    )


@require_http_methods(["GET", "POST"])
@of_draft(permissions.can_edit_questions)
def question_edit(request: HttpRequest, instrument: Instrument, question_id: int) -> HttpResponse:
    question = get_object_or_404(drafts.questions_of(instrument), pk=question_id)
    build = lambda data: QuestionForm(data, instrument=instrument, question=question)  # noqa: E731
    return _edit(request, instrument, question, build, question.indicator.cluster)


def _create(
    request: HttpRequest, instrument: Instrument, level: Level, form: Any, add: Build, cluster: Cluster | None = None
) -> HttpResponse:
    purpose = f"{level}_create"
    if outcome_of(request.user, request.POST.get("once", ""), purpose=purpose):
        return redirect(_sheet_of(instrument, cluster))
    if form.is_valid():
        given = _changes(form) | {"by": request.user}
        try:
            once(request.user, form.cleaned_data["once"], lambda: str(add(given).pk), purpose=purpose)
            messages.success(request, f"{level.label} {given[CODE_FIELD[level]]} ditambahkan.")
            return redirect(_sheet_of(instrument, given.get("cluster") or cluster))
        except editing.Taken as taken:
            form.add_error(CODE_FIELD[level], str(taken))
    return _page(request, instrument, level, form, cluster)


def _edit(
    request: HttpRequest, instrument: Instrument, part: editing.Part, build: Build, cluster: Cluster | None = None
) -> HttpResponse:
    level, form = editing.level_of(part), build(posted(request))
    here = part if isinstance(part, Cluster) else cluster
    if form.is_valid():
        try:
            editing.save_part(part, form.cleaned_data["version"] or 0, **_changes(form), by=request.user)
            messages.success(request, f"{editing.name_of(part).capitalize()} disimpan.")
            return redirect(_sheet_of(instrument, here, part))
        except editing.Taken as taken:
            form.add_error(CODE_FIELD[level], str(taken))
        except Stale as stale:
            stored: Any = stale.current
            told = differences(form, stored, _changes(form))
            again = build(renewed(request, version=stored.version))
            return _page(request, instrument, level, again, here, part=part, status=409, differences=told)
    return _page(request, instrument, level, form, here, part=part)


def _changes(form: Any) -> dict[str, Any]:
    if isinstance(form, QuestionForm):
        return form.changes()
    return {name: value for name, value in form.cleaned_data.items() if name not in ("once", "version")}


def _sheet_of(instrument: Instrument, cluster: Cluster | None, part: editing.Part | None = None) -> str:
    """The sheet at the cluster, and there at the part."""
    address = reverse("clusters:instrument_edit", args=[instrument.code])
    if cluster is None:
        return address
    anchor = f"#{editing.level_of(part)}-{part.pk}" if part is not None else ""
    return f"{address}?{urlencode({'klaster': cluster.code})}{anchor}"


def _page(
    request: HttpRequest,
    instrument: Instrument,
    level: Level,
    form: forms.Form,
    cluster: Cluster | None,
    *,
    part: Any = None,
    status: int = 0,
    **more: Any,
) -> HttpResponse:
    context = {
        "instrument": instrument,
        "cluster": cluster,
        "part": part,
        "level": level,
        "form": form,
        "sheet_url": _sheet_of(instrument, cluster, part),
        **more,
    }
    piece = "#rows" if request.htmx and getattr(form, "acted", False) else ""  # type: ignore[attr-defined]
    page = f"clusters/{level}_edit.html{piece}"
    return render(request, page, context, status=status or (422 if form.is_bound else 200))


# --- taking out and putting back ------------------------------------------------------------------------------------
def _part_or_404(instrument: Instrument, level: str, pk: int) -> tuple[Any, Cluster | None]:
    """A part and the cluster where the sheet shows its neighbours."""
    if level == Level.CLUSTER:
        return get_object_or_404(instrument.clusters, pk=pk), None
    if level == Level.INDICATOR:
        indicator: Indicator = get_object_or_404(drafts.indicators_of(instrument), pk=pk)
        return indicator, indicator.cluster
    if level == Level.QUESTION:
        question: Question = get_object_or_404(drafts.questions_of(instrument), pk=pk)
        return question, question.indicator.cluster
    raise Http404


@require_http_methods(["GET", "POST"])
@of_draft()
def part_remove(request: HttpRequest, instrument: Instrument, level: str, part_id: int) -> HttpResponse:
    key = request.POST.get("once", "")
    if outcome_of(request.user, key, purpose="part_remove"):
        return redirect(_sheet_of(instrument, None))
    part, cluster = _part_or_404(instrument, level, part_id)
    status = 200
    if request.method == "POST":
        try:
            looked_at = request.POST.get("seen", "")
            once(
                request.user,
                key,
                lambda: str(editing.remove(part, looked_at, by=request.user).pk),
                purpose="part_remove",
            )
            messages.success(
                request, f"{editing.name_of(part).capitalize()} dihapus. Anda dapat memulihkannya di bawah."
            )
            return redirect(_sheet_of(instrument, cluster))
        except Stale:
            status = 409
    content = editing.snapshot(part)
    indicators = content.get("indicators", [])
    questions = content.get("questions", []) + [each for one in indicators for each in one["questions"]]
    context = {
        "instrument": instrument,
        "part": part,
        "name": editing.name_of(part),
        "indicators": len(indicators),
        "questions": len(questions),
        "seen": editing.seen(part),
        "moved": status == 409,
        "once": uuid.uuid4(),
        "sheet_url": _sheet_of(instrument, cluster or (part if level == Level.CLUSTER else None), part),
    }
    return render(request, "clusters/part_remove.html", context, status=status)


def _sheet_address(request: HttpRequest, code: str, event_id: int) -> str:
    instrument = instrument_or_404(request, code)
    require(permissions.can_edit_instrument(request.user, instrument))
    return reverse("clusters:instrument_edit", args=[instrument.code])


@posted_from(_sheet_address)
@of_draft()
def part_restore(request: HttpRequest, instrument: Instrument, event_id: int) -> HttpResponse:
    try:
        part = editing.restore(instrument, event_id, by=request.user)
    except editing.NotRestorable as reason:
        messages.error(request, str(reason))
        return redirect(_sheet_of(instrument, None))
    messages.success(request, f"{editing.name_of(part).capitalize()} dipulihkan.")
    return redirect(_sheet_of(instrument, None))
