"""What an answer would earn where it stands is what the scorecard then says of it."""

import pytest

from clusters.models import Question
from clusters.queries import outline
from evaluations.models import Answer
from evaluations.queries.scorecard import scorecard
from evaluations.queries.worth import worth
from evaluations.tests.make import fitting_value, make_answer, make_evaluation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("value", ["n/a", None])
def test_as_the_scorecard_says(value):
    evaluation = make_evaluation()
    Question.objects.filter(instrument=evaluation.cycle.instrument).update(may_be_inapplicable=True)
    indicator = next(i for i in outline(evaluation.cycle.instrument).indicators if len(i.questions) > 1)
    first, second = indicator.questions[:2]
    make_answer(evaluation=evaluation, code=first.code, value=value)
    answer = Answer.objects.select_related("question", "evaluation__cycle__instrument").get(
        evaluation=evaluation, question=second.pk
    )
    typed = fitting_value(answer)
    found = worth(second.rule, typed, answer)
    make_answer(evaluation=evaluation, code=second.code, value=typed)
    row = next(row for row in scorecard(evaluation).questions if row.question.pk == second.pk)
    assert (found.earned, found.maximum) == (row.tally.claimed, row.maxima.claimed)
    assert (found.maximum > second.max_points) is (value == "n/a")


def test_asks_nothing_where_all_questions_apply(django_assert_num_queries):
    answer = make_answer()
    [question] = [q for q in outline(answer.evaluation.cycle.instrument).questions if q.pk == answer.question_id]
    with django_assert_num_queries(0):
        assert worth(question.rule, answer.value, answer).maximum == question.max_points
