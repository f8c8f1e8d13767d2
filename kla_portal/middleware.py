"""What the portal adds to Django's own middleware: headers, refusals in plain words, the way to the sign-in page."""

import codecs
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import is_valid_path, set_urlconf
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from kla_portal import views
from kla_portal.lib.forms import UNSAVED

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid",
        "magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "serial", "usb",
    )
)  # fmt: skip

SESSION_ENDED = (
    "<p><span data-reason>Belum tersimpan: sesi Anda sudah berakhir. Isian masih ada di layar. Masuk lagi di tab baru, "
    'lalu coba lagi di sini.</span> <a href="{}" target="_blank" rel="noopener" data-sign-in>Masuk di tab baru</a></p>'
)


class Headers:
    """Headers that every response carries, static files and error pages among them.

    A page is never stored by a browser or a proxy unless its view says otherwise: the next person at the same
    computer must not find it. `Vary: HX-Request` keeps a page and its htmx piece apart.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
            patch_vary_headers(response, ["HX-Request"])
        return response


class FilesHost:
    """Where files have a host of their own (settings.FILES_ORIGIN), it answers nothing but signed addresses, and the
    portal's own hosts do not answer those. No cookie counts there: whatever a file brings along meets no session.

    Stands before the static files, which the other host has none of.
    """

    FILES = "kla_portal.files_host"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.FILES_ORIGIN:
            return self.get_response(request)
        for_files = is_valid_path(request.path_info, self.FILES)
        if request.get_host().lower() != urlsplit(settings.FILES_ORIGIN).netloc:
            if for_files:
                raise Http404
            return self.get_response(request)
        request.urlconf = self.FILES
        set_urlconf(self.FILES)  # for what is refused before Django looks at the request's own
        request.COOKIES = {}
        if not for_files:
            raise Http404
        return self.get_response(request)


class PlainRefusals:
    """What the portal cannot take at all is told from what it takes before anybody looks at it.

    PostgreSQL keeps no null character: an address that holds one does not exist (404), and a cookie that does is none
    of ours (400). Text comes in UTF-8 (400), for other encodings could make characters that cannot be written down, and
    a Content-Type that cannot be read at all is none (400, see `handlers`). A body that does not say how long it is
    would be taken for an empty one (411). An address asked in a way that it does not know gets a page instead of
    nothing (405).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if getattr(request, "unreadable", False):
            raise BadRequest("a Content-Type beyond reading")
        if request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            raise BadRequest("text in another encoding than UTF-8")
        if _has_null([request.path_info, *_texts(request.GET.lists())]):
            raise Http404
        if _has_null(request.COOKIES.values()):
            raise BadRequest("a null character in a cookie")
        if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
            return views.length_required(request)
        response = self.get_response(request)
        if response.status_code == 405 and not getattr(response, "content", b"-"):
            return views.method_not_allowed(request, response.headers["Allow"])
        return response


class PlainText:
    """A form with a null character in a field gets 400, and what was typed is not shown again.

    Stands behind everything that may turn a request away, so that no more is read of a form than its view would read:
    nothing of what strangers send to closed views, and of an upload no more than its handler takes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        if request.method == "POST" and _has_null(_texts(request.POST.lists())):
            return views.null_character(request)
        return None


def _texts(fields: Iterable[tuple[str, list[Any]]]) -> Iterable[str]:
    """The names of the fields, and everything in them."""
    for name, values in fields:
        yield name
        yield from values


def _has_null(texts: Iterable[str]) -> bool:
    return any("\0" in text for text in texts)


class LoginRequired(LoginRequiredMiddleware):
    """Every view needs a signed-in person unless it carries `@login_not_required`.

    An htmx request is answered with 401. One that reads carries `HX-Redirect`, so that the sign-in page replaces the
    whole page and not a piece of it; after signing in the person is back on the page that was open. One that writes
    does not leave the page, where the text still stands: its answer says so and leads to the sign-in page in a new tab.
    Nor does a piece named `quiet`, which a page fetches for itself while somebody types.
    """

    def handle_no_permission(  # type: ignore[override]  # the stubs know redirects only
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        sign_in = str(self.get_login_url(view_func))
        name = self.get_redirect_field_name(view_func) or REDIRECT_FIELD_NAME
        reads = request.method in {"GET", "HEAD"}
        if request.headers.get("HX-Request") == "true" and not reads:
            return HttpResponse(format_html(SESSION_ENDED, resolve_url(sign_in)), status=401)
        if request.headers.get("HX-Trigger-Name") == "quiet":
            return HttpResponse(status=401)
        if request.headers.get("HX-Request") == "true":
            back = redirect_to_login(_open_page(request, "HX-Current-URL"), sign_in, name)
            return HttpResponse(status=401, headers={"HX-Redirect": back.url})
        if not reads:  # the page with the form, not the address it was sent to
            way = redirect_to_login(_open_page(request, "Referer"), sign_in, name)
            way.headers["Location"] += f"&{UNSAVED}=1"
            return way
        return redirect_to_login(request.get_full_path(), sign_in, name)


def _open_page(request: HttpRequest, header: str) -> str:
    """Path and query of the page that the browser says is open; "/" when it is not one of ours."""
    url = request.headers.get(header, "")
    if not url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
