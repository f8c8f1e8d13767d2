"""Totals of closed stages: what a step keeps, what the recomputation finds, what it mends and what it leaves."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.enums import Role
from accounts.tests.make import make_user
from clusters.tests.make import PREDICATES, make_instrument
from evaluations.enums import SCORED, AnswerState, Stage
from evaluations.models import Answer, Evaluation, Score, StageTotal
from evaluations.services import totals
from evaluations.services.awards import decide_award
from evaluations.services.workflow import move
from evaluations.stages import STEPS
from evaluations.tests.make import make_answer, make_cycle, make_evaluation, make_score, make_signed
from regions.tests.make import make_region
from trail.models import Event

pytestmark = pytest.mark.django_db
PERDA = {"question": "1.1", "least": "1", "label": "Perda KLA", "enforced": True, "source": "assumption"}


@pytest.fixture
def evaluation() -> Evaluation:
    """Two answers, 160 + 200 claimed, approved and ready to be submitted."""
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    make_answer(evaluation=evaluation, code="2.1", value="80", state=AnswerState.APPROVED)
    make_answer(evaluation=evaluation, code="1.1", value="yes", state=AnswerState.APPROVED)
    return evaluation


def step(evaluation: Evaluation, action: str) -> Evaluation:
    role = Role.COORDINATOR if action in ("hand_in", "call_back", "submit") else Role.NATIONAL_ADMIN
    by = make_user(role, evaluation.region) if role == Role.COORDINATOR else make_user(role)
    if action == "submit":
        make_signed(evaluation)
    if action == "award":
        decide_award(evaluation, by=by)
    return move(evaluation, action, version=Evaluation.objects.get(pk=evaluation.pk).version, by=by)


def judge(evaluation: Evaluation, stage: str, code: str, fraction: str) -> Score:
    answer = Answer.objects.get(evaluation=evaluation, question__code=code)
    return make_score(answer=answer, stage=stage, fraction=Decimal(fraction))


def awarded(evaluation: Evaluation) -> Evaluation:
    """All the way, with verdicts in two stages: 160 + 200 claimed, 160 + 200 by the province, 120 + 200 at the end."""
    step(evaluation, "submit")
    judge(evaluation, Stage.ADMIN_VERIFICATION, "2.1", "0.8")
    judge(evaluation, Stage.ADMIN_VERIFICATION, "1.1", "1")
    for action in ("verify", "review", "visit"):
        step(evaluation, action)
    judge(evaluation, Stage.FINAL, "2.1", "0.6")
    return step(evaluation, "award")


def run(*args: object) -> str:
    out = io.StringIO()
    call_command("recompute", *map(str, args), stdout=out)
    return out.getvalue()


def test_each_step_that_closes_a_scored_stage_keeps_its_total(evaluation):
    awarded(evaluation)
    kept = {row.stage: row for row in StageTotal.objects.filter(evaluation=evaluation)}
    assert list(map(str, SCORED)) == sorted(kept, key=list(map(str, SCORED)).index)
    assert [kept[stage].points for stage in SCORED] == [360, 360, 360, 360, 320]
    assert [kept[stage].supported for stage in SCORED] == [360, 360, 360, 360, 320]
    assert {row.claimed for row in kept.values()} == {360}
    assert kept[Stage.FINAL].clusters == {
        "KEL": {"points": "200", "claimed": "200", "supported": "200"},
        "I": {"points": "120", "claimed": "160", "supported": "120"},
    }
    assert Evaluation.objects.get(pk=evaluation.pk).awarded_points == 320


def test_which_steps_close_what():
    closed = {action: totals.closes(step) for action, step in STEPS.items()}
    assert closed == {
        "hand_in": None,
        "call_back": None,
        "sign_off": None,
        "submit": Stage.SELF_ASSESSMENT,
        "verify": Stage.ADMIN_VERIFICATION,
        "review": Stage.MINISTRY_REVIEW,
        "visit": Stage.FIELD_VERIFICATION,
        "award": Stage.FINAL,
    }


def test_handing_in_and_calling_back_keep_nothing_and_submitting_keeps_what_stands_then():
    evaluation = make_evaluation()
    answer = make_answer(evaluation=evaluation, code="2.1", value="80")
    step(evaluation, "hand_in")
    step(evaluation, "call_back")
    assert not StageTotal.objects.exists()
    Answer.objects.filter(pk=answer.pk).update(value="40")
    step(evaluation, "hand_in")
    Answer.objects.filter(pk=answer.pk).update(state=AnswerState.APPROVED)
    step(evaluation, "submit")
    assert [(row.stage, row.points) for row in StageTotal.objects.all()] == [(Stage.SELF_ASSESSMENT, 80)]


def test_a_prerequisite_holds_the_award_back():
    bands = [PREDICATES[0], PREDICATES[1] | {"requires": [PERDA]}, *PREDICATES[2:]]
    evaluation = make_evaluation(cycle=make_cycle(instrument=make_instrument(predicates=bands)), stage=Stage.FINAL)
    full = {"akta": "perda", "gizi": "perda", "paud": "perda"}
    for code, value in (("1.2", full), ("2.1", "100"), ("3.2", "done")):
        make_score(answer=make_answer(evaluation=evaluation, code=code, value=value), stage=Stage.FINAL)
    moved = step(evaluation, "award")
    assert (moved.awarded_points, moved.awarded_predicate) == (700, "pratama")
    assert StageTotal.objects.get(stage=Stage.FINAL).predicate == "pratama"


def test_on_an_untouched_database_everything_is_equal(evaluation):
    awarded(evaluation)
    make_evaluation(region=make_region(code="64.72"), cycle=evaluation.cycle)
    assert run("--check") == "2 evaluasi, 5 nilai tahap: 5 sama, 0 berbeda.\n"
    assert run("--check", evaluation.pk) == "1 evaluasi, 5 nilai tahap: 5 sama, 0 berbeda.\n"
    before = Event.objects.count()
    assert run() == "2 evaluasi, 5 nilai tahap: 5 sama, 0 berbeda.\n"
    assert Event.objects.count() == before


@pytest.mark.parametrize("named", [False, True], ids=["all", "named"])
def test_a_difference_is_told_and_only_then_mended_with_a_reason(evaluation, named):
    awarded(evaluation)
    StageTotal.objects.filter(stage=Stage.MINISTRY_REVIEW).update(points=Decimal("361.5"))
    chosen = [evaluation.pk] if named else []
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 nilai berbeda"):
        call_command("recompute", *map(str, chosen), "--check", stdout=out)
    assert "Peninjauan kementerian: points 361.500000000 → 360" in out.getvalue()
    assert StageTotal.objects.get(stage=Stage.MINISTRY_REVIEW).points == Decimal("361.5")
    assert "Diperbaiki dan dicatat: 1." in run(*chosen, "--reason", "Salah ketik di basis data.")
    assert StageTotal.objects.get(stage=Stage.MINISTRY_REVIEW).points == 360
    event = Event.objects.get(action="evaluation.recompute")
    assert (event.subject, event.detail, event.reason) == (
        evaluation.subject, "ministry_review", "Salah ketik di basis data.",
    )  # fmt: skip
    assert (event.before["points"], event.after["points"]) == ("361.500000000", "360.000000000")
    assert "5 sama, 0 berbeda" in run("--check")


def test_a_missing_total_and_one_of_an_open_stage_are_mended(evaluation):
    awarded(evaluation)
    StageTotal.objects.filter(stage=Stage.FINAL).delete()
    other = make_evaluation(region=make_region(code="64.72"), cycle=evaluation.cycle)
    StageTotal.objects.create(evaluation=other, stage=Stage.FINAL, points=1, claimed=1, supported=1, predicate="none")
    with pytest.raises(CommandError, match="2 nilai berbeda"):
        run("--check")
    told = run()
    assert "belum tersimpan, seharusnya 320" in told
    assert "padahal tahap belum ditutup" in told
    assert [row.points for row in StageTotal.objects.filter(stage=Stage.FINAL)] == [320]


def test_a_verdict_changed_behind_the_portals_back_shows(evaluation):
    awarded(evaluation)
    Score.objects.filter(stage=Stage.FINAL).update(fraction=Decimal(1))
    out = io.StringIO()
    with pytest.raises(CommandError, match="2 nilai berbeda"):
        call_command("recompute", "--check", stdout=out)
    assert "penetapan tidak diubah" in out.getvalue()
    run()
    assert StageTotal.objects.get(stage=Stage.FINAL).points == 400
    assert Evaluation.objects.get(pk=evaluation.pk).awarded_points == 320  # an award is a decision


def test_an_awarded_predicate_that_its_points_do_not_give_is_told_and_stays(evaluation):
    awarded(evaluation)
    right = Evaluation.objects.get(pk=evaluation.pk).awarded_predicate
    Evaluation.objects.filter(pk=evaluation.pk).update(awarded_predicate="paripurna")
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 nilai berbeda"):
        call_command("recompute", "--check", stdout=out)
    assert f"paripurna, hitung ulang 320.000000000 {right}; penetapan tidak diubah" in out.getvalue()
    run()
    assert Evaluation.objects.get(pk=evaluation.pk).awarded_predicate == "paripurna"


def test_what_was_answered_anew_after_a_stage_closed_leaves_its_total(evaluation):
    step(evaluation, "submit")
    later = timezone.now() + timedelta(minutes=1)
    Answer.objects.filter(evaluation=evaluation, question__code="2.1").update(value="100", updated_at=later)
    told = run()
    assert "dibiarkan: jawaban 2.1 diubah sesudah tahap ditutup" in told
    assert "0 sama, 0 berbeda, 1 dengan jawaban yang diubah sesudahnya." in told
    assert StageTotal.objects.get().points == 360
    assert totals.mend(evaluation.pk, Stage.SELF_ASSESSMENT, reason="x") is None
    run("--check")


def test_an_unknown_evaluation_is_named():
    with pytest.raises(CommandError, match="Evaluasi tidak ada: 00000000"):
        run("00000000-0000-4000-8000-000000000000")
