"""The inbox of the portal: what a person should know, written with what it tells and read on their own page."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Notice, User


def notify(users: Iterable[User], *, key: str, title: str, text: str = "", url: str = "") -> int:
    """Put one notice into the inbox of each of these people, in the caller's transaction: both stand or fall together.

    `key` (120 characters at most) names the occasion: who has a notice with this key gets no second one, also when two
    write it at once. `title` and `url` may leave the portal by mail: no personal data, and nothing of an answer. Writes
    no Event of its own. Returns how many were written; raises RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a notice belongs into the transaction of what it tells")
    people = {user.pk: user for user in users}
    told = set(Notice.objects.filter(key=key[:120], user__in=people).values_list("user_id", flat=True))
    rows = [
        Notice(user_id=pk, key=key[:120], title=title[:200], text=text, url=url[:300])
        for pk in sorted(people.keys() - told)
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def mark_read(notice: Notice) -> None:
    """Its owner has opened it. The first time counts."""
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())


def mark_all_read(user: Any) -> int:
    """Everything in this person's inbox is read; returns how many were not."""
    return Notice.objects.filter(user=user.pk, read_at=None).update(read_at=timezone.now())
