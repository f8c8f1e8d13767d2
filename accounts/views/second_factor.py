"""The second factor: setting it up, giving it, its recovery codes."""

import math
from typing import Any

import django_otp
import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import middleware, permissions
from accounts.enums import NEEDS_TOTP
from accounts.forms import AgainWithCode, CodeForm, SecondFactorSetupForm
from accounts.services import second_factor, sign_in
from accounts.views.sign_in import note_refusal, way_on
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted


def is_required(user: Any) -> bool:
    """One of the person's roles may only be used with a second factor."""
    return settings.REQUIRE_TOTP and any(one.role in NEEDS_TOTP for one in user.current_memberships)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password", "code")
def totp_setup(request: HttpRequest) -> HttpResponse:
    form = SecondFactorSetupForm(request, posted(request))
    if request.method == "POST" and form.is_valid():
        if confirmed := second_factor.confirm(request.user, form.cleaned_data["code"]):
            device, codes = confirmed
            _trust(request, device)
            return render(request, "accounts/recovery_codes.html", {"codes": codes, "next": way_on(request)})
        form.add_error("code", "Kode ini tidak cocok. Pastikan jam ponsel Anda tepat, lalu isi kode yang baru.")
    note_refusal(request, form, "password")
    device = second_factor.pending(request.user)
    context = {
        "form": form,
        "qr": segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=2, light="#fff"),
        "secret": _secret_text(device.config_url),
        "required": is_required(request.user),
        "replaces": second_factor.has_device(request.user),
        "next": request.GET.get("next", ""),
    }
    return render(request, "accounts/totp_setup.html", context, status=422 if form.errors else 200)


def _secret_text(url: str) -> str:
    """The secret in groups of four, as people type it into an app that cannot scan."""
    secret = url.partition("secret=")[2].partition("&")[0]
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def _trust(request: HttpRequest, device: Any) -> None:
    """The session has shown the second factor; a session with more rights gets a new key."""
    request.session.cycle_key()
    request.session[middleware.SECOND_FACTOR] = True
    request.session[middleware.CONFIRMED] = int(timezone.now().timestamp())
    django_otp.login(request, device)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code")
def totp_verify(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if user.is_verified() or not second_factor.has_device(user):
        request.session[middleware.SECOND_FACTOR] = second_factor.has_device(user)
        return redirect(way_on(request))
    form, status = CodeForm(posted(request)), 200
    if request.method == "POST" and form.is_valid():
        if device := second_factor.verify(user, form.cleaned_data["code"]):
            _trust(request, device)
            sign_in.succeeded(user, second_factor=True)
            return redirect(way_on(request))
        sign_in.second_factor_failed(user)
        form.add_error("code", _refusal(user))
    context = {"form": form, "next": request.POST.get("next", request.GET.get("next", ""))}
    status = 422 if form.errors else 200
    return render(request, "accounts/totp_verify.html", context, status=status)


def _refusal(user: Any) -> str:
    left = second_factor.wait(user)
    text = "Kode ini tidak diterima. Setiap kode hanya berlaku sekali dan sebentar; isi kode yang sedang tampil."
    return (
        text if left is None else f"{text} Tunggu {max(1, math.ceil(left.total_seconds()))} detik sebelum mencoba lagi."
    )


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
def totp_remove(request: HttpRequest) -> HttpResponse:
    require(permissions.can_drop_second_factor(request.user, required=is_required(request.user)))
    form = AgainWithCode(request, posted(request))
    if request.method == "POST" and form.is_valid():
        second_factor.remove(request.user, by=request.user)
        request.session[middleware.SECOND_FACTOR] = False
        update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
        messages.success(request, "Verifikasi dua langkah dimatikan.")
        return redirect("accounts:profile")
    note_refusal(request, form, "password")
    return render(request, "accounts/totp_remove.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
def recovery_codes(request: HttpRequest) -> HttpResponse:
    if not second_factor.has_device(request.user):
        return redirect("accounts:totp_setup")
    form = AgainWithCode(request, posted(request))
    context: dict[str, Any] = {"form": form, "left": second_factor.codes_left(request.user)}
    if request.method == "POST" and form.is_valid():
        context = {"codes": second_factor.renew_codes(request.user)}
    note_refusal(request, form, "password")
    return render(request, "accounts/recovery_codes.html", context, status=422 if form.errors else 200)
