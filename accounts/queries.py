"""Reading what the screens of an account show."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from axes.helpers import get_client_username, get_cool_off
from axes.models import AccessAttempt
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone

from accounts.enums import OF_A_CITY, Role
from regions import codes
from trail import words
from trail.models import Event, EventQuerySet
from trail.words import Told

LABELS = {
    "signed_in": "Masuk",
    "signed_out": "Keluar",
    "sign_in_failed": "Kata sandi salah",
    "sign_in_locked": "Ditutup sementara karena terlalu banyak percobaan",
    "second_factor_given": "Kode verifikasi diterima",
    "second_factor_failed": "Kode verifikasi salah",
    "second_factor_on": "Verifikasi dua langkah dinyalakan",
    "second_factor_off": "Verifikasi dua langkah dimatikan",
    "recovery_codes_renewed": "Kode cadangan dibuat baru",
    "password_changed": "Kata sandi diganti",
    "profile_saved": "Profil diubah",
    "person_invited": "Diundang",
    "link_issued": "Tautan sekali pakai dibuat",
    "link_used": "Kata sandi dibuat lewat tautan",
    "membership_added": "Peran ditambahkan",
    "membership_ended": "Peran diakhiri",
    "membership_reopened": "Pengakhiran peran dibatalkan",
    "acting_switched": "Berganti peran",
    "account_closed": "Akun ditutup",
    "account_opened": "Akun dibuka lagi",
}


def subject_of(user: Any) -> str:
    """The key under which the trail keeps the history of one person."""
    return f"user:{user.pk}"


def home_of(user: Any) -> str:
    """Code of the region the person acts for, "" for the nation or for none."""
    return user.territory or ""


def account_history(person: Any, *, territory: str = "", limit: int = 10) -> list[Event]:
    """The newest events of this account, each with the `label` that the screen shows.

    `territory`: only what happened there; a coordinator learns nothing of the person's roles elsewhere.
    """
    inside = codes.within(territory, "region_code")
    events = list(Event.objects.about(subject_of(person)).filter(inside)[:limit])
    for event in events:
        event.label = LABELS.get(event.action, event.action)  # type: ignore[attr-defined]
    return events


def seconds_locked(request: HttpRequest, credentials: dict[str, Any] | None) -> int:
    """How long a name at an address still waits after too many wrong tries; at least 1."""
    tries = AccessAttempt.objects.filter(
        username=get_client_username(request, credentials), ip_address=getattr(request, "axes_ip_address", None)
    )
    last = tries.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    until = last + (get_cool_off(request) or timedelta())
    return max(1, math.ceil((until - timezone.now()).total_seconds()))


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of what a person did, or of what was done to the account."""

    event: Event
    label: str
    about: str
    url: str


def deeds(person: Any, *, territory: str = "", done: bool) -> EventQuerySet:
    """What the person did (`done`), or what happened to the account, newest first.

    `territory`: only what happened there, and what was done in a role of a city; a coordinator learns nothing of what
    the person does elsewhere, nor of what they judge. The nation ('') learns nothing of how a region divides its work.
    Conversations and verdicts are in neither list.
    """
    rows = Event.objects.select_related("actor").filter(codes.within(territory, "region_code")).order_by("-id")
    rows = rows.filter(action__in=words.actions(Told.OPEN, *([Told.REGION] if territory else [])))
    if not done:
        return rows.filter(subject=subject_of(person))
    if territory:
        rows = rows.filter(acting_as__in=["", *OF_A_CITY, Role.UNIT_OPERATOR])
    return rows.filter(actor=person)


def told(events: Iterable[Event]) -> list[Deed]:
    """As the screen shows them: what it was called and where it happened, never what was written. No query."""
    return [
        Deed(
            event,
            found.label if (found := words.word(event.action)) else event.action,
            event.detail if event.subject.startswith(("evaluation:", "user:", "agency:")) else "",
            words.address(event.subject, event.detail),
        )
        for event in events
    ]
