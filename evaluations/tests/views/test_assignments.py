"""The coordinator deals out questions, all by kind and one by hand."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.models import Assignment, Evaluation
from evaluations.tests.make import make_answer, make_evaluation
from regions.tests.make import make_agency, make_region

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation(client: Client) -> Evaluation:
    """The coordinator of its city is signed in."""
    evaluation = make_evaluation(agencies=("dp3a", "dinkes"))
    client.force_login(make_user(Role.COORDINATOR, evaluation.region))
    return evaluation


def lead_of(evaluation: Evaluation, code: str) -> str:
    return Assignment.objects.get(evaluation=evaluation, question__code=code, is_lead=True).agency.kind


def test_dealing_out_says_what_it_did(client: Client, evaluation: Evaluation) -> None:
    Assignment.objects.filter(evaluation=evaluation, question__code="3.1", is_lead=True).delete()
    Assignment.objects.filter(evaluation=evaluation, question__code="3.1").update(is_lead=True)
    make_answer(evaluation=evaluation, code="3.1")  # dp3a has answered what is dinkes' to answer
    make_agency(region=evaluation.region, kind="disdukcapil")
    address = reverse("evaluations:evaluation_assign", args=[evaluation.pk])
    page = client.post(address, follow=True).content.decode()
    assert "2 pertanyaan dibagikan. 1 yang sudah mulai diisi tetap pada penanggung jawabnya" in page
    assert "Tidak ada pembagian yang berubah." in client.post(address, follow=True).content.decode()


def test_a_question_is_given_by_hand_from_its_page(client: Client, evaluation: Evaluation) -> None:
    question = reverse("evaluations:answer_edit", args=[evaluation.pk, "3.1"])
    address = reverse("evaluations:assignment_edit", args=[evaluation.pk, "3.1"])
    assert address in client.get(question).content.decode()
    form = client.get(address).context["form"]
    own, health = (evaluation.region.agencies.get(kind=kind) for kind in ("dp3a", "dinkes"))
    assert (form.initial["lead"], form.initial["helpers"]) == (health.pk, [own.pk])
    data = {"lead": own.pk, "helpers": [own.pk, health.pk], "seen": form.initial["seen"]}
    assert client.post(address, data)["Location"] == question
    assert lead_of(evaluation, "3.1") == "dp3a"
    assert "Pembagian diatur koordinator" in client.get(question).content.decode()


def test_a_conflict_shows_both_and_can_be_saved_again(client: Client, evaluation: Evaluation) -> None:
    address = reverse("evaluations:assignment_edit", args=[evaluation.pk, "3.1"])
    own, health = (evaluation.region.agencies.get(kind=kind) for kind in ("dp3a", "dinkes"))
    seen = client.get(address).context["form"].initial["seen"]
    client.post(address, {"lead": "", "helpers": [health.pk], "seen": seen})
    answer = client.post(address, {"lead": own.pk, "seen": seen})
    assert answer.status_code == 409
    assert "Belum disimpan." in answer.content.decode()
    assert not Assignment.objects.filter(evaluation=evaluation, question__code="3.1", is_lead=True).exists()
    shown = answer.context["form"].initial
    assert shown["lead"] == own.pk
    assert client.post(address, {"lead": own.pk, "seen": shown["seen"]}).status_code == 302
    assert lead_of(evaluation, "3.1") == "dp3a"


@pytest.mark.parametrize("field", ["lead", "helpers"])
def test_an_agency_elsewhere_is_refused(client: Client, evaluation: Evaluation, field: str) -> None:
    address = reverse("evaluations:assignment_edit", args=[evaluation.pk, "3.1"])
    far = make_agency(region=make_region("64.72"), kind="dinkes")
    seen = client.get(address).context["form"].initial["seen"]
    for wrong in (str(far.pk), "x", "9" * 30):
        assert client.post(address, {field: wrong, "seen": seen}).status_code == 422
    assert lead_of(evaluation, "3.1") == "dinkes"


def test_after_handing_in_nothing_offers_it(client: Client, evaluation: Evaluation) -> None:
    Evaluation.objects.filter(pk=evaluation.pk).update(stage="task_force_review")
    address = reverse("evaluations:assignment_edit", args=[evaluation.pk, "3.1"])
    assert address not in client.get(reverse("evaluations:answer_edit", args=[evaluation.pk, "3.1"])).content.decode()
    assert client.get(address).status_code == 403
