"""A request letter as a PDF: asked for on its page, waited for, fetched."""

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_safe

from evaluations import permissions as work
from evaluations.models import Evaluation
from evaluations.queries import late
from evaluations.queries.letters import letter as letter_of
from evaluations.views.fetch import evaluation_or_404
from evaluations.views.letters import request_page, typed_form, upload_address
from kla_portal.lib.dates import zoned_date
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted_from
from regions.models import Agency
from reports import services, store
from reports.enums import LetterKind
from reports.models import Letter
from reports.views import pdf_response
from trail.models import JobState


def _agency_or_404(request: HttpRequest, evaluation: Evaluation, agency_id: int) -> Agency:
    return get_object_or_404(Agency.objects.visible_to(request.user), pk=agency_id, region=evaluation.region_id)


def _page_of(request: HttpRequest, evaluation_id: uuid.UUID, agency_id: int) -> str:
    evaluation = evaluation_or_404(request, evaluation_id)
    agency = _agency_or_404(request, evaluation, agency_id)
    return reverse("evaluations:agency_request", args=[evaluation.pk, agency.pk])


@posted_from(_page_of)
def letter_request(request: HttpRequest, evaluation_id: uuid.UUID, agency_id: int) -> HttpResponse:
    """The same letter twice is one letter, so no key is needed."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(work.can_ask_agency(request.user, evaluation))
    agency = _agency_or_404(request, evaluation, agency_id)
    form = typed_form(request, evaluation, agency)
    if not form.is_valid():
        return request_page(request, evaluation, agency, form)
    until, number = form.cleaned_data["sampai"], form.cleaned_data["nomor"]
    content = letter_of(evaluation, agency, request.user, number=number, until=until, today=form.today)
    content["address"] = upload_address(request, evaluation, agency)
    return redirect(services.request_letter(evaluation, agency, content, until=until, by=request.user))


def _late_page(request: HttpRequest, evaluation_id: uuid.UUID) -> str:
    return reverse("evaluations:late_list", args=[evaluation_or_404(request, evaluation_id).pk])


@posted_from(_late_page)
def late_list_request(request: HttpRequest, evaluation_id: uuid.UUID) -> HttpResponse:
    """The list as it is now; the same list twice is one."""
    evaluation, now = evaluation_or_404(request, evaluation_id), timezone.now()
    require(work.can_read_late(request.user, evaluation))
    content = late.content(evaluation, late.late(evaluation, now), now)
    day = zoned_date(now, evaluation.region_id)
    return redirect(services.request_late_list(evaluation, content, day=day, by=request.user))


@require_GET
def letter_detail(request: HttpRequest, letter_id: uuid.UUID) -> HttpResponse:
    letter = _letter_or_404(request, letter_id)
    lost = store.lost(letter)
    context = {
        "letter": letter,
        "state": JobState.FAILED if lost else letter.state,
        "error": services.LETTER_GONE if lost else letter.job.error,
    }
    part = "#status" if request.headers.get("HX-Request") else ""
    return render(request, f"reports/letter_detail.html{part}", context)


@require_safe
def letter_download(request: HttpRequest, letter_id: uuid.UUID) -> HttpResponseBase:
    letter = _letter_or_404(request, letter_id)
    if letter.state != JobState.DONE or store.lost(letter):
        return redirect(letter)  # that page says what is the matter
    about = letter.agency or letter.evaluation.region
    name = slugify(f"{letter.get_kind_display()} {about} {letter.created_at:%Y-%m-%d}")
    return pdf_response(letter.file_name, name)


def _letter_or_404(request: HttpRequest, letter_id: uuid.UUID) -> Letter:
    letter = get_object_or_404(Letter.objects.visible_to(request.user).with_names(), pk=letter_id)
    may = work.can_read_late if letter.kind == LetterKind.LATE else work.can_read_letters
    require(may(request.user, letter.evaluation))
    return letter
