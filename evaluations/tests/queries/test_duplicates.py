"""The same bytes in another region: told to judges alone, by name only where they may read it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from evaluations.enums import Stage
from evaluations.models import Allotment, AnswerEvidence, Evaluation
from evaluations.queries.duplicates import FACT, elsewhere
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link, people
from evidence.tests.make import make_pdf, make_revision
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db
SAME = make_pdf("Foto kegiatan yang sama")


def submitted(region: str, cycle: Any, *, stage: str = Stage.FINAL) -> AnswerEvidence:
    """An evaluation of the region that has put the same bytes to 2.1."""
    evaluation = make_evaluation(region=make_region(code=region), cycle=cycle, stage=stage)
    answer = make_answer(evaluation=evaluation, code="2.1", value="72.5")
    revision = make_revision(region=evaluation.region, content=SAME, personal_data=False)
    return make_link(answer=answer, want="data", revision=revision)


@pytest.fixture
def two() -> tuple[AnswerEvidence, AnswerEvidence]:
    cycle = make_cycle()
    return submitted("64.71", cycle), submitted("73.71", cycle)


def evaluator(*evaluations: Evaluation) -> User:
    user = make_user(Role.EVALUATOR)
    for evaluation in evaluations:
        Allotment.objects.create(evaluation=evaluation, evaluator=user)
    return user


def told(link: AnswerEvidence, judge: User) -> str:
    return elsewhere([link], link.answer.evaluation, judge).get(link.pk, "")


def test_an_evaluator_of_both_reads_the_name_and_one_of_one_the_fact(
    two: tuple[AnswerEvidence, AnswerEvidence],
) -> None:
    mine, other = two
    both = evaluator(mine.answer.evaluation, other.answer.evaluation)
    assert told(mine, both) == f"{FACT}: {other.answer.evaluation.region}."
    assert told(mine, evaluator(mine.answer.evaluation)) == f"{FACT}."


def test_what_some_may_know_and_some_not_is_told_so(two: tuple[AnswerEvidence, AnswerEvidence]) -> None:
    mine, other = two
    submitted("12.71", mine.answer.evaluation.cycle)
    judge = evaluator(mine.answer.evaluation, other.answer.evaluation)
    assert told(mine, judge) == f"{FACT}: {other.answer.evaluation.region}, dan daerah lain."


def test_a_province_names_its_own_regions_only(two: tuple[AnswerEvidence, AnswerEvidence]) -> None:
    mine, _ = two
    verifier = make_user(Role.PROVINCE_VERIFIER, make_region(code="64"))
    assert told(mine, verifier) == f"{FACT}."
    sister = submitted("64.72", mine.answer.evaluation.cycle)
    assert told(mine, verifier) == f"{FACT}: {sister.answer.evaluation.region}, dan daerah lain."


@pytest.mark.parametrize("stage", [Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW])
def test_what_is_still_being_gathered_was_submitted_by_nobody(
    two: tuple[AnswerEvidence, AnswerEvidence], stage: str
) -> None:
    mine, other = two
    Evaluation.objects.filter(pk=other.answer.evaluation_id).update(stage=stage)
    assert told(mine, evaluator(mine.answer.evaluation, other.answer.evaluation)) == ""


def test_several_answers_of_one_region_and_what_was_taken_off_are_no_matter(
    two: tuple[AnswerEvidence, AnswerEvidence],
) -> None:
    mine, other = two
    again = make_answer(evaluation=mine.answer.evaluation, code="1.1", value="yes")
    make_link(answer=again, want="perda", revision=mine.revision)
    AnswerEvidence.objects.filter(pk=other.pk).update(removed_at=mine.added_at)
    assert told(mine, evaluator(mine.answer.evaluation)) == ""


@pytest.mark.parametrize("who", ["operator", "coordinator", "task_force", "viewer", "admin", "sister"])
def test_nobody_but_a_judge_is_told(two: tuple[AnswerEvidence, AnswerEvidence], who: str) -> None:
    mine, _ = two
    user = people(mine.answer.evaluation)[who]
    assert user is not None
    assert told(mine, user) == ""


@pytest.mark.parametrize("stage", [Stage.TASK_FORCE_REVIEW, Stage.FINAL, Stage.AWARDED])
@pytest.mark.parametrize("who", ["operator", "coordinator", "task_force", "viewer"])
def test_no_page_of_the_region_speaks_of_it(
    client: Client, two: tuple[AnswerEvidence, AnswerEvidence], who: str, stage: str
) -> None:
    mine, other = two
    evaluation = mine.answer.evaluation
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=stage)
    user = people(evaluation)[who]
    assert user is not None
    client.force_login(user)
    one = [evaluation.pk]
    pages = [
        mine.answer.get_absolute_url(),
        evaluation.get_absolute_url(),
        *(
            reverse(f"evaluations:{name}", args=one)
            for name in ("evaluation_missing", "evaluation_lift", "evaluation_result", "review_bench", "score_bench")
        ),
        reverse("evaluations:score_bench", args=[evaluation.pk, "2.1"]),
        reverse("evaluations:evidence_view", args=[mine.pk]),
        reverse("evaluations:library_item", args=[mine.revision.item_id]),
        reverse("evaluations:library"),
    ]
    for page in pages:
        text = client.get(page).content.decode()
        assert "Berkas yang sama" not in text and other.answer.evaluation.region.name not in text, page


def test_the_bench_shows_it_to_whom_it_may(client: Client, two: tuple[AnswerEvidence, AnswerEvidence]) -> None:
    mine, _ = two
    client.force_login(evaluator(mine.answer.evaluation))
    page = client.get(reverse("evaluations:score_bench", args=[mine.answer.evaluation_id, "2.1"]))
    assert f"{FACT}." in page.content.decode()


def test_it_asks_as_often_of_three_as_of_one(two: tuple[AnswerEvidence, AnswerEvidence]) -> None:
    mine, other = two
    judge = evaluator(mine.answer.evaluation, other.answer.evaluation)
    assert judge.acting is not None
    counts = []
    for code in ("", "12.71", "31.71"):
        if code:
            more = submitted(code, mine.answer.evaluation.cycle)
            Allotment.objects.create(evaluation=more.answer.evaluation, evaluator=judge)
        with CaptureQueriesContext(connection) as queries:
            told(mine, judge)
        counts.append(len(queries))
    assert counts == [3, 3, 3]
