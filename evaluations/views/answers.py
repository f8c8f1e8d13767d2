"""One question: read it, answer it, see what it earns."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clusters import scoring
from clusters.queries import outline
from evaluations import permissions
from evaluations.enums import DRAFTING
from evaluations.forms.answers import AnswerForm, EvidenceForm, LinkForm
from evaluations.forms.tables import SPARE
from evaluations.models import Answer, Assignment
from evaluations.queries import carrying, fitting, history
from evaluations.queries.documents import said_to
from evaluations.queries.parts import progress_of
from evaluations.queries.showing import differing_rows, shown
from evaluations.queries.work import owners_at
from evaluations.queries.worth import worth
from evaluations.services.answers import save_answer
from evaluations.views.fetch import answer_or_404
from evidence.formats import size_text
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted_from
from kla_portal.lib.versions import Stale

MORE = 10
"""Empty rows that “Tambah baris” brings where no script adds them."""


@require_http_methods(["GET", "POST"])
def answer_edit(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """The question page; for those who may not write, the same page to read."""
    answer = answer_or_404(request, evaluation_id, code)
    require(permissions.can_read_answers(request.user, answer.evaluation))
    rule = scoring.parse_rule(answer.question.kind, answer.question.rule)
    if request.method == "GET":
        return _page(request, answer, AnswerForm(answer=answer, rule=rule, spare=_spare(request)))

    form = AnswerForm(request.POST, answer=answer, rule=rule)
    if not form.is_valid():
        require(permissions.can_write_answer(request.user, answer))
        return _page(request, answer, form, status=422)
    return store(request, answer, form)  # which asks whether this person may, with the evaluation held


def _spare(request: HttpRequest) -> int:
    """How many empty rows of a table were asked for."""
    asked = request.GET.get("baris", "")
    return min(int(asked), MORE) if asked.isascii() and asked.isdigit() and len(asked) < 5 else SPARE


@posted_from(answer_or_404)
def answer_points(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """What the form as typed would earn; stores nothing. Sent, not asked for, because a table fits no address."""
    answer = answer_or_404(request, evaluation_id, code)
    require(permissions.can_write_answer(request.user, answer))
    rule = scoring.parse_rule(answer.question.kind, answer.question.rule)
    form = AnswerForm(request.POST, answer=answer, rule=rule)
    form.is_valid()
    problem = form.problem
    context = _worth(rule, None if problem else form.cleaned_data.get("value"), answer) | {"problem": problem}
    return render(request, "evaluations/answer_edit.html#points_line", context)


def store(request: HttpRequest, answer: Answer, form: AnswerForm) -> HttpResponse:
    """Save what a valid form says, and go on as its sender expects."""
    typed = form.cleaned_data
    try:
        answer = save_answer(
            answer, version=typed["version"], value=typed["value"], note=typed["note"], by=request.user
        )
    except Stale as stale:
        return _conflict(request, answer, stale, form)
    return _saved(request, answer, form.rule)


def _saved(request: HttpRequest, answer: Answer, rule: scoring.Rule) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        more = f"?baris={MORE}#matriks" if "more_rows" in request.POST else ""
        return redirect(answer.get_absolute_url() + more)
    mine = owners_at(answer)
    context = {
        "answer": answer,
        "evaluation": answer.evaluation,
        "progress": progress_of(answer, mine, begun=True),
        "lifted": [owner.label for owner in mine if owner.lifted],
    }
    return render(request, "evaluations/answer_edit.html#answer_status", context | _earned(rule, answer))


def _own_part(user: Any, answer: Answer) -> Assignment | None:
    """The part of the reader's own agency, where it may be marked now."""
    part = permissions.part_of(user, answer) if user.acting.agency_id else None
    return part if part and permissions.can_mark_part(user, answer, part.agency_id) else None


def _worth(rule: scoring.Rule, value: Any, answer: Answer) -> dict[str, Any]:
    found = worth(rule, value, answer)
    return {"earned": found.earned, "maximum": found.maximum, "explanation": scoring.explain(rule, value)}


def _earned(rule: scoring.Rule, answer: Answer) -> dict[str, Any]:
    return _worth(rule, answer.value, answer) | {
        "shown": shown(rule, answer.value, answer.evaluation.cycle.compared_years)
    }


def _page(request: HttpRequest, answer: Answer, form: AnswerForm, status: int = 200) -> HttpResponse:
    context = question_context(request, answer) | {"form": form}
    template = "evaluations/answer_edit.html"
    if request.htmx and status != 200:  # type: ignore[attr-defined]
        context["autosave"] = request.htmx.trigger_name == "autosave"  # type: ignore[attr-defined]
        return render(request, f"{template}#answer_refused", context, status=status)
    return render(request, template, context, status=status)


def _conflict(request: HttpRequest, answer: Answer, stale: Stale, form: AnswerForm) -> HttpResponse:
    """409: both texts side by side. Nothing typed is lost: it can be sent again on top of the newer version.

    When both say the same there is nothing to choose: it is stored. So ends a save whose answer never arrived.
    """
    newest = answer_or_404(request, answer.evaluation_id, answer.question.code)
    rule, typed = form.rule, form.cleaned_data
    if (newest.value, newest.note) == (typed["value"], typed["note"]):
        return _saved(request, newest, rule)
    years = newest.evaluation.cycle.compared_years
    context = {
        "answer": newest,
        "evaluation": newest.evaluation,
        "theirs": {"shown": shown(rule, newest.value, years), "note": newest.note},
        "mine": {"shown": shown(rule, typed["value"], years), "note": typed["note"]},
        "differing": differing_rows(newest.value, typed["value"]),
        "fields": form.resend,
    }
    part = "#conflict" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"evaluations/answer_conflict.html{part}", context, status=409)


def question_context(request: HttpRequest, answer: Answer) -> dict[str, Any]:
    """All that the question page shows beside its forms."""
    evaluation = answer.evaluation
    tree = outline(evaluation.cycle.instrument)
    question = tree.by_pk[answer.question_id]
    cluster, indicator = tree.place[answer.question_id]
    codes = [each.code for each in tree.questions]
    here = codes.index(answer.question.code)
    links = list(answer.evidence.with_files())
    attached = [link for link in links if link.removed_at is None]
    owners = owners_at(answer)
    said = said_to(request.user, evaluation, [answer.pk])
    ground, opens = fitting.ground(evaluation), fitting.open_to(request.user)
    held = fitting.fit_of(question, attached, ground, opens)
    open_want = next((line.want.key for line in held.lines if not line.there or line.lacks), "")
    asked = request.GET.get("minta", "")
    open_want = asked if any(line.want.key == asked for line in held.lines) else open_want
    return {
        "answer": answer,
        "evaluation": evaluation,
        "question": question,
        "cluster": cluster,
        "indicator": indicator,
        "previous": codes[here - 1] if here else None,
        "next": codes[here + 1] if here + 1 < len(codes) else None,
        "place": here + 1,
        "count": len(codes),
        "owners": owners,
        "progress": progress_of(answer, owners, begun=bool(answer.note or attached)),
        "lifted": [owner.label for owner in owners if owner.lifted],
        "writable": permissions.can_write_answer(request.user, answer),
        "assign_open": permissions.can_assign(request.user, evaluation),
        "part": _own_part(request.user, answer),
        "evidence_open": permissions.can_add_evidence(request.user, answer),
        "links": [
            replace(history.card(link, request.user), warnings=fitting.warnings(link, question.wants, ground, opens))
            for link in attached
        ],
        "judged": [(history.card(link, request.user).title, said[link.pk]) for link in attached if link.pk in said],
        "removed": [link for link in links if link.removed_at and permissions.can_remove_evidence(request.user, link)],
        "wants": [fitting.tick(line) for line in held.lines],
        "asked": open_want == asked and bool(asked),
        "file_form": EvidenceForm(answer=answer, open_want=open_want),
        "link_form": LinkForm(answer=answer, open_want=open_want),
        "events": history.of_question(answer, request.user),
        "past": carrying.panel(answer, request.user),
        "max_size": size_text(settings.EVIDENCE_MAX_BYTES),
        "upload_place": permissions.place_of(answer),
        "points_url": reverse("evaluations:answer_points", args=[evaluation.pk, answer.question.code]),
        "talk_url": reverse("evaluations:question_talk", args=[evaluation.pk, answer.question.code])
        if permissions.audiences(request.user, answer)
        else "",
        "review_open": permissions.can_review(request.user, evaluation, cluster.code),
        "reopened": None if evaluation.stage in DRAFTING else permissions.reopenings(evaluation).get(answer.pk),
        "last_return": answer.reviews.filter(approved=False).select_related("by").first()
        if evaluation.stage in DRAFTING and permissions.is_returned(answer)
        else None,
    } | _earned(question.rule, answer)
