"""How a file leaves: from here, or from the host of its own for files by an address that is signed for its reader."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from evidence import signed
from evidence.enums import AccessKind
from evidence.models import EvidenceRevision
from evidence.services.access import noted
from evidence.serving import file_response, require_ready

Opener = Callable[[HttpRequest, str], EvidenceRevision]
OPENERS: dict[str, Opener] = {}
DEAD = "Alamat berkas ini sudah tidak berlaku. Buka lagi berkasnya dari halaman tempat Anda menemukannya."


def opens(what: str) -> Callable[[Opener], Opener]:
    """Says who finds the revision for a key of the kind `what`, as `request.user` may have it: else Http404 or
    PermissionDenied. It is asked again whenever a signed address is used."""

    def register(opener: Opener) -> Opener:
        OPENERS[what] = opener
        return opener

    return register


def hand_over(request: HttpRequest, what: str, key: object) -> HttpResponseBase:
    """The file that `what` and `key` lead to: as a download, or with `?lihat=1` in the browser where its type allows.
    Where files have a host of their own, the way there."""
    revision = OPENERS[what](request, str(key))
    inline = request.GET.get("lihat") == "1"
    if not settings.FILES_ORIGIN:
        return _sent(request, revision, inline=inline)
    require_ready(revision)
    token = signed.sign(what, key, by=request.user, inline=inline)
    return HttpResponseRedirect(settings.FILES_ORIGIN + reverse("signed_file", args=[what, token]))


@require_safe
@login_not_required
def signed_file(request: HttpRequest, what: str, token: str) -> HttpResponseBase:
    """The file behind a signed address, without a session: its reader is whoever it was signed for. What has become
    of the file or of the reader's right since decides as it does everywhere."""
    if what not in OPENERS:
        raise Http404(DEAD)
    try:
        address = signed.unsign(what, token)
        request.user = address.reader
        revision = OPENERS[what](request, address.key)
    except (signed.Invalid, PermissionDenied) as fault:
        raise Http404(DEAD) from fault
    return _sent(request, revision, inline=address.inline)


def _sent(request: HttpRequest, revision: EvidenceRevision, *, inline: bool) -> HttpResponseBase:
    response = file_response(revision, request, inline=inline)
    if request.method == "GET" and response.status_code in {200, 206}:
        noted(revision, request.user, AccessKind.VIEW if inline else AccessKind.DOWNLOAD)
    return response
