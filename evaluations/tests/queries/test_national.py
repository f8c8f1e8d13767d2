"""The fast path of a whole cycle gives what the scorecards give, digit by digit."""

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from clusters.enums import QuestionKind
from clusters.models import Indicator
from clusters.tests.make import PREDICATES, make_instrument, make_question
from evaluations.enums import Stage
from evaluations.models import Cycle, Evaluation
from evaluations.queries import national
from evaluations.queries.scorecard import card_of, facts
from evaluations.queries.stagewise import figures, stages_reached
from evaluations.scoring import Figures
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_score
from evaluations.tests.queries.drawn import redraw
from evidence.models import EvidenceRevision
from evidence.tests.make import make_revision
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db
BACK = {"question": "1.1", "least": "1", "label": "Perda KLA", "enforced": True, "source": "assumption"}


def full_cycle() -> Cycle:
    """A question of every kind, and a prerequisite."""
    bands = [PREDICATES[0], PREDICATES[1] | {"requires": [BACK]}, *PREDICATES[2:]]
    instrument = make_instrument(predicates=bands)
    last = Indicator.objects.get(cluster__instrument=instrument, number="3")
    make_question(last, "3.3", QuestionKind.TABLE, 7, ["dinkes"])
    make_question(last, "3.4", QuestionKind.ROLLUP, 3, ["dinkes"], [])
    instrument.refresh_from_db()
    return make_cycle(instrument=instrument)


def one_by_one(cycle: Cycle) -> dict[UUID, dict[Stage, Figures]]:
    found = {}
    for evaluation in Evaluation.objects.filter(cycle=cycle).select_related("cycle__instrument"):
        known = facts(evaluation, with_scores=True)
        reached = stages_reached(evaluation.stage)
        found[evaluation.pk] = {stage: figures(card_of(known, stage=stage), stage) for stage in reached}
    return found


@pytest.fixture
def country(monkeypatch) -> tuple[Cycle, User, EvidenceRevision]:
    """Three evaluations in batches of two, a judge, and a revision that serves as evidence everywhere."""
    monkeypatch.setattr(national, "BATCH", 2)
    cycle = full_cycle()
    for code in ("64.71", "64.72", "64.74"):
        make_evaluation(cycle=cycle, region=make_region(code=code))
    return cycle, make_user(Role.EVALUATOR), make_revision()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_answered_and_judged_both_ways_agree(
    country: tuple[Cycle, User, EvidenceRevision], data: st.DataObject
):
    cycle, judge, revision = country
    for evaluation in Evaluation.objects.filter(cycle=cycle).order_by("region"):
        redraw(data, evaluation, revision, judge)
    fast = {total.evaluation.pk: total.stages for total in national.totals(cycle)}
    assert fast == one_by_one(cycle)


def test_a_prerequisite_holds_back_in_both_ways():
    cycle = full_cycle()
    evaluation = make_evaluation(cycle=cycle, stage=Stage.AWARDED)
    for code, value in (("1.2", {"akta": "perda", "gizi": "perda", "paud": "perda"}), ("2.1", "100"), ("3.2", "done")):
        make_score(answer=make_answer(evaluation=evaluation, code=code, value=value), stage=Stage.FINAL)
    [total] = national.totals(cycle)
    final = total.stages[Stage.FINAL]
    assert (final.points, final.predicate) == (700, "pratama")
    assert {total.evaluation.pk: total.stages} == one_by_one(cycle)


def test_a_batch_costs_as_many_queries_as_one_evaluation(django_assert_num_queries):
    cycle = full_cycle()
    make_evaluation(cycle=cycle, region=make_region(code="64.71"), stage=Stage.FINAL)
    list(national.totals(cycle))
    with django_assert_num_queries(3):
        assert len(list(national.totals(cycle))) == 1
    make_evaluation(cycle=cycle, region=make_region(code="64.72"), stage=Stage.AWARDED)
    make_evaluation(cycle=cycle, region=make_region(code="64.74"), stage=Stage.MINISTRY_REVIEW)
    with django_assert_num_queries(3):
        assert len(list(national.totals(cycle))) == 3
