"""Whose files may go: of documents deleted long enough, and of cycles whose evidence has been kept as long as was said.

Asked of the database and of its clock, so that no web server's wrong date removes anything too early.
"""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Now, TruncDate

from evaluations.enums import Stage
from evaluations.models import AnswerEvidence, Cycle, Evaluation, EvidenceVerdict
from evidence.enums import FileState
from evidence.formats import size_text
from evidence.models import EvidenceItem, EvidenceRevision

WEST = ZoneInfo("Asia/Jakarta")
"""A day of retention ends when it has ended everywhere in Indonesia."""


def _with_files() -> QuerySet[EvidenceItem]:
    filed = EvidenceRevision.objects.filter(item=OuterRef("pk")).exclude(file=None)
    return EvidenceItem.objects.filter(Exists(filed))


def _attached() -> QuerySet[AnswerEvidence]:
    return AnswerEvidence.objects.attached().filter(revision__item=OuterRef("pk"))


def deleted_for_good() -> QuerySet[EvidenceItem]:
    """Items with files that were deleted longer ago than settings.EVIDENCE_KEEP_DELETED_DAYS, which no answer shows and
    of which no judge has said anything."""
    judged = EvidenceVerdict.objects.filter(revision__item=OuterRef("pk"))
    kept = timedelta(days=settings.EVIDENCE_KEEP_DELETED_DAYS)
    gone = _with_files().filter(deleted_at__lt=Now() - kept)
    return gone.exclude(Exists(_attached())).exclude(Exists(judged))


def over() -> QuerySet[Cycle]:
    """The cycles whose last day of keeping evidence has passed."""
    return Cycle.objects.filter(keep_evidence_until__lt=TruncDate(Now(), tzinfo=WEST))


def _only_in(done: QuerySet[Evaluation]) -> QuerySet[EvidenceItem]:
    """Items with files that are attached in these evaluations and in no other. A quarantined file stays sealed: what it
    is worth (nothing) hangs on its row."""
    inside, sealed = Q(answer__evaluation__in=done), EvidenceRevision.objects.filter(
        item=OuterRef("pk"), file__state=FileState.QUARANTINED
    )  # fmt: skip
    items = _with_files().filter(Exists(_attached().filter(inside))).exclude(Exists(_attached().exclude(inside)))
    return items.exclude(Exists(sealed))


def outlived() -> QuerySet[EvidenceItem]:
    """Items that are used only by awarded evaluations of cycles that are `over`."""
    return _only_in(Evaluation.objects.filter(stage=Stage.AWARDED, cycle__in=over()))


@dataclass(frozen=True)
class Going:
    """What of a cycle's evidence would go if its day were over: items, their files, the bytes of these; and what would
    stay: items that other evaluations use, and evaluations not awarded yet."""

    items: int
    files: int
    size: int
    elsewhere: int
    unfinished: int

    @property
    def size_text(self) -> str:
        return size_text(self.size)


def going(cycle: Cycle) -> Going:
    """In four queries."""
    done = Evaluation.objects.filter(Q(cycle=cycle) | Q(cycle__in=over()), stage=Stage.AWARDED)
    here = _attached().filter(answer__evaluation__cycle=cycle)
    items = _only_in(done).filter(Exists(here))
    files = EvidenceRevision.objects.filter(item__in=items.values("pk")).exclude(file=None)
    sizes = files.values("file", size=F("file__size")).distinct()
    awarded = Q(answer__evaluation__cycle=cycle, answer__evaluation__stage=Stage.AWARDED)
    used = _with_files().filter(Exists(_attached().filter(awarded))).count()
    return Going(
        items=(count := items.count()),
        files=sizes.count(),
        size=sizes.aggregate(sum=Sum("size"))["sum"] or 0,
        elsewhere=used - count,
        unfinished=Evaluation.objects.filter(cycle=cycle).exclude(stage=Stage.AWARDED).count(),
    )
