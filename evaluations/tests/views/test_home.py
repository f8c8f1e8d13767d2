"""Tugas saya, for every role, with work and without."""

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, Stage
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, people
from regions.tests.make import make_agency, make_region
from trail.models import Job, JobState
from trail.queries import PATIENCE
from trail.services.events import record

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
    everybody = people(evaluation)
    answer = make_answer(evaluation=evaluation, code="2.1", state=AnswerState.RETURNED)
    answer.reviews.create(answer_version=1, approved=False, reason="kurang", by=everybody["task_force"])
    client.force_login(everybody["operator"])
    page = client.get(HOME).content.decode()
    assert "Perbaiki jawaban yang dikembalikan" in page
    assert "Isi jawaban" not in page


def test_a_repair_stays_a_task_until_it_is_looked_at_again(client: Client) -> None:
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    everybody = people(evaluation)
    answer = make_answer(evaluation=evaluation, code="2.1", state=AnswerState.ANSWERED)
    answer.reviews.create(answer_version=1, approved=False, reason="kurang", by=everybody["task_force"])
    client.force_login(everybody["operator"])
    assert "masih dapat diperbaiki" in client.get(HOME).content.decode()
    assert "kurang" in client.get(answer.get_absolute_url()).content.decode()
    answer.reviews.create(answer_version=2, approved=True, by=everybody["task_force"])
    assert "masih dapat diperbaiki" not in client.get(HOME).content.decode()


def test_an_agency_that_only_contributes_is_asked_for_its_evidence(client: Client) -> None:
    evaluation = make_evaluation()
    client.force_login(people(evaluation)["operator"])  # takes part in 1.2, leads 2.1
    assert "Bantu lengkapi: " in client.get(HOME).content.decode()


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (Stage.TASK_FORCE_REVIEW, "Sedang ditelaah gugus tugas"),
        (Stage.MINISTRY_REVIEW, "Sudah diajukan"),
        (Stage.AWARDED, "Hasil sudah ditetapkan"),
    ],
)
def test_when_nothing_can_be_done_it_says_why(client: Client, stage: str, words: str) -> None:
    evaluation = make_evaluation(stage=stage)
    client.force_login(people(evaluation)["coordinator"])
    page = client.get(HOME).content.decode()
    assert words in page and "Isi jawaban" not in page


def test_the_region_reads_of_its_judges_as_roles_and_never_of_their_verdicts(client: Client) -> None:
    evaluation = make_evaluation(stage=Stage.MINISTRY_REVIEW)
    everybody = people(evaluation)
    judge = everybody["province"]
    assert judge is not None
    with transaction.atomic():
        for action in ("evaluation.verify", "answer.score", "report.request"):
            record(action, by=judge, subject=evaluation.subject, region=evaluation.region_id)
    client.force_login(everybody["coordinator"])
    for address in (HOME, evaluation.get_absolute_url()):
        page = client.get(address).content.decode()
        assert "Verifikator provinsi" in page and "report.request" not in page
        assert judge.full_name not in page


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


def test_a_new_coordinator_is_led_through_the_first_steps_until_they_are_done(client: Client) -> None:
    evaluation = make_evaluation(agencies=("dp3a",))
    coordinator = make_user(Role.COORDINATOR, evaluation.region)
    client.force_login(coordinator)

    def steps() -> list[bool]:
        tasks = client.get(HOME).context["tasks"]
        return [done for done, _, _ in tasks.first]

    page = client.get(HOME).content.decode()
    assert page.index("Langkah pertama") < page.index("Paling berharga untuk dikerjakan")
    for address in (
        reverse("regions:region_detail", args=[evaluation.region_id]),
        f"{evaluation.get_absolute_url()}#instansi",
        reverse("accounts:person_list"),
    ):
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200
    assert steps() == [False, False, False]
    health = make_agency(region=evaluation.region, kind="dinkes")
    assert steps() == [True, False, False]
    client.post(reverse("evaluations:evaluation_assign", args=[evaluation.pk]))
    assert steps() == [True, True, False]
    make_user(Role.OPERATOR, evaluation.region, health)
    assert steps() == [True, True, True]
    assert "Langkah pertama" not in client.get(HOME).content.decode()


def test_a_coordinator_whose_city_is_not_enrolled_can_prepare(client: Client) -> None:
    client.force_login(make_user(Role.COORDINATOR, make_region()))
    page = client.get(HOME).content.decode()
    assert "Langkah pertama" in page and "belum terdaftar" in page


def test_a_coordinators_home_stays_within_fifteen_queries(client: Client) -> None:
    evaluation = make_evaluation()
    client.force_login(people(evaluation)["coordinator"])
    client.get(HOME)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(HOME).status_code == 200
    assert len(queries) <= 15


def test_the_admin_is_told_of_jobs_that_nobody_fetches(client: Client) -> None:
    evaluation = make_evaluation(stage=Stage.ADMIN_VERIFICATION)
    everybody, words = people(evaluation), "pekerjaan menunggu lebih lama dari biasanya"
    client.force_login(everybody["admin"])
    old = timezone.now() - PATIENCE
    waiting = [Job(kind="x.tasks.do", key=key, queued_at=old) for key in "ab"]
    over = Job(kind="x.tasks.do", key="c", queued_at=old, state=JobState.DONE)
    Job.objects.bulk_create([over, Job(kind="x.tasks.do", key="d")])
    assert words not in client.get(HOME).content.decode()
    Job.objects.bulk_create(waiting)
    with CaptureQueriesContext(connection) as queries:
        assert f"2 {words}" in client.get(HOME).content.decode()
    assert len(queries) <= 15
    client.force_login(everybody["coordinator"])
    assert words not in client.get(HOME).content.decode()
