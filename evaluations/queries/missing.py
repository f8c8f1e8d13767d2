"""What a region's evidence still lacks: by question, agency and cluster, with the points that hang on it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clusters import scoring
from clusters.queries import Cluster
from clusters.wants import Want
from evaluations.fitting import Fit, Met
from evaluations.models import AnswerEvidence, Evaluation
from evaluations.queries.exports import Sheets
from evaluations.queries.fitting import Opens, fit_of, ground
from evaluations.queries.lift import NOBODY
from evaluations.queries.scorecard import QuestionScore, Scorecard
from evaluations.queries.work import Owner
from kla_portal.lib.sheets import Cell
from regions.models import Agency

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be done about one want. `documents`: how many documents it is said of."""

    want: Want
    text: str
    documents: int = 1


@dataclass(frozen=True, slots=True)
class Gap:
    """A question whose evidence lacks something. `place` is its place in the instrument.

    `at_risk` are points claimed and not supported, `shaky` those that are supported, by documents that do not fit.
    """

    score: QuestionScore
    cluster: Cluster
    owners: tuple[Owner, ...]
    fit: Fit
    can_upload: bool
    place: int

    @property
    def code(self) -> str:
        return self.score.question.code

    @property
    def lead(self) -> Agency | None:
        return next((owner.agency for owner in self.owners if owner.is_lead), None)

    @property
    def missing(self) -> tuple[Want, ...]:
        return self.fit.missing

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What does not fit, the same of several documents once."""
        return tuple(remark for line in self.fit.lines for remark in _remarks(line))

    @property
    def at_risk(self) -> Decimal:
        return self.score.tally.at_risk

    @property
    def shaky(self) -> Decimal:
        return self.score.tally.supported if self.fit.warned else ZERO

    @property
    def points(self) -> Decimal:
        """All the claimed points that hang on it."""
        return self.at_risk + self.shaky

    @property
    def at_stake(self) -> Decimal:
        """The points that an agency is asked to save: of a question without an answer all that it can earn."""
        return self.points if self.score.answered else self.score.maxima.claimed


def _remarks(line: Met) -> Iterable[Remark]:
    told: dict[str, int] = defaultdict(int)
    for faults in line.faults:
        for fault in faults:
            told[fault.text] += 1
    if line.lacks_text:
        yield Remark(line.want, line.lacks_text, 0)
    for text, documents in told.items():
        yield Remark(line.want, text, documents)


def gaps(
    evaluation: Evaluation,
    card: Scorecard,
    owners: Mapping[int, Sequence[Owner]],
    open_: Collection[int],
    *,
    opens: Opens,
) -> list[Gap]:
    """The questions that lack something, most points first, then those that are worth most. `open_`: pks of the
    questions that the reader may upload to; `opens` says of which documents more than kind and size may be told. Two
    queries. A question that does not apply needs no evidence."""
    here = ground(evaluation)
    links: dict[int, list[AnswerEvidence]] = defaultdict(list)
    attached = AnswerEvidence.objects.attached().filter(answer__evaluation=evaluation).order_by("added_at", "pk")
    for link in attached.select_related("answer", "revision__item", "revision__file"):
        link.answer.evaluation = evaluation
        links[link.answer_id].append(link)
    found: list[Gap] = []
    for place, row in enumerate(card.questions):
        held = fit_of(row.question, links.get(row.answer.pk, ()), here, opens)
        if row.applies and held.incomplete:
            cluster, whose = card.outline.place[row.question.pk][0], tuple(owners.get(row.question.pk, ()))
            found.append(Gap(row, cluster, whose, held, row.question.pk in open_, place))
    return sorted(found, key=lambda gap: (-gap.points, -gap.score.nominal))


def chosen(rows: Iterable[Gap], *, agency: str = "", cluster: str = "", state: str = "") -> list[Gap]:
    """The rows that were asked for: of an agency (also where it only contributes), of a cluster, by what they lack."""
    fits = {
        "kurang": lambda gap: bool(gap.missing),
        "peringatan": lambda gap: bool(gap.fit.warned),
        "terjawab": lambda gap: gap.score.answered,
        "terbuka": lambda gap: gap.can_upload,
    }
    return [
        gap
        for gap in rows
        if (not agency or any(str(owner.agency.pk) == agency for owner in gap.owners))
        and (not cluster or gap.cluster.code == cluster)
        and (state not in fits or fits[state](gap))
    ]


# --- sums -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Sum:
    """What several questions lack: counts of questions, of wants without anything, of things that do not fit."""

    key: str
    name: str
    questions: int
    missing: int
    warned: int
    at_risk: Decimal
    shaky: Decimal
    at_stake: Decimal


def _sum(key: str, name: str, rows: Sequence[Gap]) -> Sum:
    return Sum(
        key,
        name,
        len(rows),
        sum(len(gap.missing) for gap in rows),
        sum(gap.fit.warned for gap in rows),
        scoring.sum_points(gap.at_risk for gap in rows),
        scoring.sum_points(gap.shaky for gap in rows),
        scoring.sum_points(gap.at_stake for gap in rows),
    )


def total(rows: Sequence[Gap]) -> Sum:
    return _sum("", "Seluruhnya", rows)


Part = tuple[Sum, list[Gap]]


def by_cluster(rows: Iterable[Gap]) -> list[Part]:
    """In the order of the instrument; each with its rows as they came."""
    groups: dict[str, list[Gap]] = defaultdict(list)
    for gap in rows:
        groups[gap.cluster.code].append(gap)
    order = sorted(groups, key=lambda code: min(gap.place for gap in groups[code]))
    return [(_sum(code, groups[code][0].cluster.name, groups[code]), groups[code]) for code in order]


def by_agency(rows: Iterable[Gap]) -> list[Part]:
    """By the agency that leads, most points first; what was dealt to nobody is the coordinator's."""
    groups: dict[Agency | None, list[Gap]] = defaultdict(list)
    for gap in rows:
        groups[gap.lead].append(gap)
    parts = [
        (_sum(str(agency.pk) if agency else "", agency.name if agency else NOBODY, several), several)
        for agency, several in groups.items()
    ]
    return sorted(parts, key=lambda part: (-(part[0].at_risk + part[0].shaky), part[0].name))


# --- out ------------------------------------------------------------------------------------------------------------
HEADINGS: list[Cell] = [
    "Kode", "Pertanyaan", "Klaster", "Penanggung jawab utama", "Ikut menyumbang", "Yang diminta", "Kekurangan",
    "Poin berisiko", "Poin pada dokumen yang tidak sesuai",
]  # fmt: skip
SUM_HEADINGS: list[Cell] = [
    "Bagian", "Pertanyaan", "Belum ada", "Tidak sesuai", "Poin berisiko", "Poin pada dokumen yang tidak sesuai",
]  # fmt: skip
WIDTHS = {"Kekurangan": [9, 50, 22, 26, 30, 40, 50, 12, 16], "Per instansi": [40, 12, 12, 12, 14, 18],
          "Per klaster": [40, 12, 12, 12, 14, 18]}  # fmt: skip


def missing_sheets(rows: Sequence[Gap]) -> Sheets:
    """One line for each thing that lacks, and the sums. The points stand on a question's first line only, so that a
    column can be added up."""
    lines: list[list[Cell]] = [HEADINGS]
    for gap in rows:
        told = [(want.label, "Belum ada") for want in gap.missing]
        told += [(remark.want.label, remark.text) for remark in gap.remarks]
        helping = ", ".join(owner.label for owner in gap.owners if not owner.is_lead)
        head: list[Cell] = [
            gap.code, gap.score.question.text, gap.cluster.name, gap.lead.name if gap.lead else NOBODY, helping,
        ]  # fmt: skip
        for place, (want, text) in enumerate(told):
            points: list[Cell] = ["", ""] if place else [gap.at_risk.normalize(), gap.shaky.normalize()]
            lines.append([*head, want, text, *points])
    return {
        "Kekurangan": lines,
        "Per instansi": _sum_lines(by_agency(rows), rows),
        "Per klaster": _sum_lines(by_cluster(rows), rows),
    }


def _sum_lines(parts: Iterable[Part], rows: Sequence[Gap]) -> list[list[Cell]]:
    lines: list[list[Cell]] = [SUM_HEADINGS]
    for each in [*(part[0] for part in parts), total(rows)]:
        points: list[Cell] = [each.at_risk.normalize(), each.shaky.normalize()]
        lines.append([each.name, each.questions, each.missing, each.warned, *points])
    return lines
