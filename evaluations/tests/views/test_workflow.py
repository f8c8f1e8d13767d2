"""Taking a step in the browser: what it says first, that it is taken once, what the loser sees."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.enums import Stage
from evaluations.models import Evaluation
from evaluations.tests.make import make_answer, make_evaluation, people
from trail.models import Event

pytestmark = pytest.mark.django_db


def url(evaluation: Evaluation, action: str = "hand_in") -> str:
    return reverse("evaluations:stage_move", args=[evaluation.pk, action])


@pytest.fixture
def evaluation() -> Evaluation:
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="2.1")
    return evaluation


@pytest.fixture
def coordinator(evaluation: Evaluation, client: Client) -> Client:
    user = people(evaluation)["coordinator"]
    assert user is not None
    client.force_login(user)
    return client


def test_the_step_says_what_it_will_do_and_whether_it_can_be_undone(
    evaluation: Evaluation, coordinator: Client
) -> None:
    page = coordinator.get(url(evaluation)).content.decode()
    assert "Jawaban terkunci bagi perangkat daerah" in page
    assert "menariknya kembali" in page
    assert 'name="once"' in page and 'name="version" value="1"' in page


def test_sent_twice_it_is_taken_once_with_the_same_answer(evaluation: Evaluation, coordinator: Client) -> None:
    answers = [coordinator.post(url(evaluation), {"once": "k", "version": "1"}) for _ in range(2)]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, evaluation.get_absolute_url())
    ] * 2
    evaluation.refresh_from_db()
    assert (evaluation.stage, evaluation.version) == (Stage.TASK_FORCE_REVIEW, 2)
    assert Event.objects.about(evaluation.subject).filter(action="evaluation.hand_in").count() == 1


@pytest.mark.parametrize("version", ["0", "7", "", "abc", "9" * 40])
def test_the_loser_of_two_clicks_sees_that_it_has_moved(
    evaluation: Evaluation, coordinator: Client, version: str
) -> None:
    response = coordinator.post(url(evaluation), {"once": "k", "version": version})
    assert response.status_code == 409
    assert "sudah berubah" in response.content.decode()
    evaluation.refresh_from_db()
    assert evaluation.stage == Stage.SELF_ASSESSMENT


def test_a_step_that_does_not_exist_is_404(evaluation: Evaluation, coordinator: Client) -> None:
    assert coordinator.get(url(evaluation, "promote")).status_code == 404
