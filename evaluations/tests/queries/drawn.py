"""Evaluations as hypothesis draws them: any answers, evidence, reviews and verdicts, in any stage."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from clusters import scoring
from clusters.enums import QuestionKind
from evaluations.enums import JUDGED, AnswerState, Stage, Verdict, reached
from evaluations.models import Answer, AnswerEvidence, Evaluation, Score

VALUES: dict[str, st.SearchStrategy[Any]] = {
    QuestionKind.YES_NO: st.sampled_from(["yes", "no"]),
    QuestionKind.CHOICE: st.sampled_from(["none", "draft", "done"]),
    QuestionKind.PERCENTAGE: st.integers(0, 100).map(str),
    QuestionKind.COUNT: st.integers(0, 30).map(str),
    QuestionKind.CHECKLIST: st.dictionaries(
        st.sampled_from(["akta", "gizi", "paud"]), st.sampled_from(["none", "letter", "perda"]), min_size=1
    ),
    QuestionKind.TABLE: st.lists(
        st.fixed_dictionaries({"nama": st.just("A"), "anak": st.integers(0, 60).map(str)}), min_size=1, max_size=3
    ),
    QuestionKind.ROLLUP: st.integers(0, 12).map(lambda met: {"met": str(met), "of": "12"}),
}
THIRDS = [Decimal(n) / 3 for n in range(4)]


def value_of(kind: str) -> st.SearchStrategy[Any]:
    """An answer that fits, none at all, or that the question does not apply."""
    return st.one_of(st.none(), VALUES[kind], st.just(scoring.NOT_APPLICABLE))


def redraw(data: st.DataObject, evaluation: Evaluation, revision: Any, by: Any) -> None:
    """Give the evaluation another stage, answers, evidence and verdicts; rows of before are gone."""
    stage = data.draw(st.sampled_from(Stage))
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=stage)
    evaluation.stage = stage
    AnswerEvidence.objects.filter(answer__evaluation=evaluation).delete()
    Score.objects.filter(answer__evaluation=evaluation).delete()
    judged = [each for each in JUDGED if reached(stage, each)]
    for answer in Answer.objects.filter(evaluation=evaluation).select_related("question").order_by("pk"):
        answer.value = data.draw(value_of(answer.question.kind))
        approved = data.draw(st.booleans())
        answer.state = AnswerState.APPROVED if approved else AnswerState.ANSWERED
        if answer.value is None:
            answer.state = AnswerState.EMPTY
        answer.save()
        for want in answer.question.wants:
            if data.draw(st.booleans()):
                AnswerEvidence.objects.create(answer=answer, revision=revision, want=want["key"], added_by=by)
        for each in judged:
            fraction = data.draw(st.one_of(st.none(), st.just(scoring.NOT_APPLICABLE), st.sampled_from(THIRDS)))
            if fraction is not None:
                out = fraction == scoring.NOT_APPLICABLE
                Score.objects.create(
                    answer=answer, stage=each, answer_version=1, by=by, verdict=Verdict.ADJUSTED, reason="x",
                    level=scoring.NOT_APPLICABLE if out else "given",
                    fraction=scoring.ZERO if out else Decimal(fraction).quantize(scoring.FRACTION_STEP),
                )  # fmt: skip
