"""The agency's page with its marks, the whole part done, and the warning before the hand-in."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.models import Assignment, Evaluation
from evaluations.tests.make import make_answer, make_evaluation, people
from regions.models import Agency
from trail.models import Event

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


@pytest.fixture
def office(evaluation: Evaluation) -> Agency:
    return Agency.objects.get(region=evaluation.region, kind="disdukcapil")


@pytest.fixture
def operator(evaluation: Evaluation, client: Client) -> Client:
    return signed_in(client, evaluation, "operator")


def signed_in(client: Client, evaluation: Evaluation, who: str) -> Client:
    user: Any = people(evaluation)[who]
    client.force_login(user)
    return client


def url(name: str, evaluation: Evaluation, *more: Any) -> str:
    return reverse(f"evaluations:{name}", args=[evaluation.pk, *more])


def part(evaluation: Evaluation) -> Assignment:
    return Assignment.objects.get(evaluation=evaluation, question__code="2.1", agency__kind="disdukcapil")


def test_one_click_marks_and_unmarks(operator: Client, evaluation: Evaluation, office: Agency) -> None:
    address = url("part_edit", evaluation, "2.1", office.pk)
    response = operator.post(address, {"do": "ready", "version": 1})
    assert response.status_code == 302 and response["Location"].endswith(f"#p-{part(evaluation).question_id}")
    assert part(evaluation).ready_at is not None
    row = operator.post(address, {"do": "unready", "version": 2}, headers=HTMX).content.decode()
    assert "Tandai siap" in row and "<html" not in row and part(evaluation).ready_at is None
    late = operator.post(address, {"do": "note", "version": 1, "note": "Terlambat"}, headers=HTMX)
    assert late.status_code == 409 and "Terlambat" in late.content.decode() and part(evaluation).note == ""
    wrong = operator.post(address, {"do": "note", "version": 3, "note": "x" * 2001})
    assert wrong.status_code == 422 and "x" * 2001 in wrong.content.decode()
    assert Event.objects.filter(action__startswith="part.").count() == 2


def test_filters_live_in_the_address(operator: Client, evaluation: Evaluation, office: Agency) -> None:
    operator.post(url("part_edit", evaluation, "2.1", office.pk), {"do": "ready", "version": 1})
    page = url("agency_detail", evaluation, office.pk)
    shown = {
        state: {code for code in ("1.2", "2.1") if f'id="siap-{question(evaluation, code)}"' in text}
        for state in ("", "siap", "belum", "dikembalikan", "keliru")
        if (text := operator.get(page, {"keadaan": state}).content.decode())
    }
    both = {"1.2", "2.1"}
    assert shown == {"": both, "siap": {"2.1"}, "belum": {"1.2"}, "dikembalikan": set(), "keliru": both}


def question(evaluation: Evaluation, code: str) -> int:
    return int(evaluation.answers.values_list("question", flat=True).get(question__code=code))


def test_the_whole_part_names_what_lacks(operator: Client, evaluation: Evaluation, office: Agency) -> None:
    address = url("part_finish", evaluation, office.pk)
    text = operator.get(address).content.decode()
    assert "jawaban belum diisi" in text and 'name="tetap" value="2.1"' in text
    nothing = operator.post(address)
    assert nothing.status_code == 422 and not Event.objects.filter(action="part.finish").exists()
    assert operator.post(address, {"tetap": ["2.1"]}).status_code == 302
    assert part(evaluation).ready_at is not None
    assert operator.post(address, {"tetap": ["tidakada"]}).status_code == 422


def test_the_question_page_says_that_a_change_took_the_mark_off(
    operator: Client, evaluation: Evaluation, office: Agency
) -> None:
    operator.post(
        url("part_edit", evaluation, "2.1", office.pk), {"do": "ready", "version": 1, "dari-pertanyaan": "ya"}
    )
    page = url("answer_edit", evaluation, "2.1")
    assert "Lepas tanda siap" in operator.get(page).content.decode()
    saved = operator.post(page, {"value": "50", "note": "", "version": 1}, headers=HTMX).content.decode()
    assert "Tanda siap dilepas karena ada perubahan" in saved and "Sedang diisi" in saved
    assert "Tanda siap dilepas" in operator.get(url("agency_detail", evaluation, office.pk)).content.decode()


def test_the_hand_in_is_warned_of_and_not_blocked(client: Client, evaluation: Evaluation, office: Agency) -> None:
    make_answer(evaluation=evaluation, code="2.1")
    coordinator = signed_in(client, evaluation, "coordinator")
    page = url("stage_move", evaluation, "hand_in")
    assert f"{office.short_name}</a>" in (text := coordinator.get(page).content.decode())
    assert "belum ditandai siap" in text
    Assignment.objects.filter(evaluation=evaluation).update(ready_at="2025-01-01T00:00Z")
    assert "belum ditandai siap" not in coordinator.get(page).content.decode()
    assert "Siap" in coordinator.get(evaluation.get_absolute_url(), {"status": "siap"}).content.decode()
