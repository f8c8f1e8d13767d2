"""Tugas saya: what waits for me, most valuable first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from evaluations.queries.tasks import tasks_of


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The home page of every role."""
    return render(request, "evaluations/home.html", {"tasks": tasks_of(request.user)})
