"""The outbox against a real SMTP server that fails in every way there is: at most one accepted mail, and none lost."""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from kla_portal.tests.rivals import at_once
from tests.smtp import FAULTS, Smtp
from trail.models import Mail, MailState
from trail.queries import outbox
from trail.services import mails
from trail.tasks import send_mails

Q, SENT, FAILED, UNSURE = MailState.QUEUED, MailState.SENT, MailState.FAILED, MailState.UNSURE


@pytest.fixture
def smtp(settings: Any) -> Iterator[Smtp]:
    server = Smtp()
    settings.SMTP_URL, settings.MAIL_FROM = server.url, "kla@contoh.go.id"
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    rung: list[Any] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args: rung.append((task, args[0])))
    return rung


def queued(key: str = "k", text: str = "Isi.\n.titik di awal baris\n") -> Mail:
    with transaction.atomic():
        mail = mails.queue(key, "siti@contoh.go.id", "Ringkasan: Ké-2", text)
    assert mail is not None
    return mail


def state(mail: Mail) -> str:
    mail.refresh_from_db()
    return mail.state


def due_again() -> None:
    """Time passes: every pause and every lease is over."""
    past = timezone.now() - timedelta(seconds=1)
    Mail.objects.filter(state=Q).update(due_at=past)
    Mail.objects.filter(state=MailState.SENDING).update(lease_until=past)


@pytest.mark.django_db
def test_written_once_with_what_it_tells(smtp: Smtp, bells: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first = queued()
    with django_capture_on_commit_callbacks(execute=True):
        assert queued() == first
    assert bells == [(mails.TASK, str(first.pk))]
    assert Mail.objects.count() == 1


@pytest.mark.django_db
def test_nothing_is_queued_without_a_server_or_an_address(settings: Any) -> None:
    assert mails.queue("k", "siti@contoh.go.id", "a", "b") is None
    settings.SMTP_URL = "smtp://127.0.0.1:1"
    assert mails.queue("k", "", "a", "b") is None
    assert not Mail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_change_leaves_no_mail_and_rings_no_bell(smtp: Smtp, bells: list[Any]) -> None:
    with pytest.raises(RuntimeError):
        mails.queue("k", "siti@contoh.go.id", "a", "b")  # no transaction
    with pytest.raises(KeyError), transaction.atomic():
        mails.queue("k", "siti@contoh.go.id", "a", "b")
        raise KeyError
    assert not bells and not Mail.objects.exists()


@pytest.mark.django_db
def test_what_arrives(smtp: Smtp) -> None:
    mail = queued()
    assert mails.send(mail.pk) == SENT == state(mail)
    [raw] = smtp.kept
    message = message_from_bytes(raw)
    assert message["Message-ID"] == f"<{mail.pk}@contoh.go.id>"
    assert (message["To"], message["From"]) == ("siti@contoh.go.id", "kla@contoh.go.id")
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes) and body.decode().split() == ["Isi.", ".titik", "di", "awal", "baris"]
    assert mails.send(mail.pk) is None and len(smtp.kept) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "then", "kept"),
    [
        ("busy", Q, 0), ("unknown", FAILED, 0), ("slow", SENT, 1), ("gone-before", Q, 0), ("gone-after", UNSURE, 1),
        ("full", Q, 0), ("spam", FAILED, 0), ("greets-not", Q, 0),
    ],
)  # fmt: skip
def test_each_way_to_fail(smtp: Smtp, fault: str, then: str, kept: int) -> None:
    mail = queued()
    smtp.plan = [fault]
    mails.send_due()
    assert (state(mail), len(smtp.kept)) == (then, kept)
    if then == Q:
        assert mail.error and mail.due_at > timezone.now() and not mails.send_due()
        due_again()
        assert mails.send_due() == 1 and state(mail) == SENT and len(smtp.kept) == 1
    else:
        due_again()
        assert not mails.send_due() and len(smtp.kept) == kept


@pytest.mark.django_db
def test_a_line_cut_within_the_text_is_no_delivery(smtp: Smtp) -> None:
    mail = queued(text="panjang sekali " * 600_000)  # more than the buffers between here and there hold
    smtp.plan = ["gone-within"]
    mails.send(mail.pk)
    assert state(mail) == Q and not smtp.kept


@pytest.mark.django_db
def test_it_is_given_up_in_the_end(smtp: Smtp) -> None:
    mail = queued()
    smtp.plan = ["busy"] * (mails.TRIES + 5)
    for _ in range(mails.TRIES + 3):
        mails.send_due()
        due_again()
    assert (state(mail), mail.attempts) == (FAILED, mails.TRIES)
    assert outbox().failed == 1 and "451" in outbox().error


@pytest.mark.django_db
def test_a_server_that_is_not_there(settings: Any) -> None:
    settings.SMTP_URL, settings.MAIL_FROM = "smtp://127.0.0.1:9", "kla@contoh.go.id"
    mail = queued()
    assert mails.send(mail.pk) == Q == state(mail)
    assert outbox().waiting == 1


@pytest.mark.django_db
def test_who_comes_back_late_sends_nothing(smtp: Smtp, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker stood still until its lease was over and another one had done its work."""
    mail, real = queued(), mails._connect

    def stands_still() -> Any:
        server = real()
        monkeypatch.setattr(mails, "_connect", real)
        due_again()
        mails.send_due()
        return server

    monkeypatch.setattr(mails, "_connect", stands_still)
    mails.send(mail.pk)
    assert state(mail) == SENT and len(smtp.kept) == 1


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_delivered_many_times_at_once_one_sends(smtp: Smtp) -> None:
    mail = queued()
    smtp.plan = ["slow"]
    at_once(lambda: send_mails(str(mail.pk)), times=6)
    at_once(send_mails, times=3)
    assert state(mail) == SENT and len(smtp.kept) == 1


STEPS = ("claimed", "connected", "text", "marked", "dotted", "answered", "stored")


def die_at(step: str) -> None:
    """In a child process: wrap what the sender calls, so that the process ends there as by a power cut."""

    def dying(owner: Any, name: str, *, before: bool, nth: int = 1) -> None:
        real: Callable[..., Any] = getattr(owner, name)
        left = [nth]

        def call(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if before and not left[0]:
                os._exit(9)
            answer = real(*args, **kwargs)
            if not left[0]:
                os._exit(9)
            return answer

        setattr(owner, name, call)

    server: Any = mails.smtplib.SMTP
    places: dict[str, Callable[[], None]] = {
        "claimed": lambda: dying(mails, "_connect", before=True),
        "connected": lambda: dying(mails, "_connect", before=False),
        "text": lambda: dying(mails.select, "select", before=True),
        "marked": lambda: dying(mails, "_until_the_dot", before=False),
        "dotted": lambda: dying(server, "getreply", before=True, nth=6),
        "answered": lambda: dying(server, "getreply", before=False, nth=6),
        "stored": lambda: dying(mails, "_end", before=False),
    }
    places[step]()


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_anywhere_sends_none_twice_and_loses_none(smtp: Smtp) -> None:
    found = {}
    for step in STEPS:
        mail = queued(step)
        if not (child := os.fork()):
            connection.connection = None  # the parent's; the child opens its own
            die_at(step)
            mails.send(mail.pk)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9, step
        assert not mails.send_due(), "its lease is still running"
        due_again()
        mails.send_due()
        found[step] = state(mail)
    assert found == {
        "claimed": SENT, "connected": SENT, "text": SENT, "marked": UNSURE, "dotted": UNSURE, "answered": UNSURE,
        "stored": SENT,
    }  # fmt: skip
    assert set(smtp.accepted().values()) == {1}


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_many_mails_through_every_fault(smtp: Smtp, capsys: pytest.CaptureFixture[str]) -> None:
    """Rounds and single bells race each other while the server goes through all its faults, over and over."""
    every = [queued(f"k{number}") for number in range(36)]
    smtp.plan = [fault for fault in (*FAULTS, "", "") for _ in range(2)] * 2
    for _ in range(mails.TRIES):
        at_once(send_mails, times=2)
        due_again()
    over = Mail.objects.filter(state__in=mails.OVER)
    accepted = smtp.accepted()
    assert over.count() == len(every), list(Mail.objects.exclude(state__in=mails.OVER).values("state", "error"))
    assert max(accepted.values()) == 1
    sent = {f"<{pk}@contoh.go.id>" for pk in Mail.objects.filter(state=SENT).values_list("pk", flat=True)}
    assert sent <= accepted.keys()
    assert not over.exclude(state=SENT).filter(error="").exists()
    with capsys.disabled():
        told = f"{over.count()} of {len(every)} mails ended once; the server has {len(accepted)}, none twice"
        sys.stdout.write(f"\n{told}\n")
