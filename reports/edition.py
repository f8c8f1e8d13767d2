"""Which edition of the document's layout this portal prints."""

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings

LAYOUT = Path(__file__).parent / "document.css"
TEMPLATE = "reports/document.html"


@cache
def edition() -> str:
    """A digest of template and style, 12 hex digits: content printed in another layout is another document."""
    template = settings.BASE_DIR / "templates" / TEMPLATE
    return hashlib.sha256(template.read_bytes() + LAYOUT.read_bytes()).hexdigest()[:12]
