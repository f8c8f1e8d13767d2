"""Two people edited the same thing: what is stored beside what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest, QueryDict

from clusters import scoring
from clusters.enums import QuestionKind, Source
from clusters.wants import parse_want, want_text
from kla_portal.lib.numbers import plain_text
from regions.enums import AgencyKind

LABELS = {
    "rule": "Tangga nilai",
    "owners": "Penanggung jawab",
    "wants": "Bukti yang diminta",
    "legal_basis": "Dasar hukum",
    "assumptions": "Asumsi",
    "predicates": "Predikat",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two people wrote differently, as text."""

    label: str
    theirs: str
    mine: str


def differences(form: forms.Form, stored: Any, changes: Mapping[str, Any]) -> list[Difference]:
    """The fields in which the stored row and the typed changes differ."""
    found = []
    for name, mine in changes.items():
        theirs = getattr(stored, name)
        if theirs != mine:
            label = LABELS.get(name) or str(form.fields[name].label)
            found.append(Difference(label, _told(name, theirs, stored.__dict__), _told(name, mine, changes)))
    return found


def renewed(request: HttpRequest, **seen: Any) -> QueryDict:
    """What was typed, on top of what is stored now (`version` or `seen`): sent again it wins."""
    data = request.POST.copy()
    for name, value in seen.items():
        data[name] = str(value)
    return data


def _told(name: str, value: Any, whole: Mapping[str, Any]) -> str:
    if name == "rule":
        rule = scoring.parse_rule(whole["kind"], value)
        steps = [f"{level.label} = {plain_text(level.fraction)}" for level in scoring.ladder(rule)]
        items = [each.label for each in rule.items] if isinstance(rule, scoring.Checklist) else []
        columns = [each.label for each in rule.columns] if isinstance(rule, scoring.Table) else []
        return "; ".join([*steps, *items, *columns])
    if name == "owners":
        return ", ".join(str(AgencyKind(kind).label) for kind in value)
    if name == "wants":
        return "; ".join(want_text(parse_want(want)) for want in value)
    if name in ("kind", "source"):
        return str((QuestionKind if name == "kind" else Source)(value).label)
    if isinstance(value, list | tuple):
        return "; ".join(
            str(next(entry[key] for key in ("title", "text", "name", "label") if key in entry)) for entry in value
        )
    if isinstance(value, bool):
        return "Ya" if value else "Tidak"
    if isinstance(value, Decimal):
        return plain_text(value)
    return str(value) if isinstance(value, Model) else str(value or "(kosong)")
