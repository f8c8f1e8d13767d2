"""Evaluations: the list, the overview of one, and one agency's part of it."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from evaluations import permissions
from evaluations.enums import AnswerState, Stage
from evaluations.filters import EvaluationFilter, QuestionFilter
from evaluations.models import Evaluation, PublishedResult
from evaluations.progress import Progress
from evaluations.queries import carrying, history, published, queue
from evaluations.queries.deadlines import standing
from evaluations.queries.parts import openness, progress_by_question
from evaluations.queries.rail import rail
from evaluations.queries.scorecard import QuestionScore, Scorecard, scorecard
from evaluations.queries.work import Owner, in_review, owners_of, shares
from evaluations.stages import steps_from
from evaluations.timing import timing
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.decision import require

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
    page.object_list = list(page.object_list)
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


def _fits(row: QuestionScore, owners: list[Owner], far: Progress, agency: str, status: str) -> bool:
    if agency and not any(str(owner.agency.pk) == agency for owner in owners):
        return False
    match status:
        case "kosong":
            return not row.answered
        case "diisi":
            return far == Progress.FILLING
        case "siap":
            return far == Progress.READY
        case "dibuka-lagi":
            return far == Progress.REOPENED
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
        "seats_open": permissions.can_read_seats(request.user, evaluation),
        "late_open": permissions.can_read_late(request.user, evaluation),
        "talk_open": permissions.can_read_talk(request.user, evaluation),
        "review_open": permissions.reviews_it(request.user, evaluation),
        "score_open": permissions.scores_it(request.user, evaluation),
        "extend_open": permissions.can_extend(request.user, evaluation),
        "clock": (clock := timing(evaluation)),
        "closed": clock.decision(evaluation.region_id).reason,
        "in_review": (waiting := in_review(card.questions, evaluation.stage)),
        "at_risk": card.total.at_risk - waiting,
        "published": published.latest(PublishedResult.objects.visible_to(user).filter(region=evaluation.region_id)),
        "drafting": evaluation.stage in (Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW),
        "submission_open": permissions.can_read_submission(user, evaluation),
        "reopened_open": (reopened_open := permissions.can_read_reopened(user, evaluation)),
        "reopened": list(permissions.reopenings(evaluation).values()) if reopened_open else [],
        "reopen_open": permissions.can_reopen(user, evaluation),
    }
    if context["progress_open"]:
        context["events"] = history.of_evaluation(evaluation, user)
    if context["answers_open"]:
        context |= _outline(request, evaluation, card, owners)
    return render(request, "evaluations/evaluation_detail.html", context)


def _outline(
    request: HttpRequest, evaluation: Evaluation, card: Scorecard, owners: dict[int, list[Owner]]
) -> dict[str, Any]:
    far = progress_by_question(card.questions, owners, openness(evaluation))
    stands = standing(evaluation, owners)
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
            (row, owners.get(row.question.pk, []), far[row.question.pk])
            for row in indicator.questions
            if _fits(row, owners.get(row.question.pk, []), far[row.question.pk], agency, status)
        ]
        if rows:
            sections.append((indicator, rows))
    every = [
        row for row in card.questions
        if _fits(row, owners.get(row.question.pk, []), far[row.question.pk], agency, status)
    ]  # fmt: skip
    elsewhere = len(every) - sum(len(rows) for _, rows in sections)
    query = request.GET.copy()
    query.pop("klaster", None)
    return {
        "filter_form": form,
        "chosen": chosen,
        "sections": sections,
        "elsewhere": elsewhere,
        "filtered": bool(agency or status),
        "shares": [(share, stands[share.agency.pk]) for share in shares(card, owners, evaluation.stage)],
        "deadlines_open": permissions.can_set_deadlines(request.user, evaluation),
        "cluster_query": f"&{query.urlencode()}" if query else "",
    }
