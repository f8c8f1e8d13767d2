"""The scorecard's numbers, by hand and by property."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.enums import Role
from accounts.models import User
from accounts.tests.make import make_user
from clusters.tests.make import PREDICATES, make_instrument
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, Evaluation
from evaluations.queries import national
from evaluations.queries.scorecard import card_of, facts, scorecard
from evaluations.queries.stagewise import stages_reached
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_link, make_score
from evaluations.tests.queries.drawn import redraw
from evidence.enums import FileState
from evidence.models import EvidenceRevision
from evidence.tests.make import make_revision

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("state", FileState.values)
def test_a_file_in_quarantine_proves_nothing(state: str) -> None:
    evaluation = make_evaluation()
    answer = make_answer(evaluation=evaluation, code="2.1", value="80")
    links = [make_link(answer=answer, want=want) for want in ("data", "foto")]
    file = links[1].revision.file
    assert file is not None and scorecard(evaluation).total.supported == 160
    file.state = state
    file.save()
    sealed = state == FileState.QUARANTINED
    links[1].refresh_from_db()
    assert scorecard(evaluation).total.supported == (0 if sealed else 160)
    # the same on the way that adds up the whole country, and on the page
    [total] = national.totals(evaluation.cycle)
    assert total.stages[Stage.SELF_ASSESSMENT].supported == (0 if sealed else 160)
    assert links[1].proves != sealed


def test_a_link_is_proof_without_a_file() -> None:
    evaluation = make_evaluation()
    answer = make_answer(evaluation=evaluation, code="2.1", value="80")
    for want in ("data", "foto"):
        revision = make_revision(evaluation.region, url="https://jdih.balikpapan.go.id/sk.pdf")
        make_link(answer=answer, want=want, revision=revision)
    assert scorecard(evaluation).total.supported == 160


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


@pytest.fixture
def drawn_on() -> tuple[Evaluation, User, EvidenceRevision]:
    return make_evaluation(), make_user(Role.EVALUATOR), make_revision()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_answered_and_judged_the_parts_add_up_and_stay_in_bounds(
    drawn_on: tuple[Evaluation, User, EvidenceRevision], data: st.DataObject
) -> None:
    evaluation, judge, revision = drawn_on
    redraw(data, evaluation, revision, judge)
    known = facts(evaluation, with_scores=True)
    stages = stages_reached(evaluation.stage)
    for card in (card_of(known), *(card_of(known, stage=stage) for stage in stages)):
        blocks = [row for cluster in card.clusters for row in cluster.indicators]
        rows = (card, *card.clusters, *blocks, *card.questions)
        for tally in (row.total if row is card else row.tally for row in rows):
            assert 0 <= tally.supported <= tally.claimed <= tally.maximum
            assert 0 <= tally.scored <= tally.maximum
        for block in blocks:
            assert block.tally.maximum == block.indicator.max_points
            for column in range(3):
                assert sum(row.maxima[column] for row in block.questions) == block.indicator.max_points
        for part in ("claimed", "supported", "scored"):
            total = getattr(card.total, part)
            assert total == sum(getattr(row.tally, part) for row in card.questions)
            assert total == sum(getattr(row.tally, part) for row in card.clusters)
        assert card.total.maximum == 1000
        assert card.answered == sum(row.answered for row in card.questions)
        assert not card.predicate_claimed.lower < card.predicate_supported.lower


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_order_in_which_rows_come_changes_nothing(
    drawn_on: tuple[Evaluation, User, EvidenceRevision], data: st.DataObject
) -> None:
    evaluation, judge, revision = drawn_on
    redraw(data, evaluation, revision, judge)
    known = facts(evaluation, with_scores=True)

    def shuffled(some: dict[Any, Any]) -> dict[Any, Any]:
        return dict(data.draw(st.permutations(list(some.items()))))

    other = replace(
        known, answers=shuffled(dict(known.answers)), evidence=shuffled(dict(known.evidence)),
        verdicts=shuffled(dict(known.verdicts or {})),
    )  # fmt: skip
    assert card_of(other).total == card_of(known).total


def test_the_score_without_a_change_is_the_score_and_another_answer_changes_it_alone() -> None:
    evaluation = make_evaluation()
    answer = make_answer(evaluation=evaluation, code="2.1", value="80")
    known = facts(evaluation)
    assert card_of(known, values={answer.question_id: "80"}) == card_of(known) == scorecard(evaluation)
    assert card_of(known, values={answer.question_id: "100"}).total.claimed == 200
    assert card_of(known, values={answer.question_id: None}).answered == 0
    assert Answer.objects.get(pk=answer.pk).value == "80"


def test_points_that_do_not_apply_are_shared_column_by_column() -> None:
    """Indicator 3: 100 + 200 points. 3.1 does not apply, says the region: 3.2 claims half of 300. Not yet approved, so
    the supported score counts half of 200. A judge agrees and gives 3.2 all of the 300."""
    evaluation = make_evaluation(stage=Stage.ADMIN_VERIFICATION)
    out = make_answer(evaluation=evaluation, code="3.1", value="n/a", state=AnswerState.APPROVED)
    half = make_answer(evaluation=evaluation, code="3.2", value="draft", state=AnswerState.APPROVED)
    block = scorecard(evaluation, with_scores=True).clusters[1].indicators[1]
    assert (block.tally.claimed, block.tally.supported, block.tally.scored) == (150, 100, 0)
    assert [tuple(row.maxima) for row in block.questions] == [(0, 100, 100), (300, 200, 200)]
    make_score(answer=out, level="n/a", fraction=0)
    make_score(answer=half, level="done", fraction=1, verdict="adjusted", reason="x")
    block = scorecard(evaluation, with_scores=True).clusters[1].indicators[1]
    assert (block.tally.claimed, block.tally.supported, block.tally.scored) == (150, 150, 300)
    assert [row.question.code for row in block.inapplicable.scored] == ["3.1"]
    assert [(row.nominal, row.maxima.scored) for row in block.questions] == [(100, 0), (200, 300)]
    assert [row.judged_maximum for row in block.questions] == [100, 300]  # what 3.1 would earn, taken in again
    later = make_score(answer=out, stage=Stage.FINAL, fraction=1, level="1", verdict="adjusted", reason="Berlaku.")
    evaluation.stage = later.stage
    block = scorecard(evaluation, with_scores=True).clusters[1].indicators[1]
    assert (block.tally.claimed, block.tally.supported, block.tally.scored) == (150, 100, 300)


def test_a_prerequisite_is_met_in_the_column_where_it_is_proven() -> None:
    need = {"question": "1.1", "least": "1", "label": "Perda KLA", "enforced": True, "source": "assumption"}
    bands = [PREDICATES[0] | {"requires": [need]}, *PREDICATES[1:]]
    evaluation = make_evaluation(cycle=make_cycle(instrument=make_instrument(predicates=bands)))
    make_answer(evaluation=evaluation, code="1.1", value="yes")  # claimed, but its evidence is not there
    for code, value in (("1.2", {"akta": "perda", "gizi": "perda", "paud": "perda"}), ("2.1", "100"), ("3.2", "done")):
        answer = make_answer(evaluation=evaluation, code=code, value=value)
        for want in answer.question.wants:
            make_link(answer=answer, want=want["key"])
    card = scorecard(evaluation)
    assert (card.total.claimed, card.predicate_claimed.code) == (900, "utama")
    assert (card.total.supported, card.standing_supported.reached.code) == (700, "madya")
    assert card.predicate_supported.code == "none"
    assert card.standing_supported.sentence == "Poin cukup untuk Madya, tetapi Perda KLA belum ada (asumsi)."
