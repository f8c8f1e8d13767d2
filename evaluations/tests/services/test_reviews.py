"""Reviews: what is stored with each verdict of the task force, and what stops one."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import Role
from accounts.tests.make import make_user
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, Evaluation, Review
from evaluations.services import reviews
from evaluations.services.answers import save_answer
from evaluations.tests.make import make_answer, make_evaluation
from kla_portal.lib.versions import Stale
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation(stage=Stage.TASK_FORCE_REVIEW)


@pytest.fixture
def member(evaluation):
    return make_user(Role.TASK_FORCE, evaluation.region)


def test_a_return_is_a_review_a_state_and_an_event_in_one(evaluation, member):
    answer = make_answer(evaluation=evaluation)
    returned = reviews.review_answer(answer, version=1, approved=False, reason="  Kurang.  ", by=member)
    assert (returned.state, returned.version) == (AnswerState.RETURNED, 2)
    review = Review.objects.get()
    assert (review.answer_version, review.approved, review.reason, review.by) == (1, False, "Kurang.", member)
    event = Event.objects.get(action="answer.return")
    assert (event.actor, event.acting_as, event.region_code) == (member, Role.TASK_FORCE, evaluation.region_id)
    assert (event.subject, event.detail, event.reason) == (evaluation.subject, answer.question.code, "Kurang.")
    assert (event.before, event.after) == ({"state": "answered"}, {"state": "returned", "version": 2})


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_return_without_a_reason_is_refused(evaluation, member, reason):
    answer = make_answer(evaluation=evaluation)
    with pytest.raises(PermissionDenied, match="alasan"):
        reviews.review_answer(answer, version=1, approved=False, reason=reason, by=member)
    assert not Review.objects.exists()
    assert Answer.objects.get(pk=answer.pk).version == 1


def test_only_the_version_that_was_read_is_reviewed(evaluation, member):
    answer = make_answer(evaluation=evaluation)
    Answer.objects.filter(pk=answer.pk).update(version=2)
    with pytest.raises(Stale) as stale:
        reviews.review_answer(answer, version=1, approved=True, reason="", by=member)
    assert stale.value.current.version == 2
    assert not Review.objects.exists()


def test_the_stage_counts_as_it_is_now_and_not_as_it_was_read(evaluation, member):
    answer = make_answer(evaluation=evaluation)
    Evaluation.objects.filter(pk=evaluation.pk).update(stage=Stage.ADMIN_VERIFICATION)
    with pytest.raises(PermissionDenied):
        reviews.review_answer(answer, version=1, approved=True, reason="", by=member)
    with pytest.raises(PermissionDenied):
        reviews.approve_all(evaluation, seen=[(answer.pk, 1)], by=member)
    assert not Review.objects.exists()


def test_an_approval_does_not_outlive_a_change_of_the_answer(evaluation, member):
    answer = make_answer(evaluation=evaluation, code="2.1")
    approved = reviews.review_answer(answer, version=1, approved=True, reason="", by=member)
    back = reviews.review_answer(approved, version=2, approved=False, reason="Salah tahun.", by=member)
    coordinator = make_user(Role.COORDINATOR, evaluation.region)
    assert save_answer(back, version=3, value="80", note="", by=coordinator).state == AnswerState.ANSWERED


def test_approve_all_counts_what_it_approved(evaluation, member):
    waiting, changed = make_answer(evaluation=evaluation, code="1.1"), make_answer(evaluation=evaluation, code="1.2")
    returned = make_answer(evaluation=evaluation, code="2.1", state=AnswerState.RETURNED)
    empty = Answer.objects.get(evaluation=evaluation, question__code="3.1")
    seen = [(waiting.pk, 1), (changed.pk, 9), (returned.pk, 1), (empty.pk, 1)]
    assert reviews.approve_all(evaluation, seen=seen, by=member) == 1
    assert reviews.approve_all(evaluation, seen=seen, by=member) == 0
    assert list(Review.objects.values_list("answer", "answer_version")) == [(waiting.pk, 1)]
    assert Event.objects.filter(action="answer.approve").count() == 1


def test_the_coordinator_reviews_nothing(evaluation, member):
    answer = make_answer(evaluation=evaluation)
    coordinator = make_user(Role.COORDINATOR, evaluation.region)
    with pytest.raises(PermissionDenied):
        reviews.review_answer(answer, version=1, approved=True, reason="", by=coordinator)
    assert not Review.objects.exists()
