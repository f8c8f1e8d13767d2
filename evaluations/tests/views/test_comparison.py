import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.tests.make import make_user
from clusters.tests.make import make_instrument
from evaluations.enums import Stage
from evaluations.models import Evaluation
from evaluations.tests.make import make_answer, make_evaluation
from evaluations.tests.queries.test_comparison import coordinator, earlier_of, published

pytestmark = pytest.mark.django_db


def page(client: Client, evaluation: Evaluation, query: str = "", status: int = 200) -> str:
    response = client.get(reverse("evaluations:evaluation_compare", args=[evaluation.pk]) + query)
    assert response.status_code == status
    return response.content.decode()


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


@pytest.fixture
def client(evaluation: Evaluation, client: Client) -> Client:
    client.force_login(coordinator(evaluation))
    return client


def test_both_years_stand_side_by_side_with_what_changed(evaluation: Evaluation, client: Client) -> None:
    earlier = earlier_of(evaluation, make_instrument(scale=5))
    make_answer(evaluation=earlier, code="1.1", value="yes")
    make_answer(evaluation=evaluation, code="2.1", value="60")
    shown = page(client, evaluation, "?klaster=I")
    for text in (str(earlier.cycle), "100,00 / 500", "120,00 / 1.000", "-8,00", "+60,00", "Pertanyaan klaster I"):
        assert text in shown, text
    assert "Pertanyaan klaster" not in page(client, evaluation)


def test_another_year_is_chosen_in_the_address(evaluation: Evaluation, client: Client) -> None:
    earlier_of(evaluation, make_instrument())
    published(evaluation, {"KEL": "250"})
    shown = page(client, evaluation, "?dengan=2022-final")
    assert "250,00 / 500" in shown and "tidak sepenuhnya sepadan" in shown and "https://contoh.go.id/a" in shown
    assert "250,00 / 500" not in page(client, evaluation, "?dengan=1999-final")


def test_without_an_earlier_result_the_page_says_so(evaluation: Evaluation, client: Client) -> None:
    assert "Belum ada yang dapat dibandingkan" in page(client, evaluation)


def test_of_an_award_others_compare_nothing() -> None:
    evaluation = make_evaluation(stage=Stage.AWARDED)
    stranger = Client()
    stranger.force_login(make_user(Role.EVALUATOR))
    page(stranger, evaluation, status=403)


def test_result_and_evaluation_lead_here(evaluation: Evaluation, client: Client) -> None:
    here = reverse("evaluations:evaluation_compare", args=[evaluation.pk])
    for name in ("evaluation_detail", "evaluation_result"):
        assert here in client.get(reverse(f"evaluations:{name}", args=[evaluation.pk])).content.decode()


def test_the_queries_do_not_grow_with_the_answers(evaluation: Evaluation, client: Client) -> None:
    earlier, counts = earlier_of(evaluation, make_instrument()), []
    for codes in ((), ("1.1",), ("2.1", "3.1", "3.2")):
        for code in codes:
            make_answer(evaluation=earlier, code=code)
            make_answer(evaluation=evaluation, code=code)
        with CaptureQueriesContext(connection) as queries:
            page(client, evaluation, "?klaster=I")
        counts.append(len(queries))
    assert counts[1] == counts[2]
