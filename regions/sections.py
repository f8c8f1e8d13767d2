"""Parts of a region's page that come from apps above: each registers a function, in its `AppConfig.ready`."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.safestring import SafeString

from regions.models import Region

Section = Callable[[HttpRequest, Region], SafeString | None]
"""From the request and a region to a finished piece of HTML, or None when there is nothing to show to this person."""

_sections: list[tuple[int, Section]] = []


def register(section: Section, *, order: int = 0) -> None:
    """Show this section on every region's page, lower orders first. Registering it again changes nothing."""
    if all(known is not section for _, known in _sections):
        _sections.append((order, section))
        _sections.sort(key=lambda entry: entry[0])


def unregister(section: Section) -> None:
    """Take it off the page again."""
    _sections[:] = [entry for entry in _sections if entry[1] is not section]


def render(request: HttpRequest, region: Region) -> list[SafeString]:
    """The sections that have something to show, in order."""
    pieces = (section(request, region) for _, section in _sections)
    return [piece for piece in pieces if piece]
