"""An instrument edited piece by piece: its head, clusters, indicators and questions.

Every change holds the instrument's row, asks the permission again, saves conditionally and writes its Event. It empties
the digest, and makes a checked version a draft again. Positions stay dense through the whole instrument. `by` None is
the portal itself.

Raises, and then writes nothing: PermissionDenied; Stale when the row has moved on since the version given; Taken when a
code is in use; ObjectDoesNotExist when the row is gone.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import QuerySet

from clusters import permissions, skeleton
from clusters.content import TOTAL
from clusters.enums import InstrumentState, Level
from clusters.models import Cluster, Indicator, Instrument, Question
from clusters.services.loading import subject
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale, save_version
from trail.models import Event
from trail.services import events

Part = Cluster | Indicator | Question
MODELS: dict[str, Any] = {Level.CLUSTER: Cluster, Level.INDICATOR: Indicator, Level.QUESTION: Question}
FIELDS: dict[str, tuple[str, ...]] = {
    Level.CLUSTER: ("code", "name", "max_points"),
    Level.INDICATOR: ("number", "name", "description", "max_points", "source", "note"),
    Level.QUESTION: (
        "code", "text", "guidance", "kind", "max_points", "rule", "owners", "wants", "may_be_inapplicable", "source",
        "note",
    ),
}  # fmt: skip
HEAD = ("name", "edition", "corrects", "source_url", "legal_basis", "assumptions", "predicates")
LEAST = {Level.CLUSTER: Decimal(0), Level.INDICATOR: Decimal(0), Level.QUESTION: Decimal("0.001")}
"""The fewest points of a part: a group may be empty for a while, a question must earn something."""
LAST = 32767
REMOVED, RESTORED = "part_removed", "part_restored"


class Taken(Exception):
    """The code or number is in use in this instrument. The text is for the screen."""

    def __init__(self, what: str, code: str) -> None:
        super().__init__(f"{what} {code} sudah ada pada instrumen ini.")


class NotRestorable(Exception):
    """What was removed cannot be put back. The text is for the screen."""


def level_of(part: Part) -> Level:
    return next(level for level, model in MODELS.items() if isinstance(part, model))  # type: ignore[return-value]


def code_of(part: Part) -> str:
    return part.number if isinstance(part, Indicator) else part.code


def name_of(part: Part) -> str:
    """How the screen and the trail call it: 'pertanyaan 2.1'."""
    return f"{level_of(part).label.lower()} {code_of(part)}"


def instrument_of(part: Part) -> Instrument:
    return part.cluster.instrument if isinstance(part, Indicator) else part.instrument


@contextmanager
def draft(instrument: Instrument, by: Any, may: Any = permissions.can_edit_instrument) -> Iterator[Instrument]:
    """The instrument as it stands, held until the change is done."""
    with transaction.atomic():
        held = Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
        if by is not None or held.state == InstrumentState.PUBLISHED:
            require(may(by, held))
        yield held


def _record(held: Instrument, action: str, by: Any, **told: Any) -> Event:
    """The Event of a change, which also makes the instrument a draft that nobody has checked, and moves its version:
    who would replace the whole, as an import does, must have seen every change."""
    if held.state != InstrumentState.DRAFT:
        before = {"checked_by": held.checked_by_id, "digest": held.digest}
        events.record("instrument_reopened", by=by, subject=subject(held), before=before)
    held.state, held.digest, held.checked_by, held.checked_at = InstrumentState.DRAFT, "", None, None
    held.version += 1
    held.save(update_fields=["state", "digest", "checked_by", "checked_at", "version"])
    return events.record(action, by=by, subject=subject(held), **told)


# --- the whole and its head -----------------------------------------------------------------------------------------
@transaction.atomic
def create_draft(*, code: str, name: str, edition: str, granularity: str, with_clusters: bool, by: Any) -> Instrument:
    """An empty draft, or one with the seven groups that are worth nothing yet. Raises Taken."""
    if by is not None:
        require(permissions.can_create_instrument(by))
    instrument, fresh = Instrument.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "edition": edition,
            "granularity": granularity,
            "max_points": TOTAL,
            "predicates": list(skeleton.PREDICATES),
        },
    )
    if not fresh:
        raise Taken("Instrumen", code)
    if with_clusters:
        Cluster.objects.bulk_create(
            Cluster(instrument=instrument, code=key, name=label, max_points=0, position=place)
            for place, (key, label) in enumerate(skeleton.CLUSTERS)
        )
    after = {"name": name, "edition": edition, "granularity": granularity, "clusters": with_clusters}
    events.record("instrument_added", by=by, subject=subject(instrument), after=after)
    return instrument


def head_seen(instrument: Instrument) -> str:
    """What the head looks like now, in a short text: a form of it is out of date when this is another."""
    return _hashed({field: _told(getattr(instrument, field)) for field in HEAD})


def save_head(instrument: Instrument, looked_at: str, *, by: Any, **changes: Any) -> None:
    """Fields of HEAD; the same changes nothing. `looked_at` is what `head_seen` told: whatever happened meanwhile to
    the parts below disturbs nobody. Raises Stale when the head itself has changed."""
    with draft(instrument, by) as held:
        before = {field: getattr(held, field) for field in changes if getattr(held, field) != changes[field]}
        if not before:
            return
        if head_seen(held) != looked_at:
            raise Stale(held)
        for field in before:
            setattr(held, field, changes[field])
        held.save(update_fields=list(before))
        _record(
            held, "instrument_edited", by,
            before={field: _told(value) for field, value in before.items()},
            after={field: _told(changes[field]) for field in before},
        )  # fmt: skip


def _told(value: Any) -> Any:
    """A value as the trail keeps it: other rows by their code."""
    return value.code if isinstance(value, Instrument | Cluster) else code_of(value) if _is_part(value) else value


def _is_part(value: Any) -> bool:
    return isinstance(value, Cluster | Indicator | Question)


# --- one part -------------------------------------------------------------------------------------------------------
def add_cluster(instrument: Instrument, *, by: Any, **fields: Any) -> Cluster:
    """A cluster at the end."""
    with draft(instrument, by) as held:
        return _add(held, Cluster(instrument=held, position=LAST, **fields), by)  # type: ignore[return-value]


def add_indicator(cluster: Cluster, *, by: Any, **fields: Any) -> Indicator:
    """An indicator at the end of the cluster."""
    with draft(cluster.instrument, by, permissions.can_edit_questions) as held:
        there = Cluster.objects.get(pk=cluster.pk)
        return _add(held, Indicator(cluster=there, position=LAST, **fields), by)  # type: ignore[return-value]


def add_question(indicator: Indicator, *, by: Any, **fields: Any) -> Question:
    """A question at the end of the indicator."""
    with draft(instrument_of(indicator), by, permissions.can_edit_questions) as held:
        there = Indicator.objects.get(pk=indicator.pk)
        return _add(held, Question(instrument=held, indicator=there, position=LAST, **fields), by)  # type: ignore[return-value]


def _add(held: Instrument, part: Part, by: Any) -> Part:
    _require_free(held, part, code_of(part))
    part.save()
    renumber(held)
    _record(held, "part_added", by, detail=name_of(part), after=snapshot(part))
    return part


def save_part(part: Part, version: int, *, by: Any, **changes: Any) -> bool:
    """Write fields of a cluster, indicator or question. With its parent (`cluster`, `indicator`) among them it goes to
    the end there. Returns whether anything changed."""
    with draft(instrument_of(part), by) as held:
        return _save(held, part, version, changes, by)


def _save(held: Instrument, part: Part, version: int, changes: dict[str, Any], by: Any) -> bool:
    stored = MODELS[level_of(part)].objects.get(pk=part.pk)
    before = {field: getattr(stored, field) for field in changes if getattr(stored, field) != changes[field]}
    if not before:
        return False
    parents = {"cluster", "indicator"} & before.keys()
    for name in parents:
        changes = changes | {name: type(changes[name]).objects.get(pk=changes[name].pk), "position": LAST}
        if instrument_of(changes[name]).pk != held.pk:
            raise ValueError("a part stays in its instrument")
    code = changes.get("number" if isinstance(part, Indicator) else "code", code_of(stored))
    _require_free(held, stored, code)
    save_version(part, version, **changes)
    if parents:
        renumber(held)
    after = {field: _told(changes[field]) for field in before}
    _record(
        held, "part_edited", by, detail=name_of(stored),
        before={field: _told(value) for field, value in before.items()}, after=after,
    )  # fmt: skip
    return True


@dataclass(frozen=True, slots=True)
class Points:
    """New points of one part, and the version that was looked at."""

    part: Part
    version: int
    points: Decimal


def save_points(instrument: Instrument, changes: Sequence[Points], *, by: Any) -> int:
    """Points of several parts at once, all or nothing. Returns how many changed."""
    with draft(instrument, by) as held:
        return sum(_save(held, each.part, each.version, {"max_points": each.points}, by) for each in changes)


def move(part: Part, version: int, step: int, *, by: Any) -> int:
    """One place up (-1) or down (1) among its siblings; at the end nothing happens. Returns its place there, from 1."""
    with draft(instrument_of(part), by) as held:
        stored = MODELS[level_of(part)].objects.get(pk=part.pk)
        order = list(siblings(stored))
        place = order.index(stored)
        wanted = place + step
        if not 0 <= wanted < len(order):
            return place + 1
        order.insert(wanted, order.pop(place))
        save_version(part, version)
        _place(order)
        renumber(held)
        _record(
            held, "part_moved", by, detail=name_of(stored),
            before={"place": place + 1}, after={"place": wanted + 1},
        )  # fmt: skip
        return wanted + 1


def siblings(part: Part) -> "QuerySet[Any]":
    """The parts of the same parent, in order, with itself."""
    if isinstance(part, Cluster):
        return part.instrument.clusters.order_by("position", "pk")
    if isinstance(part, Indicator):
        return part.cluster.indicators.order_by("position", "pk")
    return part.indicator.questions.order_by("position", "pk")


# --- removing and putting back --------------------------------------------------------------------------------------
def snapshot(part: Part) -> dict[str, Any]:
    """All that a part holds, with what hangs on it, as the trail keeps it and `restore` reads it."""
    fields = {name: getattr(part, name) for name in FIELDS[level_of(part)]}
    if isinstance(part, Cluster):
        fields["indicators"] = [snapshot(each) for each in part.indicators.prefetch_related("questions")]
    elif isinstance(part, Indicator):
        fields["questions"] = [snapshot(each) for each in part.questions.all()] if part.pk else []
    return fields


def seen(part: Part) -> str:
    """What a part and all in it look like now, in a short text: for a form that removes only what was looked at."""
    return _hashed(snapshot(part))


def _hashed(content: dict[str, Any]) -> str:
    text = json.dumps(content, cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def remove(part: Part, looked_at: str, *, by: Any) -> Event:
    """Take a part out with all that hangs on it; `looked_at` is what `seen` told. The Event can be put back.

    Raises Stale when anything in it has changed since.
    """
    with draft(instrument_of(part), by) as held:
        stored = MODELS[level_of(part)].objects.get(pk=part.pk)
        if seen(stored) != looked_at:
            raise Stale(stored)
        before = {
            "level": level_of(stored),
            "parent": _parent(stored),
            "place": list(siblings(stored)).index(stored),
            "content": snapshot(stored),
        }
        event = _record(held, REMOVED, by, detail=name_of(stored), before=before)
        stored.delete()
        renumber(held)
        return event


def _parent(part: Part) -> list[str]:
    """The codes from the cluster down to the parent."""
    if isinstance(part, Question):
        return [part.indicator.cluster.code, part.indicator.number]
    return [part.cluster.code] if isinstance(part, Indicator) else []


def restorable(instrument: Instrument) -> list[Event]:
    """What was removed and not put back, newest first."""
    found = list(Event.objects.about(subject(instrument)).filter(action__in=[REMOVED, RESTORED]))
    back = {dict(event.after or {})["event"] for event in found if event.action == RESTORED}
    return [event for event in found if event.action == REMOVED and event.pk not in back]


def restore(instrument: Instrument, event_id: int, *, by: Any) -> Part:
    """Put back what was removed, where it stood. Raises NotRestorable when its parent is gone or its code is taken."""
    with draft(instrument, by) as held:
        event = next((event for event in restorable(held) if event.pk == event_id), None)
        if event is None:
            raise NotRestorable("Penghapusan ini tidak ada atau sudah dipulihkan.")
        found = dict(event.before or {})
        parents: list[Any] = [held]
        for code in found["parent"]:
            name, children = ("code", "clusters") if len(parents) == 1 else ("number", "indicators")
            parent = getattr(parents[-1], children).filter(**{name: code}).first()
            if parent is None:
                raise NotRestorable(f"Tempatnya ({' › '.join(found['parent'])}) tidak ada lagi. Pulihkan itu dahulu.")
            parents.append(parent)
        try:
            part = _grow(held, found["level"], parents[-1], found["content"], LAST)
        except Taken as taken:
            raise NotRestorable(f"{taken} Ubah kodenya dahulu, lalu pulihkan.") from None
        order = [each for each in siblings(part) if each != part]
        order.insert(found["place"], part)
        _place(order)
        renumber(held)
        _record(held, RESTORED, by, detail=name_of(part), after={"event": event.pk})
        return part


def _grow(held: Instrument, level: str, parent: Any, content: dict[str, Any], position: int) -> Part:
    fields = {name: content[name] for name in FIELDS[level]} | {"max_points": Decimal(content["max_points"])}
    owner = {Level.CLUSTER: "instrument", Level.INDICATOR: "cluster", Level.QUESTION: "indicator"}[Level(level)]
    fields |= {owner: parent, "position": position}
    if level == Level.QUESTION:
        fields["instrument"] = held
    part: Part = MODELS[level](**fields)
    _require_free(held, part, code_of(part))
    part.save()
    for below, key in ((Level.INDICATOR, "indicators"), (Level.QUESTION, "questions")):
        for place, each in enumerate(content.get(key, [])):
            _grow(held, below, part, each, place)
    return part


# --- order and codes ------------------------------------------------------------------------------------------------
def _require_free(held: Instrument, part: Part, code: str) -> None:
    """Codes are used once in the instrument."""
    if isinstance(part, Cluster):
        taken: QuerySet[Any] = held.clusters.filter(code=code)
    elif isinstance(part, Indicator):
        taken = Indicator.objects.filter(cluster__instrument=held, number=code)
    else:
        taken = held.questions.filter(code=code)
    if taken.exclude(pk=part.pk).exists():
        raise Taken(level_of(part).label, code)


def _place(order: Sequence[Any]) -> None:
    for place, row in enumerate(order):
        row.position = place
    type(order[0]).objects.bulk_update(order, ["position"])


def renumber(instrument: Instrument) -> None:
    """Positions from 0 without gaps, counted through the whole instrument at each level, in the order there is."""
    rows: list[tuple[Any, Any]] = [
        (Cluster, Cluster.objects.filter(instrument=instrument).order_by("position", "pk")),
        (
            Indicator,
            Indicator.objects.filter(cluster__instrument=instrument).order_by(
                "cluster__position", "cluster", "position", "pk"
            ),
        ),
        (
            Question,
            Question.objects.filter(instrument=instrument).order_by(
                "indicator__cluster__position", "indicator__position", "indicator", "position", "pk"
            ),
        ),
    ]
    for model, found in rows:
        wrong = []
        for place, row in enumerate(found.only("position")):
            if row.position != place:
                row.position = place
                wrong.append(row)
        model.objects.bulk_update(wrong, ["position"])
