"""The what-if on a real evaluation: exactly the scorecard without a change, and its short way into an address."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.enums import Role
from accounts.tests.make import make_user
from clusters.enums import QuestionKind
from clusters.models import Indicator, Instrument
from clusters.tests.make import make_instrument, make_question
from evaluations import permissions
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, Evaluation, Review
from evaluations.queries import lift, whatif
from evaluations.queries.scorecard import card_of, facts
from evaluations.queries.whatif import Stand, Wish
from evaluations.queries.work import owners_of
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link, make_score

pytestmark = pytest.mark.django_db
VALUES: dict[str, list[Any]] = {
    "1.1": ["yes", "no", None],
    "1.2": [None, {"akta": "perda"}, {"akta": "perda", "gizi": "letter"}],
    "2.1": [None, "0", "55", "100"],
    "3.1": [None, "3", "40"],
    "3.2": [None, "draft", "done"],
    "3.3": [None, "n/a", {"met": "5", "of": "6"}],
    "3.4": [None, "n/a", [{"nama": "TK Melati", "anak": "45"}]],
    "3.5": [None, {"before": "40", "now": "50"}, {"before": "90", "now": "50"}],
}


def whole_instrument() -> Instrument:
    """The small instrument with a question of every kind; two of them may be inapplicable."""
    instrument = make_instrument()
    health = Indicator.objects.get(cluster__instrument=instrument, number="3")
    make_question(health, "3.3", QuestionKind.ROLLUP, 10, may_be_inapplicable=True)
    make_question(health, "3.4", QuestionKind.TABLE, 20, may_be_inapplicable=True)
    compare = {"improved": "1", "same": "0.8", "worse": "0.5"}
    rule = {"unit": "%", "better": "higher", "bands": [{"from": "0", "fraction": "0"}, {"from": "50", "fraction": "1"}]}
    make_question(health, "3.5", QuestionKind.PERCENTAGE, 7, rule=rule | {"compare": compare})
    return instrument


def stood(evaluation: Evaluation, *, with_scores: bool = False) -> Stand:
    known = facts(evaluation, with_scores=with_scores)
    return whatif.stand(known, card_of(known))


def rows_of(evaluation: Evaluation, here: Stand, user=None, wishes=None) -> list[lift.Row]:
    owners = owners_of(evaluation)
    open_ = lift.uploadable(user, evaluation, here.card, owners) if user else set()
    return lift.rows_of(here, owners, open_, wishes or {})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_what_if_without_a_change_is_the_score_exactly(data: st.DataObject) -> None:
    evaluation = Evaluation.objects.first() or make_evaluation(cycle=make_cycle(instrument=whole_instrument()))
    evaluation.stage = data.draw(st.sampled_from([Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW, Stage.FINAL]))
    evaluation.save()
    for answer in Answer.objects.filter(evaluation=evaluation).select_related("question").order_by("pk"):
        answer.value = data.draw(st.sampled_from(VALUES[answer.question.code]))
        answer.state = data.draw(st.sampled_from([AnswerState.ANSWERED, AnswerState.APPROVED, AnswerState.RETURNED]))
        answer.save()
        answer.scores.all().delete()
        if data.draw(st.booleans()):
            level = data.draw(st.sampled_from(["", "n/a"])) if answer.question.may_be_inapplicable else ""
            part = "0" if level else data.draw(st.sampled_from(["0", "0.4", "1"]))
            make_score(answer=answer, stage=Stage.FINAL, fraction=Decimal(part), level=level)
    for with_scores in (False, True):
        here = stood(evaluation, with_scores=with_scores)
        card = here.card
        now = here.with_wishes({})
        assert (now.total.claimed, now.total.supported) == (card.total.claimed, card.total.supported)
        assert now.claimed == card.standing_claimed
        assert now.supported == card.standing_supported
        for row in card.questions:
            worth = now.worth[row.question.code]
            assert (worth.claimed_points, worth.supported_points) == (row.tally.claimed, row.tally.supported)
            assert (worth.claimed_most, worth.supported_most) == (row.maxima.claimed, row.maxima.supported)
        for group in card.clusters:
            sums = now.groups[group.cluster.code]
            assert (sums.claimed, sums.supported) == (group.tally.claimed, group.tally.supported)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_an_address_brings_back_the_what_if_it_was_written_from(data: st.DataObject) -> None:
    evaluation = Evaluation.objects.first() or make_evaluation(cycle=make_cycle(instrument=whole_instrument()))
    here = stood(evaluation)
    wishes = {}
    for code, row in here.by_code.items():
        level = data.draw(st.sampled_from(["", *(each.key for each in whatif.levels_of(row))]))
        useful = here.useful(code, Wish(level, data.draw(st.booleans())))
        if useful:
            wishes[code] = useful
    text = whatif.write(wishes)
    assert whatif.read(text, here) == (wishes, 0)
    assert whatif.write(whatif.read(text, here)[0]) == text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="0123456789.:!~abcyesn/ \u2028é", max_size=60))
def test_whatever_stands_in_the_address_can_be_read(text: str) -> None:
    evaluation = Evaluation.objects.first() or make_evaluation()
    wishes, strange = whatif.read(text, stood(evaluation))
    assert len(wishes) + strange <= text.count("~") + 1


def test_what_already_is_so_is_no_change() -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="1.1", value="yes")
    make_answer(evaluation=evaluation, code="3.2", value="done")
    here = stood(evaluation)
    assert whatif.read("1.1:yes~3.2:!~2.1:0", here) == ({}, 3)
    assert whatif.read("1.1:!~9.9:yes~1.1:perhaps", here)[0] == {"1.1": Wish("", True)}


def test_what_does_not_apply_can_be_assumed_where_the_instrument_allows_it() -> None:
    evaluation = make_evaluation(cycle=make_cycle(instrument=whole_instrument()))
    make_answer(evaluation=evaluation, code="3.2", value="done")
    here = stood(evaluation)
    wishes, strange = whatif.read("3.4:n/a!~3.1:n/a", here)
    assert (wishes, strange) == ({"3.4": Wish("n/a", True)}, 1)
    then = here.with_wishes(wishes)
    assert (
        then.worth["3.2"].supported_points == then.worth["3.2"].supported_most > here.now.worth["3.2"].supported_points
    )
    assert then.worth["3.4"].supported_most == 0


def test_that_nothing_applies_can_be_accepted_where_no_document_is_wanted() -> None:
    instrument = make_instrument()
    health = Indicator.objects.get(cluster__instrument=instrument, number="3")
    make_question(health, "3.6", wants=[], may_be_inapplicable=True)
    here = stood(make_evaluation(cycle=make_cycle(instrument=instrument)))
    assert whatif.read("3.6:n/a!", here)[0] == {"3.6": Wish("n/a", True)}


def test_a_tick_before_an_answer_stays_though_it_brings_nothing_yet() -> None:
    here = stood(make_evaluation())
    wishes, strange = whatif.read("1.1:!", here)
    assert (wishes, strange) == ({"1.1": Wish("", True)}, 0)
    assert here.with_wishes(wishes).total == here.now.total


def test_points_at_risk_and_to_be_won_with_their_reasons() -> None:
    evaluation = make_evaluation()
    answer = make_answer(evaluation=evaluation, code="2.1", value="72.5")
    make_link(answer=answer, want="data")
    rows = rows_of(evaluation, stood(evaluation))
    [row] = lift.ranked(rows, "risiko")
    assert (row.code, row.at_risk, row.missing, row.lead.kind) == ("2.1", 120, ("Bukti foto",), "disdukcapil")
    assert row.climb == lift.Climb("60–80 %", "80–100 %", Decimal(40), "100 %", Decimal(80))
    won = lift.ranked(rows, "raih")
    assert [(each.code, each.to_win) for each in won] == [
        ("1.2", 300), ("1.1", 200), ("3.2", 200), ("3.1", 100), ("2.1", 80)
    ]  # fmt: skip
    assert [each.code for each in lift.ranked(rows, "raih", cluster="I", order="kode")] == ["2.1", "3.1", "3.2"]
    dinkes = str(evaluation.region.agencies.get(kind="dinkes").pk)
    assert [each.code for each in lift.ranked(rows, "semua", agency=dinkes)] == ["3.1", "3.2"]
    assert [each.lead.kind for each in lift.ranked(rows, "raih", order="instansi")] == sorted(
        (each.lead.kind for each in won), key=lambda kind: evaluation.region.agencies.get(kind=kind).short_name
    )


@pytest.mark.parametrize(
    ("stage", "state", "why"),
    [
        (Stage.TASK_FORCE_REVIEW, AnswerState.ANSWERED, "Menunggu persetujuan gugus tugas"),
        (Stage.TASK_FORCE_REVIEW, AnswerState.RETURNED, "Dikembalikan gugus tugas"),
        (Stage.AWARDED, AnswerState.APPROVED, "Dinilai lebih rendah oleh penilai"),
    ],
)
def test_why_points_are_at_risk_when_no_document_is_missing(stage: str, state: str, why: str) -> None:
    evaluation = make_evaluation(stage=stage)
    answer = make_answer(evaluation=evaluation, code="1.1", value="yes", state=state)
    make_link(answer=answer, want="perda")
    make_score(answer=answer, fraction=Decimal("0"), verdict="adjusted", reason="x")
    [row] = lift.ranked(rows_of(evaluation, stood(evaluation, with_scores=True)), "risiko")
    assert (row.at_risk, row.missing, row.why) == (200, (), why)


@pytest.mark.parametrize("stage", [Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW, Stage.FINAL])
@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.OPERATOR, Role.VIEWER])
def test_an_upload_is_offered_where_it_is_allowed(stage: str, role: str) -> None:
    evaluation = make_evaluation(stage=stage)
    region = evaluation.region
    reviewer = make_user(Role.TASK_FORCE, region)
    for code in ("2.1", "3.1"):
        answer = make_answer(evaluation=evaluation, code=code, state=AnswerState.RETURNED)
        Review.objects.create(answer=answer, answer_version=1, approved=False, reason="Kurang jelas", by=reviewer)
    user = make_user(role, region, region.agencies.get(kind="dinkes") if role == Role.OPERATOR else None)
    rows = rows_of(evaluation, stood(evaluation), user)
    for row in rows:
        answer = Answer.objects.select_related("evaluation").get(evaluation=evaluation, question__code=row.code)
        assert row.can_upload == bool(permissions.can_add_evidence(user, answer)), row.code


def test_both_ways_reach_every_goal_when_they_are_tried_as_a_what_if() -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="3.2", value="draft")
    here = stood(evaluation)
    rows = rows_of(evaluation, here)
    assert [band.code for band in lift.goals(here)] == ["pratama", "madya", "nindya", "utama", "paripurna"]
    for goal in lift.goals(here):
        for way in lift.ways(here, rows, goal):
            wishes, strange = whatif.read(way.wishes, here)
            assert (way.plan.reached, strange) == (True, 0)
            assert goal.reached(here.with_wishes(wishes).total.supported)
            assert way.steps[-1].step.after == here.with_wishes(wishes).total.supported


def test_only_higher_predicates_are_goals() -> None:
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    for code in ("1.1", "1.2", "2.1", "3.1", "3.2"):
        answer = make_answer(evaluation=evaluation, code=code, state=AnswerState.APPROVED)
        value = {"1.1": "yes", "1.2": dict.fromkeys(("akta", "gizi", "paud"), "perda"), "2.1": "100", "3.1": "3"}
        answer.value = value.get(code, "done")
        answer.save()
    here = stood(evaluation)
    assert here.now.total.supported == 920
    assert lift.goals(here) == []
