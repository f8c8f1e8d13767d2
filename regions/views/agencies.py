import uuid
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted, posted_from
from kla_portal.lib.versions import Stale
from regions import permissions, services
from regions.forms import AgencyForm, AgencyNameForm
from regions.models import Agency, Region
from trail.services.once import once, outcome_of


@require_http_methods(["GET", "POST"])
def agency_create(request: HttpRequest, code: str) -> HttpResponse:
    region = get_object_or_404(Region.objects.visible_to(request.user), code=code)
    require(permissions.can_manage_agencies(request.user, region))
    if outcome_of(request.user, request.POST.get("once", ""), purpose="agency_create"):
        return redirect("regions:region_detail", code)
    form = AgencyForm(posted(request), region=region, initial={"once": uuid.uuid4()})
    if form.is_valid():
        given = form.cleaned_data
        names = {field: given[field] for field in ("kind", "name", "short_name")}
        try:
            once(
                request.user,
                given["once"],
                lambda: str(services.add_agency(region, **names, by=request.user).pk),
                purpose="agency_create",
            )
            messages.success(request, f"{given['name']} ditambahkan.")
            return redirect("regions:region_detail", code)
        except services.NameTaken as taken:  # by somebody else, since the form looked
            form.add_error("name", str(taken))
    context = {"region": region, "form": form}
    return render(request, "regions/agency_create.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def agency_edit(request: HttpRequest, code: str, agency_id: int) -> HttpResponse:
    agencies = Agency.objects.visible_to(request.user).select_related("region")
    agency = get_object_or_404(agencies, pk=agency_id, region=code)
    require(permissions.can_manage_agencies(request.user, agency.region))
    shown = {"name": agency.name, "short_name": agency.short_name, "version": agency.version}
    form = AgencyNameForm(posted(request), region=agency.region, agency=agency, initial=shown)
    context = {"region": agency.region, "agency": agency, "form": form}
    if form.is_valid():
        try:
            services.rename_agency(agency, by=request.user, **form.cleaned_data)
            messages.success(request, f"{agency.name} disimpan.")
            return redirect("regions:region_detail", code)
        except services.NameTaken as taken:
            form.add_error("name", str(taken))
        except Stale as stale:
            stored = cast(Agency, stale.current)
            typed = {**form.cleaned_data, "version": stored.version}
            context |= {"form": AgencyNameForm(initial=typed, region=agency.region), "current": stored}
            return render(request, "regions/agency_edit.html", context, status=409)
    return render(request, "regions/agency_edit.html", context, status=422 if form.is_bound else 200)


def _region_page(request: HttpRequest, code: str) -> str:
    region = get_object_or_404(Region.objects.visible_to(request.user), code=code)
    return reverse("regions:region_detail", args=[region.pk])


@posted_from(_region_page)
def agency_standard(request: HttpRequest, code: str) -> HttpResponse:
    region = get_object_or_404(Region.objects.visible_to(request.user), code=code)
    require(permissions.can_create_standard_agencies(request.user, region))
    made = services.create_standard_agencies(region, by=request.user)
    messages.success(request, f"{len(made)} perangkat daerah baku ditambahkan." if made else "Semuanya sudah ada.")
    return redirect("regions:region_detail", code)
