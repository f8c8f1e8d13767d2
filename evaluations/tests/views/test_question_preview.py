from typing import Any

import pytest
from django.test import Client

from accounts.tests.make import make_user
from clusters.enums import QuestionKind
from clusters.models import Instrument, Question
from clusters.tests.make import TWO_YEARS, make_instrument, make_question
from evaluations.models import Answer, Evaluation
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def draft() -> Instrument:
    return make_instrument(code="uji", state="draft", digest="")


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user("national_admin"))
    return client


def url(question: Question) -> str:
    return f"/instrumen/uji/sunting/p/{question.pk}/pratinjau/"


def body(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize("kind", QuestionKind.values)
def test_every_kind_is_shown_as_an_operator_meets_it(admin: Client, draft: Instrument, kind: str) -> None:
    make_region("64.71.01.1001")
    indicator = draft.questions.get(code="1.1").indicator
    question = make_question(indicator, "1.9", kind, may_be_inapplicable=True)
    page = body(admin.get(url(question)))
    assert question.text in page
    assert "tidak disimpan" in page
    assert "Tidak berlaku bagi daerah ini" in page
    assert admin.post(url(question), {"version": "1"}).status_code == 200


def test_two_years_are_asked_without_a_cycle(admin: Client, draft: Instrument) -> None:
    question = make_question(draft.questions.get(code="1.1").indicator, "1.9", "percentage", rule=TWO_YEARS)
    assert "Tahun sebelumnya" in body(admin.get(url(question)))


def test_typing_shows_the_points_and_stores_nothing(admin: Client, draft: Instrument) -> None:
    question = draft.questions.get(code="2.1")
    page = body(admin.post(url(question), {"value": "85", "note": "", "version": "1"}, headers=HTMX))
    assert "160,00 / 200,00" in page
    assert "<html" not in page
    assert "antara 0 dan 100" in body(admin.post(url(question), {"value": "120"}, headers=HTMX))
    assert "160,00 / 200,00" in body(admin.post(url(question), {"value": "85"}))
    assert not Answer.objects.exists()
    assert not Evaluation.objects.exists()
    assert not Event.objects.exists()


def test_who_may(draft: Instrument) -> None:
    question = draft.questions.get(code="2.1")
    client = Client()
    client.force_login(make_user("evaluator"))
    assert client.get(url(question)).status_code == 404
    Instrument.objects.update(state="published")
    assert client.get(url(question)).status_code == 403
