"""Who else has a question open: the region's people see the region's, those who judge see each other."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from evaluations import permissions
from evaluations.models import Answer, Presence

LASTS = timedelta(seconds=60)
"""How long somebody counts as there after the page last spoke up."""


@dataclass(frozen=True, slots=True)
class Other:
    name: str
    typing: bool


def others(answer: Answer, reader: Any) -> list[Other]:
    """On the reader's side, by name. `reader` may read the answer. One query."""
    since = timezone.now() - LASTS
    rows = Presence.objects.filter(
        answer=answer, of_region=permissions.of_the_city(reader, answer.evaluation), seen_at__gt=since
    ).exclude(user=reader)
    told = rows.order_by("user__full_name", "user").values_list("user__full_name", "typing_at")
    return [Other(name, typing_at is not None and typing_at > since) for name, typing_at in told]
