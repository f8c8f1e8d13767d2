"""The result: what each person may read of it, and that the numbers on it are the scorecard's."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import Stage, Verdict
from evaluations.models import Evaluation
from evaluations.tests.make import make_answer, make_evaluation, make_link, make_score, people

pytestmark = pytest.mark.django_db
NOTE, REASON, JUDGE = "Catatan rahasia daerah", "Alasan penilai yang panjang", "Penilai Bernama Jelas"
CITY = {"operator", "other_operator", "coordinator", "task_force", "viewer"}
JUDGES = {"province", "evaluator", "admin"}


def result(evaluation: Evaluation) -> str:
    return reverse("evaluations:evaluation_result", args=[evaluation.pk])


def worked(stage: str) -> Evaluation:
    """72,5 % claimed (120 of 200), judged down to 40; awarded with those 40 points when that is the stage."""
    fields = {"stage": stage}
    if stage == Stage.AWARDED:
        fields |= {
            "awarded_at": datetime(2025, 11, 23, 2, 42, tzinfo=UTC),
            "awarded_points": Decimal("655.5"),
            "awarded_predicate": "madya",
        }
    evaluation = make_evaluation(**fields)
    answer = make_answer(evaluation=evaluation, code="2.1", note=NOTE)
    make_link(answer=answer, want="data")
    if stage not in (Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW):
        by = make_user(Role.PROVINCE_VERIFIER, full_name=JUDGE)
        make_score(answer=answer, verdict=Verdict.ADJUSTED, level="0.2", fraction=Decimal("0.2"), reason=REASON, by=by)
    return evaluation


def read_as(client: Client, user, evaluation: Evaluation) -> tuple[int, str]:
    client.logout()
    if user:
        client.force_login(user)
    response = client.get(result(evaluation))
    return response.status_code, response.content.decode()


DRAFT = dict.fromkeys(CITY, 200) | {"province": 403, "admin": 403, "evaluator": 404}
WORK = dict.fromkeys(CITY | JUDGES, 200)


@pytest.mark.parametrize(
    ("stage", "expected", "others"),
    [
        (Stage.SELF_ASSESSMENT, DRAFT, 404),
        (Stage.TASK_FORCE_REVIEW, DRAFT, 404),
        (Stage.ADMIN_VERIFICATION, WORK, 404),
        (Stage.FINAL, WORK, 404),
        (Stage.AWARDED, WORK, 200),
    ],
)
def test_who_may_open_it(client, stage, expected, others):
    evaluation = worked(stage)
    outside = {"nobody": 302, "retired": 302}
    for who, user in people(evaluation).items():
        status, _ = read_as(client, user, evaluation)
        assert (who, status) == (who, (expected | outside).get(who, others))


def test_before_the_award_the_region_reads_its_claims_and_nothing_of_the_judges(client):
    evaluation = worked(Stage.MINISTRY_REVIEW)
    everybody = people(evaluation)
    for who in CITY:
        _, page = read_as(client, everybody[who], evaluation)
        assert "Sementara" in page and "120,00" in page and NOTE in page
        assert REASON not in page and JUDGE not in page
        assert "40,00" not in page  # neither as a score nor, through "didukung", by the back door
        assert "Didukung" not in page


def test_before_the_award_judges_read_both_sides_and_each_other(client):
    evaluation = worked(Stage.MINISTRY_REVIEW)
    everybody = people(evaluation)
    for who in JUDGES:
        _, page = read_as(client, everybody[who], evaluation)
        assert "Sementara" in page and "120,00" in page and "40,00" in page
        assert REASON in page and JUDGE in page and NOTE in page


def test_after_the_award_the_region_reads_the_verdict_and_the_judges_role_without_the_name(client):
    evaluation = worked(Stage.AWARDED)
    everybody = people(evaluation)
    for who in CITY:
        _, page = read_as(client, everybody[who], evaluation)
        assert "655,50" in page and "Madya" in page and "23 Nov 2025 10.42 WITA" in page
        assert "Sementara" not in page
        assert REASON in page and "Verifikator provinsi" in page
        assert JUDGE not in page


def test_after_the_award_others_read_total_and_predicate_alone(client):
    evaluation = worked(Stage.AWARDED)
    everybody = people(evaluation)
    for who in ("sister", "far", "far_province", "idle_evaluator", "unit_operator"):
        _, page = read_as(client, everybody[who], evaluation)
        assert "655,50" in page and "Madya" in page
        assert 'Kurang <strong class="num">44,50</strong> poin menuju Nindya' in page
        for secret in (NOTE, REASON, JUDGE, "Dokumen contoh", "120,00", "40,00", "Kelembagaan"):
            assert secret not in page


def test_the_head_of_region_reads_totals_and_not_answers_during_self_assessment(client):
    evaluation = worked(Stage.SELF_ASSESSMENT)
    _, page = read_as(client, people(evaluation)["viewer"], evaluation)
    assert "120,00" in page and "Kelembagaan" in page
    assert NOTE not in page and "72,5" not in page
    assert "Buat laporan PDF" not in page


def test_how_the_score_came_about(client):
    evaluation = worked(Stage.FINAL)
    _, page = read_as(client, people(evaluation)["admin"], evaluation)
    assert "72,5 % berada pada pita 60–80 % → 0,60 × 200,00" in page
    assert "Dinilai lain: 20–40 %" in page
    assert "Bukti foto: belum ada" in page


def test_each_judged_stage_names_its_judges_role(client):
    evaluation = worked(Stage.AWARDED)
    answer = make_answer(evaluation=evaluation, code="1.1")
    make_score(answer=answer, stage=Stage.FINAL, by=make_user(Role.EVALUATOR))
    _, page = read_as(client, people(evaluation)["coordinator"], evaluation)
    assert "Evaluator kementerian" in page and "verifikasi final" in page


def test_an_awarded_result_without_a_predicate(client):
    evaluation = worked(Stage.AWARDED)
    Evaluation.objects.filter(pk=evaluation.pk).update(awarded_points=Decimal("499.995"), awarded_predicate="none")
    _, page = read_as(client, people(evaluation)["far"], evaluation)
    assert "500,00" in page and "Belum berpredikat" in page


@pytest.mark.parametrize("who", ["coordinator", "evaluator", "far"])
def test_the_page_asks_few_questions_however_much_there_is(client, who, django_assert_max_num_queries):
    evaluation = worked(Stage.AWARDED)
    user = people(evaluation)[who]
    client.force_login(user)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(result(evaluation))
        return len(queries)

    client.get(reverse("evaluations:evaluation_result", args=[uuid4()]))
    with django_assert_max_num_queries(15):  # the session is stored by now; the instrument is still to be read
        client.get(result(evaluation))
    with_one = asked()
    for code in ("1.1", "1.2", "3.1"):
        answer = make_answer(evaluation=evaluation, code=code)
        make_score(answer=answer)
        make_link(answer=answer)
    assert asked() == with_one


def test_it_is_only_read(client):
    evaluation = worked(Stage.AWARDED)
    client.force_login(people(evaluation)["coordinator"])
    assert client.post(result(evaluation)).status_code == 405
