"""The scorecard's numbers, by hand and by property."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusters.enums import QuestionKind
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, Evaluation
from evaluations.queries.scorecard import scorecard
from evaluations.tests.make import make_answer, make_evaluation, make_link, make_score

pytestmark = pytest.mark.django_db
VALUES = {
    QuestionKind.YES_NO: st.sampled_from(["yes", "no", None]),
    QuestionKind.CHOICE: st.sampled_from(["none", "draft", "done", None]),
    QuestionKind.PERCENTAGE: st.one_of(st.none(), st.integers(0, 100).map(str)),
    QuestionKind.COUNT: st.one_of(st.none(), st.integers(0, 30).map(str)),
    QuestionKind.CHECKLIST: st.one_of(
        st.none(),
        st.dictionaries(
            st.sampled_from(["akta", "gizi", "paud"]), st.sampled_from(["none", "letter", "perda"]), min_size=1
        ),
    ),
}


def test_an_empty_evaluation_has_nothing_of_everything() -> None:
    card = scorecard(make_evaluation())
    assert (card.total.maximum, card.total.claimed, card.answered, card.count) == (1000, 0, 0, 5)
    assert card.predicate_claimed.code == "none"
    assert [row.cluster.code for row in card.clusters] == ["KEL", "I"]


def test_a_claim_is_supported_when_all_that_is_wanted_is_there() -> None:
    evaluation = make_evaluation()
    answer = make_answer(evaluation=evaluation, code="2.1", value="80")  # 0,8 of 200
    assert (scorecard(evaluation).total.claimed, scorecard(evaluation).total.supported) == (160, 0)
    make_link(answer=answer, want="data")
    assert scorecard(evaluation).total.at_risk == 160
    link = make_link(answer=answer, want="foto")
    assert scorecard(evaluation).total.supported == 160
    link.removed_at = link.added_at
    link.save()
    assert scorecard(evaluation).total.supported == 0


def test_a_question_that_wants_nothing_counts_as_claimed() -> None:
    evaluation = make_evaluation()
    make_answer(evaluation=evaluation, code="3.2", value="done")
    assert scorecard(evaluation).total.supported == 200


@pytest.mark.parametrize(
    ("stage", "state", "supported"),
    [
        (Stage.TASK_FORCE_REVIEW, AnswerState.ANSWERED, 0),
        (Stage.TASK_FORCE_REVIEW, AnswerState.APPROVED, 160),
        (Stage.ADMIN_VERIFICATION, AnswerState.APPROVED, 0),
    ],
)
def test_after_hand_in_it_is_the_reviewers_word_that_supports(stage: str, state: str, supported: int) -> None:
    evaluation = make_evaluation(stage=stage)
    make_answer(evaluation=evaluation, code="2.1", value="80", state=state)
    assert scorecard(evaluation, with_scores=True).total.supported == supported


def test_the_newest_stage_s_verdict_counts() -> None:
    evaluation = make_evaluation(stage=Stage.FINAL)
    answer = make_answer(evaluation=evaluation, code="2.1", value="80", state=AnswerState.APPROVED)
    make_score(answer=answer, stage=Stage.FINAL, fraction=Decimal("0.4"), verdict="adjusted", reason="x")
    make_score(answer=answer, stage=Stage.ADMIN_VERIFICATION, fraction=Decimal("0.8"))
    card = scorecard(evaluation, with_scores=True)
    assert (card.total.claimed, card.total.scored, card.total.supported, card.judged) == (160, 80, 80, 1)


def test_without_the_right_to_verdicts_none_is_read() -> None:
    evaluation = make_evaluation(stage=Stage.FINAL)
    answer = make_answer(evaluation=evaluation, code="2.1", value="80", state=AnswerState.APPROVED)
    make_score(answer=answer, stage=Stage.FINAL, fraction=Decimal("0.4"), verdict="adjusted", reason="x")
    card = scorecard(evaluation)
    assert (card.total.scored, card.total.supported, card.judged) == (0, 160, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_answered_the_parts_add_up_and_stay_in_bounds(data: st.DataObject) -> None:
    evaluation = Evaluation.objects.first() or make_evaluation()
    for answer in Answer.objects.filter(evaluation=evaluation).select_related("question").order_by("pk"):
        answer.value = data.draw(VALUES[QuestionKind(answer.question.kind)])
        answer.state = AnswerState.EMPTY if answer.value is None else AnswerState.ANSWERED
        answer.save()
    card = scorecard(evaluation)
    for tally in (card.total, *(row.tally for row in card.clusters), *(row.tally for row in card.questions)):
        assert 0 <= tally.supported <= tally.claimed <= tally.maximum
    assert card.total.claimed == sum(row.tally.claimed for row in card.questions)
    assert card.answered == sum(row.answered for row in card.questions)
