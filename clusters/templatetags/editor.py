"""What the sheet of the instrument editor needs beyond plain template language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template

from clusters.forms.rows import shown

register = template.Library()


@register.filter
def at(found: Mapping[str, Any] | None, key: str) -> Any:
    """The entry of a mapping, or nothing."""
    return (found or {}).get(key, "")


@register.filter
def as_typed(number: Decimal) -> str:
    """{{ 7.500|as_typed }} → 7,5, as it stands in a field."""
    return shown(number)


@register.simple_tag
def part_key(level: str, pk: int) -> str:
    """What the fields and pieces of a line are named by: question-12."""
    return f"{level}-{pk}"


@register.simple_tag
def typed_points(typed: Mapping[str, str] | None, key: str, stored: Decimal) -> str:
    """What stands in the field: what was typed and refused, else what is stored."""
    return (typed or {}).get(key, shown(stored))
