"""Signed addresses of files, and all that the host of its own for files knows (KLA_FILES_ORIGIN).

That host has no pages: whatever else it is asked for, and for whatever reason it says no, is told in a line of text.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path

import evaluations.urls  # noqa: F401  its views say what signed addresses open
from evaluations.views import handing

GONE = "Alamat berkas ini tidak ada atau sudah tidak berlaku. Buka lagi berkasnya dari Portal KLA."
BROKEN = "Berkas sedang tidak dapat diambil. Tunggu sebentar, lalu buka lagi dari Portal KLA."

urlpatterns: list[URLPattern | URLResolver] = [
    path("berkas/<slug:what>/<str:token>/", handing.signed_file, name="signed_file"),
]


def refused(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404, whatever the reason: a dead address tells no more than that it is dead."""
    return _line(404, GONE)


def broken(request: HttpRequest) -> HttpResponse:
    return _line(503, BROKEN)


def _line(status: int, text: str) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


handler400 = handler403 = handler404 = "kla_portal.files_host.refused"
handler500 = "kla_portal.files_host.broken"
