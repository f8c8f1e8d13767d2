"""Asking for a report, waiting for it, fetching it."""

import uuid

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_safe

from evaluations import permissions as work
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted_from
from reports import permissions, queries, services, store
from reports.models import Report
from trail.models import JobState
from trail.services.once import once

LISTED = 50
INERT = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
}
"""The PDF goes into a folder, not into a page of ours, and no shared computer keeps it."""


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
    pdf = store.backend().open(report.file_name)
    return FileResponse(pdf, as_attachment=True, filename=f"{name}.pdf", content_type="application/pdf", headers=INERT)


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
