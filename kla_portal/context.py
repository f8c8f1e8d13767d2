"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    """DEMO: the page must carry "DATA CONTOH"."""
    return {"DEMO": settings.DEMO}
