"""Two people at the same instant, on PostgreSQL: each thing happens once, a verdict is one on what was looked at."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, Stage
from evaluations.models import Allotment, Answer, AnswerEvidence, Evaluation, Review, Score, Seat
from evaluations.services.answers import save_answer
from evaluations.services.attaching import attach_file, attach_item
from evaluations.services.reviews import review_answer
from evaluations.services.scores import score_answer
from evaluations.services.workflow import move
from evaluations.tests.make import make_answer, make_evaluation, make_signed, people
from evidence.tests.make import make_pdf, make_revision
from kla_portal.lib.versions import Stale
from kla_portal.tests.rivals import at_once
from trail.models import Event

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]
ROUNDS = 3


def patiently(act: Callable[[], Any]) -> None:
    """On a busy machine the other one may take longer than the three seconds that PostgreSQL lets somebody wait for a
    lock; who waited too long asks again, as a person would."""
    for tries_left in (2, 1, 0):
        try:
            act()
            return
        except OperationalError:
            if not tries_left:
                raise


def rivals(*acts: Callable[[], Any]) -> list[bool]:
    """All at the same instant; for each whether it was done, in the order given. Refusals and lost races are no
    failures, anything else is."""
    waiting = list(enumerate(acts))

    def one() -> tuple[int, bool]:
        place, act = waiting.pop()
        try:
            patiently(act)
        except (PermissionDenied, Stale):
            return place, False
        return place, True

    return [done for _, done in sorted(at_once(one, times=len(acts)))]


def events(evaluation: Evaluation, *actions: str) -> int:
    return Event.objects.filter(subject=evaluation.subject, action__in=actions).count()


def fresh(answer: Answer) -> Answer:
    return Answer.objects.select_related("question", "evaluation").get(pk=answer.pk)


def judging(answer: Answer, judge: Any, seen: int) -> Callable[[], Score]:
    return lambda: score_answer(
        fresh(answer), answer_version=answer.version, score_version=seen, level="", reason="", by=judge
    )


def moving(evaluation: Evaluation, action: str, by: Any) -> Callable[[], Evaluation]:
    return lambda: move(evaluation, action, version=1, by=by)


def test_of_two_evaluators_one_gives_the_verdict() -> None:
    evaluation = make_evaluation(stage=Stage.MINISTRY_REVIEW)
    judges = [make_user(Role.EVALUATOR) for _ in range(2)]
    Allotment.objects.bulk_create(Allotment(evaluation=evaluation, evaluator=judge) for judge in judges)
    answer = make_answer(evaluation=evaluation, code="2.1", state=AnswerState.APPROVED)
    for number in range(ROUNDS):
        done = rivals(*(judging(answer, judge, number) for judge in judges))
        assert sorted(done) == [False, True]
        score = Score.objects.get(answer=answer)
        assert (score.by, score.version) == (judges[done.index(True)], number + 1)
        assert score.answer_version == answer.version
        assert events(evaluation, "answer.score") == number + 1


def test_of_three_admins_one_closes_the_stage() -> None:
    for _ in range(ROUNDS):
        evaluation = make_evaluation(stage=Stage.ADMIN_VERIFICATION)
        done = rivals(*(moving(evaluation, "verify", make_user(Role.NATIONAL_ADMIN)) for _ in range(3)))
        evaluation.refresh_from_db()
        assert (sum(done), evaluation.stage, evaluation.version) == (1, Stage.MINISTRY_REVIEW, 2)
        assert events(evaluation, "evaluation.verify") == 1


def test_a_verdict_while_the_answer_changes_is_on_one_of_the_two_texts() -> None:
    """The task force approves what it looked at while the operator saves something else: one of them is too late."""
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    everybody = people(evaluation)
    answer = make_answer(evaluation=evaluation, code="2.1")
    for number in range(ROUNDS):
        Answer.objects.filter(pk=answer.pk).update(state=AnswerState.RETURNED)
        seen = fresh(answer)
        approved, saved = rivals(
            lambda seen=seen: review_answer(  # type: ignore[misc]
                seen, version=seen.version, approved=True, reason="", by=everybody["task_force"]
            ),
            lambda seen=seen, number=number: save_answer(  # type: ignore[misc]
                fresh(answer), version=seen.version, value="61.5", note=f"ronde {number}", by=everybody["operator"]
            ),
        )
        now = fresh(answer)
        assert (approved, saved) in [(True, False), (False, True)]
        assert (now.state == AnswerState.APPROVED, now.note == f"ronde {number}") == (approved, saved)
        if approved:
            assert Review.objects.filter(answer=answer).latest("pk").answer_version == seen.version
    assert events(evaluation, "answer.approve", "answer.save") == ROUNDS


@pytest.mark.parametrize("number", range(ROUNDS))
def test_submitting_while_the_task_force_returns_an_answer(number: int) -> None:
    evaluation = make_evaluation(stage=Stage.TASK_FORCE_REVIEW)
    everybody = people(evaluation)
    answer = make_answer(evaluation=evaluation, code="2.1", state=AnswerState.APPROVED)
    make_signed(evaluation)
    member = everybody["task_force"]
    Seat.objects.create(evaluation=evaluation, member=member)
    submitted, returned = rivals(
        moving(evaluation, "submit", everybody["coordinator"]),
        lambda: review_answer(answer, version=answer.version, approved=False, reason="kurang", by=member),
    )
    evaluation.refresh_from_db()
    state = fresh(answer).state
    assert submitted != returned
    assert (evaluation.stage == Stage.ADMIN_VERIFICATION, state == AnswerState.RETURNED) == (submitted, returned)
    assert events(evaluation, "evaluation.submit") == submitted
    assert (evaluation.signed_off_at is None) == returned


@pytest.mark.parametrize("number", range(ROUNDS))
def test_handing_in_while_a_document_arrives(number: int) -> None:
    """What arrives is there when it is handed in, or it is refused; never is it there afterwards. In the last round it
    is a file that is still being received."""
    evaluation = make_evaluation()
    everybody = people(evaluation)
    operator = everybody["operator"]
    answer = make_answer(evaluation=evaluation, code="2.1")
    item = make_revision(region=evaluation.region, agency=evaluation.region.agencies.get(kind="disdukcapil")).item
    upload = SimpleUploadedFile("akta.pdf", make_pdf("Akta"), "application/pdf")
    said: dict[str, Any] = {"title": "Akta", "kind": "sk", "personal_data": False, "want": ""}

    def arrive() -> None:
        if number < ROUNDS - 1:
            attach_item(answer, item, want="", by=operator)
        else:
            attach_file(answer, upload, by=operator, **said)

    moved, attached = rivals(moving(evaluation, "hand_in", everybody["coordinator"]), arrive)
    assert moved
    assert AnswerEvidence.objects.filter(answer=answer).exists() == attached
    actions = Event.objects.filter(subject=evaluation.subject).order_by("pk").values_list("action", flat=True)
    assert not attached or list(actions)[-1] == "evaluation.hand_in"
    assert events(evaluation, "evaluation.hand_in") == 1
