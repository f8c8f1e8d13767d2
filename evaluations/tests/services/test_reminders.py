"""Reminders: 7, 3 and 1 days before, to whose part is not done, once each."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, Stage
from evaluations.models import Allotment, Assignment, Evaluation, InternalDeadline, StageWindow
from evaluations.services.reminders import remind
from evaluations.tests.make import make_answer, make_evaluation, make_score
from kla_portal.tests.rivals import at_once

END = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)  # the last day is the 10th in Jakarta, the 11th at 01.00 in Balikpapan
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def ending(evaluation: Evaluation, until: datetime = END) -> Evaluation:
    StageWindow.objects.create(
        cycle=evaluation.cycle, stage=evaluation.stage, opens_at=until - 90 * DAY, closes_at=until
    )
    return evaluation


@pytest.fixture
def evaluation() -> Evaluation:
    return ending(make_evaluation())


def operator(evaluation: Evaluation, kind: str = "disdukcapil") -> Any:
    return make_user(Role.OPERATOR, evaluation.region, evaluation.region.agencies.get(kind=kind))


def got(person: Any) -> list[str]:
    return [notice.title for notice in Notice.objects.filter(user=person).order_by("id")]


def test_seven_three_and_one_day_before_once_each(evaluation: Evaluation) -> None:
    person = operator(evaluation)
    for days in range(12, -3, -1):
        for hours in (0, 9):
            remind(END - days * DAY + timedelta(hours=hours))
    assert [title.split(" (")[0] for title in got(person)] == ["Sisa 7 hari", "Sisa 3 hari", "Sisa 1 hari"]
    assert "belum ditandai selesai" in got(person)[0] and "11 Mar 2026 00.00 WIB (01.00 WITA)" in got(person)[0]


def test_a_round_that_was_missed_is_made_up_for(evaluation: Evaluation) -> None:
    person = operator(evaluation)
    remind(END - 5 * DAY)
    remind(END - 4 * DAY)
    assert [title.split(" (")[0] for title in got(person)] == ["Sisa 5 hari"]


def test_whose_part_is_done_is_left_alone(evaluation: Evaluation) -> None:
    done, other = operator(evaluation), operator(evaluation, "dinkes")
    Assignment.objects.filter(agency=done.acting.agency).update(ready_at=timezone.now())
    remind(END - 3 * DAY)
    assert not got(done) and got(other)


def test_the_office_gets_the_sum(evaluation: Evaluation) -> None:
    coordinator, viewer = (make_user(role, evaluation.region) for role in (Role.COORDINATOR, Role.VIEWER))
    elsewhere = make_user(Role.EVALUATOR)
    remind(END - 3 * DAY)
    assert got(coordinator) == got(viewer) and "perangkat daerah belum selesai" in got(viewer)[0]
    assert not got(elsewhere)


def test_another_day_is_another_deadline(evaluation: Evaluation) -> None:
    person = operator(evaluation)
    remind(END - 3 * DAY)
    evaluation.cycle.windows.update(closes_at=END + 7 * DAY)
    remind(END + 4 * DAY)
    assert len(got(person)) == 2


def test_the_internal_one_is_for_its_agency() -> None:
    evaluation = make_evaluation()
    mine, other = operator(evaluation), operator(evaluation, "dinkes")
    InternalDeadline.objects.create(evaluation=evaluation, agency=mine.acting.agency, due_at=END)
    remind(END - DAY)
    assert len(got(mine)) == 1 and not got(other)
    assert "batas internal" in Notice.objects.get(user=mine).text


def test_during_the_review_the_task_force() -> None:
    evaluation = ending(make_evaluation(stage=Stage.TASK_FORCE_REVIEW))
    make_answer(evaluation=evaluation)
    member, writer = make_user(Role.TASK_FORCE, evaluation.region), operator(evaluation)
    remind(END - DAY)
    assert "1 jawaban menunggu telaah" in got(member)[0] and not got(writer)


@pytest.mark.parametrize(("stage", "judge"), [("admin_verification", "province"), ("final", "evaluator")])
def test_judges_for_their_stage(stage: str, judge: str) -> None:
    evaluation = ending(make_evaluation(stage=stage))
    answer = make_answer(evaluation=evaluation, state=AnswerState.APPROVED)
    people = {"province": make_user(Role.PROVINCE_VERIFIER), "evaluator": make_user(Role.EVALUATOR)}
    Allotment.objects.create(evaluation=evaluation, evaluator=people["evaluator"])
    idle = make_user(Role.EVALUATOR)
    remind(END - 3 * DAY)
    assert {who for who, person in people.items() if got(person)} == {judge} and not got(idle)
    make_score(answer=answer, stage=stage)
    remind(END - DAY)
    assert len(got(people[judge])) == 1


def test_judges_of_what_changed_since_it_was_judged() -> None:
    evaluation = ending(make_evaluation(stage=Stage.FINAL))
    answer = make_answer(evaluation=evaluation, state=AnswerState.APPROVED)
    person = make_user(Role.EVALUATOR)
    Allotment.objects.create(evaluation=evaluation, evaluator=person)
    make_score(answer=answer, stage=Stage.FINAL, answer_version=answer.version - 1)
    remind(END - DAY)
    assert "1 jawaban belum dinilai" in got(person)[0]


def test_nothing_of_what_has_no_end_or_is_over(evaluation: Evaluation) -> None:
    person = operator(evaluation)
    remind(END + timedelta(hours=30))
    Evaluation.objects.update(stage=Stage.AWARDED)
    remind(END - DAY)
    assert not got(person)


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_four_rounds_at_once_write_one(evaluation: Evaluation) -> None:
    person = operator(evaluation)
    at_once(lambda: remind(END - DAY))
    assert len(got(person)) == 1
