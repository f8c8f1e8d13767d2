"""Every action in every stage by every role: only the table's steps succeed, each with one Event."""

import itertools

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, Evaluation, Seat
from evaluations.services.awards import decide_award
from evaluations.services.workflow import move
from evaluations.stages import STEPS, steps_from
from evaluations.tests.make import make_answer, make_evaluation, make_score, make_signed, people
from kla_portal.lib.versions import Stale
from trail.models import Event

pytestmark = pytest.mark.django_db

ROLES = {
    "coordinator": "coordinator",
    "task_force": "task_force",
    "province": "province_verifier",
    "admin": "national_admin",
}


def ready(stage: str) -> Evaluation:
    """An evaluation in `stage` whose guards are all satisfied: one answer, approved and judged."""
    evaluation = make_evaluation(stage=stage)
    answer = make_answer(evaluation=evaluation, state=AnswerState.APPROVED)
    make_score(answer=answer)
    make_signed(evaluation)
    if stage == Stage.FINAL:
        decide_award(evaluation, by=make_user(Role.NATIONAL_ADMIN))
    return evaluation


def test_every_action_in_every_stage_by_every_person() -> None:
    count = 0
    for stage in Stage:
        evaluation = ready(stage)
        everybody = people(evaluation)
        Seat.objects.filter(evaluation=evaluation).update(member=everybody["task_force"])
        signed = {"signed_off_at": evaluation.signed_off_at, "declaration": evaluation.declaration}
        for action, (who, user) in itertools.product(STEPS, everybody.items()):
            if user is None:
                continue
            step = STEPS[action]
            was = signed | ({"signed_off_at": None} if action == "sign_off" else {})
            Evaluation.objects.filter(pk=evaluation.pk).update(stage=stage, **was)
            evaluation.refresh_from_db()
            before = Event.objects.about(evaluation.subject).count()
            allowed = stage == step.source and ROLES.get(who) in step.roles
            if allowed:
                move(evaluation, action, version=evaluation.version, by=user)
            else:
                with pytest.raises(PermissionDenied):
                    move(evaluation, action, version=evaluation.version, by=user)
            evaluation.refresh_from_db()
            assert evaluation.stage == (step.target if allowed else stage), (stage, action, who)
            assert Event.objects.about(evaluation.subject).count() - before == int(allowed)
            count += 1
    assert count == len(Stage) * len(STEPS) * 14


def test_the_second_of_two_clicks_is_stale() -> None:
    evaluation = ready(Stage.SELF_ASSESSMENT)
    coordinator = people(evaluation)["coordinator"]
    move(evaluation, "hand_in", version=1, by=coordinator)
    with pytest.raises(Stale):
        move(evaluation, "call_back", version=1, by=coordinator)


@pytest.mark.parametrize(
    ("action", "stage", "who", "reason"),
    [
        ("hand_in", Stage.SELF_ASSESSMENT, "coordinator", "Belum ada satu pun jawaban"),
        ("award", Stage.FINAL, "admin", "belum dinilai"),
        ("verify", Stage.ADMIN_VERIFICATION, "province", "belum dinilai"),
        ("submit", Stage.TASK_FORCE_REVIEW, "coordinator", "belum disetujui gugus tugas"),
    ],
)
def test_a_guard_holds_the_step_and_says_why(action: str, stage: str, who: str, reason: str) -> None:
    evaluation = make_evaluation(stage=stage)
    if action != "hand_in":
        make_answer(evaluation=evaluation, state=AnswerState.ANSWERED)
    with pytest.raises(PermissionDenied, match=reason):
        move(evaluation, action, version=1, by=people(evaluation)[who])
    evaluation.refresh_from_db()
    assert (evaluation.stage, evaluation.version) == (stage, 1)


def test_the_award_keeps_the_points_and_the_predicate() -> None:
    evaluation = ready(Stage.FINAL)
    Answer.objects.filter(evaluation=evaluation).exclude(state=AnswerState.APPROVED).update(value=None)
    decide_award(evaluation, version=1, by=people(evaluation)["admin"])
    moved = move(evaluation, "award", version=1, by=people(evaluation)["admin"])
    assert (moved.awarded_points, moved.awarded_predicate) == (200, "none")
    assert moved.awarded_at is not None


def test_every_stage_but_the_last_has_a_way_on() -> None:
    assert [stage for stage in Stage if not steps_from(stage)] == [Stage.AWARDED]
