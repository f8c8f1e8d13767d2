"""What an answer would earn where it stands: with the points of neighbours that do not apply."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clusters import scoring
from clusters.queries import outline
from evaluations.models import Answer
from evaluations.scoring import claim, spread


@dataclass(frozen=True, slots=True)
class Worth:
    """Points claimed, 0..`maximum`; both as the scorecard has them."""

    earned: Decimal
    maximum: Decimal


def worth(rule: scoring.Rule, value: Any, answer: Answer) -> Worth:
    """What `value` would earn as this answer. Asks for the neighbours' answers only where one may be inapplicable:
    no query otherwise. Raises ValueError for a value that the rule does not know."""
    _, indicator = outline(answer.evaluation.cycle.instrument).place[answer.question_id]
    mine = claim(rule, value)
    if not any(question.row.may_be_inapplicable for question in indicator.questions):
        most = answer.question.max_points
        return Worth(scoring.points(mine.fraction, most), most)
    neighbours = Answer.objects.filter(evaluation=answer.evaluation_id, question__indicator=indicator.pk)
    values = dict(neighbours.values_list("question", "value"))
    here = [question.pk for question in indicator.questions].index(answer.question_id)
    marks = [claim(question.rule, values.get(question.pk)) for question in indicator.questions]
    marks[here] = mine
    maxima, earned = spread(tuple(question.max_points for question in indicator.questions), marks)
    return Worth(earned[here], maxima[here])
