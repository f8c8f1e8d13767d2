"""Rules and predicates back as the data they were read from, each in one way only: what means the same has the same
digest, whichever file or form it came through. Pure."""

from collections.abc import Iterable
from typing import Any

from clusters.content import number_text
from clusters.rules import Band, Banded, Checklist, Choice, Column, Level, Requirement, Rollup, Rule, Step, Table, YesNo


def rule_data(rule: Rule) -> dict[str, Any]:
    """What `parsing.parse_rule` reads as this rule, with nothing left to a default but what a table's column lacks.

    >>> from clusters.parsing import parse_rule
    >>> rule_data(parse_rule("yes_no", {"yes": "1.0", "no": 0}))
    {'source': 'assumption', 'yes': '1', 'no': '0'}
    """
    found: dict[str, Any] = {"source": rule.source}
    if isinstance(rule, YesNo):
        return {**found, "yes": number_text(rule.yes), "no": number_text(rule.no)}
    if isinstance(rule, Choice):
        return {**found, "options": _levels(rule.options)}
    if isinstance(rule, Checklist):
        items = [{"key": each.key, "label": each.label, "points": number_text(each.points)} for each in rule.items]
        return {**found, "levels": _levels(rule.levels), "items": items}
    if isinstance(rule, Table):
        total = {"of": rule.total.of, "column": rule.total.column, "among": rule.total.among}
        found |= {"columns": [_column(each) for each in rule.columns], "total": _filled(total)}
    if isinstance(rule, Rollup):
        found["of"] = rule.of
    found |= {"unit": rule.unit, "better": rule.better, "bands": _bands(rule.bands)}
    if isinstance(rule, Banded) and rule.compare is not None:
        factors = {name: getattr(rule.compare, name) for name in ("improved", "same", "worse")}
        found["compare"] = {name: number_text(factor) for name, factor in factors.items()}
    return found


def _levels(levels: Iterable[Level]) -> list[dict[str, str]]:
    return [{"key": each.key, "label": each.label, "fraction": number_text(each.fraction)} for each in levels]


def _bands(steps: Iterable[Step]) -> list[dict[str, str]]:
    return [{"from": number_text(step.lower), "fraction": number_text(step.fraction)} for step in steps]


def _column(column: Column) -> dict[str, Any]:
    found = {"key": column.key, "label": column.label, "type": column.type}
    return _filled({**found, "required": column.required, "options": list(column.options)})


def predicate_data(band: Band) -> dict[str, Any]:
    """What `parsing.parse_bands` reads as this band. An empty note, address or list of prerequisites is left out."""
    found = {
        "code": band.code,
        "name": band.name,
        "lower": number_text(band.lower),
        "inclusive": band.inclusive,
        "source": band.source,
    }
    more = {
        "note": band.note,
        "source_url": band.source_url,
        "requires": [_requirement(each) for each in band.requires],
    }
    return {**found, **_filled(more)}


def _requirement(each: Requirement) -> dict[str, Any]:
    found = {"question": each.question, "least": number_text(each.least), "label": each.label}
    return {**found, "enforced": each.enforced, "source": each.source, **_filled({"source_url": each.source_url})}


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    return {key: entry for key, entry in data.items() if entry not in ("", False, [])}
