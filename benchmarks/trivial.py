"""Two WSGI applications that do next to nothing, for the same server: what the portal's pages are compared with.

`bare` is Django and a view that answers "ok", without any middleware. `signed_in` has all of the portal's middleware,
so that session and person are looked up as on every page of the portal, and a view that says who it is.
Each takes the portal's settings and changes its own process only; the portal knows nothing of this file.
"""

import os

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

BARE, SIGNED_IN = "/ok/", "/siapa/"


def ok(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"ok", content_type="text/plain", headers={"Content-Length": "2"})


def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.user} · {request.user.acting}", content_type="text/plain; charset=utf-8")


urlpatterns = [path(BARE[1:], ok, name="ok"), path(SIGNED_IN[1:], who, name="who")]


def bare() -> WSGIHandler:
    return _application([])


def signed_in() -> WSGIHandler:
    return _application(None)


def _application(middleware: list[str] | None) -> WSGIHandler:
    """`middleware` instead of the portal's, unless it is None."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kla_portal.settings")
    settings.ROOT_URLCONF = __name__
    if middleware is not None:
        settings.MIDDLEWARE = middleware
    return get_wsgi_application()
