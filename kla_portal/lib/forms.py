"""What every form's view needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect

View = Callable[..., HttpResponse]
UNSAVED = "belum"
"""In the address of the sign-in page: what was sent before it is not stored. `static/js/kept.js` puts it back."""


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with; an empty form that was sent is still a sent form."""
    return request.POST if request.method == "POST" else None


def posted_from(page: Callable[..., Any]) -> Callable[[View], View]:
    """The view takes POST alone, and whoever comes by GET is led to the page its form lives on.

    A refused form leaves the browser on the form's address, and the way back from sign-in may lead there. `page` is
    called like the view and returns what `redirect` takes; it raises Http404 for what the person does not see.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            if request.method in {"GET", "HEAD"}:
                return redirect(page(request, *args, **kwargs))
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])

        return answer

    return decorate


class LinesField(forms.CharField):
    """Text of several lines. Browsers send every line break as CR LF; it is one character, counted and kept as LF."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")
