"""What the portal adds to Django's own middleware: headers, and the way to the sign-in page."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid",
        "magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "serial", "usb",
    )
)  # fmt: skip


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


class LoginRequired(LoginRequiredMiddleware):
    """Every view needs a signed-in person unless it carries `@login_not_required`.

    An htmx request is answered with 401 and `HX-Redirect`, so that the sign-in page replaces the whole page and not
    a piece of it. After signing in the person is back on the page that was open.
    """

    def handle_no_permission(  # type: ignore[override]  # the stubs know redirects only
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        sign_in = str(self.get_login_url(view_func))
        name = self.get_redirect_field_name(view_func) or REDIRECT_FIELD_NAME
        if request.headers.get("HX-Request") == "true":
            back = redirect_to_login(_open_page(request, "HX-Current-URL"), sign_in, name)
            return HttpResponse(status=401, headers={"HX-Redirect": back.url})
        if request.method not in {"GET", "HEAD"}:  # the page with the form, not the address it was sent to
            return redirect_to_login(_open_page(request, "Referer"), sign_in, name)
        return redirect_to_login(request.get_full_path(), sign_in, name)


def _open_page(request: HttpRequest, header: str) -> str:
    """Path and query of the page that the browser says is open; "/" when it is not one of ours."""
    url = request.headers.get(header, "")
    if not url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
