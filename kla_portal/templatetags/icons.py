"""Icons of the vendored sprite: `{% icon "check-circle" %}`."""

from functools import cache
from xml.etree import ElementTree

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@cache
def known() -> frozenset[str]:
    """Names of the symbols in static/img/icons.svg."""
    root = ElementTree.parse(settings.BASE_DIR / "static" / "img" / "icons.svg").getroot()  # nosec - our own file
    return frozenset(symbol.attrib["id"] for symbol in root if "id" in symbol.attrib)


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """One decorative icon, `size` CSS pixels wide. It says nothing alone: put a word beside it.

    A name that the sprite does not have is drawn as a dot; the tests read every template for such names.
    """
    symbol = name if name in known() else "dot"
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" aria-hidden="true" focusable="false">'
        '<use href="{1}#{2}"></use></svg>',
        size,
        static("img/icons.svg"),
        symbol,
    )
