"""Where the head of the chain was written down at some time. Whoever cuts off the end of the trail would have to find
and change all of these as well, and what was printed or sent cannot be changed.

An app that writes the head down registers in its AppConfig where it did.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple


class Anchor(NamedTuple):
    """The event numbered `seq` had this digest (its first 16 hex digits or more); `where` says who says so."""

    seq: int
    digest: str
    where: str


Source = Callable[[], Iterable[Anchor]]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """Have `check_trail` ask `source` for what it has written down."""
    if source not in _sources:
        _sources.append(source)
    return source


def known() -> list[Anchor]:
    """All that is written down inside the portal, except the head itself. As many queries as there are sources."""
    return [anchor for source in _sources for anchor in source()]
