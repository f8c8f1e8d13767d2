from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Membership
from accounts.tests.make import make_user
from evaluations.enums import AnswerState
from evaluations.models import Assignment, Review
from evaluations.services.parts import write_note
from evaluations.tests.make import make_answer, make_evaluation, make_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(client: Client) -> dict[str, Any]:
    evaluation = make_evaluation()
    agency = evaluation.region.agencies.get(kind="disdukcapil")
    coordinator = make_user(Role.COORDINATOR, evaluation.region)
    client.force_login(coordinator)
    leaver = make_user(Role.OPERATOR, agency=agency)
    heir = make_user(Role.OPERATOR, agency=evaluation.region.agencies.get(kind="dinkes"))
    path = reverse("evaluations:person_handover", args=[leaver.acting.pk])
    return {"evaluation": evaluation, "leaver": leaver, "heir": heir, "coordinator": coordinator, "path": path}


def test_everything_on_one_page(case: dict[str, Any], client: Client, django_assert_max_num_queries: Any) -> None:
    answer = make_answer(evaluation=case["evaluation"], code="2.1", state=AnswerState.RETURNED)
    Review.objects.create(answer=answer, answer_version=1, approved=False, reason="Kurang tahun 2025", by=case["heir"])
    make_link(answer=answer)
    client.get(case["path"])
    with django_assert_max_num_queries(15):
        page = client.get(case["path"])
    assert "Kurang tahun 2025" in page.text and "2.1" in page.text and "Dikembalikan" in page.text


def test_handed_over(case: dict[str, Any], client: Client) -> None:
    answer = client.post(case["path"], {"successor": case["heir"].pk, "moves": "on"})
    assert answer.status_code == 302
    assert not Membership.objects.current().filter(user=case["leaver"]).exists()
    assert Membership.objects.current().filter(user=case["heir"]).count() == 2
    assert "sudah berakhir" in client.get(case["path"]).text


def test_a_stranger_is_no_successor(case: dict[str, Any], client: Client) -> None:
    stranger = make_user(Role.NATIONAL_ADMIN)
    assert str(case["heir"]) in client.get(case["path"], {"langkah": "serahkan"}).text
    assert client.post(case["path"], {"successor": stranger.pk}).status_code == 422
    assert Membership.objects.current().filter(user=case["leaver"]).exists()


@pytest.mark.parametrize(("who", "status"), [("leaver", 403), ("heir", 404)])
def test_who_may_open_it(case: dict[str, Any], client: Client, who: str, status: int) -> None:
    client.force_login(case[who])
    assert client.get(case["path"]).status_code == status


def test_how_the_region_divides_its_work_is_told_to_its_own_alone(case: dict[str, Any], client: Client) -> None:
    part = Assignment.objects.select_related("agency").get(
        evaluation=case["evaluation"], agency=case["leaver"].acting.agency, question__code="2.1"
    )
    write_note(part, part.version, "Menyusul", case["leaver"])
    assert "Catatan bagian diubah" in client.get(case["path"]).text
    client.force_login(make_user(Role.NATIONAL_ADMIN))
    page = client.get(case["path"])
    assert page.status_code == 200 and "Catatan bagian diubah" not in page.text
