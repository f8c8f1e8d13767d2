"""The judges' bench: who may open it, what a verdict stores, and what it leaves alone."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from evaluations.enums import Stage, Verdict
from evaluations.models import Allotment, Answer, Evaluation, Score
from evaluations.tests.make import make_answer, make_evaluation, make_link, make_score, people
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
HIDDEN = {"unit_operator", "idle_evaluator", "sister", "far", "far_province"}


def bench(evaluation: Evaluation, code: str = "", query: str = "") -> str:
    return reverse("evaluations:score_bench", args=[evaluation.pk, *([code] if code else [])]) + query


def one(answer: Answer) -> str:
    return reverse("evaluations:answer_score", args=[answer.evaluation_id, answer.question.code])


def everything(evaluation: Evaluation) -> str:
    return reverse("evaluations:score_accept_all", args=[evaluation.pk])


def accept(answer: Answer, /, **fields) -> dict:
    return {"answer_version": answer.version, "score_version": 0, "verdict": "accepted"} | fields


def adjust(answer: Answer, /, **fields) -> dict:
    return accept(answer, verdict="adjusted") | {"level": "0.4", "reason": "Bukti kurang."} | fields


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation(stage=Stage.ADMIN_VERIFICATION)


@pytest.fixture
def judge(client: Client, evaluation: Evaluation) -> User:
    user = make_user(Role.PROVINCE_VERIFIER, make_region(code=evaluation.region.parent_code))
    client.force_login(user)
    return user


def evaluator(client: Client, evaluation: Evaluation) -> User:
    """The same evaluation one stage on, with an evaluator of the ministry at the bench."""
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.MINISTRY_REVIEW)
    user = make_user(Role.EVALUATOR)
    Allotment.objects.create(evaluation=evaluation, evaluator=user)
    client.force_login(user)
    return user


def test_shows_claim_points_of_each_level_and_evidence(client, evaluation, judge):
    answer = make_answer(evaluation=evaluation, code="2.1", note="Menurut Disdukcapil")
    link = make_link(answer=answer, want="data")

    page = client.get(bench(evaluation, "2.1")).content.decode()

    assert "72,5 % berada pada pita 60–80 %" in page and "120,00 / 200,00" in page
    for points in ("0,00 poin", "40,00 poin", "80,00 poin", "120,00 poin", "160,00 poin", "200,00 poin"):
        assert points in page
    assert "sama dengan klaim" in page and "Menurut Disdukcapil" in page
    assert reverse("evaluations:evidence_open", args=[link.pk]) + "?lihat=1" in page
    assert "0 dari 1" in page


def test_without_a_code_it_opens_the_first_question_still_to_be_judged(client, evaluation, judge):
    make_score(answer=make_answer(evaluation=evaluation, code="1.1"))
    make_answer(evaluation=evaluation, code="2.1")
    assert client.get(bench(evaluation))["Location"] == bench(evaluation, "2.1")
    assert client.get(bench(evaluation, query="?sisa=on"))["Location"] == bench(evaluation, "2.1", "?sisa=on")


def test_without_anything_answered_it_opens_the_first_question(client, evaluation, judge):
    assert client.get(bench(evaluation))["Location"] == bench(evaluation, "1.1")
    assert "tidak dijawab daerah" in client.get(bench(evaluation, "1.1")).content.decode()


def test_an_unknown_question_is_not_found(client, evaluation, judge):
    assert client.get(bench(evaluation, "9.9")).status_code == 404


def test_the_list_is_filtered_but_keeps_the_open_question(client, evaluation, judge):
    for code in ("1.1", "1.2", "2.1"):
        make_answer(evaluation=evaluation, code=code)
    make_score(answer=make_answer(evaluation=evaluation, code="1.2"))
    listed = client.get(bench(evaluation, "2.1", "?klaster=KEL&sisa=on")).context["listed"]
    assert [place.row.question.code for place in listed] == ["1.1", "2.1"]


def test_the_list_opens_where_the_question_stands(client, evaluation, judge):
    make_score(answer=make_answer(evaluation=evaluation, code="2.1"))
    make_answer(evaluation=evaluation, code="3.2")
    groups = client.get(bench(evaluation, "3.2")).context["groups"]
    assert [(group.cluster.code, group.open, group.to_judge) for group in groups] == [("KEL", False, 0), ("I", True, 1)]
    assert [(part.indicator.number, part.open) for part in groups[1].parts] == [("2", False), ("3", True)]


def test_accepting_the_claim_scores_it_and_leads_to_the_next_unjudged(client, evaluation, judge):
    answer = make_answer(evaluation=evaluation, code="2.1")
    make_score(answer=make_answer(evaluation=evaluation, code="3.1"))
    make_answer(evaluation=evaluation, code="1.1")

    response = client.post(one(answer), accept(answer, klaster="I"), follow=True)

    score = Score.objects.get(answer=answer)
    assert (score.verdict, score.fraction, score.by, score.stage) == (
        Verdict.ACCEPTED,
        Decimal("0.6"),
        judge,
        Stage.ADMIN_VERIFICATION,
    )
    assert response.redirect_chain[0][0] == bench(evaluation, "1.1", "?klaster=I#question-title")
    assert "2.1: klaim diterima, 120,00 / 200,00 poin." in response.content.decode()
    assert list(Event.objects.filter(action="answer.score").values_list("actor", "detail")) == [(judge.pk, "2.1")]


def test_another_level_with_a_reason(client, evaluation, judge):
    answer = make_answer(evaluation=evaluation, code="2.1")
    response = client.post(one(answer), adjust(answer, reasons=["partly"], reason=" Hanya 2024. "), follow=True)
    score = Score.objects.get()
    assert (score.verdict, score.level, score.fraction) == (Verdict.ADJUSTED, "0.4", Decimal("0.4"))
    assert score.reason == "Data dukung membuktikan sebagian klaim. Hanya 2024."
    page = response.content.decode()
    assert "2.1: dinilai lain, 80,00 / 200,00 poin." in page
    assert "Semua jawaban sudah Anda nilai pada tahap ini." in page


def test_a_verdict_can_be_changed_within_the_stage(client, evaluation, judge):
    answer = make_answer(evaluation=evaluation, code="2.1")
    client.post(one(answer), adjust(answer))
    page = client.get(bench(evaluation, "2.1")).content.decode()
    assert 'name="score_version" value="1"' in page and "Bukti kurang." in page
    client.post(one(answer), accept(answer, score_version=1))
    score = Score.objects.get()
    assert (score.verdict, score.reason, score.level, score.version) == (Verdict.ACCEPTED, "", "", 2)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": " "}, "Pilih atau tulis alasan"),
        ({"level": ""}, "Pilih tingkat yang Anda berikan"),
        ({"level": "0.99"}, "0.99"),
        ({"reasons": ["apa-saja"]}, "apa-saja"),
        ({"reason": "y" * 2001}, "2000"),
        ({"verdict": "perfect"}, "perfect"),
        ({"answer_version": "x"}, "answer_version"),
        ({"score_version": "-1"}, "score_version"),
    ],
)
def test_a_refused_verdict_keeps_the_text_and_stores_nothing(client, evaluation, judge, fields, words):
    answer = make_answer(evaluation=evaluation, code="2.1")
    response = client.post(one(answer), adjust(answer, **fields))
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page and fields.get("reason", "Bukti kurang.").strip() in page
    assert not Score.objects.exists() and not Event.objects.filter(action="answer.score").exists()


def test_an_answer_that_changed_meanwhile_is_not_judged_and_both_are_shown(client, evaluation, judge):
    answer = make_answer(evaluation=evaluation, code="2.1")
    Answer.objects.filter(pk=answer.pk).update(value="12", version=4)

    response = client.post(one(answer), adjust(answer, reason="Saya tulis ini."))

    page = response.content.decode()
    assert response.status_code == 409
    assert "Jawaban atau data dukungnya berubah" in page and "12 %" in page
    assert page.count("Saya tulis ini.") == 2  # in the comparison, and in the form to be sent again
    assert 'name="answer_version" value="4"' in page
    assert not Score.objects.exists()


def test_a_verdict_that_moved_on_is_not_overwritten_and_both_are_shown(client, evaluation, judge):
    answer = make_answer(evaluation=evaluation, code="2.1")
    client.post(one(answer), adjust(answer, reason="Yang pertama."))

    response = client.post(one(answer), adjust(answer, reason="Yang kedua.", level="0.2"))

    page = response.content.decode()
    assert response.status_code == 409
    assert "Penilai lain sudah menilai" in page
    assert "Yang pertama." in page and "Yang kedua." in page
    assert 'name="score_version" value="1"' in page
    assert Score.objects.get().reason == "Yang pertama."


def test_sent_twice_it_is_judged_once(client, evaluation, judge):
    answer = make_answer(evaluation=evaluation, code="2.1")
    sent = accept(answer, once="t-1")
    assert [client.post(one(answer), sent).status_code for _ in range(2)] == [302, 302]
    assert Score.objects.get().version == 1
    assert Event.objects.filter(action="answer.score").count() == 1


def test_fields_that_are_not_asked_for_change_nothing(client, evaluation, judge):
    answer = make_answer(evaluation=evaluation, code="2.1")
    other = make_user(Role.EVALUATOR)
    client.post(
        one(answer),
        accept(
            answer,
            fraction="1",
            stage=Stage.FINAL,
            by=other.pk,
            level="1",
            reason="x",
            value="100",
            version=9,
            points=200,
        ),
    )
    score = Score.objects.get()
    assert (score.fraction, score.stage, score.by, score.level, score.reason, score.version) == (
        Decimal("0.6"),
        Stage.ADMIN_VERIFICATION,
        judge,
        "",
        "",
        1,
    )
    answer.refresh_from_db()
    assert (answer.value, answer.version) == ("72.5", 1)


def test_an_unanswered_question_gets_no_verdict(client, evaluation, judge):
    answer = make_answer(evaluation=evaluation, code="1.1", value=None, state="empty")
    response = client.post(one(answer), accept(answer))
    assert response.status_code == 403
    assert not Score.objects.exists()


def test_an_earlier_verdict_stands_until_there_is_a_new_one(client, evaluation, judge):
    answer = make_answer(evaluation=evaluation, code="2.1")
    client.post(one(answer), adjust(answer, reason="Menurut provinsi."))
    evaluator(client, evaluation)

    page = client.get(bench(evaluation, "2.1")).content.decode()
    assert "Berlaku dari tahap verifikasi administrasi" in page and "Menurut provinsi." in page
    assert 'name="score_version" value="0"' in page
    assert "0 dari 1" in page

    client.post(one(answer), accept(answer))
    assert list(Score.objects.order_by("pk").values_list("stage", "verdict")) == [
        (Stage.ADMIN_VERIFICATION, Verdict.ADJUSTED),
        (Stage.MINISTRY_REVIEW, Verdict.ACCEPTED),
    ]


def test_accepting_the_rest_of_an_indicator_leaves_earlier_verdicts_alone(client, evaluation, judge):
    adjusted, first, second, elsewhere = (
        make_answer(evaluation=evaluation, code=code) for code in ("3.1", "1.1", "1.2", "2.1")
    )
    make_score(answer=adjusted, verdict=Verdict.ADJUSTED, fraction=Decimal("0.2"), reason="x")
    evaluator(client, evaluation)
    offered = [answer.pk for answer in client.get(bench(evaluation, "1.1")).context["remaining"]]
    assert offered == [first.pk, second.pk]
    assert client.get(bench(evaluation, "3.1")).context["remaining"] == []

    response = client.post(everything(evaluation), {"seen": [f"{pk}:1" for pk in offered], "code": "1.2"}, follow=True)

    here = Score.objects.filter(stage=Stage.MINISTRY_REVIEW).values_list("answer", flat=True)
    assert set(here) == {first.pk, second.pk}
    assert "2 klaim diterima" in response.content.decode()
    assert response.redirect_chain[0][0] == bench(evaluation, "2.1", "#question-title")
    assert not elsewhere.scores.exists()


def test_accept_all_leaves_out_what_changed_and_what_belongs_to_another_evaluation(client, evaluation, judge):
    changed = make_answer(evaluation=evaluation, code="1.1")
    Answer.objects.filter(pk=changed.pk).update(version=3)
    foreign = make_answer(evaluation=make_evaluation(region=make_region(code="73.71"), stage=Stage.ADMIN_VERIFICATION))
    client.post(everything(evaluation), {"seen": [f"{changed.pk}:1", f"{foreign.pk}:1"], "code": "1.1"})
    assert not Score.objects.exists()


@pytest.mark.parametrize("sent", [{"code": "1.1"}, {"seen": ["x"], "code": "1.1"}, {"seen": ["1:1"]}])
def test_accept_all_refuses_what_it_cannot_read(client, evaluation, judge, sent):
    make_answer(evaluation=evaluation, code="1.1")
    response = client.post(everything(evaluation), sent)
    assert response.status_code == 422
    assert not Score.objects.exists()


def test_accept_all_twice_with_one_key_runs_once(client, evaluation, judge):
    first, second = (make_answer(evaluation=evaluation, code=code) for code in ("1.1", "1.2"))
    for answer in (first, second):
        client.post(everything(evaluation), {"seen": [f"{answer.pk}:1"], "code": "1.1", "once": "k"})
    assert list(Score.objects.values_list("answer", flat=True)) == [first.pk]


EVERY_STAGE = {
    Stage.SELF_ASSESSMENT: {"province": 403, "evaluator": 404},
    Stage.TASK_FORCE_REVIEW: {"province": 403, "evaluator": 404},
    Stage.ADMIN_VERIFICATION: {"province": 200, "evaluator": 403},
    Stage.MINISTRY_REVIEW: {"province": 403, "evaluator": 200},
    Stage.FIELD_VERIFICATION: {"province": 403, "evaluator": 200},
    Stage.FINAL: {"province": 403, "evaluator": 200},
    Stage.AWARDED: {"province": 403, "evaluator": 403},
}


@pytest.mark.parametrize("stage", EVERY_STAGE)
def test_who_may_open_it_and_send_to_it(client, stage):
    evaluation = make_evaluation(stage=stage)
    answer = make_answer(evaluation=evaluation, code="1.1")
    hidden = set() if stage == Stage.AWARDED else HIDDEN
    found, expected = {}, {}
    for who, user in people(evaluation).items():
        client.logout()
        if user:
            client.force_login(user)
        found[who] = client.get(bench(evaluation, "1.1")).status_code
        expected[who] = EVERY_STAGE[stage].get(
            who, 404 if who in hidden else 302 if who in ("nobody", "retired") else 403
        )
        if found[who] != 200:
            sent = client.post(one(answer), accept(answer)).status_code
            all_ = client.post(everything(evaluation), {"seen": [f"{answer.pk}:1"], "code": "1.1"}).status_code
            first = client.get(bench(evaluation)).status_code
            assert (sent, all_, first) == (found[who],) * 3, who
    assert found == expected
    assert not Score.objects.exists()


def test_the_page_asks_few_questions_however_much_there_is(client, evaluation, judge, django_assert_max_num_queries):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(bench(evaluation, "2.1"))
        return len(queries)

    answer = make_answer(evaluation=evaluation, code="2.1")
    make_score(answer=answer)
    make_link(answer=answer)
    evaluator(client, evaluation)
    client.get(bench(evaluation, "2.1"))  # session and instrument are in memory from here on
    with django_assert_max_num_queries(15):
        client.get(bench(evaluation, "2.1"))
    with_one = asked()
    for code in ("1.1", "1.2", "3.1"):
        more = make_answer(evaluation=evaluation, code=code)
        make_score(answer=more)
        make_score(answer=more, stage=Stage.MINISTRY_REVIEW)
        make_link(answer=more)
        make_link(answer=answer)
    assert asked() == with_one
