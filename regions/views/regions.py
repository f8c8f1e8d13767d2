from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from regions import permissions, queries, sections
from regions.enums import Level
from regions.filters import RegionFilter
from regions.models import Agency, Region

PER_PAGE = 50


@require_safe
def region_list(request: HttpRequest) -> HttpResponse:
    tree = Region.objects.visible_to(request.user)
    search = RegionFilter(request.GET or None, queryset=tree.order_by("level", "code"))
    context = {"filter": search, "text": request.GET.get("q", "").strip()}
    if context["text"] or request.GET.get("tingkat"):
        page = Paginator(search.qs, PER_PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "found": queries.with_paths(page), "querystring": _without_page(request)}
    else:
        context["provinces"] = queries.provinces(tree)
    headers = request.headers
    # Going back, htmx asks for the whole page, and asks as htmx.
    piece = "HX-Request" in headers and "HX-History-Restore-Request" not in headers
    status = 422 if search.is_bound and not search.is_valid() else 200
    return render(request, "regions/region_list.html" + ("#results" if piece else ""), context, status=status)


@require_safe
def region_detail(request: HttpRequest, code: str) -> HttpResponse:
    tree = Region.objects.visible_to(request.user)
    region = get_object_or_404(tree, code=code)
    branches = queries.children(tree, region)
    agencies = list(Agency.objects.visible_to(request.user).of(region))
    context = {
        "region": region,
        "ancestors": tree.ancestors_of(code),
        "children": branches,
        "children_label": queries.BELOW.get(region.level + 1),
        "totals": queries.totals(branches, region),
        "has_agencies": region.level <= Level.REGENCY,
        "agencies": agencies,
        "may_manage": permissions.can_manage_agencies(request.user, region),
        "may_add_standard": queries.lacks_standard(agencies)
        and permissions.can_create_standard_agencies(request.user, region),
        "sections": sections.render(request, region),
    }
    return render(request, "regions/region_detail.html", context)


def _without_page(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()
