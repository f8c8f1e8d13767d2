"""The outbox: written in the transaction of what a message tells, sent by the worker afterwards, never twice.

A message is claimed by a conditional update and held by a lease, as a job is. What became of it is known but for one
moment: from the dot that ends its text until the server's answer. `sent_at` is written just before that dot, so that
whoever finds the message after a crash knows whether the server may have it: without it it is queued again, with it
it is `unsure` and left alone, because what it tells is in the inbox as well.
"""

import contextlib
import logging
import select
import smtplib
import ssl
import time
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from trail.models import Mail, MailState
from trail.services import bell

TASK = "trail.tasks.send_mails"
LEASE = timedelta(minutes=5)
PATIENCE = 20.0
"""Seconds that the server may take for each of its answers."""
TRIES = 10
"""With `pause` after each, the last is some seventeen hours after the first."""
ROUND, ROUND_SECONDS = 200, 60
KEPT = timedelta(days=90)
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
OVER = (MailState.SENT, MailState.FAILED, MailState.UNSURE)
logger = logging.getLogger(__name__)


class Refused(Exception):
    """The server will not have this message, now or ever."""


class Later(Exception):
    """Not now: the server is away or asks for patience, and certainly does not have the message."""


def configured() -> bool:
    """Is there a server for mail at all?"""
    return bool(settings.SMTP_URL)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many tries.

    >>> [str(pause(attempts)) for attempts in (1, 2, 9)]
    ['0:02:00', '0:04:00', '8:32:00']
    """
    return timedelta(minutes=2**attempts)


# --- writing --------------------------------------------------------------------------------------------------------
def queue(key: str, to: str, subject: str, text: str) -> Mail | None:
    """Put a message into the outbox, in the caller's transaction; the worker hears of it after the commit.

    `key` (160 characters) makes it one: asked for again it is the message that is there. None where the portal has no
    server for mail, or the person no address. Subject and text hold titles and links only. Raises RuntimeError outside
    a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a message belongs into the transaction of what it tells")
    if not configured() or not to:
        return None
    plain = " ".join(subject.split())[:200]
    mail, fresh = Mail.objects.get_or_create(key=key[:160], defaults={"to": to, "subject": plain, "text": text})
    if fresh:
        transaction.on_commit(partial(bell.ring, TASK, str(mail.pk)))
    return mail


def withdraw(which: Any) -> int:
    """Take messages (a list or a query of their keys) that no server has yet out of the outbox; how many. What they
    told counts as not sent, so that it is should their reader come back. In the caller's transaction."""
    _, gone = Mail.objects.filter(pk__in=which, state=MailState.QUEUED).delete()
    return gone.get(Mail._meta.label, 0)


# --- sending --------------------------------------------------------------------------------------------------------
def send(pk: Any) -> MailState | None:
    """Send one message if it is due and nobody else has it; its state afterwards, None for one that was not ours."""
    now = timezone.now()
    due = Mail.objects.filter(pk=pk, state=MailState.QUEUED, due_at__lte=now)
    if not due.update(state=MailState.SENDING, lease_until=now + LEASE, attempts=F("attempts") + 1, sent_at=None):
        return None
    mail = Mail.objects.get(pk=pk)
    try:
        _deliver(mail)
    except Refused as why:
        return _end(mail, MailState.FAILED, why)
    except Later as why:
        return _again(mail, why)
    except (OSError, smtplib.SMTPException) as why:  # after the dot: see `_deliver`
        return _end(mail, MailState.UNSURE, why)
    return _end(mail, MailState.SENT, "")


def send_due() -> int:
    """One round: what died is taken up, then every message that is due, as long as a round may last. How many."""
    take_up()
    began, done = time.monotonic(), 0
    waiting = Mail.objects.filter(state=MailState.QUEUED, due_at__lte=timezone.now()).order_by("due_at", "pk")
    for pk in list(waiting.values_list("pk", flat=True)[:ROUND]):
        if time.monotonic() - began > ROUND_SECONDS:
            break
        done += send(pk) is not None
    return done


def take_up() -> None:
    """Messages whose worker died: queued again while the server cannot have them, else unsure. Old ones go."""
    now = timezone.now()
    dead = Mail.objects.filter(state=MailState.SENDING, lease_until__lte=now)
    words = "Pengirim berhenti sebelum server surel menjawab."
    dead.filter(sent_at=None, attempts__lt=TRIES).update(state=MailState.QUEUED, due_at=now, lease_until=None)
    dead.filter(sent_at=None).update(state=MailState.FAILED, lease_until=None, error=words)
    dead.exclude(sent_at=None).update(state=MailState.UNSURE, lease_until=None, error=words)
    Mail.objects.filter(state__in=OVER, queued_at__lt=now - KEPT).delete()


def _end(mail: Mail, state: MailState, why: object) -> MailState:
    # A lease that ran out meanwhile may have made it unsure; what the server said is better.
    mine = Mail.objects.filter(pk=mail.pk, state__in=(MailState.SENDING, MailState.UNSURE), attempts=mail.attempts)
    mine.update(state=state, lease_until=None, error=str(why)[:400])
    if state != MailState.SENT:
        logger.warning("mail %s: %s (%s)", mail.pk, state, why)
    return state


def _again(mail: Mail, why: object) -> MailState:
    if mail.attempts >= TRIES:
        return _end(mail, MailState.FAILED, why)
    mine = Mail.objects.filter(pk=mail.pk, state=MailState.SENDING, attempts=mail.attempts)
    due = timezone.now() + pause(mail.attempts)
    mine.update(state=MailState.QUEUED, due_at=due, lease_until=None, sent_at=None, error=str(why)[:400])
    return MailState.QUEUED


def _deliver(mail: Mail) -> None:
    """Hand the message over. Raises Refused or Later while the server certainly does not have it; any other error means
    that nobody can know."""
    try:
        server = _connect()
    except (OSError, smtplib.SMTPException) as fault:
        raise Later(fault) from fault
    try:
        try:
            _until_the_dot(server, mail)
        except (OSError, smtplib.SMTPException) as fault:
            raise Later(fault) from fault
        server.send(b".\r\n")
        code, answer = server.getreply()
        _judge(code, answer)
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.quit()  # it has said that it has the message; how it takes leave changes nothing
    finally:
        server.close()


def _connect() -> smtplib.SMTP:
    """A server that is ready for a message, as KLA_SMTP_URL names it."""
    parts = urlsplit(settings.SMTP_URL)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port, timeout=PATIENCE)
    try:
        server.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp+tls":
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _until_the_dot(server: smtplib.SMTP, mail: Mail) -> None:
    """Everything but the last line. Raises Refused for what the server will never take from us for this person."""
    code, answer = server.mail(settings.MAIL_FROM)
    if code != 250:
        raise Later(_words(code, answer))  # our own address: a fault of the settings, to be mended
    _judge(*server.rcpt(mail.to))
    code, answer = server.docmd("DATA")
    if code != 354:
        _judge(code, answer)
        raise Later(_words(code, answer))
    server.send(_text(mail))
    assert server.sock is not None
    if select.select([server.sock], [], [], 0)[0]:
        raise Later("server surel memutus sambungan di tengah pesan")
    now = timezone.now()
    mine = Mail.objects.filter(pk=mail.pk, state=MailState.SENDING, attempts=mail.attempts, lease_until__gt=now)
    if not mine.update(sent_at=now, lease_until=now + LEASE):
        raise Later("waktu pengiriman ini sudah habis")  # another worker may have it by now


def _judge(code: int, answer: bytes) -> None:
    if 500 <= code < 600:
        raise Refused(_words(code, answer))
    if not 200 <= code < 300:
        raise Later(_words(code, answer))


def _words(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode(errors='replace')}"


def _text(mail: Mail) -> bytes:
    """The message as it goes over the wire, the same at every try, without the dot that ends it."""
    message = EmailMessage(policy=WIRE)
    message["Message-ID"] = f"<{mail.pk}@{settings.MAIL_FROM.rpartition('@')[2]}>"
    message["Date"] = format_datetime(mail.queued_at)
    message["From"], message["To"], message["Subject"] = settings.MAIL_FROM, mail.to, mail.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    lines = message.as_bytes().splitlines()
    return b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines)
