"""Every request of somebody signed in: how long the session lives, who they act as, what they owe first."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from accounts.enums import NEEDS_TOTP

Handler = Callable[[HttpRequest], HttpResponse]

STARTED, SEEN, ENDED, MEMBERSHIP, SECOND_FACTOR = "started", "seen", "ended", "membership", "second_factor"
CONFIRMED = "confirmed"
"""Keys in the session: when it began, when it was last used (both epoch seconds), why the one before ended, the
chosen membership's id, whether this person has a confirmed device whose code must follow the password, and when
password and code were last given."""

SEEN_EVERY = 60
"""Seconds between two notes of use: writing one with every request would make each page a write."""

PASSWORD_PAGES = frozenset({"accounts:password_change", "accounts:sign_out"})
SECOND_FACTOR_PAGES = frozenset({"accounts:totp_verify", "accounts:totp_setup", "accounts:sign_out"})


def is_poll(request: HttpRequest) -> bool:
    """Asked by the page itself, not by the person before it: this keeps no session alive."""
    return request.headers.get("HX-Trigger-Name") == "poll"


def is_fresh(request: HttpRequest) -> bool:
    """Has this person given the password, and the code where there is one, within CONFIRM_SECONDS?"""
    known = request.session.get(CONFIRMED, request.session.get(STARTED, 0))
    return bool(timezone.now().timestamp() - known < settings.CONFIRM_SECONDS)


class SessionLimits:
    """Ends a session after SESSION_IDLE_SECONDS without use, and after SESSION_COOKIE_AGE in any case."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._limit(request)
        return self.get_response(request)

    def _limit(self, request: HttpRequest) -> None:
        now, session = int(timezone.now().timestamp()), request.session
        started, seen = session.setdefault(STARTED, now), session.setdefault(SEEN, now)
        if now - started >= settings.SESSION_COOKIE_AGE or now - seen >= settings.SESSION_IDLE_SECONDS:
            end_session(request, "idle")
        elif now - seen >= SEEN_EVERY and not is_poll(request):
            session[SEEN] = now


class ActingMembership:
    """Sets `user.acting` from one query, so that an ended right is gone at once.

    The membership chosen for the session counts while it is current and the user's own; else the first current one.
    Somebody without any current membership has nothing to do here: the session ends.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            current = request.user.current_memberships
            chosen = request.session.get(MEMBERSHIP)
            if current:
                request.user.acting = next((one for one in current if one.pk == chosen), current[0])
            else:
                end_session(request, "membership")
        return self.get_response(request)


class AccountDuties:
    """First things first: an initial password is changed, and the second factor given, before any other page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return None
        match = request.resolver_match
        page = match.view_name if match else ""
        duty = duty_of(request)
        if duty is None or page in duty[1]:
            return None
        address = reverse(duty[0])
        if request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(address)
        if request.method == "GET":
            address += "?" + urlencode({"next": request.get_full_path()})
        return redirect(address)


def duty_of(request: HttpRequest) -> tuple[str, frozenset[str]] | None:
    """The page owed and the pages open meanwhile; None when nothing is owed.

    The second factor comes before the password: a stolen initial password alone must not be enough to change it.
    """
    user: Any = request.user
    if not user.is_verified():
        if request.session.get(SECOND_FACTOR):
            return "accounts:totp_verify", SECOND_FACTOR_PAGES - {"accounts:totp_setup"}
        if user.must_change_password:
            return "accounts:password_change", PASSWORD_PAGES
        if settings.REQUIRE_TOTP and any(one.role in NEEDS_TOTP for one in user.current_memberships):
            return "accounts:totp_setup", SECOND_FACTOR_PAGES
    if user.must_change_password:
        return "accounts:password_change", PASSWORD_PAGES
    return None


def end_session(request: HttpRequest, why: str) -> None:
    """Sign out and leave a word for the sign-in page: 'idle' or 'membership'."""
    logout(request)
    request.session[ENDED] = why
