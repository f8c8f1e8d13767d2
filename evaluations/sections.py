"""What evaluations add to the page of a region."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from evaluations.enums import Stage
from evaluations.models import Evaluation, PublishedResult
from evaluations.queries import published
from regions.enums import Level
from regions.models import Region


def evaluations_of(request: HttpRequest, region: Region) -> SafeString | None:
    """The evaluations of a kabupaten/kota that this person may see, newest first; awarded ones as a ribbon."""
    if region.level != Level.REGENCY:
        return None
    rows = Evaluation.objects.visible_to(request.user).with_names().filter(region=region)
    context = {"evaluations": list(rows.order_by("-cycle__created_at")), "region": region}
    return render_to_string("evaluations/_of_region.html", context, request=request)


def history_of(request: HttpRequest, region: Region) -> SafeString | None:
    """What a kabupaten/kota was awarded, year by year: by the portal, and apart from it as published elsewhere."""
    if region.level != Level.REGENCY:
        return None
    results = PublishedResult.objects.visible_to(request.user).filter(region=region)
    rows = [published.named(row) for row in results.order_by("-year", "stage", "cluster_code", "source_url")]
    own = Evaluation.objects.visible_to(request.user).with_names().filter(region=region, stage=Stage.AWARDED)
    awarded, years = list(own.order_by("awarded_at", "pk")), published.final_years(rows)
    courses = published.course(years), published.own_course(awarded)
    context = {
        "region": region,
        "results": rows,
        "years": years,
        "awarded": awarded,
        "disputed": [each for each in years if each.disputed],
        "course": courses if sum(map(len, courses)) > 1 else None,
    }
    return render_to_string("evaluations/_history_of_region.html", context, request=request)
