"""What lists of regions share: their pages and the provinces to choose from."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from accounts.enums import Role
from regions.enums import Level
from regions.models import Region


def paged(request: HttpRequest, rows: Any, size: int) -> tuple[Page[Any], str]:
    """The page that the address asks for, and the rest of its query for the pager."""
    query = request.GET.copy()
    query.pop("page", None)
    return Paginator(rows, size).get_page(request.GET.get("page")), query.urlencode()


def provinces_of(user: Any) -> list[tuple[str, str]]:
    """Code and name, for those who work for the whole country; nothing for others. One query, or none."""
    if not user.acts_as(Role.NATIONAL_ADMIN, Role.EVALUATOR):
        return []
    found = Region.objects.visible_to(user).filter(level=Level.PROVINCE, gone_since=None).order_by("name")
    return list(found.values_list("code", "name"))


def territory_of(user: Any) -> str:
    """The code of the region whose evaluations this person acts on, '' for the nation."""
    return str(user.territory or "")
