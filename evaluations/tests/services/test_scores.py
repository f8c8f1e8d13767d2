"""Scores: what a verdict stores, to which version it is bound, and what stops one."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.tests.make import make_user
from clusters import scoring
from clusters.models import Question
from evaluations.enums import Stage, Verdict
from evaluations.models import Allotment, Answer, Evaluation, Score
from evaluations.queries.scorecard import scorecard
from evaluations.services import scores
from evaluations.tests.make import make_answer, make_evaluation, people
from kla_portal.lib.versions import Stale
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation(stage=Stage.ADMIN_VERIFICATION)


@pytest.fixture
def province(evaluation):
    return make_user(Role.PROVINCE_VERIFIER, make_region(code=evaluation.region.parent_code))


def give(answer: Answer, by, **what) -> Score:
    return scores.score_answer(
        answer, **({"answer_version": 1, "score_version": 0, "level": "", "reason": ""} | what), by=by
    )


def test_an_accepted_claim_takes_the_claims_fraction(evaluation, province):
    answer = make_answer(evaluation=evaluation, code="2.1")
    score = give(answer, province)
    assert (score.verdict, score.fraction, score.level, score.answer_version) == (
        Verdict.ACCEPTED,
        Decimal("0.6"),
        "",
        1,
    )
    event = Event.objects.get(action="answer.score")
    assert (event.actor, event.detail, event.before) == (province, "2.1", None)
    assert event.after == {
        "stage": "admin_verification", "verdict": "accepted", "fraction": "0.6", "answer_version": 1
    }  # fmt: skip


def test_agreeing_that_a_question_does_not_apply_takes_it_out(evaluation, province):
    score = give(make_answer(evaluation=evaluation, code="2.1", value=scoring.NOT_APPLICABLE, note="Tanpa."), province)
    assert (score.verdict, score.fraction, score.level) == (Verdict.ACCEPTED, 0, scoring.NOT_APPLICABLE)
    again = give(score.answer, province, level="1", reason="Berlaku juga di sini.", score_version=1)
    assert (again.verdict, again.fraction, again.level) == (Verdict.ADJUSTED, 1, "1")


@pytest.mark.parametrize(
    ("code", "level", "fraction"),
    [("1.1", "no", "0"), ("1.2", "0.2", "0.2"), ("2.1", "1", "1"), ("3.1", "0.8", "0.8"), ("3.2", "draft", "0.5")],
)
def test_another_level_of_every_kind_of_question(evaluation, province, code, level, fraction):
    score = give(make_answer(evaluation=evaluation, code=code), province, level=level, reason=" Karena. ")
    assert (score.verdict, score.fraction, score.reason) == (Verdict.ADJUSTED, Decimal(fraction), "Karena.")


def test_a_level_may_stand_above_the_claim_but_never_above_the_maximum(evaluation, province):
    give(make_answer(evaluation=evaluation, code="2.1"), province, level="1", reason="Lebih tinggi.")
    card = scorecard(evaluation, with_scores=True)
    assert (card.total.claimed, card.total.scored, card.total.supported) == (120, 200, 120)


def test_another_level_without_a_reason_or_an_unknown_one_is_refused(evaluation, province):
    answer = make_answer(evaluation=evaluation, code="2.1")
    with pytest.raises(PermissionDenied, match="alasan"):
        give(answer, province, level="0.2", reason=" ")
    with pytest.raises(ValueError, match="no level"):
        give(answer, province, level="0.33", reason="x")
    assert not Score.objects.exists() and not Event.objects.filter(action="answer.score").exists()


def test_answer_and_verdict_must_be_as_they_were_read(evaluation, province):
    answer = make_answer(evaluation=evaluation, code="2.1")
    with pytest.raises(Stale) as stale:
        give(answer, province, answer_version=2)
    assert isinstance(stale.value.current, Answer)
    give(answer, province)
    with pytest.raises(Stale) as stale:
        give(answer, province, level="0.2", reason="x")
    assert isinstance(stale.value.current, Score)
    assert Score.objects.get().verdict == Verdict.ACCEPTED


def test_a_second_verdict_in_a_stage_replaces_the_first_and_keeps_it_in_the_trail(evaluation, province):
    answer = make_answer(evaluation=evaluation, code="2.1")
    give(answer, province)
    score = give(answer, province, score_version=1, level="0.2", reason="Periksa ulang.")
    assert (score.version, Score.objects.count()) == (2, 1)
    last = Event.objects.filter(action="answer.score").latest("pk")
    assert last.before["verdict"] == Verdict.ACCEPTED and Decimal(last.before["fraction"]) == Decimal("0.6")


def test_each_stage_has_its_own_verdict_and_the_newest_counts(evaluation, province):
    answer = make_answer(evaluation=evaluation, code="2.1")
    give(answer, province)
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.MINISTRY_REVIEW)
    ministry = make_user(Role.EVALUATOR)
    Allotment.objects.create(evaluation=evaluation, evaluator=ministry)
    give(answer, ministry, level="0.2", reason="x")
    evaluation.refresh_from_db()
    assert Score.objects.count() == 2
    assert scorecard(evaluation, with_scores=True).total.scored == 40
    with pytest.raises(PermissionDenied):
        give(answer, province, score_version=1)


def test_accept_all_takes_what_was_seen_unjudged_and_unchanged(evaluation, province):
    judged, open_, changed = (make_answer(evaluation=evaluation, code=code) for code in ("1.1", "2.1", "3.1"))
    empty = Answer.objects.get(evaluation=evaluation, question__code="3.2")
    give(judged, province, level="no", reason="x")
    seen = [(judged.pk, 1), (open_.pk, 1), (changed.pk, 2), (empty.pk, 1)]
    assert scores.accept_all(evaluation, seen=seen, by=province) == (1, 0)
    assert scores.accept_all(evaluation, seen=seen, by=province) == (0, 0)
    assert dict(Score.objects.values_list("answer", "verdict")) == {
        judged.pk: Verdict.ADJUSTED,
        open_.pk: Verdict.ACCEPTED,
    }


def test_accepting_a_claim_gives_exactly_the_claim() -> None:
    """Thirds too: a verdict kept less finely than the claim would move a region across a predicate's border."""
    evaluation = make_evaluation(stage=Stage.ADMIN_VERIFICATION)
    answer = make_answer(evaluation=evaluation, code="1.2", value={"akta": "letter", "gizi": "perda"})
    rule = answer.question.rule
    rule["items"] = [{"key": key, "label": key, "points": "1"} for key in ("akta", "gizi", "paud")]
    answer.question.rule = rule
    answer.question.save()
    score = scores.score_answer(
        answer, answer_version=answer.version, score_version=0, level="", reason="", by=people(evaluation)["province"]
    )
    score.refresh_from_db()
    assert score.fraction == scoring.fraction(scoring.parse_rule("checklist", rule), answer.value)
    assert str(score.fraction).startswith("0.41666666666")


@pytest.mark.parametrize("all_at_once", [False, True])
def test_whoever_accepts_that_a_question_does_not_apply_takes_it_out(evaluation, province, all_at_once):
    Question.objects.filter(code="2.1").update(may_be_inapplicable=True)
    answer = make_answer(evaluation=evaluation, code="2.1", value="n/a", note="Sebab.")
    if all_at_once:
        assert scores.accept_all(evaluation, seen=[(answer.pk, answer.version)], by=province) == (1, 0)
        score = Score.objects.get(answer=answer)
    else:
        score = give(answer, province)
    assert (score.verdict, score.level, score.fraction) == (Verdict.ACCEPTED, scoring.NOT_APPLICABLE, 0)
    back = give(answer, province, score_version=score.version, level="0.4", reason="Berlaku di sini.")
    assert (back.verdict, back.level, back.fraction) == (Verdict.ADJUSTED, "0.4", Decimal("0.4"))
    again = give(answer, province, score_version=back.version)
    assert (again.level, again.reason) == (scoring.NOT_APPLICABLE, "")
