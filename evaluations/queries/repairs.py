"""What became of an answer since the task force sent it back, as the trail tells it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clusters import scoring
from evaluations.models import Answer, Evaluation, Review
from evaluations.queries.showing import Years, shown
from trail.models import Event

SAVED = "answer.save"
DOCUMENTS = {
    "evidence.attach": "Ditambahkan", "evidence.reattach": "Dipasang lagi", "evidence.detach": "Dilepas",
    "evidence.revise": "Diganti revisi baru", "evidence.point": "Halaman rujukan diubah",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turned:
    """One thing as it was when it was sent back, and as it is now."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Repair:
    """`texts`: value and note, where they are other than they were; `documents`: what was done to the evidence, in
    order, as (what, title)."""

    texts: tuple[Turned, ...]
    documents: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """An answer that was sent back and touched since."""

    answer: Answer
    code: str
    rule: scoring.Rule
    review: Review


def repairs(evaluation: Evaluation, several: Mapping[str, Returned], years: Years) -> dict[str, Repair]:
    """By code of the question. One query; none without answers."""
    if not several:
        return {}
    actions = [SAVED, *DOCUMENTS]
    since = min(each.review.at for each in several.values())
    rows = Event.objects.about(evaluation.subject).filter(action__in=actions, detail__in=list(several), at__gte=since)
    events: dict[str, list[Event]] = defaultdict(list)
    for event in rows.order_by("id"):
        if event.at >= several[event.detail].review.at:
            events[event.detail].append(event)
    return {code: _repair(each, events[code], years) for code, each in several.items()}


def _repair(returned: Returned, events: list[Event], years: Years) -> Repair:
    saved = [event for event in events if event.action == SAVED and event.before]
    documents = [
        (DOCUMENTS[event.action], (event.after or event.before or {}).get("title", ""))
        for event in events
        if event.action in DOCUMENTS
    ]
    return Repair(_texts(returned, saved, years) if saved else (), tuple(documents))


def _texts(returned: Returned, saved: list[Event], years: Years) -> tuple[Turned, ...]:
    first, answer, rule = saved[0].before, returned.answer, returned.rule
    turned = []
    if isinstance(answer.value, list) and isinstance(first.get("value"), dict):
        rows = sorted({int(row) for event in saved for row in _rows(event)})
        if rows:
            before, after = f"{first['value']['rows']} baris", f"{len(answer.value)} baris"
            turned.append(Turned("Matriks", before, f"{after}; berubah: baris {', '.join(map(str, rows[:20]))}"))
    elif first.get("value") != answer.value:
        turned.append(Turned("Jawaban", _text(rule, first.get("value"), years), _text(rule, answer.value, years)))
    if first.get("note", "") != answer.note:
        turned.append(Turned("Catatan", first.get("note", "") or "Tidak ada", answer.note or "Tidak ada"))
    return tuple(turned)


def _rows(event: Event) -> set[str]:
    """The rows of a table that a save changed, took out or added, as `services.answers` tells them."""
    told = [each.get("value") for each in (event.before, event.after) if each]
    return {row for value in told if isinstance(value, dict) for row in value.get("changed", {})}


def _text(rule: scoring.Rule, value: Any, years: Years) -> str:
    """In words; parts of a checklist or of two years one by one."""
    said = shown(rule, value, years)
    lines = "; ".join(f"{line.label}: {line.text}" for line in said.lines)
    return f"{said.text} ({lines})" if lines else said.text
