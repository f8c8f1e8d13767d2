"""Talking about a question: who may, what is stored, who is told, and what the trail keeps."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice
from accounts.tests.make import make_user
from evaluations import permissions
from evaluations.enums import SUBMITTED, Audience, Stage
from evaluations.models import Answer, Comment, Evaluation, Thread
from evaluations.queries.talking import hearers, open_threads, pieces, talks, unheard
from evaluations.services import talking
from evaluations.tests.make import make_answer, make_evaluation, people
from kla_portal.lib.versions import Stale
from trail.models import Event

pytestmark = pytest.mark.django_db
IN_CITY = {
    "operator": {Audience.AGENCY},
    "coordinator": {Audience.AGENCY, Audience.TASK_FORCE},
    "task_force": {Audience.TASK_FORCE},
}
JUDGES = {"province": {Audience.JUDGES}, "evaluator": {Audience.JUDGES}}


@pytest.fixture
def answer() -> Answer:
    """2.1 is held by disdukcapil, the agency of `people`'s operator."""
    return make_answer(evaluation=make_evaluation(), code="2.1")


def at(answer: Answer, stage: str) -> Answer:
    """Fetched anew in another stage."""
    Evaluation.objects.filter(pk=answer.evaluation_id).update(stage=stage)
    return Answer.objects.select_related("question", "evaluation__region").get(pk=answer.pk)


def test_each_role_belongs_to_its_own_audiences_in_each_stage(answer):
    everybody = people(answer.evaluation)
    for audience in Audience:
        Comment.objects.create(
            thread=Thread.objects.create(answer=answer, audience=audience), text="x",
            by=everybody["admin"], acting_as=Role.NATIONAL_ADMIN,
        )  # fmt: skip
    for stage in Stage:
        expected = IN_CITY | (JUDGES if stage in SUBMITTED else {})
        for who, user in everybody.items():
            if user is None:
                continue
            fresh = at(answer, stage)
            belongs = expected.get(who, set())
            assert set(permissions.audiences(user, fresh)) == belongs, (who, stage)
            assert {talk.thread.audience for talk in talks(fresh, user)} == belongs, (who, stage)
            assert {thread.audience for thread in open_threads(fresh.evaluation, user)} == belongs, (who, stage)
            for audience in Audience:
                may = audience in belongs and stage != Stage.AWARDED
                assert bool(permissions.can_talk(user, fresh, audience)) == may, (who, stage, audience)


@pytest.mark.parametrize("audience", list(Audience))
def test_whoever_can_be_named_belongs_to_the_audience(answer, audience):
    everybody = people(answer.evaluation)
    fresh = at(answer, Stage.ADMIN_VERIFICATION)
    belong = {user.pk for user in everybody.values() if user and audience in permissions.audiences(user, fresh)}
    assert {user.pk for user in hearers(fresh, audience)} == belong


def test_a_name_ends_where_a_username_ends():
    one = make_user(username="operator.dinkes@contoh")
    text = "Mohon @operator.dinkes@contoh. Juga @orang.lain, dan surel a@operator.dinkes@contoh"
    assert [piece.text for piece in pieces(text, [one]) if piece.name] == ["@operator.dinkes@contoh"]
    assert "".join(piece.text for piece in pieces(text, [one])) == text
    assert unheard(text, [one]) == ["orang.lain"]


def start(answer: Answer, by: Any, text: str = "Mohon SK terbaru") -> Comment:
    return talking.open_thread(answer, Audience.AGENCY, text, by=by)


def test_what_is_said_is_stored_told_and_recorded_without_its_words(answer):
    everybody = people(answer.evaluation)
    coordinator, operator = everybody["coordinator"], everybody["operator"]
    outside = everybody["task_force"]
    comment = start(answer, coordinator, f"Mohon SK @{operator.username} dan @{outside.username}")
    assert list(comment.mentions.all()) == [operator]
    assert comment.acting_as == Role.COORDINATOR
    assert list(Notice.objects.values_list("user", flat=True)) == [operator.pk]
    [event] = Event.objects.filter(action="talk.open")
    assert (event.subject, event.region_code, event.detail) == (f"thread:{comment.thread_id}", "", "2.1")
    assert event.after == {
        "evaluation": str(answer.evaluation_id), "audience": Audience.AGENCY,
        "comment": comment.pk, "mentions": [operator.pk],
    }  # fmt: skip
    assert "SK" not in str(event.after) + event.reason
    assert not Event.objects.about(answer.evaluation.subject).filter(action__startswith="talk.").exists()


def test_an_answer_reaches_those_who_spoke_before_and_still_belong(answer):
    everybody = people(answer.evaluation)
    coordinator, operator = everybody["coordinator"], everybody["operator"]
    gone = make_user(Role.OPERATOR, answer.evaluation.region, operator.acting.agency)
    thread = start(answer, coordinator).thread
    talking.reply(thread, "Segera", by=operator)
    talking.reply(thread, "Sudah saya unggah", by=gone)
    gone.memberships.update(ends_on=timezone.localdate())
    Notice.objects.all().delete()
    talking.reply(thread, "Terima kasih", by=operator)
    assert list(Notice.objects.values_list("user", flat=True)) == [coordinator.pk]


def test_resolving_needs_the_newest_word_and_a_reply_opens_again(answer):
    everybody = people(answer.evaluation)
    coordinator, operator = everybody["coordinator"], everybody["operator"]
    thread = start(answer, coordinator).thread
    talking.reply(thread, "Sebentar", by=operator)
    with pytest.raises(Stale):
        talking.set_resolved(thread, resolved=True, version=thread.version, by=coordinator)
    thread.refresh_from_db()
    done = talking.set_resolved(thread, resolved=True, version=thread.version, by=coordinator)
    assert done.resolved_by == coordinator and not open_threads(answer.evaluation, coordinator)
    talking.reply(done, "Ternyata belum", by=operator)
    [waiting] = open_threads(answer.evaluation, operator)
    assert (waiting.pk, waiting.last_by, waiting.last_text) == (thread.pk, operator.full_name, "Ternyata belum")
    talking.take_back(waiting.comments.latest("pk"), by=operator)
    assert open_threads(answer.evaluation, operator)[0].last_text == "Sebentar"
    assert Event.objects.filter(subject=f"thread:{thread.pk}").count() == 5


def test_own_words_are_taken_back_within_a_quarter_of_an_hour(answer):
    everybody = people(answer.evaluation)
    coordinator, operator = everybody["coordinator"], everybody["operator"]
    comment = start(answer, coordinator)
    with pytest.raises(PermissionDenied, match="penulisnya"):
        talking.take_back(comment, by=operator)
    Comment.objects.filter(pk=comment.pk).update(at=timezone.now() - timedelta(minutes=15))
    with pytest.raises(PermissionDenied, match="15 menit"):
        talking.take_back(comment, by=coordinator)
    Comment.objects.filter(pk=comment.pk).update(at=timezone.now() - timedelta(minutes=14))
    talking.take_back(comment, by=coordinator)
    stored = Comment.objects.get(pk=comment.pk)
    assert stored.text == "" and stored.removed_at is not None
    [talk] = talks(answer, operator)
    assert talk.said[0].removed and not talk.said[0].pieces
    with pytest.raises(PermissionDenied, match="sudah dihapus"):
        talking.take_back(comment, by=coordinator)


def test_nobody_speaks_to_another_audience_or_after_the_award(answer):
    everybody = people(answer.evaluation)
    with pytest.raises(PermissionDenied):
        talking.open_thread(answer, Audience.TASK_FORCE, "x", by=everybody["operator"])
    thread = start(answer, everybody["coordinator"]).thread
    with pytest.raises(PermissionDenied):
        talking.reply(thread, "x", by=everybody["task_force"])
    Evaluation.objects.filter(pk=answer.evaluation_id).update(stage=Stage.AWARDED)
    with pytest.raises(PermissionDenied, match="ditetapkan"):
        talking.reply(thread, "x", by=everybody["coordinator"])
    assert Comment.objects.count() == 1
