"""Whose files may go: of documents deleted long enough, and of cycles whose evidence has been kept as long as was said.

Asked of the database and of its clock, so that no web server's wrong date removes anything too early.
"""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Now, TruncDate

from evaluations.enums import Stage
from evaluations.models import AnswerEvidence, Cycle, Evaluation, EvidenceVerdict
from evidence.enums import FileState
from evidence.formats import size_text
from evidence.models import EvidenceRevision

WEST = ZoneInfo("Asia/Jakarta")
"""A day of retention ends when it has ended everywhere in Indonesia."""


def _filed() -> QuerySet[EvidenceRevision]:
    return EvidenceRevision.objects.exclude(file=None)


def _attached() -> QuerySet[AnswerEvidence]:
    """Where any revision of the same item is attached."""
    return AnswerEvidence.objects.attached().filter(revision__item=OuterRef("item"))


def deleted_for_good() -> QuerySet[EvidenceRevision]:
    """Revisions with files of items that were deleted longer ago than settings.EVIDENCE_KEEP_DELETED_DAYS, which no
    answer shows and of which no judge has said anything."""
    judged = EvidenceVerdict.objects.filter(revision__item=OuterRef("item"))
    kept = timedelta(days=settings.EVIDENCE_KEEP_DELETED_DAYS)
    gone = _filed().filter(item__deleted_at__lt=Now() - kept)
    return gone.exclude(Exists(_attached())).exclude(Exists(judged))


def over() -> QuerySet[Cycle]:
    """The cycles whose last day of keeping evidence has passed."""
    return Cycle.objects.filter(keep_evidence_until__lt=TruncDate(Now(), tzinfo=WEST))


def _attached_in(done: QuerySet[Evaluation]) -> QuerySet[EvidenceRevision]:
    """Revisions with files that these evaluations show themselves: not what the item became before or after."""
    shown = AnswerEvidence.objects.attached().filter(revision=OuterRef("pk"), answer__evaluation__in=done)
    return _filed().filter(Exists(shown))


def _only_in(done: QuerySet[Evaluation]) -> QuerySet[EvidenceRevision]:
    """Those whose item no other evaluation shows. A quarantined file stays sealed: what it is worth (nothing) hangs on
    its row."""
    elsewhere = _attached().exclude(answer__evaluation__in=done)
    sealed = EvidenceRevision.objects.filter(item=OuterRef("item"), file__state=FileState.QUARANTINED)
    return _attached_in(done).exclude(Exists(elsewhere)).exclude(Exists(sealed))


def outlived() -> QuerySet[EvidenceRevision]:
    """Revisions attached in awarded evaluations of cycles that are `over`, of items that no other evaluation shows. A
    newer one lives on in the library: it was brought in for what comes, not for what is over."""
    return _only_in(Evaluation.objects.filter(stage=Stage.AWARDED, cycle__in=over()))


@dataclass(frozen=True)
class Going:
    """What of a cycle's evidence would go if its day were over: items, the files of theirs that were shown in it, the
    bytes of these; and what would stay: items that other evaluations use, and evaluations not awarded yet."""

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
    revisions = _only_in(done).filter(Exists(here))
    sizes = revisions.values("file", size=F("file__size")).distinct()
    used = _attached_in(done).filter(Exists(here.filter(answer__evaluation__stage=Stage.AWARDED)))
    count, all_used = (found.aggregate(items=Count("item", distinct=True))["items"] for found in (revisions, used))
    room = sizes.aggregate(files=Count("file"), sum=Sum("size"))
    return Going(
        items=count,
        files=room["files"],
        size=room["sum"] or 0,
        elsewhere=all_used - count,
        unfinished=Evaluation.objects.filter(cycle=cycle).exclude(stage=Stage.AWARDED).count(),
    )
