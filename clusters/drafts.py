"""Finders of the editor: a draft as a sheet with its sums, and where a fault is mended."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from clusters.enums import Granularity
from clusters.models import Cluster, Indicator, Instrument, Question
from clusters.nodes import Fault
from clusters.scoring import sum_points
from kla_portal.lib.numbers import plain_text


@dataclass(frozen=True, slots=True)
class Sum:
    """What the parts of something add up to beside what it says; `what` names the parts."""

    maximum: Decimal
    total: Decimal
    what: str

    @property
    def holds(self) -> bool:
        return self.maximum == self.total

    @property
    def text(self) -> str:
        """
        >>> Sum(Decimal(150), Decimal(115), "indikator").text, Sum(Decimal(5), Decimal(5), "pertanyaan").text
        ('indikator 115 dari 150: kurang 35', 'pertanyaan 5 dari 5')
        """
        said = f"{self.what} {plain_text(self.total)} dari {plain_text(self.maximum)}"
        if self.holds:
            return said
        difference = self.maximum - self.total
        return f"{said}: {'kurang' if difference > 0 else 'lebih'} {plain_text(abs(difference))}"


@dataclass(frozen=True)
class IndicatorSheet:
    row: Indicator
    questions: tuple[Question, ...]

    @property
    def sum(self) -> Sum:
        return Sum(self.row.max_points, sum_points(each.max_points for each in self.questions), "pertanyaan")


@dataclass(frozen=True)
class ClusterSheet:
    """`sum` is None where nothing is below the clusters."""

    row: Cluster
    indicators: tuple[IndicatorSheet, ...]
    deep: bool

    @property
    def sum(self) -> Sum | None:
        total = sum_points(each.row.max_points for each in self.indicators)
        return Sum(self.row.max_points, total, "indikator") if self.deep else None

    @property
    def questions_count(self) -> int:
        return sum(len(each.questions) for each in self.indicators)

    @property
    def holds(self) -> bool:
        """Do the sums hold here and below?"""
        return all(found.holds for found in (self.sum, *(each.sum for each in self.indicators)) if found)


@dataclass(frozen=True)
class Sheet:
    """A whole instrument for its editor, in order, whatever state it is in."""

    instrument: Instrument
    clusters: tuple[ClusterSheet, ...]

    @property
    def sum(self) -> Sum:
        total = sum_points(each.row.max_points for each in self.clusters)
        return Sum(self.instrument.max_points, total, "klaster")

    @property
    def deep(self) -> bool:
        return self.instrument.granularity == Granularity.QUESTIONS

    @cached_property
    def sums(self) -> dict[str, Sum]:
        """Every sum by the key of its parent: instrument, cluster-<pk>, indicator-<pk>."""
        found = {"instrument": self.sum}
        for cluster in self.clusters:
            if cluster.sum:
                found[f"cluster-{cluster.row.pk}"] = cluster.sum
            found |= {f"indicator-{each.row.pk}": each.sum for each in cluster.indicators}
        return found

    @property
    def wrong(self) -> int:
        """How many sums do not hold."""
        return sum(not found.holds for found in self.sums.values())

    @property
    def questions_count(self) -> int:
        return sum(each.questions_count for each in self.clusters)


def sheet(instrument: Instrument) -> Sheet:
    """The instrument as it is edited, in three queries."""
    plain = Question.objects.only(
        "indicator", "instrument", "code", "text", "kind", "max_points", "position", "version"
    )
    rows = instrument.clusters.prefetch_related("indicators", Prefetch("indicators__questions", plain))
    deep = instrument.granularity == Granularity.QUESTIONS
    return Sheet(
        instrument,
        tuple(
            ClusterSheet(
                row, tuple(IndicatorSheet(each, tuple(each.questions.all())) for each in row.indicators.all()), deep
            )
            for row in rows
        ),
    )


def indicators_of(instrument: Instrument) -> "QuerySet[Indicator]":
    """Its indicators with their clusters."""
    return Indicator.objects.filter(cluster__instrument=instrument).select_related("cluster__instrument")


def questions_of(instrument: Instrument) -> "QuerySet[Question]":
    """Its questions with their indicators and clusters."""
    return Question.objects.filter(instrument=instrument).select_related("instrument", "indicator__cluster")


# --- where a fault is mended ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Mend:
    """A fault and the address of the field that mends it."""

    problem: str
    cure: str
    url: str


@dataclass(frozen=True, slots=True)
class Faulty:
    """A part with its faults. `name` is how the screen calls it."""

    name: str
    mends: tuple[Mend, ...]


def mends(found: Sheet, faults: Iterable[Fault]) -> list[Faulty]:
    """The faults by the part they stand in, in the order of the instrument."""
    grouped: dict[str, list[Mend]] = {}
    for fault in faults:
        name, url = _where(found, fault.path)
        problem = f"{fault.problem[:1].upper()}{fault.problem[1:]}."
        grouped.setdefault(name, []).append(Mend(problem, fault.cure, url))
    return [Faulty(name, tuple(each)) for name, each in grouped.items()]


def _where(found: Sheet, path: str) -> tuple[str, str]:
    """Name of the part and address of the field, of a path like clusters[0].indicators[1].questions[2].rule."""
    code = found.instrument.code
    tree = reverse("clusters:instrument_edit", args=[code])
    places = [int(place) for place in re.findall(r"(?:clusters|indicators|questions)\[(\d+)\]", path)]
    rest = re.sub(r"(clusters|indicators|questions)\[\d+\]\.?", "", path)
    if not places:
        if rest in ("max_points", "clusters"):
            return "Seluruh instrumen", f"{tree}#klaster"
        return "Kepala instrumen", f"{reverse('clusters:instrument_head_edit', args=[code])}#{_head_anchor(rest)}"
    cluster = found.clusters[places[0]]
    here = f"{tree}?klaster={cluster.row.code}"
    if len(places) == 1:
        name = f"Klaster {cluster.row.code} · {cluster.row.name}"
        if rest in ("max_points", "indicators"):
            return name, f"{here}#points-cluster-{cluster.row.pk}"
        return name, f"{reverse('clusters:cluster_edit', args=[code, cluster.row.pk])}#id_{rest}"
    indicator = cluster.indicators[places[1]]
    if len(places) == 2:
        name = f"Indikator {indicator.row.number} · {indicator.row.name}"
        if rest in ("max_points", "questions"):
            return name, f"{here}#points-indicator-{indicator.row.pk}"
        return name, f"{reverse('clusters:indicator_edit', args=[code, indicator.row.pk])}#id_{rest}"
    question = indicator.questions[places[2]]
    url = reverse("clusters:question_edit", args=[code, question.pk])
    return f"Pertanyaan {question.code} · {question.text}", f"{url}#{_question_anchor(rest)}"


def _head_anchor(rest: str) -> str:
    group = re.match(r"(legal_basis|assumptions|predicates)", rest)
    return ("requires" if ".requires" in rest else group[1]) if group else f"id_{rest}"


def _question_anchor(rest: str) -> str:
    if rest.startswith("rule"):
        return "rule"
    group = re.match(r"(owners|wants)", rest)
    return group[1] if group else f"id_{rest}"
