"""A process that dies between a row, its commit and its bell: what was committed is found by the next round, what was
not never happens."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from tests.smtp import Smtp
from trail.models import Job, JobState, Mail, MailState
from trail.services import bell, jobs, mails
from trail.tasks import ring_again, send_mails

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]

STEPS = {"row": False, "nested": False, "refused": False, "committed": True, "rung": True}
"""Where it ends, and whether the intent is committed by then."""
ENDED = 9
ROUNDS = 4


def in_a_process(step: str, intend: Callable[[], Any]) -> None:
    """A child with a connection of its own writes the intent and ends at `step`, as by a power cut."""
    if not (child := os.fork()):
        try:
            connection.connection = None  # the parent's; the child opens its own
            _die(step, intend)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == ENDED, step


def _die(step: str, intend: Callable[[], Any]) -> None:
    real = bell.ring

    def ring(*args: Any) -> None:
        if step == "rung":
            real(*args)
        os._exit(ENDED)

    bell.ring = ring  # type: ignore[assignment]
    if step == "refused":  # the caller's transaction is rolled back, then the process ends
        try:
            with transaction.atomic():
                intend()
                raise LookupError
        except LookupError:
            os._exit(ENDED)
    with transaction.atomic():
        if step == "nested":
            with transaction.atomic():
                intend()
            os._exit(ENDED)
        intend()
        if step == "row":
            os._exit(ENDED)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The bells that this process rings; those of the children go with them, as into a broker that is emptied."""
    bells: list[tuple[str, str]] = []
    monkeypatch.setattr(current_app, "send_task", lambda kind, args: bells.append((kind, args[0])))
    return bells


def test_a_job_is_begun_by_the_next_round_if_and_only_if_it_was_committed(rung: list[tuple[str, str]]) -> None:
    keys = {f"{step}:{number}": committed for step, committed in STEPS.items() for number in range(ROUNDS)}
    for key in keys:
        in_a_process(key.partition(":")[0], partial(jobs.enqueue, "x.tasks.do", key, by=None))
    meant = {key for key, committed in keys.items() if committed}
    assert set(Job.objects.values_list("key", flat=True)) == meant
    assert ring_again() == 0 and rung == [], "too young: their bells may still be ringing"

    Job.objects.update(queued_at=timezone.now() - jobs.OVERDUE - timedelta(seconds=1))
    assert ring_again() == len(meant)
    begun = [job for _, pk in rung for job in [jobs.claim(pk)] if job is not None and jobs.finish(job)]
    assert {job.key for job in begun} == meant and len(begun) == len(meant)
    assert set(Job.objects.values_list("state", "attempts")) == {(JobState.DONE, 1)}
    assert ring_again() == 0
    print(f"jobs: {len(begun)} of {len(meant)} committed ones done, once; 0 of {len(keys) - len(meant)} others exist")


@pytest.fixture
def smtp(settings: Any) -> Iterator[Smtp]:
    server = Smtp()
    settings.SMTP_URL, settings.MAIL_FROM = server.url, "kla@contoh.go.id"
    yield server
    server.stop()


def test_a_message_is_sent_by_the_next_round_if_and_only_if_it_was_committed(
    smtp: Smtp, rung: list[tuple[str, str]]
) -> None:
    keys = {f"{step}:{number}": committed for step, committed in STEPS.items() for number in range(ROUNDS)}
    for key in keys:
        in_a_process(key.partition(":")[0], partial(mails.queue, key, "siti@contoh.go.id", "Judul", "Isi"))
    meant = {key for key, committed in keys.items() if committed}
    assert set(Mail.objects.values_list("key", flat=True)) == meant
    send_mails()
    assert set(Mail.objects.values_list("state", "attempts")) == {(MailState.SENT, 1)}
    send_mails()
    accepted = smtp.accepted()
    assert len(accepted) == len(meant) and set(accepted.values()) == {1}
    print(f"mails: {len(accepted)} of {len(meant)} committed ones sent, once; 0 of {len(keys) - len(meant)} others")
