"""Which address a request comes from, where a proxy stands before the portal."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that the outermost of our own KLA_PROXY_COUNT proxies saw; without proxies, the connection's own.

    Each proxy appends what it saw, so only the last entries are ours; everything before them is what the client
    claims, and rotating it must not make a guesser look like many.
    """
    remote = str(request.META.get("REMOTE_ADDR", ""))
    claimed = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    count = settings.PROXY_COUNT
    return claimed[-count] if 0 < count <= len(claimed) else remote
