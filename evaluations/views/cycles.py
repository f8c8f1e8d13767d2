"""Who takes part: cycles, their regions, the evaluators allotted; the questions dealt out to agencies."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from evaluations import permissions
from evaluations.forms.cycles import AllotForm, AssignmentForm, CycleForm, EnrolForm
from evaluations.models import Cycle, Evaluation
from evaluations.queries import queue
from evaluations.queries.calendar import loads
from evaluations.queries.retention import going
from evaluations.queries.work import owners_at
from evaluations.services import assignments, cycles
from evaluations.views.fetch import answer_or_404, evaluation_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted, posted_from
from kla_portal.lib.versions import Stale
from regions.enums import Level
from regions.models import Region
from trail.services.once import once, outcome_of

PER_PAGE = 50


@require_GET
def cycle_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_cycles(request.user))
    rows = (
        Cycle.objects.visible_to(request.user).select_related("instrument").annotate(region_count=Count("evaluations"))
    )
    return render(request, "evaluations/cycle_list.html", {"cycles": rows})


@require_http_methods(["GET", "POST"])
def cycle_create(request: HttpRequest) -> HttpResponse:
    require(permissions.can_manage_cycles(request.user))
    if sent := outcome_of(request.user, request.POST.get("once", ""), purpose="cycle_create"):
        return redirect(sent)
    form = CycleForm(posted(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data

        def create() -> str:
            cycle = cycles.create_cycle(
                name=typed["name"],
                data_years=typed["data_years"],
                instrument=typed["instrument"],
                windows=typed["windows"],
                by=request.user,
            )
            return cycle.get_absolute_url()

        address, _ = once(request.user, typed["once"], create, purpose="cycle_create")
        messages.success(request, "Siklus dibuka. Daftarkan kabupaten/kota pesertanya.")
        return redirect(address)
    return render(request, "evaluations/cycle_create.html", {"form": form}, status=422 if form.errors else 200)


def cycle_or_404(request: HttpRequest, cycle_id: int) -> Cycle:
    require(permissions.can_manage_cycles(request.user))
    return get_object_or_404(Cycle.objects.visible_to(request.user).select_related("instrument"), pk=cycle_id)


@require_GET
def cycle_detail(request: HttpRequest, cycle_id: int) -> HttpResponse:
    """The cycle's calendar and its regions, by province when asked, with who evaluates each."""
    cycle = cycle_or_404(request, cycle_id)
    rows = Evaluation.objects.visible_to(request.user).filter(cycle=cycle).select_related("region")
    page = Paginator(queue.with_hands(rows).order_by("region"), PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)
    queue.count(page.object_list, judged=False)
    context = {
        "cycle": cycle,
        "loads": loads(cycle, cycles.windows_of(cycle)),
        "going": going(cycle) if cycle.keep_evidence_until else None,
        "page": page,
        "provinces": Region.objects.visible_to(request.user).filter(level=Level.PROVINCE, gone_since=None),
    }
    return render(request, "evaluations/cycle_detail.html", context)


@require_http_methods(["GET", "POST"])
def cycle_enrol(request: HttpRequest, cycle_id: int, province_code: str) -> HttpResponse:
    """Choose kabupaten and kota of a province; each gets its evaluation with all questions, ready to be answered."""
    cycle = cycle_or_404(request, cycle_id)
    province = get_object_or_404(Region.objects.visible_to(request.user), pk=province_code, level=Level.PROVINCE)
    form = EnrolForm(posted(request), cycle=cycle, province=province, user=request.user)
    if request.method == "POST" and form.is_valid():
        made = cycles.enrol(cycle, form.cleaned_data["regions"], by=request.user)
        messages.success(request, f"{len(made)} kabupaten/kota didaftarkan." if made else "Semuanya sudah terdaftar.")
        return redirect(cycle)
    context = {"cycle": cycle, "province": province, "form": form}
    return render(request, "evaluations/cycle_enrol.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def evaluator_allot(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """Who of the ministry judges this evaluation."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_manage_cycles(request.user))
    form = AllotForm(posted(request), evaluation=evaluation)
    if request.method == "POST" and form.is_valid():
        cycles.allot(evaluation, form.cleaned_data["evaluator"], by=request.user)
        messages.success(request, f"{form.cleaned_data['evaluator']} ditugaskan.")
        return redirect("evaluations:evaluator_allot", evaluation_id)
    context = {"evaluation": evaluation, "form": form, "allotments": evaluation.allotments.select_related("evaluator")}
    return render(request, "evaluations/evaluator_allot.html", context, status=422 if form.errors else 200)


def _allotting(request: HttpRequest, evaluation_id: UUID, user_id: int) -> str:
    return reverse("evaluations:evaluator_allot", args=[evaluation_or_404(request, evaluation_id).pk])


@posted_from(_allotting)
def allotment_withdraw(request: HttpRequest, evaluation_id: UUID, user_id: int) -> HttpResponse:
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_manage_cycles(request.user))
    evaluator = get_object_or_404(evaluation.allotments.select_related("evaluator"), evaluator__pk=user_id).evaluator
    cycles.withdraw_allotment(evaluation, evaluator, by=request.user)
    messages.info(request, f"Penugasan {evaluator} ditarik. Nilai yang sudah diberikan tetap ada.")
    return redirect("evaluations:evaluator_allot", evaluation_id)


@posted_from(evaluation_or_404)
def evaluation_assign(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """Deal the questions out among the agencies that there are now."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_assign(request.user, evaluation))
    messages.success(request, _told(assignments.fill_assignments(evaluation, by=request.user)))
    return redirect(evaluation)


def _told(dealt: assignments.Dealt) -> str:
    said = [f"{dealt.changed} pertanyaan dibagikan." if dealt.changed else "Tidak ada pembagian yang berubah."]
    if dealt.begun:
        said.append(f"{dealt.begun} yang sudah mulai diisi tetap pada penanggung jawabnya; atur dari halamannya.")
    if dealt.by_hand:
        said.append(f"{dealt.by_hand} yang diatur tersendiri tidak diubah.")
    return " ".join(said)


@require_http_methods(["GET", "POST"])
def assignment_edit(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """The coordinator says who leads a question and who contributes."""
    answer = answer_or_404(request, evaluation_id, code)
    evaluation = answer.evaluation
    require(permissions.can_assign(request.user, evaluation))
    owners = owners_at(answer)
    shown = {
        "lead": next((owner.agency.pk for owner in owners if owner.is_lead), None),
        "helpers": [owner.agency.pk for owner in owners if not owner.is_lead],
        "seen": assignments.snapshot(answer),
    }
    form = AssignmentForm(posted(request), region=evaluation.region, initial=shown)
    context = {"evaluation": evaluation, "answer": answer, "form": form, "owners": owners}
    if form.is_valid():
        try:
            assignments.assign_by_hand(answer, by=request.user, **form.cleaned_data)
            messages.success(request, f"Pembagian pertanyaan {code} disimpan.")
            return redirect(answer)
        except Stale:
            typed = {**form.cleaned_data, "seen": shown["seen"]}
            context |= {"form": AssignmentForm(initial=typed, region=evaluation.region), "stale": True}
            return render(request, "evaluations/assignment_edit.html", context, status=409)
    return render(request, "evaluations/assignment_edit.html", context, status=422 if form.is_bound else 200)
