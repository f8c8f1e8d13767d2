"""What evaluations add to the page of a region."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from evaluations.models import Evaluation
from regions.enums import Level
from regions.models import Region


def evaluations_of(request: HttpRequest, region: Region) -> SafeString | None:
    """The evaluations of a kabupaten/kota that this person may see, newest first; awarded ones as a ribbon."""
    if region.level != Level.REGENCY:
        return None
    rows = Evaluation.objects.visible_to(request.user).with_names().filter(region=region)
    context = {"evaluations": list(rows.order_by("-cycle__created_at")), "region": region}
    return render_to_string("evaluations/_of_region.html", context, request=request)
