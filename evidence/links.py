"""Links as evidence: what an address must look like before it is kept. Looks at the text only, asks no name server."""

import ipaddress
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from evidence.refusals import Refused

MAX_LENGTH = 500
_PRIVATE_ENDINGS = (
    ".localhost", ".local", ".localdomain", ".internal", ".intranet", ".lan", ".home", ".corp", ".private",
    ".home.arpa", ".test", ".invalid", ".example", ".onion",
)  # fmt: skip
_looks_right = URLValidator(schemes=["http", "https"])


def checked_url(raw: str) -> str:
    """The address, trimmed. Raises Refused unless it is a plain http(s) address that may be public.

    >>> checked_url(" https://jdih.balikpapan.go.id/perda/2025?no=1 ")
    'https://jdih.balikpapan.go.id/perda/2025?no=1'
    """
    url = raw.strip()
    if len(url) > MAX_LENGTH:
        raise Refused("link_length")
    if any(ord(char) <= 32 or char in '\\<>"`{}|^\x7f' for char in url):
        raise Refused("link_form")
    try:
        parts = urlsplit(url)
        host, _port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as fault:
        raise Refused("link_form") from fault
    if parts.scheme not in {"http", "https"} or not host:
        raise Refused("link_form")
    if "@" in parts.netloc:
        raise Refused("link_credentials")
    if _is_private(host):
        raise Refused("link_private")
    try:
        _looks_right(url)
    except ValidationError as fault:
        raise Refused("link_form") from fault
    return url


def _is_private(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        last = host.rpartition(".")[2]
        # "2130706433", "0x7f.1" and "127.1" are addresses to a browser; a name without a dot is a machine next door
        numeric = last.isdigit() or last.lower().startswith("0x")
        return "." not in host or numeric or f".{host.lower()}".endswith(_PRIVATE_ENDINGS)
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global or address.is_multicast
