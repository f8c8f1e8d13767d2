"""Which addresses of the internet the portal may visit: those of public machines, and nothing else. Pure."""

import ipaddress

_SPECIAL = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23",  # Teredo and other protocols that carry an address inside
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)  # fmt: skip
"""IANA's registries of special purposes. Written out, because what `ipaddress` calls global differs by its release."""
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
"""All that is given out so far. IPv4-mapped, NAT64, unique local, link-local and multicast addresses lie outside."""


def is_public(address: str) -> bool:
    """Is this the address of one machine that anybody on the internet may talk to?

    >>> is_public("103.28.12.7"), is_public("2400:cb00::1")
    (True, True)
    >>> is_public("169.254.169.254"), is_public("::ffff:103.28.12.7"), is_public("kota.go.id")
    (False, False, False)
    """
    try:
        there = ipaddress.ip_address(address)
    except ValueError:
        return False
    if there.version == 6 and (there not in _GLOBAL_V6 or there.scope_id):
        return False
    return there.is_global and not any(there in block for block in _SPECIAL if block.version == there.version)
