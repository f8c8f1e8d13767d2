"""One's own account: contact data, password, and the role one acts in."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import middleware, queries, stepup
from accounts.forms import CONFIRM_PREFIX, ConfirmationForm, PasswordChangeForm, ProfileForm
from accounts.models import Membership
from accounts.services import people, second_factor
from accounts.views.sign_in import note_refusal, way_on
from kla_portal.lib.forms import posted
from kla_portal.lib.versions import Stale

LONGEST_ID = 18
"""Digits; what has more fits no database."""


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
def profile(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    status = 200
    start = {name: getattr(person, name) for name in ("version", "email", "phone", "wants_digest")}
    form = ProfileForm(request, posted(request), initial=start)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            told = {name: data[name] for name in ("email", "phone", "wants_digest")}
            people.save_profile(person, data["version"], **told)
        except Stale as stale:
            person, status = stale.current, 409
            form.add_error(None, "Profil ini baru saja diubah di jendela lain. Muat ulang halaman, lalu ubah lagi.")
        else:
            messages.success(request, "Profil tersimpan.")
            return redirect("accounts:profile")
    elif form.errors:
        note_refusal(request, form, "password")
        status = 422
    context = {
        "form": form,
        "person": person,
        "memberships": person.current_memberships,
        "second_factor": second_factor.has_device(person),
        "codes_left": second_factor.codes_left(person),
        "events": queries.account_history(person),
    }
    return render(request, "accounts/profile.html", context, status=status)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password", "new_password1", "new_password2")
def password_change(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = PasswordChangeForm(request, posted(request))
    if request.method == "POST" and form.is_valid():
        people.set_password(user, form.cleaned_data["new_password1"])
        update_session_auth_hash(request, user)
        messages.success(request, "Kata sandi diganti. Sesi Anda di perangkat lain sudah diakhiri.")
        return redirect(way_on(request))
    note_refusal(request, form, "password")
    context = {"form": form, "forced": user.must_change_password, "next": request.GET.get("next", "")}
    return render(request, "accounts/password_change.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters(f"{CONFIRM_PREFIX}-password", f"{CONFIRM_PREFIX}-code")
def confirm_password(request: HttpRequest) -> HttpResponse:
    """Give the password again in a tab of its own, for a form that stays where it is; see accounts.stepup."""
    form = ConfirmationForm(request, posted(request), prefix=CONFIRM_PREFIX)
    if request.method == "POST" and form.is_valid():
        stepup.confirmed(request)
        messages.success(request, "Terima kasih. Lanjutkan langkah tadi; bila terbuka di tab lain, tekan lagi di sana.")
        return redirect(way_on(request))
    note_refusal(request, form, "password")
    context = {"form": form, "next": request.POST.get("next", request.GET.get("next", ""))}
    context["minutes"] = settings.CONFIRM_SECONDS // 60
    return render(request, "accounts/confirm_password.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def membership_switch(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if request.method == "GET":
        return render(request, "accounts/membership_switch.html", {"memberships": user.current_memberships})
    wanted = request.POST.get("membership", "")
    if not wanted.isdecimal() or len(wanted) > LONGEST_ID:
        raise Http404
    own = Membership.objects.visible_to(user).current().filter(user=user)
    membership = get_object_or_404(own, pk=int(wanted))
    people.switch(membership, by=user)
    request.session.cycle_key()
    request.session[middleware.MEMBERSHIP] = membership.pk
    messages.success(request, f"Anda sekarang bertindak sebagai {membership}.")
    return redirect(resolve_url(settings.LOGIN_REDIRECT_URL))
