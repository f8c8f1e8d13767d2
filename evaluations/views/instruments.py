"""Instruments seen from the work: a question of a draft as an operator will meet it, and who a version concerns."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from clusters import drafts, permissions, scoring
from clusters.models import Instrument
from evaluations.forms.answers import AnswerForm
from evaluations.models import Answer, Cycle, Evaluation
from evaluations.queries.touched import touched
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted

NOWHERE = "-"
"""The code of no region: the preview counts no kecamatan and no desa."""
PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def question_preview(request: HttpRequest, instrument_code: str, question_id: int) -> HttpResponse:
    """The operator's form with the points that what is typed would earn; by htmx, these alone. Stores nothing."""
    instrument = get_object_or_404(Instrument.objects.visible_to(request.user), code=instrument_code)
    require(permissions.can_edit_questions(request.user, instrument))
    question = get_object_or_404(drafts.questions_of(instrument), pk=question_id)
    rule = scoring.parse_rule(question.kind, question.rule)
    evaluation = Evaluation(cycle=Cycle(data_years=[]), region_id=NOWHERE)
    answer = Answer(question=question, evaluation=evaluation, version=1)
    form = AnswerForm(posted(request), answer=answer, rule=rule)
    problem = form.problem if form.is_bound and not form.is_valid() else ""
    value = form.cleaned_data.get("value") if form.is_bound and not problem else None
    context: dict[str, Any] = {
        "instrument": instrument,
        "question": question,
        "form": form,
        "points_url": reverse("evaluations:question_preview", args=[instrument_code, question_id]),
        "earned": scoring.points(scoring.fraction(rule, value), question.max_points),
        "explanation": scoring.explain(rule, value),
        "maximum": question.max_points,
        "problem": problem,
    }
    htmx = request.htmx and form.is_bound  # type: ignore[attr-defined]
    page = "evaluations/answer_edit.html#points_line" if htmx else "evaluations/question_preview.html"
    return render(request, page, context)


@require_safe
def instrument_touched(request: HttpRequest, instrument_code: str) -> HttpResponse:
    """The cycles and evaluations that use this version; of a correction, those of the version it corrects, with how
    many of their answers it would have changed (`?versi=ini` for its own)."""
    require(permissions.can_create_instrument(request.user))
    rows = Instrument.objects.visible_to(request.user).select_related("corrects")
    instrument = get_object_or_404(rows, code=instrument_code)
    own = request.GET.get("versi") == "ini"
    found = touched(instrument, request.user, corrected=not own)
    context = {
        "instrument": instrument,
        "touched": found,
        "cycles": list(found.cycles),
        "page": Paginator(found.evaluations, PER_PAGE).get_page(request.GET.get("page")),
        "querystring": "versi=ini" if own else "",
    }
    return render(request, "evaluations/instrument_touched.html", context)
