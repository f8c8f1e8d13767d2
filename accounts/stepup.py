"""Asking again who is there, before what cannot be undone: a session left open is not enough to submit or to award.

A sign-in counts for CONFIRM_SECONDS. After that the password is asked for once more, with a code where the person has a
second factor. A form that was sent is asked for on its own address and kept in the page meanwhile, so that nothing is
typed twice; one sent by htmx stays on the screen, and its answer leads to `accounts:confirm_password` in a new tab.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.html import format_html
from django.views.decorators.debug import sensitive_post_parameters

from accounts import middleware
from accounts.forms import CONFIRM_PREFIX, ConfirmationForm
from accounts.middleware import is_fresh
from accounts.views.sign_in import note_refusal

View = Callable[..., HttpResponseBase]
When = Callable[..., bool]
NOT_KEPT = frozenset({"csrfmiddlewaretoken", *(f"{CONFIRM_PREFIX}-{name}" for name in ("password", "code", "asked"))})
ASK_IN_A_TAB = (
    "<p><span data-reason>Belum tersimpan: langkah ini meminta kata sandi Anda sekali lagi. Isian masih ada di layar. "
    'Pastikan diri di tab baru, lalu coba lagi di sini.</span> <a href="{}" target="_blank" rel="noopener">'
    "Pastikan di tab baru</a></p>"
)


def confirmed(request: HttpRequest) -> None:
    """The password and, where there is one, the code were given just now. A session with more rights gets a new key."""
    request.session[middleware.CONFIRMED] = int(timezone.now().timestamp())
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]  # cycles the key


def recently_confirmed(view: View | None = None, *, when: When = lambda *args, **kwargs: True) -> Any:
    """The view takes a form only from somebody who is known to be there; `when`, called like the view, says for which.

    For forms without files: what is kept in the page while asking is text.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != "POST" or is_fresh(request) or not when(request, *args, **kwargs):
                return view(request, *args, **kwargs)
            return ask(request) or view(request, *args, **kwargs)

        return answer

    return decorate(view) if view else decorate


@sensitive_post_parameters(f"{CONFIRM_PREFIX}-password", f"{CONFIRM_PREFIX}-code")
def ask(request: HttpRequest) -> HttpResponse | None:
    """The page that asks, over the form that was sent; None once the right password came with it."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(format_html(ASK_IN_A_TAB, reverse("accounts:confirm_password")), status=401)
    sent = f"{CONFIRM_PREFIX}-asked" in request.POST
    form = ConfirmationForm(request, request.POST if sent else None, prefix=CONFIRM_PREFIX)
    if sent and form.is_valid():
        confirmed(request)
        return None
    note_refusal(request, form, "password")
    kept = [(name, value) for name, values in request.POST.lists() if name not in NOT_KEPT for value in values]
    response = render(
        request,
        "accounts/confirm_password.html",
        {"form": form, "kept": kept, "minutes": settings.CONFIRM_SECONDS // 60},
        status=422 if sent else 401,
    )
    add_never_cache_headers(response)
    return response
