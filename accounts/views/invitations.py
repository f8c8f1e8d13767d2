"""The one door for somebody without a password."""

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.forms import InvitedPasswordForm
from accounts.services import invitations
from kla_portal.lib.forms import posted

GUESSED = {"username": "undangan:"}
"""Under this name axes counts links that never were. No person can have it."""


@login_not_required
@never_cache
@sensitive_variables("token")
@sensitive_post_parameters("new_password1", "new_password2")
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link uses nothing up, because messengers open links too; only a password sent does."""
    invitation = invitations.find(token)
    if invitation is None:
        return _unknown(request)
    if not invitations.is_open(invitation):
        used = invitation.used_at is not None
        return render(request, "accounts/invitation_closed.html", {"used": used}, status=410)
    form = InvitedPasswordForm(invitation.user, posted(request))
    if request.method == "POST" and form.is_valid():
        if not invitations.accept(invitation, form.cleaned_data["new_password1"]):
            return render(request, "accounts/invitation_closed.html", {"used": True}, status=410)
        auth.logout(request)
        messages.success(request, f"Kata sandi tersimpan. Silakan masuk sebagai {invitation.user.username}.")
        return redirect("accounts:sign_in")
    context = {"form": form, "invitation": invitation}
    return render(request, "accounts/invitation_accept.html", context, status=422 if form.errors else 200)


def _unknown(request: HttpRequest) -> HttpResponse:
    """404; after five such links from one address 429 for a while. True links keep working: whole offices share one."""
    if AxesProxyHandler.is_allowed(request, GUESSED):
        user_login_failed.send(__name__, credentials=dict(GUESSED), request=request)
    else:
        request.axes_locked_out, request.axes_credentials = True, GUESSED  # type: ignore[attr-defined]
    return render(request, "accounts/invitation_closed.html", {"used": False}, status=404)
