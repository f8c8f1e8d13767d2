"""Signing in, signing out, and the page for those who tried too often."""

import math
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import middleware, queries, slowing
from accounts.forms import SignInForm
from accounts.services import second_factor
from accounts.services import sign_in as service
from kla_portal.lib.forms import UNSAVED, posted, posted_from

ENDED = {
    "idle": "Sesi Anda berakhir karena lama tidak dipakai. Silakan masuk lagi; yang sudah tersimpan tidak hilang.",
    "membership": "Peran Anda di portal ini sudah berakhir. Hubungi koordinator KLA di daerah Anda.",
}


def way_on(request: HttpRequest) -> str:
    """Where `next` leads if that is a page of this portal, else the person's home page."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(way_on(request))
    if request.method == "POST" and (wait := slowing.seconds_to_wait(request, request.POST.get("username", ""))):
        return _busy(request, wait)
    form = SignInForm(request, data=posted(request))
    if request.method == "POST" and form.is_valid():
        begin_session(request, form.get_user())
        response = redirect(way_on(request))
        slowing.remember(request, response, request.user)
        return response
    note_refusal(request, form, "__all__")
    context = {"form": form, "next": request.POST.get("next", request.GET.get("next", ""))}
    context["lost"] = UNSAVED in request.GET
    context["ended"] = ENDED.get(request.session.pop(middleware.ENDED, "")) if request.method == "GET" else None
    return render(request, "accounts/sign_in.html", context, status=422 if form.errors else 200)


def begin_session(request: HttpRequest, user: Any) -> None:
    """A session under a new key, whose clock starts now; the second factor is still due if the person has one."""
    request.session.flush()
    auth.login(request, user)
    now = int(timezone.now().timestamp())
    for since in (middleware.STARTED, middleware.SEEN, middleware.CONFIRMED):
        request.session[since] = now
    request.session[middleware.SECOND_FACTOR] = second_factor.has_device(user)
    service.succeeded(user)


def note_refusal(request: HttpRequest, form: Any, field: str) -> None:
    """Put a wrong password into the trail, wherever it was typed; not the tries made while the door is closed."""
    failures = getattr(request, "axes_failures_since_start", None)
    if form.has_error(field, "invalid_login") and failures:
        name = request.user.get_username() or form.cleaned_data["username"]
        service.failed(name, locked=failures == settings.AXES_FAILURE_LIMIT)


@posted_from(lambda request: resolve_url(settings.LOGIN_REDIRECT_URL))
def sign_out(request: HttpRequest) -> HttpResponse:
    service.signed_out(request.user)  # type: ignore[arg-type]
    auth.logout(request)
    response = redirect(settings.LOGOUT_REDIRECT_URL)
    response.delete_cookie(settings.SESSION_COOKIE_NAME, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _busy(request: HttpRequest, wait: int) -> HttpResponse:
    """429: from here, or in all, too many tries were wrong just now. The next one is looked at in a moment."""
    context = {"seconds": wait, "next": request.POST.get("next", "")}
    response = render(request, "accounts/slowed_down.html", context, status=429)
    response.headers["Retry-After"] = str(wait)
    return response


def locked_out(request: HttpRequest, original: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """429 for a name and address with too many wrong tries, with the minutes left to wait."""
    wait = queries.seconds_locked(request, credentials)
    context = {"minutes": max(1, math.ceil(wait / 60)), "tries": settings.AXES_FAILURE_LIMIT}
    response = render(request, "accounts/locked_out.html", context, status=429)
    response.headers["Retry-After"] = str(wait)
    return response
