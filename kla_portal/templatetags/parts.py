"""What the components need beyond plain template language."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.middleware.csrf import get_token
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from kla_portal.lib import charts

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_field(context: Context) -> SafeString:
    """The hidden CSRF field, also inside `{% include … only %}`, where `{% csrf_token %}` stays empty."""
    request = getattr(context, "request", None)
    if request is None:
        return SafeString("")
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))


@register.inclusion_tag("components/_score_bar_body.html")
def score_bar_body(
    claimed: Decimal | int,
    scored: Decimal | int | None,
    maximum: Decimal | int,
    bands: Iterable[Any],
    second: str = "",
    goal: str = "",
    claimed_standing: Any = None,
    scored_standing: Any = None,
) -> dict[str, Any]:
    """The score bar for wide and for narrow screens, and the same in words. Points; `scored` may be None.

    `second`: what `scored` is called ("Dinilai"); `goal`: the code of the predicate that the distances speak of. With a
    standing (`predicate`, `sentence`) the predicate is the one after prerequisites, else that of the points alone.
    """
    known = charts.as_bands(bands)
    full = Decimal(maximum or 1000)
    claim = Decimal(claimed or 0)
    given = None if scored in (None, "") else Decimal(str(scored))

    def standing(total: Decimal, after: Any) -> dict[str, Any]:
        band = charts.band_of(total, known)
        label = band.label if band else charts.NO_PREDICATE
        return {
            "total": total,
            "code": after.predicate.code if after else band.code if band else "none",
            "label": after.predicate.name if after else label,
            "distance": charts.distance_text(total, known, goal),
            "standing": after,
        }

    second = second or "Dinilai"

    def drawn(width: int) -> SafeString:
        return mark_safe(  # nosec - charts escapes
            charts.score_bar(claim, given, full, known, width=width, second=second, goal=goal)
        )

    return {
        "wide": drawn(960),
        "narrow": drawn(340),
        "second": second,
        "maximum": full,
        "claimed": standing(claim, claimed_standing or None),
        "scored": None if given is None else standing(given, scored_standing or None),
    }


@register.simple_tag
def distance(total: Decimal, bands: Iterable[Any], goal: str = "") -> str:
    """How far the next predicate is from an unrounded total, or the one with the code `goal`: 'kurang 23,60 …'."""
    return charts.distance_text(total, charts.as_bands(bands), goal)


@register.simple_tag
def course_chart(published: list[charts.History], own: list[charts.History]) -> SafeString:
    """Final totals year by year as a picture; the page has them as a table too."""
    return mark_safe(charts.course(published, own))  # nosec - charts escapes


@register.simple_tag
def server_now() -> str:
    """The server's time, ISO 8601, for countdowns that must not trust the device's clock."""
    return timezone.now().isoformat(timespec="seconds")


@register.filter
def time_left(until: datetime, now: datetime | None = None) -> str:
    """How long until then from `now` (else the server's), in words: '3 hari 4 jam lagi', 'sudah lewat'.
    static/js/kla.js words it the same way."""
    seconds = (until - (now or timezone.now())).total_seconds()
    minutes = int(seconds // 60)
    if seconds <= 0:
        return "sudah lewat"
    if minutes < 1:
        return "kurang dari 1 menit lagi"
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} hari {hours} jam lagi" if hours else f"{days} hari lagi"
    if hours:
        return f"{hours} jam {minutes % 60} menit lagi" if minutes % 60 else f"{hours} jam lagi"
    return f"{minutes} menit lagi"


@register.filter
def time_state(until: datetime, now: datetime | None = None) -> str:
    """open, soon (under three days) or over, as `time_left` counts."""
    rest = (until - (now or timezone.now())).total_seconds()
    return "over" if rest <= 0 else "soon" if rest < 3 * 86400 else "open"
