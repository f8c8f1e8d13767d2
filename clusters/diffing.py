"""What changed from one version of an instrument to another, in words that can be read side by side. Pure.

Works on the content (`clusters.content`), so that a draft with a rule that nobody has finished can be compared too.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any

from clusters import scoring
from clusters.content import ClusterData, IndicatorData, InstrumentData, QuestionData
from clusters.correspondence import Correspondence, Tie
from clusters.enums import Difference, Granularity, Level, QuestionKind, Relation, Source
from clusters.wants import parse_want, want_text
from kla_portal.lib.numbers import decimal_text, plain_text
from regions.enums import AgencyKind

ZERO = Decimal(0)
UNTOUCHING = frozenset({Difference.MOVED, Difference.SOURCE})
"""What changes nothing in what a question asks, wants or earns."""
BY_RELATION = {
    Relation.NEW: Difference.ADDED,
    Relation.GONE: Difference.GONE,
    Relation.SPLIT: Difference.SPLIT,
    Relation.MERGED: Difference.MERGED,
}
LEVELS = {Level.CLUSTER: "Klaster", Level.INDICATOR: "Indikator", Level.QUESTION: "Pertanyaan"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words; `marked` where the other side says something else."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: lines of text on each side, '' where that side has nothing."""

    sort: str
    before: str
    after: str

    @property
    def label(self) -> str:
        return str(Difference(self.sort).label)

    @property
    def old(self) -> list[Piece]:
        return marked(self.before, self.after)[0]

    @property
    def new(self) -> list[Piece]:
        return marked(self.before, self.after)[1]


@dataclass(frozen=True, slots=True)
class Entry:
    """One part of the instrument with what changed in it. No codes on the side that has it not; `cluster` is that of
    the newer version, or of the older one for what is gone. `level` '' is the instrument itself."""

    level: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    name: str
    cluster: str
    changes: tuple[Change, ...]
    note: str = ""

    @property
    def what(self) -> str:
        """'Pertanyaan 1.2 → 1.2a'; the bare codes where both are the same."""
        old, new = ", ".join(self.before), ", ".join(self.after)
        codes = old if old == new else " → ".join(side for side in (old, new) if side)
        return f"{LEVELS[Level(self.level)]} {codes}" if self.level else ""


@dataclass(frozen=True, slots=True)
class Sum:
    """What a cluster, or several that were split or merged, is worth on both sides; questions counted."""

    names: str
    before: Decimal | None
    after: Decimal | None
    questions_before: int
    questions_after: int

    @property
    def gain(self) -> Decimal | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Diff:
    entries: tuple[Entry, ...]
    sums: tuple[Sum, ...]

    @cached_property
    def counts(self) -> list[tuple[Difference, int]]:
        """How many parts have each sort of change; those that occur."""
        found = Counter(sort for entry in self.entries for sort in {change.sort for change in entry.changes})
        return [(sort, found[sort]) for sort in Difference if found[sort]]

    @cached_property
    def touched(self) -> frozenset[str]:
        """Codes, in the older version, of the questions that ask, want or earn something else now or are gone."""
        return frozenset(
            code
            for entry in self.entries
            if entry.level == Level.QUESTION and any(change.sort not in UNTOUCHING for change in entry.changes)
            for code in entry.before
        )

    def chosen(self, *, sort: str = "", cluster: str = "") -> tuple[Entry, ...]:
        """The entries with a change of this sort, in this cluster ('' for any)."""
        return tuple(
            entry
            for entry in self.entries
            if (not sort or any(change.sort == sort for change in entry.changes))
            and (not cluster or entry.cluster == cluster)
        )


def diff(before: InstrumentData, after: InstrumentData, pairs: Correspondence) -> Diff:
    """Everything that is not equal, in the order of the newer version: the whole, then clusters, indicators and
    questions, what is gone last. What is known to its clusters only is compared to its clusters only. `pairs` leads
    from `before` to `after`."""
    old, new = _Side(before), _Side(after)
    entries = [*_whole(before, after)]
    for tie in pairs.ties(Level.CLUSTER):
        entries += _entry(Level.CLUSTER, tie, old, new, pairs)
    deep = Granularity.CLUSTERS not in (before.granularity, after.granularity)
    for level in (Level.INDICATOR, Level.QUESTION) if deep else ():
        moved = _reordered(level, old, new, pairs)
        for tie in pairs.ties(level):
            entries += _entry(level, tie, old, new, pairs, moved)
    return Diff(tuple(entries), tuple(_sum(tie, old, new) for tie in pairs.ties(Level.CLUSTER)))


class _Side:
    """One version with its parts by level and code, and where each stands."""

    def __init__(self, data: InstrumentData) -> None:
        self.parts: dict[str, dict[str, Any]] = {level: {} for level in Level.values}
        self.above: dict[tuple[str, str], str] = {}
        self.cluster: dict[tuple[str, str], str] = {}
        for cluster in data.clusters:
            self._add(Level.CLUSTER, cluster.code, cluster, "", cluster.code)
            for indicator in cluster.indicators:
                self._add(Level.INDICATOR, indicator.number, indicator, cluster.code, cluster.code)
                for question in indicator.questions:
                    self._add(Level.QUESTION, question.code, question, indicator.number, cluster.code)

    def _add(self, level: str, code: str, part: Any, above: str, cluster: str) -> None:
        self.parts[level][code] = part
        self.above[level, code], self.cluster[level, code] = above, cluster

    def name(self, level: str, code: str) -> str:
        part = self.parts[level][code]
        return str(part.text if isinstance(part, QuestionData) else part.name)

    def place(self, level: str, code: str) -> str:
        """The part that it stands in, with its name."""
        over = Level.CLUSTER if level == Level.INDICATOR else Level.INDICATOR
        above = self.above[level, code]
        return f"{LEVELS[over]} {above} {self.name(over, above)}" if above else ""

    def listed(self, level: str, codes: Iterable[str]) -> str:
        return "\n".join(f"{code} {self.name(level, code)} ({self._worth(level, code)})" for code in codes)

    def _worth(self, level: str, code: str) -> str:
        return f"{plain_text(self.parts[level][code].max_points)} poin"


def _entry(
    level: str, tie: Tie, old: _Side, new: _Side, pairs: Correspondence, moved: dict[str, tuple[int, int]] | None = None
) -> Iterator[Entry]:
    """The entry of one tie; none where nothing differs."""
    side, code = (new, tie.targets[0]) if tie.targets else (old, tie.sources[0])
    if tie.relation in BY_RELATION:
        sort = BY_RELATION[Relation(tie.relation)]
        changes = [Change(sort, old.listed(level, tie.sources), new.listed(level, tie.targets))]
    else:
        changes = [*_pair(level, tie.sources[0], tie.targets[0], old, new, pairs, moved or {})]
    if changes:
        yield Entry(
            level, tie.sources, tie.targets, side.name(level, code), side.cluster[level, code], tuple(changes), tie.note
        )


def _pair(
    level: str,
    source: str,
    target: str,
    old: _Side,
    new: _Side,
    pairs: Correspondence,
    moved: dict[str, tuple[int, int]],
) -> Iterator[Change]:
    one, other = old.parts[level][source], new.parts[level][target]
    if source != target:
        yield Change(Difference.RENAMED, source, target)
    if _has_moved(level, source, target, old, new, pairs):
        yield Change(Difference.MOVED, old.place(level, source), new.place(level, target))
    elif target in moved:
        yield Change(Difference.MOVED, *(f"urutan ke-{place}" for place in moved[target]))
    for sort, before, after in COMPARED[level](one, other):
        if before != after:
            yield Change(sort, before, after)


def _has_moved(level: str, source: str, target: str, old: _Side, new: _Side, pairs: Correspondence) -> bool:
    if level == Level.CLUSTER:
        return False
    over = Level.CLUSTER if level == Level.INDICATOR else Level.INDICATOR
    return new.above[level, target] not in pairs.heirs(over, old.above[level, source])


def _reordered(level: str, old: _Side, new: _Side, pairs: Correspondence) -> dict[str, tuple[int, int]]:
    """Targets that stand in the same part as before, but elsewhere among those that stayed; both places from 1."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    partner = {tie.targets[0]: tie.sources[0] for tie in pairs.ties(level) if tie.relation in ("same", "renamed")}
    for target, source in partner.items():
        if not _has_moved(level, source, target, old, new, pairs):
            after.setdefault(new.above[level, target], []).append(target)
    order = {source: place for place, source in enumerate(old.parts[level])}
    for above, targets in after.items():
        before[above] = sorted(targets, key=lambda target: order[partner[target]])
    found = {}
    for above, targets in after.items():
        blocks = SequenceMatcher(None, before[above], targets, autojunk=False).get_matching_blocks()
        kept = {target for block in blocks for target in targets[block.b : block.b + block.size]}
        for target in targets:
            if target not in kept:
                found[target] = (before[above].index(target) + 1, targets.index(target) + 1)
    return found


Pairs = Iterator[tuple[str, str, str]]


def _clusters(one: ClusterData, other: ClusterData) -> Pairs:
    yield Difference.TEXT, one.name, other.name
    yield Difference.MAXIMA, plain_text(one.max_points), plain_text(other.max_points)


def _indicators(one: IndicatorData, other: IndicatorData) -> Pairs:
    yield Difference.TEXT, one.name, other.name
    yield Difference.GUIDANCE, one.description, other.description
    yield Difference.MAXIMA, plain_text(one.max_points), plain_text(other.max_points)
    yield Difference.SOURCE, _source(one), _source(other)


def _questions(one: QuestionData, other: QuestionData) -> Pairs:
    yield Difference.TEXT, one.text, other.text
    yield Difference.GUIDANCE, one.guidance, other.guidance
    yield Difference.KIND, str(QuestionKind(one.kind).label), str(QuestionKind(other.kind).label)
    yield Difference.POINTS, plain_text(one.max_points), plain_text(other.max_points)
    yield Difference.LADDER, *_differing(_ladder(one.kind, one.rule), _ladder(other.kind, other.rule))
    yield Difference.OWNERS, _owners(one.owners), _owners(other.owners)
    yield Difference.WANTS, *_differing(_wants(one), _wants(other))
    words = {True: "Boleh dinyatakan tidak berlaku", False: "Selalu berlaku"}
    yield Difference.INAPPLICABLE, words[one.may_be_inapplicable], words[other.may_be_inapplicable]
    yield Difference.SOURCE, _source(one), _source(other)


COMPARED: dict[str, Callable[[Any, Any], Pairs]] = {
    Level.CLUSTER: _clusters,
    Level.INDICATOR: _indicators,
    Level.QUESTION: _questions,
}


def _source(part: IndicatorData | QuestionData) -> str:
    return f"{Source(part.source).label if part.source else ''}. {part.note}".strip(". ")


def _owners(kinds: Sequence[str]) -> str:
    labels = [str(AgencyKind(kind).label) if kind in AgencyKind.values else kind for kind in kinds]
    return ", ".join([f"{labels[0]} (utama)", *labels[1:]]) if labels else ""


def _wants(question: QuestionData) -> list[str]:
    return [want_text(parse_want(want)) for want in question.wants]


def _differing(before: Sequence[str], after: Sequence[str]) -> tuple[str, str]:
    """The lines that the other side has not; all of them where only their order differs."""
    if sorted(before) == sorted(after):
        return "\n".join(before), "\n".join(after)
    return (
        "\n".join(line for line in before if line not in after),
        "\n".join(line for line in after if line not in before),
    )


def _ladder(kind: str, data: dict[str, Any]) -> list[str]:
    """What a rule says, a line for each thing: '60–80 %: 0,60'."""
    try:
        rule = scoring.parse_rule(kind, data)
    except scoring.RuleError as fault:
        return [f"Aturan belum dapat dipakai: {fault}"]
    lines = [f"{level.label}: {_fraction(level.fraction)}" for level in scoring.ladder(rule)]
    if isinstance(rule, scoring.Checklist):
        lines = [f"Tingkat {line}" for line in lines]
        lines += [f"Butir {item.label}: bobot {plain_text(item.points)}" for item in rule.items]
    elif isinstance(rule, scoring.Banded | scoring.Table | scoring.Rollup):
        lines += [*_of_bands(rule)]
    return [*lines, f"Sumber aturan: {Source(rule.source).label}"]


def _fraction(fraction: Decimal) -> str:
    """With all its decimals, for 0.333 and 0.33 are not the same."""
    return decimal_text(fraction, max(2, -int(fraction.normalize().as_tuple().exponent)))


def _of_bands(rule: scoring.Banded | scoring.Table | scoring.Rollup) -> Iterator[str]:
    yield "Makin rendah makin baik" if rule.better == "lower" else "Makin tinggi makin baik"
    if isinstance(rule, scoring.Banded) and rule.compare is not None:
        words = {"improved": "Lebih baik dari tahun sebelumnya", "same": "Sama", "worse": "Tidak lebih baik"}
        for name, label in words.items():
            yield f"{label}: × {plain_text(getattr(rule.compare, name))}"
    if isinstance(rule, scoring.Rollup):
        yield f"Dihitung per {scoring.ROLLUP_OF[rule.of]}"
    if isinstance(rule, scoring.Table):
        shapes = {"text": "teks", "number": "angka", "date": "tanggal", "choice": "pilihan"}
        for column in rule.columns:
            options = f": {', '.join(column.options)}" if column.options else ""
            yield f"Kolom {column.label} ({shapes[column.type]}{', wajib' if column.required else ''}){options}"
        among = f" dari {rule.by_key[rule.total.among].label}" if rule.total.among else ""
        what = rule.by_key[rule.total.column].label if rule.total.column else "baris lengkap"
        yield f"Yang dihitung: {what}{among}"


def _whole(before: InstrumentData, after: InstrumentData) -> Iterator[Entry]:
    """The instrument itself: its name, its sum, its predicates."""
    changes = [
        Change(sort, one, other)
        for sort, one, other in (
            (Difference.TEXT, before.name, after.name),
            (Difference.MAXIMA, plain_text(before.max_points), plain_text(after.max_points)),
            (Difference.PREDICATES, *_differing(_predicates(before), _predicates(after))),
        )
        if one != other
    ]
    if changes:
        yield Entry("", (before.code,), (after.code,), "Instrumen", "", tuple(changes))


def _predicates(data: InstrumentData) -> list[str]:
    try:
        bands = scoring.parse_bands(data.predicates)
    except scoring.RuleError as fault:
        return [f"Predikat belum dapat dipakai: {fault}"]
    lines = []
    for band in bands:
        bound = "mulai" if band.inclusive else "lebih dari"
        lines.append(f"{band.name}: {bound} {plain_text(band.lower)} ({Source(band.source).label.lower()})")
        for each in band.requires:
            force = "menahan" if each.enforced else "hanya disebut"
            least = plain_text(each.least)
            lines.append(
                f"Prasyarat {band.name}: {each.label}, pertanyaan {each.question} paling sedikit {least}, {force}"
            )
    return lines


def _sum(tie: Tie, old: _Side, new: _Side) -> Sum:
    side, codes = (new, tie.targets) if tie.targets else (old, tie.sources)
    return Sum(
        ", ".join(side.name(Level.CLUSTER, code) for code in codes),
        _points(old, tie.sources),
        _points(new, tie.targets),
        _questions_in(old, tie.sources),
        _questions_in(new, tie.targets),
    )


def _points(side: _Side, codes: tuple[str, ...]) -> Decimal | None:
    if not codes:
        return None
    return scoring.sum_points(side.parts[Level.CLUSTER][code].max_points for code in codes)


def _questions_in(side: _Side, codes: tuple[str, ...]) -> int:
    return sum(len(indicator.questions) for code in codes for indicator in side.parts[Level.CLUSTER][code].indicators)


# --- words ----------------------------------------------------------------------------------------------------------
def marked(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts as runs of words, marked where they differ. Joined again they are the texts.

    >>> [(piece.text, piece.marked) for piece in marked("Perda KLA sudah ada", "Perda KLA sudah berlaku")[1]]
    [('Perda KLA sudah ', False), ('berlaku', True)]
    """
    one, other = re.findall(r"\s+|[^\s]+", before), re.findall(r"\s+|[^\s]+", after)
    old: list[Piece] = []
    new: list[Piece] = []
    for step, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if b > a:
            old.append(Piece("".join(one[a:b]), step != "equal"))
        if d > c:
            new.append(Piece("".join(other[c:d]), step != "equal"))
    return old, new
