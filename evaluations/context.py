"""The menu on every page."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from evaluations.queries.navigation import navigation


def menu(request: HttpRequest) -> dict[str, Any]:
    """`nav`, built only when a template asks for it."""
    user = getattr(request, "user", None)
    return {"nav": SimpleLazyObject(lambda: navigation(user, request.path) if user else [])}
