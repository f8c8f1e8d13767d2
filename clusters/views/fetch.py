"""What every page of the editor begins with: the instrument that the person sees and may change."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from clusters import permissions
from clusters.models import Instrument
from kla_portal.lib.decision import require

View = Callable[..., HttpResponse]


def instrument_or_404(request: HttpRequest, code: str) -> Instrument:
    """The instrument, if this person sees it (else 404)."""
    visible = Instrument.objects.visible_to(request.user).select_related("corrects", "checked_by", "published_by")
    return get_object_or_404(visible, code=code)


def of_draft(may: Any = permissions.can_edit_instrument) -> Callable[[View], View]:
    """The view gets the instrument instead of its code, if this person may change it (else 403 with the reason). A part
    that somebody else has removed meanwhile is 404."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponse:
            instrument = instrument_or_404(request, code)
            require(may(request.user, instrument))
            try:
                return view(request, instrument, *args, **kwargs)
            except ObjectDoesNotExist:
                raise Http404("Bagian ini sudah dihapus.") from None

        return answer

    return decorate
