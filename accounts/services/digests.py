"""Once a day, at seven in the morning where the person is: what waits unread in the inbox, in one message."""

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice, User
from kla_portal.lib.dates import ZONES, long_date, zone_of
from trail.models import Mail
from trail.services import mails

AT = time(7)
MOST = 20
"""More notices than these are only counted."""


def send_due(now: datetime | None = None) -> int:
    """Queue the message of everybody whose seven o'clock is past and who has had none today; returns how many.

    It holds what came in before seven and is not read; who has nothing waiting, wants none or has no address gets
    none. Safe to run at any time and at once: one message per person and day.
    """
    if not mails.configured():
        return 0
    waiting = Notice.objects.filter(user=OuterRef("pk"), read_at=None, mail=None)
    people = User.objects.filter(Exists(waiting), is_active=True, wants_digest=True).exclude(email="")
    return sum(_send(pk, now or timezone.now()) for pk in list(people.order_by("pk").values_list("pk", flat=True)))


def _send(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=pk)
        if person.acting is None:
            return False  # nothing in the portal is theirs any more
        zone = ZONES[zone_of(person.acting.territory)]
        today = now.astimezone(zone).date()
        seven = datetime.combine(today, AT, zone)
        key = f"digest:{pk}:{today:%Y-%m-%d}"
        if now < seven or Mail.objects.filter(key=key).exists():
            return False
        rows = person.notices.filter(read_at=None, mail=None, at__lt=seven)
        told = list(rows.order_by("-id"))
        if not told:
            return False
        mail = mails.queue(key, person.email, f"Portal KLA: {len(told)} pemberitahuan belum dibaca", _text(told, today))
        Notice.objects.filter(pk__in=[notice.pk for notice in told]).update(mail=mail)
    return mail is not None


def _text(told: list[Notice], today: Any) -> str:
    lines = [f"Pemberitahuan yang belum Anda baca di Portal KLA, {long_date(today)}:", ""]
    for notice in told[:MOST]:
        lines += [f"- {notice.title}", f"  {_address('accounts:notice_open', notice.pk)}"]
    if len(told) > MOST:
        lines += [f"… dan {len(told) - MOST} lainnya."]
    lines += [
        "",
        f"Semuanya ada di kotak masuk Anda: {_address('accounts:inbox')}",
        "",
        "Ringkasan ini dikirim sekali sehari. Anda dapat menghentikannya pada halaman profil: "
        + _address("accounts:profile"),
        "",
    ]
    return "\n".join(lines)


def _address(name: str, *args: Any) -> str:
    return settings.ADDRESS.rstrip("/") + reverse(name, args=args)
