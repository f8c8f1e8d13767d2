"""Finders: an instrument as one frozen tree with its rules parsed, and as the document that people read."""

from collections.abc import Container
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from string import ascii_letters

from clusters import scoring
from clusters.content import ClusterData, IndicatorData, InstrumentData, QuestionData
from clusters.enums import Granularity, InstrumentState
from clusters.models import Instrument, InstrumentQuerySet
from clusters.models import Question as QuestionRow
from clusters.wants import Want, parse_want
from regions.enums import AgencyKind


@dataclass(frozen=True)
class Question:
    """A question as read: `row` is the model instance, `rule` what it earns."""

    row: QuestionRow
    rule: scoring.Rule
    wants: tuple[Want, ...]

    @property
    def required(self) -> tuple[Want, ...]:
        """The evidence without which its claim is not supported."""
        return tuple(want for want in self.wants if not want.optional)

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

    @cached_property
    def levels(self) -> tuple[scoring.Level, ...]:
        """`scoring.levels` of the rule, kept with the outline."""
        return scoring.levels(self.rule)

    @property
    def best(self) -> Decimal:
        """The most that any answer earns, 0..1."""
        return self.levels[-1].fraction


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
    def indicators(self) -> tuple[Indicator, ...]:
        return tuple(indicator for cluster in self.clusters for indicator in cluster.indicators)

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


def content(instrument: Instrument) -> InstrumentData:
    """All that the instrument says, unchecked, in four queries: to be exported, compared, or checked."""
    clusters = []
    for cluster in instrument.clusters.prefetch_related("indicators__questions"):
        indicators = tuple(
            IndicatorData(
                row.number, row.name, row.description, row.max_points, row.source, row.note,
                tuple(_question_data(question) for question in row.questions.all()),
            )
            for row in cluster.indicators.all()
        )  # fmt: skip
        clusters.append(ClusterData(cluster.code, cluster.name, cluster.max_points, indicators))
    return InstrumentData(
        code=instrument.code,
        name=instrument.name,
        edition=instrument.edition,
        granularity=instrument.granularity,
        corrects=instrument.corrects.code if instrument.corrects else "",
        max_points=instrument.max_points,
        source_url=instrument.source_url,
        legal_basis=tuple(instrument.legal_basis),
        assumptions=tuple(instrument.assumptions),
        predicates=tuple(instrument.predicates),
        clusters=tuple(clusters),
    )


def _question_data(row: QuestionRow) -> QuestionData:
    return QuestionData(
        code=row.code,
        text=row.text,
        guidance=row.guidance,
        kind=row.kind,
        max_points=row.max_points,
        rule=row.rule,
        owners=tuple(row.owners),
        wants=tuple(row.wants),
        may_be_inapplicable=row.may_be_inapplicable,
        source=row.source,
        note=row.note,
    )


_kept: dict[tuple[int, str], Outline] = {}
KEPT_AT_MOST = 8


def outline(instrument: Instrument) -> Outline:
    """Clusters → indicators → questions with parsed rules, in three queries.

    A published version never changes, so it is kept in the memory of the process (by pk and digest); a draft is read
    anew each time. Raises scoring.RuleError when a stored rule cannot be used, which the loader does not let in.
    """
    if instrument.state != InstrumentState.PUBLISHED or not instrument.digest:
        return _read(instrument)
    key = (instrument.pk, instrument.digest)
    found = _kept.get(key)
    if found is None:
        found = _read(instrument)
        if len(_kept) >= KEPT_AT_MOST:
            _kept.clear()
        _kept[key] = found
    return found


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
    return Question(row, scoring.parse_rule(row.kind, row.rule), tuple(parse_want(want) for want in row.wants))


# --- the instrument as a document -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Rung:
    """One step of a ladder: what is answered, the fraction it earns, and the points of this question."""

    label: str
    fraction: Decimal
    points: Decimal


@dataclass(frozen=True)
class Entry:
    """A question as the reader shows it. `counted` says what of the answer falls into the bands, where that is not the
    answer itself; `items` are those of a checklist, `columns` those of a table, `compare` the factors of two years."""

    row: QuestionRow
    ladder: tuple[Rung, ...]
    items: tuple[scoring.Item, ...]
    columns: tuple[scoring.Column, ...]
    counted: str
    compare: scoring.Compare | None
    better: str
    ladder_assumed: bool
    owners: tuple[dict[str, str | bool], ...]
    wants: tuple[Want, ...]


@dataclass(frozen=True)
class Chapter:
    """An indicator with the questions to be shown; `count` of them, also where they are not `shown` at once."""

    indicator: Indicator
    questions: tuple[Question, ...]
    shown: bool

    @property
    def count(self) -> int:
        return len(self.questions)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(_entry(question) for question in self.questions)


@dataclass(frozen=True)
class Part:
    """A cluster with its chapters; `count` and `points` are of the questions to be shown."""

    cluster: Cluster
    chapters: tuple[Chapter, ...]

    @property
    def indicators(self) -> int:
        """How many indicators by their number: 21A, 21B and 21C are one."""
        return len({chapter.indicator.number.rstrip(ascii_letters) for chapter in self.chapters})

    @property
    def count(self) -> int:
        return sum(chapter.count for chapter in self.chapters)

    @property
    def points(self) -> Decimal:
        return scoring.sum_points(question.max_points for chapter in self.chapters for question in chapter.questions)


@dataclass(frozen=True)
class Document:
    parts: tuple[Part, ...]

    @property
    def count(self) -> int:
        return sum(part.count for part in self.parts)

    @property
    def points(self) -> Decimal:
        return scoring.sum_points(part.points for part in self.parts)


def document(outline: Outline, *, owner: str = "", text: str = "", shown: Container[str] | None = None) -> Document:
    """What the reader shows: all questions, or those that a kind of agency owns and that hold every word of `text`.

    Words are looked for in the code, the question, its guidance, its items and columns and the evidence wanted, in any
    case. Clusters and indicators without a question to show are left out. Where `shown` holds numbers of indicators,
    only these have their questions on the page.
    """
    words = text.casefold().split()
    parts = []
    for cluster in outline.clusters:
        chapters = []
        for indicator in cluster.indicators:
            found = tuple(q for q in indicator.questions if (not owner or owner in q.owners) and _has(q, words))
            if found:
                chapters.append(Chapter(indicator, found, shown is None or indicator.number in shown))
        if chapters:
            parts.append(Part(cluster, tuple(chapters)))
    return Document(tuple(parts))


def chapter(outline: Outline, number: str) -> Chapter | None:
    """The indicator of this number, whole; None when there is none."""
    found = [each for each in outline.indicators if each.number == number]
    return Chapter(found[0], found[0].questions, True) if found else None


def _has(question: Question, words: list[str]) -> bool:
    if not words:
        return True
    rule = question.rule
    inside = rule.items if isinstance(rule, scoring.Checklist) else ()
    columns = rule.columns if isinstance(rule, scoring.Table) else ()
    texts = [question.code, question.text, question.row.guidance, *(want.label for want in question.wants)]
    whole = " ".join([*texts, *(item.label for item in inside), *(column.label for column in columns)]).casefold()
    return all(word in whole for word in words)


def _entry(question: Question) -> Entry:
    rule = question.rule
    rungs = tuple(
        Rung(level.label, level.fraction, scoring.points(level.fraction, question.max_points))
        for level in scoring.ladder(rule)
    )
    return Entry(
        row=question.row,
        ladder=rungs,
        items=rule.items if isinstance(rule, scoring.Checklist) else (),
        columns=rule.columns if isinstance(rule, scoring.Table) else (),
        counted=_counted(rule),
        compare=rule.compare if isinstance(rule, scoring.Banded) else None,
        better=rule.better if isinstance(rule, scoring.Banded | scoring.Table | scoring.Rollup) else "",
        ladder_assumed=rule.source == "assumption",
        owners=tuple({"label": AgencyKind(kind).label, "lead": n == 0} for n, kind in enumerate(question.owners)),
        wants=question.wants,
    )


def _counted(rule: scoring.Rule) -> str:
    if isinstance(rule, scoring.Rollup):
        return f"100 × {scoring.ROLLUP_OF[rule.of]} yang memenuhi ÷ jumlah seluruh {scoring.ROLLUP_OF[rule.of]}"
    if isinstance(rule, scoring.Table):
        labels = {key: column.label for key, column in rule.by_key.items()}
        if rule.total.of == "share":
            return f"100 × jumlah “{labels[rule.total.column]}” ÷ jumlah “{labels[rule.total.among]}”"
        if rule.total.of == "sum":
            return f"Jumlah kolom “{labels[rule.total.column]}”"
        return "Banyaknya baris yang semua kolom wajibnya terisi"
    return "Angka tahun terakhir" if isinstance(rule, scoring.Banded) and rule.compare else ""


def usable(instruments: InstrumentQuerySet) -> InstrumentQuerySet:
    """Those that a cycle can be made with: published, and known down to the question."""
    return instruments.filter(state=InstrumentState.PUBLISHED, granularity=Granularity.QUESTIONS)


def owner_choices(outline: Outline) -> list[tuple[str, str]]:
    """The kinds of agency that own a question, by name, for a select."""
    kinds = {kind for question in outline.questions for kind in question.owners}
    return sorted(((kind, str(AgencyKind(kind).label)) for kind in kinds), key=lambda choice: choice[1].casefold())


@dataclass(frozen=True)
class Rank:
    """A predicate with the one above it, where it ends (None above the highest), and its prerequisites, each with the
    number of the indicator where its question stands."""

    band: scoring.Band
    above: scoring.Band | None
    needs: tuple[tuple[scoring.Requirement, str], ...]


def ranks(outline: Outline) -> list[Rank]:
    """The predicates in rising order. In a draft, a prerequisite may name a question that is not there: its number is
    empty."""

    def number(need: scoring.Requirement) -> str:
        question = outline.by_code.get(need.question)
        return outline.place[question.pk][1].number if question else ""

    return [
        Rank(band, above, tuple((need, number(need)) for need in band.requires))
        for band, above in zip(outline.bands, [*outline.bands[1:], None], strict=True)
    ]
