"""Asking for a report or a package, waiting for it, fetching it."""

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_safe

from evaluations import permissions as work
from evaluations.models import Evaluation
from evaluations.views.fetch import evaluation_or_404
from evidence.enums import AccessKind
from evidence.services.access import noted_together
from evidence.serving import inert, ranged
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted_from
from reports import packages_content, permissions, queries, services, store
from reports.models import Package, Report
from trail.models import JobState
from trail.services.once import once

LISTED = 50


@require_GET
def report_list(request: HttpRequest, evaluation_id: uuid.UUID) -> HttpResponse:
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_list_reports(request.user, evaluation))
    rows = Report.objects.visible_to(request.user).with_names().filter(evaluation=evaluation)[:LISTED]
    context = {
        "evaluation": evaluation,
        "reports": permissions.readable(request.user, rows),
        "with_scores": work.can_read_scores(request.user, evaluation),
        "once": uuid.uuid4(),
    }
    return render(request, "reports/report_list.html", context)


def _list_of(request: HttpRequest, evaluation_id: uuid.UUID) -> str:
    return reverse("reports:report_list", args=[evaluation_or_404(request, evaluation_id).pk])


@posted_from(_list_of)
def report_request(request: HttpRequest, evaluation_id: uuid.UUID) -> HttpResponse:
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_request_report(request.user, evaluation))
    report_id, _ = once(
        request.user,
        request.POST.get("once", ""),
        lambda: str(services.request_report(evaluation, request.user).pk),
        purpose="report_request",
    )
    return redirect("reports:report_detail", report_id)


@require_GET
def report_detail(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    report = _report_or_404(request, report_id)
    require(permissions.can_read_report(request.user, report))
    lost = store.lost(report)
    context = {
        "report": report,
        "state": JobState.FAILED if lost else report.state,
        "error": services.GONE if lost else report.job.error,
        "asker": queries.asker(report, request.user),
        "once": uuid.uuid4(),
    }
    part = "#status" if request.headers.get("HX-Request") else ""
    return render(request, f"reports/report_detail.html{part}", context)


@require_safe
def report_download(request: HttpRequest, report_id: uuid.UUID) -> HttpResponseBase:
    report = _report_or_404(request, report_id)
    require(permissions.can_read_report(request.user, report))
    if report.state != JobState.DONE or store.lost(report):
        return redirect(report)  # that page says what is the matter
    name = slugify(f"Laporan Evaluasi {report.evaluation.region} {report.evaluation.cycle} {report.fingerprint[:8]}")
    return pdf_response(report.file_name, name)


def pdf_response(stored: str, name: str) -> HttpResponseBase:
    """A printed PDF of the reports' store: for a folder, not for a page of ours, and no shared computer keeps it."""
    pdf = store.backend().open(stored)
    answer = FileResponse(pdf, as_attachment=True, filename=f"{name}.pdf", content_type="application/pdf")
    return inert(answer, {})


@posted_from(lambda request, report_id: _report_or_404(request, report_id))
def report_retry(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    report = _report_or_404(request, report_id)
    require(permissions.can_read_report(request.user, report))

    def act() -> str:
        services.retry_report(report, request.user)
        messages.success(request, "Laporan disusun sekali lagi.")
        return str(report.pk)

    once(request.user, request.POST.get("once", ""), act, purpose="report_retry")
    return redirect(report)


def _report_or_404(request: HttpRequest, report_id: uuid.UUID) -> Report:
    return get_object_or_404(Report.objects.visible_to(request.user).with_names(), pk=report_id)


@require_GET
def package_list(request: HttpRequest, evaluation_id: uuid.UUID) -> HttpResponse:
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_list_packages(request.user, evaluation))
    return _package_list(request, evaluation)


def _package_list(request: HttpRequest, evaluation: Evaluation, *, fault: str = "") -> HttpResponse:
    rows = Package.objects.visible_to(request.user).with_names().filter(evaluation=evaluation)[:LISTED]
    context = {
        "evaluation": evaluation,
        "offers": _offers(request, evaluation),
        "packages": rows,
        "days": services.KEPT_FOR.days,
        "fault": fault,
        "once": uuid.uuid4(),
    }
    return render(request, "reports/package_list.html", context, status=422 if fault else 200)


def _offers(request: HttpRequest, evaluation: Evaluation) -> list[packages_content.Offer]:
    user: Any = request.user
    scopes = permissions.scopes_of(user)
    return packages_content.offers(evaluation, user, scopes=scopes, agency=user.acting.agency)


def _packages_of(request: HttpRequest, evaluation_id: uuid.UUID) -> str:
    return reverse("reports:package_list", args=[evaluation_or_404(request, evaluation_id).pk])


@posted_from(_packages_of)
def package_request(request: HttpRequest, evaluation_id: uuid.UUID) -> HttpResponse:
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_list_packages(request.user, evaluation))
    wanted = next((one for one in _offers(request, evaluation) if one.key == request.POST.get("cakupan")), None)
    if wanted is None:
        return _package_list(request, evaluation, fault="Pilih salah satu paket di bawah ini.")

    def act() -> str:
        made = services.request_package(evaluation, wanted.scope, wanted.part, wanted.title, request.user)
        return str(made.pk)

    package_id, _ = once(request.user, request.POST.get("once", ""), act, purpose="package_request")
    return redirect("reports:package_detail", package_id)


@require_GET
def package_detail(request: HttpRequest, package_id: uuid.UUID) -> HttpResponse:
    package = _package_or_404(request, package_id)
    require(permissions.can_read_package(request.user, package))
    lost = not package.expired and store.lost(package)
    context = {
        "package": package,
        "state": JobState.FAILED if lost else package.state,
        "error": services.PACKAGE_GONE if lost else package.job.error,
        "once": uuid.uuid4(),
    }
    part = "#status" if request.headers.get("HX-Request") else ""
    return render(request, f"reports/package_detail.html{part}", context)


@require_safe
def package_download(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """The ZIP or a range of it, as long as its asker may still have everything that is inside."""
    package = _package_or_404(request, package_id)
    require(permissions.can_read_package(request.user, package))
    if package.expired or package.state != JobState.DONE or store.lost(package):
        return redirect(package)  # that page says what is the matter
    entries = packages_content.standing_now(package, request.user)
    require(permissions.still_whole(package, entries))
    name = slugify(f"Data dukung {package.evaluation.region} {package.title}")[:100]
    response = ranged(request, package.size, f'"{package.sha256}"', partial(store.backend().open, package.file_name))
    if request.method == "GET" and response.status_code in {200, 206}:
        revisions = {uuid.UUID(entry.revision) for entry in entries if entry.path}
        noted_together(revisions, request.user, AccessKind.PACKAGE)
    attachment = f'attachment; filename="{name}.zip"'
    return inert(response, {"Content-Type": "application/zip", "Content-Disposition": attachment})


@posted_from(lambda request, package_id: _package_or_404(request, package_id))
def package_retry(request: HttpRequest, package_id: uuid.UUID) -> HttpResponse:
    package = _package_or_404(request, package_id)
    require(permissions.can_read_package(request.user, package))

    def act() -> str:
        services.retry_package(package, request.user)
        messages.success(request, "Paket dibuat sekali lagi.")
        return str(package.pk)

    once(request.user, request.POST.get("once", ""), act, purpose="package_retry")
    return redirect(package)


def _package_or_404(request: HttpRequest, package_id: uuid.UUID) -> Package:
    return get_object_or_404(Package.objects.visible_to(request.user).with_names(), pk=package_id)
