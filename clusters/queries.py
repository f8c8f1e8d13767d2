"""Finders: an instrument as one frozen tree with its rules parsed."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

from clusters import scoring
from clusters.enums import InstrumentState
from clusters.models import Instrument
from clusters.models import Question as QuestionRow


@dataclass(frozen=True)
class Want:
    """One piece of evidence that a question wants."""

    key: str
    label: str


@dataclass(frozen=True)
class Question:
    """A question as read: `row` is the model instance, `rule` what it earns."""

    row: QuestionRow
    rule: scoring.Rule
    wants: tuple[Want, ...]

    @property
    def pk(self) -> int:
        return self.row.pk

    @property
    def code(self) -> str:
        return self.row.code

    @property
    def text(self) -> str:
        return self.row.text

    @property
    def max_points(self) -> Decimal:
        return self.row.max_points

    @property
    def owners(self) -> tuple[str, ...]:
        """Kinds of agency, the lead first."""
        return tuple(self.row.owners)


@dataclass(frozen=True)
class Indicator:
    pk: int
    number: str
    name: str
    description: str
    max_points: Decimal
    source: str
    note: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Cluster:
    pk: int
    code: str
    name: str
    max_points: Decimal
    indicators: tuple[Indicator, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for indicator in self.indicators for question in indicator.questions)


@dataclass(frozen=True)
class Outline:
    """The whole instrument, in order. Shared between requests: read it, never change it."""

    pk: int
    code: str
    max_points: Decimal
    bands: tuple[scoring.Band, ...]
    clusters: tuple[Cluster, ...]

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for cluster in self.clusters for question in cluster.questions)

    @cached_property
    def by_pk(self) -> dict[int, Question]:
        return {question.pk: question for question in self.questions}

    @cached_property
    def by_code(self) -> dict[str, Question]:
        return {question.code: question for question in self.questions}

    @cached_property
    def place(self) -> dict[int, tuple[Cluster, Indicator]]:
        """Where a question stands, by its pk."""
        return {
            question.pk: (cluster, indicator)
            for cluster in self.clusters
            for indicator in cluster.indicators
            for question in indicator.questions
        }


def outline(instrument: Instrument) -> Outline:
    """Clusters → indicators → questions with parsed rules, in three queries.

    A published version never changes, so it is kept in the memory of the process (by pk and digest); a draft is read
    anew each time. Raises scoring.RuleError when a stored rule cannot be used, which the loader does not let in.
    """
    if instrument.state == InstrumentState.PUBLISHED and instrument.digest:
        return _kept(instrument.pk, instrument.digest)
    return _read(instrument)


@lru_cache(maxsize=8)
def _kept(pk: int, digest: str) -> Outline:
    return _read(Instrument.objects.get(pk=pk))


def _read(instrument: Instrument) -> Outline:
    clusters = []
    for cluster in instrument.clusters.prefetch_related("indicators__questions"):
        indicators = tuple(
            Indicator(
                row.pk, row.number, row.name, row.description, row.max_points, row.source, row.note,
                tuple(_question(question) for question in row.questions.all()),
            )
            for row in cluster.indicators.all()
        )  # fmt: skip
        clusters.append(Cluster(cluster.pk, cluster.code, cluster.name, cluster.max_points, indicators))
    return Outline(
        instrument.pk,
        instrument.code,
        instrument.max_points,
        scoring.parse_bands(instrument.predicates),
        tuple(clusters),
    )


def _question(row: QuestionRow) -> Question:
    wants = tuple(Want(want["key"], want["label"]) for want in row.wants)
    return Question(row, scoring.parse_rule(row.kind, row.rule), wants)
