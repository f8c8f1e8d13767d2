"""What was said about a question, and to whom it can be said. Threads come from `Thread.objects.visible_to` alone."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, OuterRef, Prefetch, Q, Subquery

from accounts.enums import Role
from accounts.models import Membership, User
from evaluations import permissions
from evaluations.enums import Audience
from evaluations.models import Allotment, Answer, Assignment, Comment, Evaluation, Thread

NAME = re.compile(r"(?<![\w@])@([\w.@+-]+)")
"""A name as it is typed in a text. A username may hold all of this; the end of a sentence does not belong to it."""
MOST_OPEN = 200


# --- who ------------------------------------------------------------------------------------------------------------
def hearers(answer: Answer, audience: str) -> list[User]:
    """Everybody who belongs to the audience of this question today, by name. One query."""
    evaluation = answer.evaluation
    city = Q(role=Role.COORDINATOR, region=evaluation.region_id)
    if audience == Audience.AGENCY:
        held = Assignment.objects.filter(evaluation=evaluation, question=answer.question_id)
        who = city | Q(role=Role.OPERATOR, region=evaluation.region_id, agency__in=held.values("agency"))
    elif audience == Audience.TASK_FORCE:
        who = city | Q(role=Role.TASK_FORCE, region=evaluation.region_id)
    else:
        allotted = Allotment.objects.filter(evaluation=evaluation).values("evaluator")
        who = Q(role=Role.PROVINCE_VERIFIER, region=evaluation.region.parent_code)
        who |= Q(role=Role.EVALUATOR, user__in=allotted)
    members = Membership.objects.current().filter(who).values("user")
    return list(User.objects.filter(pk__in=members, is_active=True).order_by("full_name", "username"))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `name` where it names somebody of the audience."""

    text: str
    name: bool = False


def pieces(text: str, people: Iterable[User]) -> list[Piece]:
    """The text cut where it names one of these people.

    `@operator@contoh.` names operator@contoh; the full stop is the sentence's.
    """
    known, found, done = {user.username.casefold() for user in people}, [], 0
    for match in NAME.finditer(text):
        name = _known(match[1], known)
        if name:
            end = match.start() + 1 + len(name)
            found += [Piece(text[done : match.start()]), Piece(text[match.start() : end], name=True)]
            done = end
    return [piece for piece in (*found, Piece(text[done:])) if piece.text]


def named(text: str, people: Sequence[User]) -> list[User]:
    """Those of these people whom the text names."""
    names = {piece.text[1:].casefold() for piece in pieces(text, people) if piece.name}
    return [user for user in people if user.username.casefold() in names]


def unheard(text: str, people: Sequence[User]) -> list[str]:
    """Names in the text that are nobody's in the audience, as typed. Whether somebody outside is called so, it does
    not say."""
    known = {user.username.casefold() for user in people}
    return [typed.rstrip(".-+@_") for typed in NAME.findall(text) if not _known(typed, known)]


def _known(typed: str, known: Iterable[str]) -> str:
    """The longest beginning of what was typed that is a name; '' for none. Only its punctuation may be left over."""
    short = typed.rstrip(".-+@_")
    return next((each for each in (typed, short) if each.casefold() in known), "")


# --- what was said --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Said:
    """One comment, ready for the screen: without its text once it was taken back."""

    pk: int
    who: str
    role: str
    at: datetime
    pieces: tuple[Piece, ...]
    removed: bool
    removable: bool


@dataclass(frozen=True, slots=True)
class Talk:
    """A thread, oldest comment first."""

    thread: Thread
    said: tuple[Said, ...]

    @property
    def key(self) -> str:
        return str(self.thread.pk)

    @property
    def resolved(self) -> bool:
        return self.thread.resolved_at is not None


@dataclass(frozen=True, slots=True)
class Tab:
    """An audience that the reader belongs to, and how many of its threads are open."""

    audience: Audience
    open: int


def talks(answer: Answer, reader: Any) -> list[Talk]:
    """Every thread of the question that this person may read, open ones first. Four queries at most."""
    comments = Comment.objects.select_related("by").prefetch_related("mentions").order_by("id")
    threads = (
        Thread.objects.visible_to(reader)
        .filter(answer=answer)
        .select_related("resolved_by")
        .prefetch_related(Prefetch("comments", comments))
    )
    found = []
    for thread in threads.order_by("opened_at", "pk"):
        thread.answer = answer
        found.append(Talk(thread, tuple(_said(comment, thread, reader) for comment in thread.comments.all())))
    return sorted(found, key=lambda talk: talk.resolved)


def _said(comment: Comment, thread: Thread, reader: Any) -> Said:
    comment.thread = thread
    gone = comment.removed_at is not None
    return Said(
        pk=comment.pk,
        who=str(comment.by),
        role=Role(comment.acting_as).label,
        at=comment.at,
        pieces=() if gone else tuple(pieces(comment.text, comment.mentions.all())),
        removed=gone,
        removable=bool(permissions.can_take_back(reader, comment)),
    )


def tabs(found: Iterable[Talk], theirs: Sequence[Audience]) -> list[Tab]:
    """The audiences with their open threads. No query."""
    waiting = [talk.thread.audience for talk in found if not talk.resolved]
    return [Tab(audience, waiting.count(audience)) for audience in theirs]


def open_threads(evaluation: Evaluation, reader: Any) -> list[Thread]:
    """Threads that wait for somebody, the longest silent first, with `last_at` and the newest comment that still stands
    (`last_by`, `last_text`); as far as this person may know."""
    threads = Thread.objects.visible_to(reader).filter(answer__evaluation=evaluation, resolved_at=None)
    standing = Comment.objects.filter(thread=OuterRef("pk"), removed_at=None).order_by("-id")
    newest = threads.select_related("answer__question").annotate(
        last_at=Max("comments__at"),
        last_by=Subquery(standing.values("by__full_name")[:1]),
        last_text=Subquery(standing.values("text")[:1]),
    )
    return list(newest.order_by("last_at", "pk")[:MOST_OPEN])
