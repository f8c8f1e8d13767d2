"""Asking an agency for what is missing: a letter to print, a PDF, and a message."""

from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from evaluations import permissions
from evaluations.enums import Stage
from evaluations.forms.letters import AgencyRequestForm
from evaluations.models import Evaluation
from evaluations.queries import letters
from evaluations.views.fetch import evaluation_or_404
from kla_portal.lib.dates import zoned_date
from kla_portal.lib.decision import require
from regions.models import Agency


@require_GET
def agency_request(request: HttpRequest, evaluation_id: UUID, agency_id: int) -> HttpResponse:
    """The letter with the day and number of the address; without them, as `due` says."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_ask_agency(request.user, evaluation))
    agency = get_object_or_404(Agency.objects.visible_to(request.user), pk=agency_id, region=evaluation.region_id)
    return request_page(request, evaluation, agency, typed_form(request, evaluation, agency))


def typed_form(request: HttpRequest, evaluation: Evaluation, agency: Agency) -> AgencyRequestForm:
    """The form as sent or as the address has it, else with the usual day."""
    today = zoned_date(timezone.now(), evaluation.region_id)
    sent = request.POST if request.method == "POST" else request.GET
    day = sent.get("sampai") or ("" if request.method == "POST" else letters.due(evaluation, today, agency).isoformat())
    return AgencyRequestForm({"sampai": day, "nomor": sent.get("nomor", "")}, today=today)


def upload_address(request: HttpRequest, evaluation: Evaluation, agency: Agency) -> str:
    """Where the agency finds the same questions, each with its way to the upload; during the review the open ones."""
    open_only = "&keadaan=terbuka" if evaluation.stage == Stage.TASK_FORCE_REVIEW else ""
    path = reverse("evaluations:evaluation_missing", args=[evaluation.pk])
    return request.build_absolute_uri(f"{path}?instansi={agency.pk}{open_only}")


def request_page(request: HttpRequest, evaluation: Evaluation, agency: Agency, form: AgencyRequestForm) -> HttpResponse:
    """The page; a day that cannot be is said (422), and the letter then shows the usual one."""
    fits = form.is_valid()
    until = form.cleaned_data["sampai"] if fits else letters.due(evaluation, form.today, agency)
    number = form.cleaned_data.get("nomor", "")
    content = letters.letter(evaluation, agency, request.user, number=number, until=until, today=form.today)
    address = upload_address(request, evaluation, agency)
    message = letters.text(content, address)
    context = {
        "evaluation": evaluation,
        "agency": agency,
        "form": form,
        "letter": content,
        "address": address,
        "message": message,
        "whatsapp": f"https://wa.me/?text={quote(message)}",
        "until": until,
        "number": number,
        "call_back": permissions.can_move(request.user, evaluation, "call_back"),
    }
    return render(request, "evaluations/agency_request.html", context, status=200 if fits else 422)
