"""This evaluation beside an earlier result of the same region, part by part through the mapping between their versions.

Points are compared as per cent of what each version gives for the part: its own maximum.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clusters import lineage, scoring
from clusters.correspondence import Correspondence, Tie
from clusters.enums import Level, Relation
from clusters.models import Instrument
from clusters.queries import Outline, outline
from evaluations import permissions
from evaluations.enums import DRAFTING, PublishedStage
from evaluations.models import Evaluation, PublishedResult
from evaluations.queries.scorecard import Scorecard, scorecard

CLAIMED, SCORED = 0, 2
"""The two figures that can be compared, as columns of a scorecard."""
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Amount:
    """Points of a maximum; None where they are not known."""

    points: Decimal | None
    maximum: Decimal

    @property
    def percent(self) -> Decimal | None:
        """0..100; None where nothing is known, or nothing can be earned."""
        return HUNDRED * self.points / self.maximum if self.points is not None and self.maximum else None


@dataclass(frozen=True, slots=True)
class Side:
    """One result: what each part earned, by level and code, and in all."""

    label: str
    figure: str
    tree: Outline
    amounts: dict[tuple[str, str], Amount]
    total: Amount
    source_url: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A part, or parts that were split or merged, on both sides; None on the side that has it not."""

    relation: str
    codes: str
    name: str
    before: Amount | None
    after: Amount | None
    note: str = ""

    @property
    def label(self) -> str:
        """What became of it; '' where it is the same."""
        return "" if self.relation == Relation.SAME else str(Relation(self.relation).label)

    @property
    def gain(self) -> Decimal | None:
        """In points of per cent."""
        sides = [side.percent if side else None for side in (self.before, self.after)]
        return None if sides[0] is None or sides[1] is None else sides[1] - sides[0]


@dataclass(frozen=True, slots=True)
class Group:
    """A cluster with its indicators; those that are gone stand in the group without a cluster of this version."""

    code: str
    row: Row
    indicators: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    before: Side
    after: Side
    total: Row
    groups: tuple[Group, ...]
    gone: tuple[Row, ...]
    questions: tuple[Row, ...]


# --- what can be compared with ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Choice:
    """An earlier result that this reader may read and that a mapping leads from. Of an evaluation, or of a year whose
    cluster scores somebody has published."""

    key: str
    label: str
    instrument: Instrument
    way: tuple[lineage.Edge, ...]
    evaluation: Evaluation | None = None
    results: tuple[PublishedResult, ...] = ()


def choices(evaluation: Evaluation, reader: Any) -> list[Choice]:
    """The region's earlier evaluations, the latest first, then the published years. Four queries at most."""
    ways = lineage.forebears(evaluation.cycle.instrument)
    earlier = (
        Evaluation.objects.visible_to(reader)
        .filter(region=evaluation.region_id, cycle__created_at__lt=evaluation.cycle.created_at)
        .with_names()
        .order_by("-cycle__created_at", "pk")
    )
    found = [
        Choice(str(each.pk), str(each.cycle), each.cycle.instrument, ways[each.cycle.instrument_id], each)
        for each in earlier
        if each.cycle.instrument_id in ways and permissions.can_read_claims(reader, each)
    ]
    return [*found, *_published(evaluation, reader, ways)]


def _published(evaluation: Evaluation, reader: Any, ways: dict[int, tuple[lineage.Edge, ...]]) -> Iterable[Choice]:
    """The years with scores by cluster whose instrument is known."""
    years: dict[tuple[int, str], list[PublishedResult]] = defaultdict(list)
    rows = PublishedResult.objects.visible_to(reader).filter(region=evaluation.region_id, score__isnull=False)
    for row in rows.order_by("-year", "stage", "cluster_code", "source_url", "pk"):
        years[row.year, row.stage].append(row)
    known = {each.edition: each for each in Instrument.objects.visible_to(reader).filter(pk__in=ways).order_by("-pk")}
    for (year, stage), results in years.items():
        instrument = known.get(str(year))
        if instrument is not None and any(row.cluster_code for row in results):
            label = f"Hasil terpublikasi {year} ({PublishedStage(stage).label.lower()})"
            yield Choice(f"{year}-{stage}", label, instrument, ways[instrument.pk], results=tuple(results))


# --- the comparison ---------------------------------------------------------------------------------------------------
def compare(evaluation: Evaluation, choice: Choice, reader: Any, *, cluster: str = "") -> Comparison:
    """Both sides by the figure that the reader may know of both: what judges gave, else what the region claims. The
    questions of `cluster` as well, where the reader may read the answers of both."""
    column = SCORED if _scored(evaluation, reader) and _given(choice, reader) else CLAIMED
    after = _own(evaluation, column, str(evaluation.cycle))
    if choice.evaluation is not None:
        before = _own(choice.evaluation, column, choice.label)
    else:
        before = _from_published(choice)
    pairs = lineage.along(choice.instrument, evaluation.cycle.instrument, choice.way)
    both = [each for each in (evaluation, choice.evaluation) if each is not None]
    open_ = cluster and choice.evaluation and all(permissions.can_read_answers(reader, each) for each in both)
    rows = {level: _rows(level, pairs, before, after) for level in Level.values}
    place, deep = _places(after.tree), bool(before.tree.indicators)
    return Comparison(
        before,
        after,
        Row(Relation.SAME, "", "Seluruhnya", before.total, after.total),
        tuple(
            Group(
                tie.targets[0],
                row,
                tuple(
                    each
                    for at, each in rows[Level.INDICATOR]
                    if deep and at.targets and place[Level.INDICATOR, at.targets[0]] in tie.targets
                ),
            )
            for tie, row in rows[Level.CLUSTER]
            if tie.targets
        ),
        tuple(
            row
            for level in (Level.CLUSTER, Level.INDICATOR, *([Level.QUESTION] if open_ else []))
            for tie, row in rows[level]
            if not tie.targets
        ),
        tuple(
            row
            for tie, row in rows[Level.QUESTION]
            if open_ and tie.targets and place[Level.QUESTION, tie.targets[0]] == cluster
        ),
    )


def _scored(evaluation: Evaluation, reader: Any) -> bool:
    return evaluation.stage not in DRAFTING and bool(permissions.can_read_scores(reader, evaluation))


def _given(choice: Choice, reader: Any) -> bool:
    """Is the earlier side one of judges, which this reader may know?"""
    if choice.evaluation is not None:
        return _scored(choice.evaluation, reader)
    return choice.results[0].stage != PublishedStage.SELF


def _own(evaluation: Evaluation, column: int, label: str) -> Side:
    card: Scorecard = scorecard(evaluation, with_scores=column == SCORED)
    name = "scored" if column == SCORED else "claimed"
    amounts: dict[tuple[str, str], Amount] = {}
    for cluster in card.clusters:
        amounts[Level.CLUSTER, cluster.cluster.code] = Amount(getattr(cluster.tally, name), cluster.cluster.max_points)
        for each in cluster.indicators:
            key = (Level.INDICATOR, each.indicator.number)
            amounts[key] = Amount(getattr(each.tally, name), each.indicator.max_points)
            for row in each.questions:
                amounts[Level.QUESTION, row.question.code] = Amount(getattr(row.tally, name), row.maxima[column])
    total = Amount(getattr(card.total, name), card.outline.max_points)
    return Side(label, "nilai evaluasi" if column == SCORED else "nilai mandiri", card.outline, amounts, total)


def _from_published(choice: Choice) -> Side:
    """Of several sources for one figure the first; maxima as published, else the version's own."""
    tree = outline(choice.instrument)
    maxima = {cluster.code: cluster.max_points for cluster in tree.clusters}
    amounts: dict[tuple[str, str], Amount] = {}
    total: Amount | None = None
    for row in choice.results:
        if not row.cluster_code:
            total = total or Amount(row.score, row.maximum or tree.max_points)
        elif row.cluster_code in maxima:
            amount = Amount(row.score, row.maximum or maxima[row.cluster_code])
            amounts.setdefault((Level.CLUSTER, row.cluster_code), amount)
    figure = PublishedStage(choice.results[0].stage).label.lower()
    whole = total or _added([amounts.get((Level.CLUSTER, code), Amount(None, most)) for code, most in maxima.items()])
    return Side(choice.label, figure, tree, amounts, whole, choice.results[0].source_url)


def _added(parts: list[Amount]) -> Amount:
    """The sum; of parts of which one is not known, nothing is known but the maximum."""
    known = [part.points for part in parts if part.points is not None]
    points = scoring.sum_points(known) if len(known) == len(parts) else None
    return Amount(points, scoring.sum_points(part.maximum for part in parts))


def _rows(level: str, pairs: Correspondence, before: Side, after: Side) -> list[tuple[Tie, Row]]:
    names = (_names(level, before.tree), _names(level, after.tree))
    found = []
    for tie in pairs.ties(level):
        side, codes = (names[1], tie.targets) if tie.targets else (names[0], tie.sources)
        ends = [", ".join(several) for several in (tie.sources, tie.targets) if several]
        shown = " → ".join(dict.fromkeys(ends))
        row = Row(
            tie.relation,
            shown,
            "; ".join(side[code][0] for code in codes),
            _summed(level, before, tie.sources, names[0]),
            _summed(level, after, tie.targets, names[1]),
            tie.note,
        )
        found.append((tie, row))
    return found


def _summed(level: str, side: Side, codes: tuple[str, ...], names: dict[str, tuple[str, Decimal]]) -> Amount | None:
    if not codes:
        return None
    return _added([side.amounts.get((level, code), Amount(None, names[code][1])) for code in codes])


def _names(level: str, tree: Outline) -> dict[str, tuple[str, Decimal]]:
    """Name and maximum of every part of a level."""
    if level == Level.CLUSTER:
        return {part.code: (part.name, part.max_points) for part in tree.clusters}
    if level == Level.INDICATOR:
        return {part.number: (part.name, part.max_points) for part in tree.indicators}
    return {part.code: (part.text, part.max_points) for part in tree.questions}


def _places(tree: Outline) -> dict[tuple[str, str], str]:
    """The cluster of every indicator and question."""
    found: dict[tuple[str, str], str] = {}
    for cluster in tree.clusters:
        for indicator in cluster.indicators:
            found[Level.INDICATOR, indicator.number] = cluster.code
            found |= {(Level.QUESTION, question.code): cluster.code for question in indicator.questions}
    return found
