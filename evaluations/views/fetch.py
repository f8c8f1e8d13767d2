"""What every view begins with: the row, if it exists for this person."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from evaluations.models import Answer, AnswerEvidence, Evaluation


def evaluation_or_404(request: HttpRequest, evaluation_id: UUID) -> Evaluation:
    """The evaluation with its region, cycle and instrument. Raises Http404 outside the user's sight."""
    return get_object_or_404(Evaluation.objects.visible_to(request.user).with_names(), pk=evaluation_id)


def answer_or_404(request: HttpRequest, evaluation_id: UUID, code: str) -> Answer:
    """The answer to the question with this code, its evaluation attached. Raises Http404 outside the user's sight."""
    answers = Answer.objects.visible_to(request.user).select_related(
        "question",
        "on_behalf_of",
        "updated_by",
        "evaluation__region",
        "evaluation__cycle__instrument",
    )
    return get_object_or_404(answers, evaluation=evaluation_id, question__code=code)


def link_or_404(request: HttpRequest, link_id: UUID) -> AnswerEvidence:
    """A piece of evidence put to an answer, with its file and its answer. Raises Http404 outside the user's sight, and
    for a document that is deleted."""
    links = (
        AnswerEvidence.objects.visible_to(request.user)
        .filter(revision__item__deleted_at=None)
        .select_related(
            "revision__item__agency",
            "revision__file",
            "added_by",
            "answer__question",
            "answer__evaluation__region",
            "answer__evaluation__cycle",
        )
    )
    return get_object_or_404(links, pk=link_id)
