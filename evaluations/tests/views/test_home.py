"""Tugas saya, for every role, with work and without."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, Stage
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, people
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db
HOME = reverse("evaluations:home")


@pytest.mark.parametrize("role", list(Role))
def test_on_an_empty_first_day_every_role_is_told_what_comes(client: Client, role: str) -> None:
    client.force_login(make_user(role))
    page = client.get(HOME).content.decode()
    assert "Tugas saya" in page
    assert 'class="empty"' in page or "Langkah pertama" in page


@pytest.mark.parametrize(
    ("who", "stage", "words"),
    [
        ("operator", Stage.SELF_ASSESSMENT, "Lengkapi: "),
        ("coordinator", Stage.SELF_ASSESSMENT, "Perangkat daerah dengan poin terbanyak"),
        ("task_force", Stage.TASK_FORCE_REVIEW, "Mulai menelaah"),
        ("viewer", Stage.SELF_ASSESSMENT, "poin berisiko hilang"),
        ("province", Stage.ADMIN_VERIFICATION, "Menunggu penilaian Anda"),
        ("evaluator", Stage.MINISTRY_REVIEW, "Menunggu penilaian Anda"),
        ("admin", Stage.FINAL, "Sedang dinilai"),
    ],
)
def test_each_role_sees_its_work(client: Client, who: str, stage: str, words: str) -> None:
    evaluation = make_evaluation(stage=stage)
    make_answer(evaluation=evaluation, code="2.1", state=AnswerState.ANSWERED)
    user = people(evaluation)[who]
    assert user is not None
    client.force_login(user)
    page = client.get(HOME).content.decode()
    assert words in page


def test_a_returned_answer_comes_first_and_is_all_that_can_be_done_in_the_review(client: Client) -> None:
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    make_answer(evaluation=evaluation, code="2.1", state=AnswerState.RETURNED)
    client.force_login(people(evaluation)["operator"])
    page = client.get(HOME).content.decode()
    assert "Perbaiki jawaban yang dikembalikan" in page
    assert "Isi jawaban" not in page


@pytest.mark.parametrize("who", ["province", "admin"])
def test_the_queue_costs_the_same_with_one_and_three_regions(client: Client, who: str) -> None:
    first = make_evaluation(stage=Stage.ADMIN_VERIFICATION)
    client.force_login(people(first)[who])
    client.get(HOME)
    counts = []
    for code in ("", "64.72", "64.74"):
        if code:
            make_evaluation(
                region=make_region(code),
                cycle=make_cycle(instrument=first.cycle.instrument),
                stage=Stage.ADMIN_VERIFICATION,
            )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(HOME).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[2] <= 15
