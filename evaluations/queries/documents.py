"""What judges said of single documents, each as it was, and the document as their bench shows it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from accounts.enums import OF_A_CITY, Role
from evaluations import permissions
from evaluations.enums import DRAFTING, JUDGED, DocumentVerdict, Stage
from evaluations.hints import page_of
from evaluations.models import AnswerEvidence, Evaluation, EvidenceVerdict
from evidence.enums import FileState
from evidence.previews import shown
from kla_portal.lib.dates import long_date

# What stands on its own is told with icon and word; a document without a verdict has neither.
MARKS = {
    DocumentVerdict.ACCEPTED: ("good", "check-circle-fill"),
    DocumentVerdict.DOUBTFUL: ("attention", "question-circle"),
    DocumentVerdict.REJECTED: ("loss", "x-circle-fill"),
}


def judge_role(stage: str) -> str:
    """Who judges in a stage, for those who are told the role and not the name."""
    return Role.PROVINCE_VERIFIER.label if stage == Stage.ADMIN_VERIFICATION else Role.EVALUATOR.label


# --- what was said ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Said:
    """One verdict, ready to be read. `who`: a name for those who may know it, and always the role."""

    verdict: str
    stage: str
    revision: int
    reason: str
    who: str
    at: datetime
    version: int
    newest: bool
    """Is it of the revision that is put to the answer now?"""

    @property
    def label(self) -> str:
        return str(DocumentVerdict(self.verdict).label)

    @property
    def stage_label(self) -> str:
        return str(Stage(self.stage).label)

    @property
    def tone(self) -> str:
        return MARKS[DocumentVerdict(self.verdict)][0]

    @property
    def icon(self) -> str:
        return MARKS[DocumentVerdict(self.verdict)][1]


Verdicts = Mapping[UUID, tuple[Said, ...]]
"""By the pk of the AnswerEvidence: in the order of the stages, and of one stage those on earlier revisions first."""


def said_of(
    evaluation: Evaluation, answers: Collection[int] | None = None, *, reader: Any, stages: Collection[str] = JUDGED
) -> Verdicts:
    """The verdicts of `stages` on each document attached (to these answers only), for somebody who may read them. To
    the region's own people the judge is a role; of a document that is closed to the reader the reason is left out. One
    query."""
    rows = EvidenceVerdict.objects.filter(link__answer__evaluation=evaluation, link__removed_at=None, stage__in=stages)
    if answers is not None:
        rows = rows.filter(link__answer__in=answers)
    with_names = not reader.acts_as(*OF_A_CITY)
    found: dict[UUID, list[Said]] = defaultdict(list)
    for row in rows.select_related("by", "revision", "link__revision__item", "link__answer"):
        row.link.answer.evaluation = evaluation
        role = judge_role(row.stage)
        found[row.link_id].append(
            Said(
                row.verdict,
                row.stage,
                row.revision.number,
                row.reason if permissions.can_open_file(reader, row.link) else "",
                f"{row.by} ({role})" if with_names else role,
                row.at,
                row.version,
                row.revision_id == row.link.revision_id,
            )
        )
    return {
        link: tuple(sorted(said, key=lambda one: (JUDGED.index(Stage(one.stage)), one.revision)))
        for link, said in found.items()
    }


def said_to(reader: Any, evaluation: Evaluation, answers: Collection[int] | None = None) -> Verdicts:
    """The same for whoever opens a page: only of the stages that are open to them. Two queries at most, none before
    submission."""
    if evaluation.stage in DRAFTING or not (stages := permissions.stages_read(reader, evaluation)):
        return {}
    return said_of(evaluation, answers, reader=reader, stages=stages)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the documents of one answer stand in a stage; counts of attached documents."""

    unjudged: int = 0
    doubtful: int = 0
    rejected: int = 0

    @property
    def text(self) -> str:
        """For the list; '' where all is well or nothing has been said."""
        told = ((self.rejected, "ditolak"), (self.doubtful, "meragukan"))
        return ", ".join(f"{count} dokumen {word}" for count, word in told if count)


def standings(evaluation: Evaluation) -> dict[int, Standing]:
    """How the documents of each answer stand in the evaluation's present stage, each as it is there now. Answers
    without documents are left out. One query."""
    said = EvidenceVerdict.objects.filter(link=OuterRef("pk"), revision=OuterRef("revision"), stage=evaluation.stage)
    links = AnswerEvidence.objects.attached().filter(answer__evaluation=evaluation)
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    links = links.annotate(said=Subquery(said.values("verdict")[:1]))
    for answer_id, verdict in links.values_list("answer_id", "said"):
        counts[answer_id][verdict or ""] += 1
    return {
        answer_id: Standing(each[""], each[DocumentVerdict.DOUBTFUL], each[DocumentVerdict.REJECTED])
        for answer_id, each in counts.items()
    }


# --- one document, ready to be looked at ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Document:
    """A document put to an answer, with what is known of it and its pages.

    `facts`: pairs of label and text, those that are known. `pages`: the numbers of those that can be shown, `total` of
    all; `open_at` the page that the region points to (`hint` in its words), 1 without one.
    """

    link: AnswerEvidence
    facts: tuple[tuple[str, str], ...]
    pages: range
    total: int
    hint: str
    open_at: int

    @property
    def hidden(self) -> int:
        return self.total - len(self.pages) if self.pages else 0


def document(link: AnswerEvidence) -> Document:
    """`link` fetched `with_files`. No query."""
    revision, item, stored = link.revision, link.revision.item, link.revision.file
    clean = stored is not None and stored.state == FileState.CLEAN
    pages = range(1, shown(stored) + 1) if stored and clean else range(1, 1)
    at = page_of(link.page_hint)
    facts = (
        ("Jenis", item.get_kind_display()),
        ("Nomor", item.number),
        ("Tanggal", long_date(item.dated) if item.dated else ""),
        ("Penanda tangan", item.signatory),
        ("Tahun data", str(item.data_year or "")),
        ("Berlaku", _validity(item.valid_from, item.valid_until)),
        ("Pemilik", str(item.agency or "Koordinator")),
        ("Halaman dirujuk", link.page_hint),
        ("Revisi", str(revision.number)),
        ("Sidik berkas", stored.sha256[:12] if stored else ""),
    )
    return Document(
        link,
        tuple(fact for fact in facts if fact[1]),
        pages,
        stored.pages if stored else 0,
        link.page_hint,
        at if at and at in pages else 1,
    )


def _validity(since: date | None, until: date | None) -> str:
    if since and until:
        return f"{long_date(since)} sampai {long_date(until)}"
    return f"sampai {long_date(until)}" if until else f"sejak {long_date(since)}" if since else ""
