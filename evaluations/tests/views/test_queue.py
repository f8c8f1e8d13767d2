"""Antrean: what waits for whom, how far it is, and until when; counted for the rows of the page alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, Stage
from evaluations.models import Allotment, Cycle, Evaluation, Extension, Reopening
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_score
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db


def listed(user: User, query: str = "") -> list[Any]:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse("evaluations:queue") + query)
    assert answer.status_code == 200
    return list(answer.context["page"].object_list)


def submitted(cycle: Cycle, code: str, stage: str = Stage.ADMIN_VERIFICATION, *, judged: bool = False) -> Evaluation:
    evaluation = make_evaluation(region=make_region(code=code), cycle=cycle, stage=stage)
    answer = make_answer(evaluation=evaluation, code="2.1", state=AnswerState.APPROVED)
    if judged:
        make_score(answer=answer, stage=stage)
    return evaluation


def test_each_row_tells_how_far_since_when_until_when_and_in_whose_hands() -> None:
    cycle, now = make_cycle(), timezone.now()
    evaluation = submitted(cycle, "64.71", Stage.MINISTRY_REVIEW, judged=True)
    make_answer(evaluation=evaluation, code="1.1", state=AnswerState.APPROVED)
    evaluator = make_user(Role.EVALUATOR)
    Allotment.objects.create(evaluation=evaluation, evaluator=evaluator)
    window = {"opens_at": now - timedelta(days=9), "closes_at": now + timedelta(days=1)}
    cycle.windows.create(stage=Stage.MINISTRY_REVIEW, **window)
    asked = evaluation.answers.get(question__code="1.1")
    Reopening.objects.create(
        answer=asked, kind="ask", stage=Stage.MINISTRY_REVIEW, until=now + timedelta(days=1), reason="SK?",
        answer_version=asked.version, by=evaluator,
    )  # fmt: skip
    [row] = listed(evaluator)
    each = row.evaluation
    assert (each.answered_count, each.judged_count, row.left, row.asks) == (2, 1, 1, 1)
    assert (each.due_at, row.hands, row.since) == (window["closes_at"], (str(evaluator),), each.created_at)


def test_an_extension_moves_the_deadline_and_the_late_are_found() -> None:
    cycle, now = make_cycle(), timezone.now()
    late, extended = (submitted(cycle, code) for code in ("64.71", "64.72"))
    window = {"opens_at": now - timedelta(days=9), "closes_at": now - timedelta(days=1)}
    cycle.windows.create(stage=Stage.ADMIN_VERIFICATION, **window)
    admin, until = make_user(Role.NATIONAL_ADMIN), now + timedelta(days=3)
    Extension.objects.create(
        evaluation=extended, stage=Stage.ADMIN_VERIFICATION, until=until, reason="Banjir", by=admin
    )
    assert [row.evaluation.pk for row in listed(admin, "?keadaan=terlambat")] == [late.pk]
    assert [row.evaluation.due_at for row in listed(admin)] == [window["closes_at"], until]


def test_filters_and_orders() -> None:
    cycle, admin = make_cycle(), make_user(Role.NATIONAL_ADMIN)
    done = submitted(cycle, "73.71", judged=True)
    other = submitted(cycle, "64.71", Stage.FINAL)
    for query, found in {
        "?provinsi=73": [done],
        "?tahap=final": [other],
        "?keadaan=belum": [other],
        "?keadaan=permintaan": [],
        "?urut=tahap": [done, other],
        "?urut=x": [other, done],
    }.items():
        assert [row.evaluation.pk for row in listed(admin, query)] == [each.pk for each in found], query


def test_everybody_has_their_own_turn() -> None:
    cycle = make_cycle()
    own, far = submitted(cycle, "64.71"), submitted(cycle, "73.71")
    later = submitted(cycle, "64.72", Stage.FINAL)
    draft = make_evaluation(region=make_region(code="64.74"), cycle=cycle)
    verifier, evaluator = make_user(Role.PROVINCE_VERIFIER, make_region(code="64")), make_user(Role.EVALUATOR)
    Allotment.objects.create(evaluation=later, evaluator=evaluator)
    assert [row.evaluation.pk for row in listed(verifier)] == [own.pk]
    assert [row.evaluation.pk for row in listed(evaluator)] == [later.pk]
    assert {row.evaluation.pk for row in listed(make_user(Role.NATIONAL_ADMIN))} == {own.pk, far.pk, later.pk}
    client = Client()
    client.force_login(make_user(Role.COORDINATOR, draft.region))
    assert client.get(reverse("evaluations:queue")).status_code == 403


@pytest.mark.parametrize("page", ["queue", "evaluation_list"])
def test_it_asks_as_much_for_three_regions_as_for_one(page: str) -> None:
    cycle, client, counts = make_cycle(), Client(), []
    client.force_login(make_user(Role.NATIONAL_ADMIN))
    for codes in (["64.71"], ["64.72", "64.74"]):
        for code in codes:
            submitted(cycle, code)
        client.get(reverse(f"evaluations:{page}"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(f"evaluations:{page}"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15, counts
