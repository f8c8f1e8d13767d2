"""Evaluations: the list, the overview of one, and one agency's part of it."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from evaluations import permissions
from evaluations.enums import AnswerState, Stage
from evaluations.filters import EvaluationFilter, QuestionFilter
from evaluations.models import Evaluation, PublishedResult
from evaluations.queries import carrying, history, published, queue
from evaluations.queries.rail import rail
from evaluations.queries.scorecard import QuestionScore, scorecard
from evaluations.queries.work import Owner, in_review, open_actions, owners_of, returned_answers, shares
from evaluations.stages import steps_from
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.decision import require
from regions.models import Agency

PER_PAGE = 25
ORDERS = {"daerah": "region__name", "-daerah": "-region__name", "tahap": "stage", "-tahap": "-stage"}


@require_GET
def evaluation_list(request: HttpRequest) -> HttpResponse:
    """All evaluations in sight, with how far each is."""
    rows = Evaluation.objects.visible_to(request.user).with_names()
    filtered = EvaluationFilter(request.GET, queryset=rows)
    order = request.GET.get("urut", "")
    found = filtered.qs.order_by(*([ORDERS[order]] if order in ORDERS else ["-cycle__created_at", "region"]), "pk")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    permissions.know_allotted(request.user, page.object_list)
    queue.count(page.object_list, judged=False)
    for evaluation in page:
        evaluation.progress_open = bool(permissions.can_read_progress(request.user, evaluation))
    context = {"page": page, "filter": filtered, "order": order, "querystring": _querystring(request)}
    return render(request, "evaluations/evaluation_list.html", context)


def _querystring(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


def _fits(row: QuestionScore, owners: list[Owner], agency: str, status: str) -> bool:
    if agency and not any(str(owner.agency.pk) == agency for owner in owners):
        return False
    match status:
        case "kosong":
            return not row.answered
        case "tanpa-bukti":
            return row.answered and bool(row.missing)
        case "menunggu":
            return row.answer.state == AnswerState.ANSWERED
        case "dikembalikan":
            return row.answer.state == AnswerState.RETURNED
        case "disetujui":
            return row.answer.state == AnswerState.APPROVED
    return True


@require_GET
def evaluation_detail(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """Where it stands, what it is worth, and every question within two clicks. What may not be read is left out."""
    user: Any = request.user
    evaluation = evaluation_or_404(request, evaluation_id)
    if not permissions.can_read_progress(request.user, evaluation):
        require(permissions.can_read_result(request.user, evaluation))
    card = scorecard(evaluation, with_scores=bool(permissions.can_read_scores(request.user, evaluation)))
    owners = owners_of(evaluation)
    context: dict[str, Any] = {
        "evaluation": evaluation,
        "card": card,
        "rail": rail(evaluation),
        "steps": [
            (step, permissions.can_move(request.user, evaluation, step.action))
            for step in steps_from(evaluation.stage)
            if user.acts_as(*step.roles)
        ],
        "progress_open": permissions.can_read_progress(request.user, evaluation),
        "claims_open": permissions.can_read_claims(request.user, evaluation),
        "answers_open": permissions.can_read_answers(request.user, evaluation),
        "scores_open": permissions.can_read_scores(request.user, evaluation),
        "assign_open": permissions.can_assign(request.user, evaluation),
        "offer_open": permissions.can_offer_earlier(request.user, evaluation) and carrying.has_forebear(evaluation),
        "lift_open": permissions.can_read_lift(request.user, evaluation),
        "files_open": permissions.can_take_files(request.user, evaluation),
        "result_open": permissions.can_read_result(request.user, evaluation),
        "review_open": permissions.can_review(request.user, evaluation),
        "score_open": permissions.can_score(request.user, evaluation),
        "shares": shares(card, owners, evaluation.stage),
        "in_review": (waiting := in_review(card.questions, evaluation.stage)),
        "at_risk": card.total.at_risk - waiting,
        "published": published.latest(PublishedResult.objects.visible_to(user).filter(region=evaluation.region_id)),
        "drafting": evaluation.stage in (Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW),
    }
    if context["progress_open"]:
        context["events"] = history.of_evaluation(evaluation, user)
    if context["answers_open"]:
        context |= _outline(request, card, owners)
    return render(request, "evaluations/evaluation_detail.html", context)


def _outline(request: HttpRequest, card: Any, owners: dict[int, list[Owner]]) -> dict[str, Any]:
    agencies = {owner.agency for several in owners.values() for owner in several}
    form = QuestionFilter(
        request.GET, agencies=sorted(((str(a.pk), a.short_name) for a in agencies), key=lambda pair: pair[1])
    )
    form.is_valid()
    agency, status = form.cleaned_data.get("instansi", ""), form.cleaned_data.get("status", "")
    wanted = request.GET.get("klaster", "")
    chosen = next((row for row in card.clusters if row.cluster.code == wanted), card.clusters[0])
    sections = []
    for indicator in chosen.indicators:
        rows = [
            (row, owners.get(row.question.pk, []))
            for row in indicator.questions
            if _fits(row, owners.get(row.question.pk, []), agency, status)
        ]
        if rows:
            sections.append((indicator, rows))
    elsewhere = sum(_fits(row, owners.get(row.question.pk, []), agency, status) for row in card.questions) - sum(
        len(rows) for _, rows in sections
    )
    query = request.GET.copy()
    query.pop("klaster", None)
    return {
        "filter_form": form,
        "chosen": chosen,
        "sections": sections,
        "elsewhere": elsewhere,
        "filtered": bool(agency or status),
        "cluster_query": f"&{query.urlencode()}" if query else "",
    }


@require_GET
def agency_detail(request: HttpRequest, evaluation_id: UUID, agency_id: int) -> HttpResponse:
    """One agency's questions: what each is worth, what it lacks, an upload straight onto the row."""
    user: Any = request.user
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_answers(request.user, evaluation))
    agency = get_object_or_404(Agency.objects.visible_to(request.user), pk=agency_id, region=evaluation.region_id)
    scores_open = bool(permissions.can_read_scores(request.user, evaluation))
    card, owners = scorecard(evaluation, with_scores=scores_open), owners_of(evaluation)
    mine = {
        question: any(owner.is_lead for owner in several if owner.agency == agency)
        for question, several in owners.items()
        if any(owner.agency == agency for owner in several)
    }
    rows = [row for row in card.questions if row.question.pk in mine]
    led = [row for row in rows if mine[row.question.pk]]
    helped = [row for row in rows if not mine[row.question.pk]]
    part = permissions.can_fill_part(user, evaluation, agency)
    drafting = evaluation.stage == Stage.SELF_ASSESSMENT
    returned = returned_answers(evaluation) if part and not drafting else set()
    context = {
        "evaluation": evaluation,
        "agency": agency,
        "share": next((each for each in shares(card, owners, evaluation.stage) if each.agency == agency), None),
        "actions": open_actions(evaluation, led, helped)[:8] if part else [],
        "rows": [(row, mine[row.question.pk], part and (drafting or row.answer.pk in returned)) for row in rows],
        "coordinator": user.acts_as("coordinator"),
        "ask_open": permissions.can_ask_agency(user, evaluation),
    }
    return render(request, "evaluations/agency_detail.html", context)
