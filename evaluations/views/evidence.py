"""Putting evidence to an answer, opening it, taking it off and putting it back."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from evaluations import permissions
from evaluations.forms.answers import AnswerForm, EvidenceForm, LinkForm
from evaluations.forms.reuse import HintForm
from evaluations.hints import unread
from evaluations.models import Answer, AnswerEvidence
from evaluations.queries import history, offers
from evaluations.queries.documents import document, said_to
from evaluations.services.attaching import attach_file, attach_link, attach_upload, detach, point, reattach
from evaluations.views.answers import question_context
from evaluations.views.fetch import answer_or_404, link_or_404
from evaluations.views.handing import hand_over, opens
from evidence.enums import AccessKind
from evidence.models import EvidenceRevision, Upload
from evidence.refusals import Refused
from evidence.services import linkchecks
from evidence.services.access import noted
from evidence.serving import page_response
from evidence.uploads import require_within_limit
from kla_portal.lib.decision import require
from kla_portal.lib.forms import posted, posted_from
from kla_portal.lib.versions import Stale


@posted_from(answer_or_404)
def evidence_add(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """A file: with the form, or sent before in pieces and named by `upload`. The same sent twice attaches once."""
    answer = answer_or_404(request, evaluation_id, code)
    upload = _sent_before(request)
    require(permissions.can_add_evidence(request.user, answer, upload))
    form = EvidenceForm(request.POST, request.FILES, answer=answer)
    try:
        require_within_limit(request)
    except Refused as fault:
        form.errors.clear()
        form.add_error("file", str(fault))
        return _refused(request, answer, status=fault.status, file_form=form)
    if not form.is_valid():
        return _refused(request, answer, file_form=form)
    typed = form.cleaned_data
    what = {name: typed[name] for name in ("title", "kind", "personal_data", "want", "page_hint")} | {
        "more": form.facts,
        "by": request.user,
    }
    try:
        if upload:
            attached = attach_upload(answer, upload, **what)
        else:
            attached = attach_file(answer, typed["file"], once_key=typed["once"], **what)
    except Refused as refused:
        form.add_error("file", str(refused))
        return _refused(request, answer, status=refused.status, file_form=form)
    if attached.known:
        messages.info(request, offers.already_there(attached.link, attached.already, typed["title"]))
        return back(attached.link)
    return _attached(request, answer)


def _sent_before(request: HttpRequest) -> Upload | None:
    """The file that the form names by `upload`. Raises Http404 for one that is not this person's."""
    try:
        named = UUID(request.POST.get("upload", ""))
    except ValueError:
        return None
    return get_object_or_404(Upload.objects.visible_to(request.user), pk=named)


@posted_from(answer_or_404)
def link_add(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """The address of a document. The same form sent twice attaches once."""
    answer = answer_or_404(request, evaluation_id, code)
    require(permissions.can_add_evidence(request.user, answer))
    form = LinkForm(request.POST, answer=answer)
    if not form.is_valid():
        return _refused(request, answer, link_form=form)
    typed = form.cleaned_data
    try:
        attach_link(
            answer,
            typed["url"],
            title=typed["title"],
            personal_data=typed["personal_data"],
            want=typed["want"],
            page_hint=typed["page_hint"],
            by=request.user,
            once_key=typed["once"],
        )
    except Refused as refused:
        form.add_error("url", str(refused))
        return _refused(request, answer, link_form=form)
    return _attached(request, answer)


def _attached(request: HttpRequest, answer: Answer) -> HttpResponse:
    messages.success(request, "Data dukung ditambahkan.")
    return redirect(answer.get_absolute_url() + "#data-dukung")


def _refused(request: HttpRequest, answer: Answer, *, status: int = 422, **forms: Any) -> HttpResponse:
    context = question_context(request, answer)
    form = AnswerForm(answer=answer, rule=context["question"].rule)
    return render(request, "evaluations/answer_edit.html", context | {"form": form} | forms, status=status)


@require_safe
def evidence_open(request: HttpRequest, link_id: UUID) -> HttpResponseBase:
    """The file: as a download, or with `?lihat=1` in the browser where its type allows."""
    return hand_over(request, "bukti", link_id)


@opens("bukti")
def _revision(request: HttpRequest, link_id: str) -> EvidenceRevision:
    return _openable(request, UUID(link_id)).revision


@require_safe
def evidence_page(request: HttpRequest, link_id: UUID, page: int) -> HttpResponse:
    """One page of the file as a picture."""
    link = _openable(request, link_id)
    response = page_response(link.revision, page)
    noted(link.revision, request.user, AccessKind.PREVIEW)
    return response


@require_safe
def evidence_view(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """All its pages below one another, for reading in the browser; to htmx the document alone, for a page that opens it
    in place. The judges' verdicts stand beside it for those who may read them."""
    link = _openable(request, link_id)
    if link.revision.file is None:
        raise Http404("Tautan dibuka di alamatnya sendiri.")
    evaluation = link.answer.evaluation
    context = {
        "link": link,
        "answer": link.answer,
        "evaluation": evaluation,
        "card": history.card(link, request.user),
        "document": document(link),
        "said": said_to(request.user, evaluation, [link.answer_id]).get(link.pk, ()),
    }
    part = "#document" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"evaluations/evidence_view.html{part}", context)


def _openable(request: HttpRequest, link_id: UUID) -> AnswerEvidence:
    """The link whose file this person may have. What was taken off is there for who may put it back."""
    link = link_or_404(request, link_id)
    require(permissions.can_open_file(request.user, link))
    if link.removed_at and not permissions.can_remove_evidence(request.user, link):
        raise Http404("Data dukung ini sudah dilepas.")
    return link


@require_http_methods(["GET", "POST"])
def evidence_remove(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Take it off the answer, after a question; it can be put back."""
    link = link_or_404(request, link_id)
    require(permissions.can_remove_evidence(request.user, link))
    if request.method == "GET":
        return render(request, "evaluations/evidence_remove.html", {"link": link, "answer": link.answer})
    detach(link, by=request.user)
    messages.info(request, "Data dukung dilepas. Anda dapat memasangnya lagi di bawah daftar.")
    return back(link)


@posted_from(lambda request, link_id: link_or_404(request, link_id).answer)
def evidence_restore(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Put back what was taken off."""
    link = link_or_404(request, link_id)
    require(permissions.can_remove_evidence(request.user, link))
    reattach(link, by=request.user)
    messages.success(request, "Data dukung dipasang lagi.")
    return back(link)


@require_http_methods(["GET", "POST"])
def evidence_hint(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """On which page of the document to look. 409 when somebody has written another hint since."""
    link = link_or_404(request, link_id)
    if link.removed_at:
        raise Http404("Data dukung ini sudah dilepas.")
    require(permissions.can_point(request.user, link))
    form = HintForm(posted(request), initial={"page_hint": link.page_hint, "was": link.page_hint})
    context = {"link": link, "answer": link.answer, "form": form}
    if not form.is_bound:
        return render(request, "evaluations/evidence_hint.html", context)
    if not form.is_valid():
        return render(request, "evaluations/evidence_hint.html", context, status=422)
    typed = form.cleaned_data
    try:
        point(link, typed["page_hint"], was=typed["was"], by=request.user)
    except Stale as stale:
        theirs = cast(AnswerEvidence, stale.current)
        context["theirs"] = theirs
        context["form"] = HintForm(initial={"page_hint": typed["page_hint"], "was": theirs.page_hint})
        return render(request, "evaluations/evidence_hint.html", context, status=409)
    if told := unread(typed["page_hint"]):
        messages.info(request, told)
    else:
        messages.success(request, "Halaman rujukan disimpan.")
    return back(link)


@posted_from(lambda request, link_id: link_or_404(request, link_id).answer)
def link_check(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Have the worker visit the address again; not more often than it makes sense."""
    link = link_or_404(request, link_id)
    require(permissions.can_point(request.user, link))
    if linkchecks.ask_again(link.revision):
        messages.info(request, "Tautan akan diperiksa lagi. Hasilnya tampil di sini, biasanya dalam satu menit.")
    else:
        messages.info(request, "Tautan baru saja diperiksa. Coba lagi dua menit setelah pemeriksaan terakhir.")
    return back(link)


def back(link: AnswerEvidence) -> HttpResponse:
    """To the evidence of its question."""
    return redirect(link.answer.get_absolute_url() + "#data-dukung")
