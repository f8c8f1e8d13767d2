"""Addresses that go wrong on purpose, one for each way, beside the portal's own."""

from typing import NoReturn

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from kla_portal.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

FAULTS = {
    "forbidden": PermissionDenied("Babak penilaian mandiri sudah ditutup."),
    "forbidden-silent": PermissionDenied(),
    "absent": Http404("baris 17 milik daerah lain"),
    "too-large": RequestDataTooBig(),
    "no-database": OperationalError("connection refused: db.internal:5432"),
    "broken": RuntimeError("rahasia di dalam jejak"),
}


@login_not_required
def fault(request: HttpRequest, kind: str) -> NoReturn:
    raise FAULTS[kind].with_traceback(None)


@login_not_required
def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{len(request.POST)} fields")


def private(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for people who are signed in")


def storable(request: HttpRequest) -> HttpResponse:
    return HttpResponse("may be kept", headers={"Cache-Control": "max-age=60"})


urlpatterns = [
    *urlpatterns,
    path("uji/gagal/<slug:kind>", fault, name="fault"),
    path("uji/isian", form, name="form"),
    path("uji/tertutup", private, name="private"),
    path("uji/simpan", storable, name="storable"),
]
