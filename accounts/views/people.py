"""The people of a territory: who they are, bringing them in, letting them go."""

import uuid
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import permissions, queries
from accounts.filters import PersonFilter
from accounts.forms import NAME_TAKEN, InviteForm
from accounts.models import Membership, User
from accounts.services import invitations, people, second_factor
from accounts.stepup import recently_confirmed
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted, posted_from
from trail.services.once import once, outcome_of

PAGE = 25


def _membership(request: HttpRequest, pk: int) -> Membership:
    rows = Membership.objects.visible_to(request.user).select_related("user", "region", "agency")
    return get_object_or_404(rows, pk=pk)


def _person_page(request: HttpRequest, pk: int) -> str:
    return reverse("accounts:person_detail", args=[_membership(request, pk).pk])


@require_safe
def person_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_people(request.user))
    rows = Membership.objects.visible_to(request.user).select_related("user", "region", "agency")
    filtered = PersonFilter(request.GET or None, rows.order_by("user__full_name", "id"))
    page = Paginator(filtered.qs, PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {"filter": filtered, "page": page, "querystring": query.urlencode(), "narrowed": bool(query)}
    return render(request, "accounts/person_list.html", context)


@require_safe
def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    require(permissions.can_manage_people(request.user))
    membership = _membership(request, pk)
    person = membership.user
    user: Any = request.user
    seen = Membership.objects.visible_to(user).filter(user=person).select_related("user", "region", "agency")
    context = {
        "membership": membership,
        "person": person,
        "rows": [(row, permissions.can_retire(user, row), people.can_reopen(row)) for row in seen.order_by("id")],
        "reset": permissions.can_reset(user, person),
        "close": permissions.can_close(user, person),
        "second_factor": second_factor.has_device(person),
        "events": queries.account_history(person, territory=user.territory or ""),
        "once": uuid.uuid4(),
    }
    return render(request, "accounts/person_detail.html", context)


@require_safe
def person_history(request: HttpRequest, pk: int) -> HttpResponse:
    """What the person did, or with `?akun` what was done to the account, as far as it happened in one's territory."""
    require(permissions.can_manage_people(request.user))
    membership = _membership(request, pk)
    user: Any = request.user
    done = "akun" not in request.GET
    rows = queries.deeds(membership.user, territory=user.territory or "", done=done)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"membership": membership, "person": membership.user, "done": done, "page": page}
    return render(request, "accounts/person_history.html", context | {"deeds": queries.told(page)})


@never_cache
@recently_confirmed
@require_http_methods(["GET", "POST"])
def person_invite(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_people(request.user))
    if sent := outcome_of(request.user, request.POST.get("once", ""), purpose="person_invite"):
        return _show_link(request, int(sent), "")
    form = InviteForm(request.user, posted(request), initial={"once": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        require(permissions.can_invite(request.user, form.cleaned_data["role"], form.cleaned_data["region"]))
        try:
            return _add_role(request, form, form.person) if form.person else _invite(request, form)
        except people.NameTaken:
            form.add_error("username", NAME_TAKEN)
        except people.AlreadyHeld:
            form.add_error("role", "Orang ini sudah memegang peran itu.")
    return render(request, "accounts/person_invite.html", {"form": form}, status=422 if form.errors else 200)


def _role_of(form: InviteForm) -> dict[str, Any]:
    return {name: form.cleaned_data.get(name) for name in ("role", "region", "agency")}


def _add_role(request: HttpRequest, form: InviteForm, person: User) -> HttpResponse:
    membership = people.add_membership(person, by=request.user, **_role_of(form))
    messages.success(request, f"{membership.user} sekarang juga {membership}.")
    return redirect("accounts:person_detail", membership.pk)


def _invite(request: HttpRequest, form: InviteForm) -> HttpResponse:
    data, token = form.cleaned_data, ""
    newcomer = people.Newcomer(data["username"], data["full_name"], data["email"], data["phone"])

    def act() -> str:
        nonlocal token
        membership, token = people.invite(newcomer, by=request.user, **_role_of(form))
        return str(membership.pk)

    outcome, _ = once(request.user, data["once"], act, purpose="person_invite")
    return _show_link(request, int(outcome), token)


@never_cache
@recently_confirmed
@posted_from(_person_page)
def person_reset(request: HttpRequest, pk: int) -> HttpResponse:
    membership, token = _membership(request, pk), ""
    require(permissions.can_reset(request.user, membership.user))

    def act() -> str:
        nonlocal token
        token = invitations.renew(membership.user, by=request.user)
        return str(membership.pk)

    once(request.user, request.POST.get("once", ""), act, purpose="person_reset")
    return _show_link(request, pk, token)


def _show_link(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """The link, this one time: it goes into this answer and nowhere else. A repeated send has no token to show."""
    person = _membership(request, pk).user
    context: dict[str, Any] = {"person": person, "pk": pk, "once": uuid.uuid4()}
    if token:
        link = request.build_absolute_uri(reverse("accounts:invitation_accept", args=[token]))
        text = (
            f"Yth. {person.full_name}, berikut tautan untuk membuat kata sandi Portal KLA. "
            f"Nama pengguna: {person.username}. "
            f"Tautan berlaku 48 jam, hanya sekali, dan hanya untuk Anda: {link}"
        )
        digits = "".join(filter(str.isdigit, person.phone))
        number = "62" + digits[1:] if digits.startswith("0") else digits
        context |= {"link": link, "text": text, "whatsapp": f"https://wa.me/{number}?text={quote(text)}"}
    return render(request, "accounts/person_link.html", context)


@require_http_methods(["GET", "POST"])
def membership_end(request: HttpRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    require(permissions.can_retire(request.user, membership))
    if request.method == "GET":
        return render(request, "accounts/membership_end.html", {"membership": membership})
    if people.end_membership(membership, by=request.user):
        messages.success(request, f"Peran {membership} milik {membership.user} sudah berakhir.")
    return redirect("accounts:person_detail", pk)


@posted_from(_person_page)
def membership_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    require(permissions.can_retire(request.user, membership))
    if people.reopen_membership(membership, by=request.user):
        messages.success(request, f"Peran {membership} milik {membership.user} berlaku lagi.")
    else:
        messages.warning(
            request, "Peran ini tidak dapat dibuka lagi: hanya pada hari yang sama. Undang orangnya sekali lagi."
        )
    return redirect("accounts:person_detail", pk)


@recently_confirmed
@posted_from(_person_page)
def person_second_factor_remove(request: HttpRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    require(permissions.can_reset(request.user, membership.user))
    second_factor.remove(membership.user, by=request.user)
    messages.success(
        request, f"Verifikasi dua langkah {membership.user} dimatikan. Ia dapat memasangnya lagi setelah masuk."
    )
    return redirect("accounts:person_detail", pk)


@recently_confirmed
@posted_from(_person_page)
def person_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the account, or open it again; which of the two stands in the form."""
    person = _membership(request, pk).user
    require(permissions.can_close(request.user, person))
    if "open" in request.POST:
        people.open_account(person, by=request.user)
        messages.success(request, f"Akun {person} dibuka lagi.")
    else:
        people.close_account(person, by=request.user)
        messages.success(request, f"Akun {person} ditutup; semua sesinya berakhir.")
    return redirect("accounts:person_detail", pk)
