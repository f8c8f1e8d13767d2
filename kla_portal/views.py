"""Error pages. Each says what happened, why, and what to do next.

The pages for 500 and 503 are rendered without the request: whatever broke may break again in a context processor.
"""

import logging
import sys

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from evidence.bucket import Away
from kla_portal.lib.decision import Untimely

logger = logging.getLogger(__name__)

NOT_ALLOWED = "Akun Anda tidak berwenang membuka halaman atau melakukan tindakan ini."
NOT_FOUND = "Alamat ini tidak ada, sudah dipindahkan, atau berada di luar wilayah kerja Anda."
BAD_REQUEST = "Permintaan ini tidak dapat dibaca. Kembali ke halaman sebelumnya, muat ulang, lalu coba lagi."
TOO_LARGE = "Berkas atau isian yang dikirim melebihi batas. Perkecil berkas atau kirim satu per satu, lalu coba lagi."
STALE_FORM = (
    "Formulir ini sudah kedaluwarsa atau tidak dikirim dari portal ini, sehingga belum disimpan. "
    "Kembali ke halaman sebelumnya, muat ulang, lalu kirim lagi."
)
BROKEN = "Terjadi gangguan pada portal. Gangguan ini sudah tercatat; data yang sudah tersimpan tidak hilang."
BUSY = "Basis data sedang tidak dapat dihubungi. Tunggu sebentar, lalu muat ulang halaman ini."
NO_STORE = "Penyimpanan berkas sedang tidak dapat dihubungi. Tunggu sebentar, lalu muat ulang halaman ini."
NULL_CHARACTER = (
    "Isian ini memuat karakter yang tidak dapat disimpan (karakter nol), biasanya terbawa saat menyalin dari berkas "
    "lain, sehingga belum disimpan. Kembali ke halaman sebelumnya, ketik ulang bagian yang disalin, lalu kirim lagi."
)
NO_METHOD = "Alamat ini ada, tetapi tidak dapat dibuka atau dikirimi dengan cara itu."
NO_LENGTH = (
    "Peramban atau aplikasi Anda mengirim data tanpa menyebutkan ukurannya, sehingga tidak diterima. "
    "Kirim lagi langsung dari halaman portal dengan peramban biasa."
)
RETRY_SECONDS = 15
TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 when more was sent than the portal takes."""
    if isinstance(exception, TOO_MUCH):
        return too_large(request)
    return render(request, "400.html", {"reason": BAD_REQUEST}, status=400)


def null_character(request: HttpRequest) -> HttpResponse:
    """400 for a form with a null character in a field."""
    return render(request, "400.html", {"reason": NULL_CHARACTER}, status=400)


def method_not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """405, with the methods that the address knows in the header Allow."""
    response = render(request, "405.html", {"reason": NO_METHOD}, status=405)
    response.headers["Allow"] = allowed
    return response


def length_required(request: HttpRequest) -> HttpResponse:
    """411 for a body sent in pieces without its length. It is not read, so the connection ends with the answer."""
    return render(request, "400.html", {"reason": NO_LENGTH}, status=411)


def too_large(request: HttpRequest, reason: str = TOO_LARGE) -> HttpResponse:
    """413; also for views that find an upload over its limit."""
    return render(request, "413.html", {"reason": reason}, status=413)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """403 with the reason that `require(decision)` put into the exception."""
    context = {"reason": str(exception) or NOT_ALLOWED, "untimely": isinstance(exception, Untimely)}
    return render(request, "403.html", context, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without a valid token. Django's own reason is for developers and goes into the log only."""
    logger.warning("csrf: %s", reason)
    return render(request, "403.html", {"reason": STALE_FORM}, status=403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404. It says the same for what does not exist and for what lies outside the person's territory."""
    return render(request, "404.html", {"reason": NOT_FOUND}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 with Retry-After when the database or the store of files cannot be reached or is too busy."""
    # Django calls this inside its `except`; the exception tells a lost database from a fault of ours.
    fault = sys.exc_info()[1]
    if isinstance(fault, OperationalError | InterfaceError | Away):
        reason = NO_STORE if isinstance(fault, Away) else BUSY
        return HttpResponse(_bare_page("503.html", reason), status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    return HttpResponse(_bare_page("500.html", BROKEN), status=500)


def _bare_page(template: str, reason: str) -> str:
    try:
        return render_to_string(template, {"reason": reason, "DEMO": settings.DEMO})
    except Exception:  # an error page must come out, whatever else is broken
        logger.exception("the page %s cannot be rendered", template)
        return f'<!doctype html><html lang="id"><title>Portal KLA</title><main><h1>Gangguan</h1><p>{reason}</p></main>'
