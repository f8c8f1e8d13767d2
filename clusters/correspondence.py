"""Which parts of one instrument belong to which parts of another. Pure: codes and lines in, ties out.

Whatever no line speaks of is the same where both sides have its code, else it is new or gone. So a mapping may say no
more than what differs, and one whose target is still being edited always has an answer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from clusters.enums import Level, Relation

Codes = Mapping[str, Sequence[str]]
"""The codes of an instrument by level, in order. A cluster-level instrument has none of indicators and questions."""
ONE_TO_ONE = (Relation.SAME, Relation.RENAMED)


class Tree(Protocol):
    """As much of `clusters.queries.Outline` and of `clusters.loading.InstrumentData` as has codes."""

    @property
    def clusters(self) -> Sequence["Branch"]: ...


class Branch(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def indicators(self) -> Sequence["Twig"]: ...


class Twig(Protocol):
    @property
    def number(self) -> str: ...
    @property
    def questions(self) -> Sequence["Leaf"]: ...


class Leaf(Protocol):
    @property
    def code(self) -> str: ...


def codes_of(tree: Tree) -> dict[str, tuple[str, ...]]:
    """Every code of an instrument, by level and in order."""
    indicators = [indicator for cluster in tree.clusters for indicator in cluster.indicators]
    return {
        Level.CLUSTER: tuple(cluster.code for cluster in tree.clusters),
        Level.INDICATOR: tuple(indicator.number for indicator in indicators),
        Level.QUESTION: tuple(question.code for indicator in indicators for question in indicator.questions),
    }


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a mapping: what became of `source` ('' for new) as `target` ('' for gone)."""

    level: str
    relation: str
    source: str
    target: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tie:
    """Parts that belong together, by their codes on both sides; no sources: new, no targets: gone."""

    relation: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    source: str
    target: str
    renamed: bool = False
    note: str = ""


@dataclass(frozen=True)
class Correspondence:
    """Two instruments side by side. Both sides' codes, and by level the links between them."""

    sources: Codes
    targets: Codes
    links: Mapping[str, tuple[Link, ...]]
    notes: Mapping[tuple[str, str, str], str]

    @cached_property
    def _origins(self) -> dict[str, dict[str, tuple[str, ...]]]:
        return {level: _gathered((link.target, link.source) for link in self.links[level]) for level in Level.values}

    @cached_property
    def _heirs(self) -> dict[str, dict[str, tuple[str, ...]]]:
        return {level: _gathered((link.source, link.target) for link in self.links[level]) for level in Level.values}

    def origins(self, level: str, target: str) -> tuple[str, ...]:
        """What a part of the target was in the source; nothing for a new one."""
        return self._origins[level].get(target, ())

    def heirs(self, level: str, source: str) -> tuple[str, ...]:
        """What became of a part of the source; nothing for one that is gone."""
        return self._heirs[level].get(source, ())

    def ties(self, level: str) -> tuple[Tie, ...]:
        """Every part of both sides once, in the order of the target; then what is gone, in the order of the source."""
        renamed = {(link.source, link.target): link for link in self.links[level]}
        found: list[Tie] = []
        done: set[str] = set()
        for target in self.targets[level]:
            if target in done:
                continue
            sources, targets = self._group(level, target)
            done.update(targets)
            found.append(self._tie(level, sources, targets, renamed))
        gone = [code for code in self.sources[level] if not self.heirs(level, code)]
        return (*found, *(Tie(Relation.GONE, (code,), (), self.notes.get((level, code, ""), "")) for code in gone))

    def _group(self, level: str, target: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """All that hangs together with a target, both sides in their order."""
        sources: set[str] = set()
        targets, open_ = {target}, [target]
        while open_:
            for source in self.origins(level, open_.pop()):
                if source not in sources:
                    sources.add(source)
                    fresh = set(self.heirs(level, source)) - targets
                    targets |= fresh
                    open_ += sorted(fresh)
        return (
            tuple(code for code in self.sources[level] if code in sources),
            tuple(code for code in self.targets[level] if code in targets),
        )

    def _tie(
        self, level: str, sources: tuple[str, ...], targets: tuple[str, ...], links: dict[tuple[str, str], Link]
    ) -> Tie:
        if not sources:
            return Tie(Relation.NEW, (), targets, self.notes.get((level, "", targets[0]), ""))
        inside = [link for pair, link in links.items() if pair[0] in sources and pair[1] in targets]
        notes = " ".join(dict.fromkeys(link.note for link in inside if link.note))
        if len(sources) > 1:
            return Tie(Relation.MERGED, sources, targets, notes)
        if len(targets) > 1:
            return Tie(Relation.SPLIT, sources, targets, notes)
        return Tie(Relation.RENAMED if inside[0].renamed else Relation.SAME, sources, targets, notes)

    def then(self, following: "Correspondence") -> "Correspondence":
        """From this source to the following's target: through the instrument that both share."""
        links = {
            level: tuple(
                Link(
                    first.source, second.target, first.renamed or second.renamed, f"{first.note} {second.note}".strip()
                )
                for first in self.links[level]
                for second in following._by_source[level].get(first.target, ())
            )
            for level in Level.values
        }
        return Correspondence(self.sources, following.targets, links, {})

    @cached_property
    def _by_source(self) -> dict[str, dict[str, list[Link]]]:
        found: dict[str, dict[str, list[Link]]] = {level: defaultdict(list) for level in Level.values}
        for level, links in self.links.items():
            for link in links:
                found[level][link.source].append(link)
        return found

    def backwards(self) -> "Correspondence":
        """The same, seen from the other side."""
        links = {
            level: tuple(Link(link.target, link.source, link.renamed, link.note) for link in links)
            for level, links in self.links.items()
        }
        notes = {(level, target, source): note for (level, source, target), note in self.notes.items()}
        return Correspondence(self.targets, self.sources, links, notes)


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one, other in pairs:
        if other not in found[one]:
            found[one].append(other)
    return {one: tuple(others) for one, others in found.items()}


def correspond(sources: Codes, targets: Codes, lines: Iterable[Line] = ()) -> Correspondence:
    """Two instruments by the lines of a mapping; without lines by their codes.

    A line whose codes are not there any more says only that its other end has no such partner.
    """
    by_level: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_level[line.level].append(line)
    links: dict[str, tuple[Link, ...]] = {}
    for level in Level.values:
        spoken = by_level[level]
        ours, theirs = {line.source for line in spoken}, {line.target for line in spoken}
        here, there = set(sources[level]), set(targets[level])
        said = [
            Link(line.source, line.target, line.relation == Relation.RENAMED or line.source != line.target, line.note)
            for line in spoken
            if line.source in here and line.target in there
        ]
        equal = [Link(code, code) for code in sources[level] if code in there and code not in ours | theirs]
        links[level] = (*said, *equal)
    notes = {
        (line.level, line.source, line.target): line.note
        for several in by_level.values()
        for line in several
        if line.note and not (line.source and line.target)
    }
    return Correspondence(sources, targets, links, notes)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a mapping: with the line at `place` (from 0), or, without a place, what it forgets."""

    place: int | None
    text: str


NAMES = {Level.CLUSTER: "klaster", Level.INDICATOR: "indikator", Level.QUESTION: "pertanyaan"}


def problems(sources: Codes, targets: Codes, lines: Sequence[Line]) -> list[Problem]:
    """Everything that keeps lines from telling what became of every part: unknown codes, relations that contradict
    each other, and parts that neither a line nor an equal code on the other side accounts for.

    A level that one side does not have (an instrument known to its clusters only) needs no lines.
    """
    found = [Problem(place, text) for place, line in enumerate(lines) for text in line_problems(sources, targets, line)]
    for level in Level.values:
        spoken = [(place, line) for place, line in enumerate(lines) if line.level == level]
        found += _contradictions(spoken)
        if sources[level] and targets[level]:
            found += _forgotten(level, sources[level], targets[level], [line for _, line in spoken])
    return found


def line_problems(sources: Codes, targets: Codes, line: Line) -> list[str]:
    """What is wrong with a line whatever the others say: codes that are not there, ends that the relation forbids."""
    what, found = NAMES[Level(line.level)], []
    if line.relation == Relation.NEW and line.source:
        found.append("yang baru tidak mempunyai asal")
    elif line.relation != Relation.NEW and line.source not in sources[line.level]:
        found.append(f"{what} {line.source or '(kosong)'} tidak ada pada versi asal")
    if line.relation == Relation.GONE and line.target:
        found.append("yang dihapus tidak mempunyai tujuan")
    elif line.relation != Relation.GONE and line.target not in targets[line.level]:
        found.append(f"{what} {line.target or '(kosong)'} tidak ada pada versi tujuan")
    return found


def _contradictions(spoken: list[tuple[int, Line]]) -> list[Problem]:
    from_, to = Counter(line.source for _, line in spoken), Counter(line.target for _, line in spoken)
    found = []
    for place, line in spoken:
        many_sources, many_targets = to[line.target] > 1, from_[line.source] > 1
        if line.relation == Relation.SPLIT and not many_targets:
            found.append(Problem(place, f"{line.source} dipecah, tetapi hanya satu baris menyebutnya"))
        if line.relation == Relation.MERGED and not many_sources:
            found.append(Problem(place, f"{line.target} hasil gabungan, tetapi hanya satu baris menyebutnya"))
        if line.source and many_targets and line.relation != Relation.SPLIT:
            found.append(Problem(place, f"{line.source} sudah disebut baris lain; hanya yang dipecah boleh berulang"))
        if line.target and many_sources and line.relation != Relation.MERGED:
            found.append(Problem(place, f"{line.target} sudah disebut baris lain; hanya gabungan boleh berulang"))
    return found


def _forgotten(level: str, here: Sequence[str], there: Sequence[str], spoken: list[Line]) -> list[Problem]:
    ours, theirs = {line.source for line in spoken}, {line.target for line in spoken}
    what = NAMES[Level(level)]
    equal = {code for code in here if code in set(there) and code not in ours | theirs}
    missing = [code for code in here if code not in ours | equal]
    strange = [code for code in there if code not in theirs | equal]
    return [
        *(Problem(None, f"{what} {code} dari versi asal belum dipetakan") for code in missing),
        *(Problem(None, f"{what} {code} pada versi tujuan belum dipetakan") for code in strange),
    ]
