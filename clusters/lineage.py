"""Finders: how one instrument leads to another, through the mappings that are kept."""

from collections import deque

from django.db.models import Q

from clusters.correspondence import Codes, Correspondence, Line, codes_of, correspond
from clusters.enums import InstrumentState
from clusters.models import Instrument, Mapping, MappingLine
from clusters.queries import outline

Edge = tuple[int, int, int, int]
"""Pks of mapping, source and target, and the mapping's version."""
_kept: dict[tuple[str, ...], Correspondence] = {}
KEPT_AT_MOST = 8


def codes(instrument: Instrument) -> Codes:
    return codes_of(outline(instrument))


def lines_of(mapping: Mapping) -> list[Line]:
    """In the order in which they are kept. One query."""
    rows = mapping.lines.values_list("level", "relation", "source_code", "target_code", "note")
    return [Line(*row) for row in rows]


def direct(source: Instrument, target: Instrument) -> Correspondence:
    """Side by side by the mapping between the two, whichever way it leads; by the codes alone if there is none."""
    between = {
        mapping.source_id: mapping
        for mapping in Mapping.objects.filter(source__in=(source, target), target__in=(source, target))
    }
    if source.pk in between:
        return correspond(codes(source), codes(target), lines_of(between[source.pk]))
    if target.pk in between:
        return correspond(codes(target), codes(source), lines_of(between[target.pk])).backwards()
    return correspond(codes(source), codes(target))


def forebears(target: Instrument) -> dict[int, tuple[Edge, ...]]:
    """Every published instrument from which mappings lead to this one, itself included, with the shortest way: by pk.
    One query."""
    into: dict[int, list[Edge]] = {}
    seen = Mapping.objects.filter(source__state=InstrumentState.PUBLISHED).filter(
        Q(target__state=InstrumentState.PUBLISHED) | Q(target=target)
    )
    for edge in seen.order_by("pk").values_list("pk", "source_id", "target_id", "version"):
        into.setdefault(edge[2], []).append(edge)
    ways: dict[int, tuple[Edge, ...]] = {target.pk: ()}
    open_ = deque([target.pk])
    while open_:
        here = open_.popleft()
        for edge in into.get(here, []):
            if edge[1] not in ways:
                ways[edge[1]] = (edge, *ways[here])
                open_.append(edge[1])
    return ways


def along(source: Instrument, target: Instrument, way: tuple[Edge, ...]) -> Correspondence:
    """The correspondence along a way that `forebears(target)` gave for `source`.

    Kept in the memory of the process while every instrument and mapping on the way stays as it is; else two queries
    beside the outlines.
    """
    if not way:
        return correspond(codes(source), codes(target))
    key = (source.digest, target.digest, *(f"{edge[0]}:{edge[3]}" for edge in way))
    settled = all(each.state == InstrumentState.PUBLISHED and each.digest for each in (source, target))
    if settled and key in _kept:
        return _kept[key]
    stops = {source.pk: source, target.pk: target}
    stops |= Instrument.objects.in_bulk([edge[1] for edge in way if edge[1] not in stops])
    lines: dict[int, list[Line]] = {edge[0]: [] for edge in way}
    rows = MappingLine.objects.filter(mapping__in=lines).order_by("pk")
    for mapping_id, *row in rows.values_list("mapping_id", "level", "relation", "source_code", "target_code", "note"):
        lines[mapping_id].append(Line(*row))
    found: Correspondence | None = None
    for pk, first, second, _ in way:
        step = correspond(codes(stops[first]), codes(stops[second]), lines[pk])
        found = found.then(step) if found else step
    assert found is not None
    if settled:
        if len(_kept) >= KEPT_AT_MOST:
            _kept.clear()
        _kept[key] = found
    return found


def correspondence(source: Instrument, target: Instrument) -> Correspondence | None:
    """What of `source` is what in `target`, through any number of mappings; None where none lead there."""
    way = forebears(target).get(source.pk)
    return None if way is None else along(source, target, way)
