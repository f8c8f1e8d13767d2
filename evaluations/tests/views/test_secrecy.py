"""What the judges do shows nowhere in the region before the award."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluations.enums import JUDGED, AnswerState, Stage
from evaluations.models import Evaluation
from evaluations.services.awards import decide_award
from evaluations.services.reviews import review_answer
from evaluations.tests.make import make_answer, make_evaluation, make_score, people

pytestmark = pytest.mark.django_db
CITY = ("operator", "other_operator", "coordinator", "task_force", "viewer")


def plain(response) -> str:  # type: ignore[no-untyped-def]
    """The page without what differs from one request to the next: keys of forms, times of day."""
    return re.sub(r'value="[0-9A-Za-z-]{32,}"|"X-CSRFToken": "[^"]+"|data-now="[^"]+"', "", response.content.decode())


@pytest.mark.parametrize("stage", JUDGED)
def test_no_page_of_the_region_changes_when_a_judge_scores(client: Client, stage: str) -> None:
    evaluation = make_evaluation(stage=stage)
    answer = make_answer(evaluation=evaluation, code="2.1", state=AnswerState.APPROVED)
    everybody = people(evaluation)
    agency = evaluation.region.agencies.get(kind="disdukcapil")
    pages = [
        reverse("evaluations:home"),
        reverse("evaluations:evaluation_list"),
        reverse("evaluations:evaluation_detail", args=[evaluation.pk]),
        reverse("evaluations:agency_detail", args=[evaluation.pk, agency.pk]),
        reverse("evaluations:answer_edit", args=[evaluation.pk, "2.1"]),
        reverse("evaluations:evaluation_result", args=[evaluation.pk]),
    ]

    def seen() -> dict[tuple[str, str], str]:
        found = {}
        for who in CITY:
            user = everybody[who]
            assert user is not None
            client.force_login(user)
            for page in pages:
                response = client.get(page)
                assert response.status_code == 200, (who, page)
                found[who, page] = plain(response)
        return found

    before = seen()
    make_score(answer=answer, stage=stage, fraction="0.2", verdict="adjusted", reason="data kurang")
    after = seen()
    assert [key for key in before if before[key] != after[key]] == []


def test_what_is_decided_on_the_region_shows_nowhere_in_it_before_it_is_published(client: Client) -> None:
    evaluation = make_evaluation(stage=Stage.FINAL)
    make_score(answer=make_answer(evaluation=evaluation, state=AnswerState.APPROVED), stage=Stage.FINAL)
    everybody = people(evaluation)
    decide_award(evaluation, by=everybody["admin"])
    pages = [reverse("evaluations:home"), reverse("evaluations:evaluation_detail", args=[evaluation.pk])]
    for who in (*CITY, "admin"):
        user = everybody[who]
        assert user is not None
        client.force_login(user)
        told = ["Predikat diputuskan" in client.get(page).content.decode() for page in pages]
        assert told == [False, who == "admin"], who


def test_judges_do_not_read_why_the_task_force_returned_an_answer(client: Client) -> None:
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    answer, everybody = make_answer(evaluation=evaluation, code="2.1"), people(evaluation)
    review_answer(
        answer, version=answer.version, approved=False, reason="Angkanya belum benar", by=everybody["task_force"]
    )
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.ADMIN_VERIFICATION, submitted_at=timezone.now())
    page = reverse("evaluations:answer_edit", args=[evaluation.pk, "2.1"])
    for who, reads in {"operator": True, "province": False, "admin": False}.items():
        user = everybody[who]
        assert user is not None
        client.force_login(user)
        response = client.get(page)
        assert response.status_code == 200
        assert ("Angkanya belum benar" in response.content.decode()) == reads, who
