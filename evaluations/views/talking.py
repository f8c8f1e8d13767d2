"""Talking about a question: the page, and the piece of it that other pages hold."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from evaluations import permissions
from evaluations.enums import Audience
from evaluations.forms.talking import OPEN, REPLY, RESOLVE, SPEAKS, TAKE_BACK, TalkFilter, TalkForm
from evaluations.models import Answer, Thread
from evaluations.queries.talking import hearers, open_threads, tabs, talks, unheard
from evaluations.services import talking
from evaluations.views.fetch import answer_or_404, evaluation_or_404
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale
from trail.services.once import once

PAGE = "evaluations/question_talk.html"


@require_http_methods(["GET", "POST"])
def question_talk(request: HttpRequest, evaluation_id: UUID, code: str) -> HttpResponse:
    """The conversations about one question, by audience. To whoever belongs to none there is no such page."""
    answer = answer_or_404(request, evaluation_id, code)
    theirs = permissions.audiences(request.user, answer)
    if not theirs:
        raise Http404("Tidak ada percakapan untuk peran ini.")
    if request.method == "GET":
        return _page(request, answer, theirs, TalkFilter(request.GET).chosen)
    form = TalkForm(request.POST)
    asked = request.POST.get("audience", "")
    if asked not in theirs:
        raise Http404("Tidak ada percakapan untuk peran ini.")
    require(permissions.can_talk(request.user, answer, asked))
    if not form.is_valid():
        return _page(request, answer, theirs, asked, form=form, status=422)
    return _done(request, answer, theirs, form)


def _done(request: HttpRequest, answer: Answer, theirs: Sequence[Audience], form: TalkForm) -> HttpResponse:
    said = form.cleaned_data
    try:
        place, ran = once(request.user, said["once"], lambda: _act(request, answer, said), purpose="question_talk")
    except Stale:
        return _page(request, answer, theirs, said["audience"], form=form, status=409)
    outside = unheard(said["text"], hearers(answer, said["audience"])) if ran and said["does"] in SPEAKS else []
    told = ", ".join(f"@{name}" for name in outside[:5])
    if request.htmx:  # type: ignore[attr-defined]
        return _page(request, answer, theirs, said["audience"], place=place, outside=told)
    if told:
        messages.warning(request, f"{told} tidak ikut dalam percakapan ini, sehingga tidak diberi tahu.")
    address = reverse("evaluations:question_talk", args=[answer.evaluation_id, answer.question.code])
    return redirect(f"{address}?untuk={said['audience']}#t-{place}")


def _act(request: HttpRequest, answer: Answer, said: dict[str, Any]) -> str:
    """Do what was asked; returns the thread's pk."""
    user, does, text = request.user, said["does"], said["text"].strip()
    if does == OPEN:
        return str(talking.open_thread(answer, said["audience"], text, by=user).thread_id)
    threads = Thread.objects.visible_to(user).filter(answer=answer, audience=said["audience"])
    thread = get_object_or_404(threads.select_related("answer"), pk=said["thread"])
    if does == REPLY:
        talking.reply(thread, text, by=user)
    elif does == TAKE_BACK:
        talking.take_back(get_object_or_404(thread.comments, pk=said["comment"]), by=user)
    else:
        talking.set_resolved(thread, resolved=does == RESOLVE, version=said["version"], by=user)
    return str(thread.pk)


def _page(
    request: HttpRequest,
    answer: Answer,
    theirs: Sequence[Audience],
    asked: str,
    *,
    form: TalkForm | None = None,
    status: int = 200,
    place: str = "",
    outside: str = "",
) -> HttpResponse:
    """The page, or to htmx the piece alone. `place`: the thread something was done in."""
    audience = Audience(asked) if asked in theirs else theirs[0]
    found = talks(answer, request.user)
    context = {
        "answer": answer,
        "answer_key": str(answer.pk),
        "evaluation": answer.evaluation,
        "audience": audience,
        "tabs": tabs(found, theirs),
        "talks": [talk for talk in found if talk.thread.audience == audience],
        "talking": permissions.can_talk(request.user, answer, audience),
        "people": [user for user in hearers(answer, audience) if user.pk != request.user.pk],
        "talk_url": reverse("evaluations:question_talk", args=[answer.evaluation_id, answer.question.code]),
        "form": form,
        "sent": form.data.get("thread", "") if form else "",
        "status": status,
        "place": place,
        "outside": outside,
        "once": uuid4(),
    }
    part = "#talk" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"{PAGE}{part}", context, status=status)


@require_GET
def evaluation_talk(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """The conversations of an evaluation that wait for somebody, as far as this person belongs to them."""
    evaluation = evaluation_or_404(request, evaluation_id)
    require(permissions.can_read_talk(request.user, evaluation))
    context = {"evaluation": evaluation, "threads": open_threads(evaluation, request.user)}
    return render(request, "evaluations/evaluation_talk.html", context)
