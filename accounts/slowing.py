"""Slowing down whoever tries many accounts, without locking anybody out.

django-axes closes one name at one address after five wrong tries. That does not see one password tried on a thousand
names, nor a thousand addresses. So the wrong tries still on record (axes' own rows of the last quarter of an hour; a
right password takes back those of its name) are also counted by address and altogether: above a number, one more try
is looked at only every few seconds. Nothing is closed, and a browser from which a person has come in before
(`known_here`) is never slowed for that person: an office whose address somebody else misuses goes on working.
"""

import math
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.db.models import Max, Q, Sum
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.addresses import client_address
from accounts.forms import clean_name

SALT = "accounts.known_here"
FEW = 3
"""Wrong tries of an address that the brake for the whole portal takes for nobody's slip: whoever has made fewer is not
kept waiting by what others do elsewhere."""
MOST = 8
"""People whom one browser remembers: a shared computer at an office."""
LIFE = timedelta(days=180)


def seconds_to_wait(request: HttpRequest, typed_name: str) -> int:
    """Until the next try from here is looked at; 0 for now. One query, whoever is asked for."""
    now = timezone.now()
    since = now - (get_cool_off(request) or timedelta())
    here = Q(ip_address=client_address(request))
    tries = AccessAttempt.objects.filter(attempt_time__gt=since).aggregate(
        here=Sum("failures_since_start", filter=here),
        last_here=Max("attempt_time", filter=here),
        all=Sum("failures_since_start"),
        last=Max("attempt_time"),
    )
    if clean_name(typed_name) in known_here(request):
        return 0
    address, everywhere = settings.SLOW_ADDRESS, settings.SLOW_EVERYWHERE
    waits = [
        _rest(tries["here"], tries["last_here"], now, *address),
        _rest(tries["all"], tries["last"], now, *everywhere) if (tries["here"] or 0) >= FEW else 0,
    ]
    return max(waits)


def _rest(count: int | None, last: Any, now: Any, free: int, every: int) -> int:
    """`free` wrong tries are looked at without a wait; after that one every `every` seconds."""
    if last is None or (count or 0) < free:
        return 0
    return max(0, math.ceil(every - (now - last).total_seconds()))


def known_here(request: HttpRequest) -> list[str]:
    """Names of those who have come in from this browser before, the latest first."""
    cookie = request.COOKIES.get(settings.KNOWN_COOKIE_NAME, "")
    try:
        names = signing.loads(cookie, salt=SALT, max_age=LIFE) if cookie else []
    except signing.BadSignature:
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def remember(request: HttpRequest, response: HttpResponseBase, user: Any) -> None:
    """After the right password: this browser has seen this person."""
    before: Iterable[str] = (name for name in known_here(request) if name != user.username)
    response.set_cookie(
        settings.KNOWN_COOKIE_NAME,
        signing.dumps([user.username, *before][:MOST], salt=SALT),
        max_age=int(LIFE.total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
