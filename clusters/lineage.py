"""Finders: how one instrument leads to another, through the mappings that are kept."""

from collections import Counter, deque
from dataclasses import dataclass

from django.db.models import Q

from clusters.content import InstrumentData
from clusters.correspondence import Codes, Correspondence, Line, codes_of, correspond, problems
from clusters.enums import InstrumentState, Level, Relation
from clusters.models import Instrument, Mapping, MappingLine, MappingQuerySet
from clusters.queries import content, outline

Edge = tuple[int, int, int, int]
"""Pks of mapping, source and target, and the mapping's version."""
_kept: dict[tuple[str, ...], Correspondence] = {}
KEPT_AT_MOST = 8


def codes(instrument: Instrument) -> Codes:
    """From the kept outline, or of a draft, whose rules need not parse, from its content."""
    if instrument.state == InstrumentState.PUBLISHED:
        return codes_of(outline(instrument))
    return codes_of(content(instrument))


def lines_of(mapping: Mapping) -> list[Line]:
    """In the order in which they are kept. One query."""
    rows = mapping.lines.values_list("level", "relation", "source_code", "target_code", "note")
    return [Line(*row) for row in rows]


def direct(source: Instrument, target: Instrument, ends: tuple[Codes, Codes]) -> Correspondence:
    """Side by side by the mapping between the two, whichever way it leads; by the codes alone if there is none.
    `ends` are the codes of both. Two queries at most."""
    between = {
        mapping.source_id: mapping
        for mapping in Mapping.objects.filter(source__in=(source, target), target__in=(source, target))
    }
    if source.pk in between:
        return correspond(ends[0], ends[1], lines_of(between[source.pk]))
    if target.pk in between:
        return correspond(ends[1], ends[0], lines_of(between[target.pk])).backwards()
    return correspond(ends[0], ends[1])


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another version that a mapping ties to one, with the codes of both ends in the mapping's direction."""

    other: Instrument
    label: str
    source: str
    target: str


def neighbours(instrument: Instrument, mappings: MappingQuerySet) -> list[Neighbour]:
    """The versions before and after, of those that `mappings` lets see. One query."""
    rows = mappings.filter(Q(source=instrument) | Q(target=instrument)).select_related("source", "target")
    found = []
    for mapping in rows.order_by("pk"):
        before = mapping.target_id == instrument.pk
        other = mapping.source if before else mapping.target
        corrects = instrument.corrects_id == other.pk if before else other.corrects_id == instrument.pk
        words = ("Diperbaiki oleh versi ini" if corrects else "Versi sebelumnya") if before else (
            "Memperbaiki versi ini" if corrects else "Versi sesudahnya"
        )  # fmt: skip
        found.append(Neighbour(other, words, mapping.source.code, mapping.target.code))
    return found


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


# --- a mapping as a table -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Row:
    """One line of a mapping with the names of both ends; without a pk it is implied by an equal code."""

    pk: int | None
    level: str
    relation: str
    source: str
    source_name: str
    target: str
    target_name: str
    note: str

    @property
    def level_label(self) -> str:
        return str(Level(self.level).label)

    @property
    def relation_label(self) -> str:
        return str(Relation(self.relation).label)


@dataclass(frozen=True, slots=True)
class Table:
    """`counts`: how many rows each relation has, of those that occur. `problems`: what keeps it from being whole."""

    rows: tuple[Row, ...]
    counts: tuple[tuple[Relation, int], ...]
    problems: tuple[str, ...]


def gaps(instrument: Instrument) -> list[str]:
    """What the mapping from the version that this one corrects still leaves unsaid; nothing without such a mapping."""
    mapping = Mapping.objects.filter(source=instrument.corrects_id, target=instrument).select_related("source").first()
    if mapping is None:
        return []
    rows = mapping.lines.all()
    lines = [Line(row.level, row.relation, row.source_code, row.target_code, row.note) for row in rows]
    return [problem.text for problem in problems(codes(mapping.source), codes(instrument), lines)]


def table(mapping: Mapping) -> Table:
    """Every line, and the equal codes that no line speaks of, by level in the order of the target. Nine queries."""
    old, new = content(mapping.source), content(mapping.target)
    sources, targets = codes_of(old), codes_of(new)
    names = (_names(old), _names(new))
    kept = list(mapping.lines.all())
    lines = [Line(row.level, row.relation, row.source_code, row.target_code, row.note) for row in kept]
    said = {(level, code) for line in lines for level, code in ((line.level, line.source), (line.level, line.target))}
    implied = [
        Line(level, Relation.SAME, code, code)
        for level in Level.values
        for code in sources[level]
        if code in targets[level] and (level, code) not in said
    ]
    pairs = [*zip([row.pk for row in kept], lines, strict=True), *((None, line) for line in implied)]
    place = {(0, level, code): n for level in Level.values for n, code in enumerate(targets[level])}
    place |= {(1, level, code): len(place) + n for level in Level.values for n, code in enumerate(sources[level])}
    last = len(place)
    rows = sorted(
        (
            Row(
                pk,
                line.level,
                line.relation,
                line.source,
                names[0].get((line.level, line.source), ""),
                line.target,
                names[1].get((line.level, line.target), ""),
                line.note,
            )
            for pk, line in pairs
        ),
        key=lambda row: (
            Level.values.index(row.level),
            place.get((0, row.level, row.target), last),
            place.get((1, row.level, row.source), last),
        ),
    )
    found = Counter(row.relation for row in rows)
    counts = tuple((relation, found[relation]) for relation in Relation if found[relation])
    return Table(tuple(rows), counts, tuple(problem.text for problem in problems(sources, targets, lines)))


def _names(data: InstrumentData) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for cluster in data.clusters:
        found[Level.CLUSTER, cluster.code] = cluster.name
        for indicator in cluster.indicators:
            found[Level.INDICATOR, indicator.number] = indicator.name
            found |= {(Level.QUESTION, question.code): question.text for question in indicator.questions}
    return found
