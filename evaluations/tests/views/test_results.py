"""The result: what each person may read of it, and that the numbers on it are the scorecard's."""

import re
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
from clusters.tests.make import PREDICATES, make_instrument
from evaluations.enums import Stage, Verdict
from evaluations.models import Answer, Evaluation, StageTotal
from evaluations.services.reviews import review_answer
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link, make_score, people

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
    response = client.get(result(evaluation), {"buka": "semua"})
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
        assert "Kurang 44,50 poin menuju Nindya (harus lebih dari 700)" in page
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
    text = " ".join(re.sub("<[^>]+>", " ", page).split())
    assert "Verifikasi final Klaim diterima → 200,00 Evaluator kementerian" in text


def opened(client: Client, user, evaluation: Evaluation, query: str = "", **headers: str) -> str:
    client.force_login(user)
    response = client.get(f"{result(evaluation)}{query}", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_the_reasons_of_a_cluster_come_when_it_is_opened(client):
    evaluation = worked(Stage.FINAL)
    admin = people(evaluation)["admin"]
    closed = opened(client, admin, evaluation)
    assert REASON not in closed and NOTE not in closed
    assert 'href="?klaster=I#k-I"' in closed and "Tampilkan 3 pertanyaan" in closed
    whole = opened(client, admin, evaluation, "?klaster=I")
    assert REASON in whole and "<!doctype html>" in whole and "Tampilkan 2 pertanyaan" in whole
    piece = opened(client, admin, evaluation, "?klaster=I", hx_request="true")
    assert REASON in piece and "<!doctype html>" not in piece and "Pertanyaan 1.1" not in piece
    assert client.get(f"{result(evaluation)}?klaster=X", headers={"hx-request": "true"}).status_code == 404


def test_a_piece_shows_no_more_than_the_page(client):
    evaluation = worked(Stage.MINISTRY_REVIEW)
    everybody = people(evaluation)
    for who in CITY:
        page = opened(client, everybody[who], evaluation, "?klaster=I", hx_request="true")
        assert NOTE in page
        assert not any(secret in page for secret in (REASON, JUDGE, "40,00", "Didukung", "Verifikasi administrasi"))
    evaluation = worked(Stage.AWARDED)
    client.force_login(people(evaluation)["far"])
    assert client.get(f"{result(evaluation)}?klaster=I", headers={"hx-request": "true"}).status_code == 404


def test_the_stages_stand_side_by_side_for_whoever_may_read_them(client):
    """120 claimed; the province gives 40, the final verification 160."""
    evaluation = worked(Stage.FINAL)
    answer = Answer.objects.get(evaluation=evaluation, question__code="2.1")
    later = make_user(Role.EVALUATOR, full_name="Evaluator Teliti")
    make_score(answer=answer, stage=Stage.FINAL, fraction=Decimal("0.8"), reason="Naik lagi", by=later)
    page = opened(client, people(evaluation)["evaluator"], evaluation, "?klaster=I")
    text = " ".join(re.sub("<[^>]+>", " ", page).split())
    assert "Penilaian mandiri 120,00 tahap pertama – Belum berpredikat 0,00" in text
    assert "Verifikasi administrasi 40,00 -80,00 Belum berpredikat 40,00" in text
    assert "Peninjauan kementerian 40,00 tetap" in text
    assert "Verifikasi final (berjalan) 160,00 +120,00 Belum berpredikat 120,00" in text
    assert "Verifikasi administrasi Dinilai lain: 20–40 % → 40,00 Verifikator provinsi (Penilai Bernama Jelas)" in text
    assert "Verifikasi lapangan Berlaku dari tahap sebelumnya → 40,00" in text
    assert "Verifikasi final Klaim diterima → 160,00 Evaluator kementerian (Evaluator Teliti)" in text
    city = opened(client, people(evaluation)["coordinator"], evaluation)
    assert "Nilai pada setiap tahap" not in city


def test_the_task_forces_word_stands_with_the_claim(client):
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    answer = make_answer(evaluation=evaluation, code="2.1")
    member = make_user(Role.TASK_FORCE, evaluation.region, full_name="Anggota Gugus")
    review_answer(answer, version=answer.version, approved=False, reason="Lampirkan rekap.", by=member)
    page = opened(client, make_user(Role.COORDINATOR, evaluation.region), evaluation, "?klaster=I")
    text = " ".join(re.sub("<[^>]+>", " ", page).split())
    assert "Klaim daerah, dikembalikan gugus tugas → 120,00" in text and "(Anggota Gugus)" in text
    assert "Lampirkan rekap." in text and "Belum terdukung: dikembalikan gugus tugas." in text


def test_shared_points_are_told_with_their_reason(client):
    """Indicator 3: 100 and 200 points. The first does not apply, so the second can earn 300; half of that is 150."""
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="3.1", value="n/a", note="Tidak ada puskesmas.")
    make_answer(evaluation=evaluation, code="3.2", value="draft")
    page = opened(client, make_user(Role.COORDINATOR, evaluation.region), evaluation, "?klaster=I")
    text = " ".join(re.sub("<[^>]+>", " ", page).split())
    assert "0,50 × 300,00 = 150,00 poin" in text
    assert "Nilai pertanyaan ini 200,00, di sini 300,00 : ditambah bagian dari 3.1 yang tidak berlaku." in text
    assert "Alasan tidak berlaku Tidak ada puskesmas." in text
    assert "100,00 poin. Terdukung: pertanyaan ini tidak meminta data dukung." in text  # 3.1 not yet approved
    assert "Pernyataan tidak berlaku belum disetujui" in text


def test_a_prerequisite_that_holds_back_is_told(client):
    need = {"question": "1.1", "least": "1", "label": "Perda KLA", "enforced": True, "source": "assumption"}
    told = need | {"question": "3.1", "label": "Puskesmas ramah anak", "enforced": False}
    bands = [PREDICATES[0] | {"requires": [told]}, PREDICATES[1] | {"requires": [need]}, *PREDICATES[2:]]
    evaluation = make_evaluation(cycle=make_cycle(instrument=make_instrument(predicates=bands)))
    for code, value in (("1.2", {"akta": "perda", "gizi": "perda", "paud": "perda"}), ("2.1", "100"), ("3.2", "done")):
        make_answer(evaluation=evaluation, code=code, value=value)
    page = opened(client, make_user(Role.COORDINATOR, evaluation.region), evaluation)
    assert "Poin cukup untuk Madya, tetapi Perda KLA belum ada (asumsi)." in page
    assert "Puskesmas ramah anak (asumsi)" in page
    assert (
        '<span class="predicate predicate-pratama">' in page and '<span class="predicate predicate-madya">' not in page
    )


def test_a_stored_total_that_no_longer_fits_is_told(client):
    evaluation = worked(Stage.FINAL)
    StageTotal.objects.create(
        evaluation=evaluation, stage=Stage.SELF_ASSESSMENT, points=Decimal("99.5"), claimed=Decimal("99.5"),
        supported=0, predicate="none",
    )  # fmt: skip
    page = opened(client, people(evaluation)["admin"], evaluation)
    assert "Ketika tahap penilaian mandiri ditutup tersimpan 99,50" in page


def test_an_awarded_result_without_a_predicate(client):
    evaluation = worked(Stage.AWARDED)
    Evaluation.objects.filter(pk=evaluation.pk).update(awarded_points=Decimal("499.995"), awarded_predicate="none")
    _, page = read_as(client, people(evaluation)["far"], evaluation)
    assert "500,00" in page and "Belum berpredikat" in page


@pytest.mark.parametrize("query", ["", "?klaster=I", "?buka=semua"])
@pytest.mark.parametrize("who", ["coordinator", "evaluator", "far"])
def test_the_page_asks_few_questions_however_much_there_is(client, who, query, django_assert_max_num_queries):
    evaluation = worked(Stage.AWARDED)
    user = people(evaluation)[who]
    client.force_login(user)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{result(evaluation)}{query}")
        return len(queries)

    client.get(reverse("evaluations:evaluation_result", args=[uuid4()]))
    with django_assert_max_num_queries(15):  # the session is stored by now; the instrument is still to be read
        client.get(f"{result(evaluation)}{query}")
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
