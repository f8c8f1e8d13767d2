"""Talking about a question within one audience. The words stay in the Comment; the trail says that something was said.

An Event is filed under the thread and no region, not under the evaluation: histories of an evaluation or a region are
read by more people than any audience, and whoever reads them must not learn that there is a thread.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluations import permissions
from evaluations.models import Answer, Comment, Thread
from evaluations.queries.talking import hearers, named
from evaluations.services import telling
from evaluations.services.locks import locked
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale, save_version
from trail.services.events import record


@transaction.atomic
def open_thread(answer: Answer, audience: str, text: str, *, by: Any) -> Comment:
    """Begin a conversation about a question with one audience. Raises PermissionDenied."""
    fresh = _held(answer)
    require(permissions.can_talk(by, fresh, audience))
    return _say(Thread.objects.create(answer=fresh, audience=audience), text, by=by, action="talk.open")


@transaction.atomic
def reply(thread: Thread, text: str, *, by: Any) -> Comment:
    """Say something in a thread; one that was resolved is open again. Raises PermissionDenied."""
    fresh = _thread(thread)
    require(permissions.can_talk(by, fresh.answer, fresh.audience))
    save_version(fresh, fresh.version, resolved_at=None, resolved_by=None)
    return _say(fresh, text, by=by, action="talk.reply")


@transaction.atomic
def set_resolved(thread: Thread, *, resolved: bool, version: int, by: Any) -> Thread:
    """Say that a thread needs nobody any more, or that it does. Raises PermissionDenied, or Stale when something was
    said or decided in it since `version`."""
    fresh = _thread(thread)
    require(permissions.can_talk(by, fresh.answer, fresh.audience))
    if fresh.version != version:
        raise Stale(fresh)
    save_version(fresh, version, resolved_at=timezone.now() if resolved else None, resolved_by=by if resolved else None)
    _recorded("talk.resolve" if resolved else "talk.reopen", fresh, by)
    return fresh


@transaction.atomic
def take_back(comment: Comment, *, by: Any) -> Comment:
    """Remove one's own comment: the row stays, the text goes. Raises PermissionDenied."""
    thread = _thread(comment.thread)
    fresh = Comment.objects.get(pk=comment.pk)
    fresh.thread = thread
    require(permissions.can_take_back(by, fresh))
    fresh.text, fresh.removed_at = "", timezone.now()
    fresh.save(update_fields=["text", "removed_at"])
    fresh.mentions.clear()
    _recorded("talk.take_back", thread, by, comment=fresh.pk)
    return fresh


def _held(answer: Answer) -> Answer:
    evaluation = locked(answer.evaluation_id)
    fresh = Answer.objects.select_related("question").get(pk=answer.pk)
    fresh.evaluation = evaluation
    return fresh


def _thread(thread: Thread) -> Thread:
    answer = _held(thread.answer)
    fresh = Thread.objects.get(pk=thread.pk)
    fresh.answer = answer
    return fresh


def _say(thread: Thread, text: str, *, by: Any, action: str) -> Comment:
    people = hearers(thread.answer, thread.audience)
    mentioned = named(text, people)
    comment = Comment.objects.create(thread=thread, text=text, by=by, acting_as=by.acting.role)
    comment.mentions.set(mentioned)
    _tell(thread, comment, mentioned, {user.pk for user in people}, by)
    _recorded(action, thread, by, comment=comment.pk, mentions=[user.pk for user in mentioned])
    return comment


def _tell(thread: Thread, comment: Comment, mentioned: list[Any], belong: set[int], by: Any) -> None:
    """Those named, then those who have said something here, as far as they still belong to the audience."""
    url = f"{thread.get_absolute_url()}#t-{thread.pk}"
    told = {user.pk for user in mentioned}
    here = {each.by_id: each.by for each in thread.comments.select_related("by").order_by("id")}
    others = [user for pk, user in here.items() if pk in belong - told]
    for people, named_here in ((mentioned, True), (others, False)):
        telling.talked(thread.answer, people, key=str(comment.pk), url=url, mentioned=named_here, by=by)


def _recorded(action: str, thread: Thread, by: Any, **what: Any) -> None:
    record(
        action,
        by=by,
        subject=f"thread:{thread.pk}",
        detail=thread.answer.question.code,
        after={"evaluation": str(thread.answer.evaluation_id), "audience": thread.audience} | what,
    )
