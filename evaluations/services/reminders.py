"""What is due soon, told in time: seven days before, three, one; to those whose part is not done, once each."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice
from accounts.services.notices import notify
from evaluations import permissions
from evaluations.enums import DRAFTING, AnswerState, Stage
from evaluations.models import Answer, Evaluation, Score
from evaluations.queries.deadlines import Part, open_parts
from evaluations.services import telling
from evaluations.timing import timing
from kla_portal.lib.dates import both_zones, zoned_date

DAYS = (1, 3, 7)
"""Days before a deadline on which is told. A round that was missed is made up for, with the days that are left."""
NOTHING_OVER = timedelta(microseconds=1)
"""A stage is open until just before its end: one that ends at 00.00 has the day before as its last."""
logger = logging.getLogger(__name__)


def remind(now: datetime | None = None) -> int:
    """One round over all evaluations at work; how many notices were written. Safe to repeat and to run at once: each
    is written once for the day of its deadline, the evaluation and the person."""
    now, written = now or timezone.now(), 0
    rows = Evaluation.objects.exclude(stage=Stage.AWARDED).select_related("region", "cycle__instrument").order_by("pk")
    for evaluation in rows.iterator(chunk_size=50):
        try:
            with transaction.atomic():
                written += _of(evaluation, now)
        except Exception:  # one region's trouble is no reason to leave the others unwarned
            logger.exception("no reminders for %s", evaluation.pk)
    return written


def left(until: datetime, now: datetime, region_code: str) -> int:
    """Whole days from today to the last day, where the region is; negative when it is over.

    >>> from datetime import UTC
    >>> noon, midnight = datetime(2026, 3, 1, 5, tzinfo=UTC), datetime(2026, 3, 8, 17, tzinfo=UTC)
    >>> left(midnight, noon, "31"), left(midnight, noon, "94.01"), left(noon, midnight, "31")
    (7, 8, -8)
    """
    return (zoned_date(until - NOTHING_OVER, region_code) - zoned_date(now, region_code)).days


def mark(days: int) -> int | None:
    """Which of `DAYS` is reached with so many days left; None when none is, or it is over.

    >>> [mark(days) for days in (8, 7, 5, 3, 2, 1, 0, -1)]
    [None, 7, 7, 3, 3, 1, 1, None]
    """
    return next((each for each in DAYS if 0 <= days <= each), None)


def _of(evaluation: Evaluation, now: datetime) -> int:
    until = timing(evaluation).until
    if evaluation.stage not in DRAFTING:
        return _judges(evaluation, until, now) if until else 0
    ends = [until] if until else []
    ends += evaluation.internal_deadlines.values_list("due_at", flat=True)
    if all(mark(left(end, now, evaluation.region_id)) is None for end in ends):
        return 0
    parts = open_parts(evaluation)
    written = sum(_agency(evaluation, part, part.due, "internal", now) for part in parts if part.due)
    if until:
        written += sum(_agency(evaluation, part, until, "stage", now) for part in parts)
        written += _office(evaluation, parts, until, now)
    return written


def _key(evaluation: Evaluation, what: str, until: datetime, now: datetime) -> str | None:
    """None when nothing is to be told now, or it has been told."""
    reached = mark(left(until, now, evaluation.region_id))
    key = f"due:{evaluation.pk}:{what}:{until:%Y%m%d%H%M}:{reached}"
    return None if reached is None or Notice.objects.filter(key=key).exists() else key


def _rest(evaluation: Evaluation, until: datetime, now: datetime) -> str:
    days = left(until, now, evaluation.region_id)
    return f"{f'Sisa {days} hari' if days else 'Hari terakhir'} (sampai {both_zones(until, evaluation.region_id)})"


def _agency(evaluation: Evaluation, part: Part, until: datetime, kind: str, now: datetime) -> int:
    """An agency's operators; in the review only what was returned can still be done, which they were told by name."""
    if evaluation.stage != Stage.SELF_ASSESSMENT or not (
        key := _key(evaluation, f"{kind}:{part.agency.pk}", until, now)
    ):
        return 0
    whose = "batas internal" if kind == "internal" else "batas kementerian"
    return notify(
        telling.of_region(evaluation, Role.OPERATOR, agencies=[part.agency.pk]),
        key=key,
        title=f"{_rest(evaluation, until, now)}: {part.not_ready} pertanyaan Anda belum ditandai selesai",
        text=f"Ini {whose} {evaluation}. {part.missing} data dukung wajib belum ada.",
        url=reverse("evaluations:agency_detail", args=[evaluation.pk, part.agency.pk]),
    )


def _office(evaluation: Evaluation, parts: Sequence[Part], until: datetime, now: datetime) -> int:
    """The coordinator, and during the review the task force: the sum of what is open."""
    if not (key := _key(evaluation, "office", until, now)):
        return 0
    rest = _rest(evaluation, until, now)
    if evaluation.stage == Stage.SELF_ASSESSMENT:
        title = f"{rest}: {len(parts)} perangkat daerah belum selesai" if parts else f"{rest}: serahkan ke gugus tugas"
        people, page = telling.of_region(evaluation, Role.COORDINATOR, Role.VIEWER), "evaluations:late_list"
    else:
        waiting = Answer.objects.filter(evaluation=evaluation, state=AnswerState.ANSWERED).count()
        title = f"{rest}: {waiting} jawaban menunggu telaah" if waiting else f"{rest}: belum diajukan ke provinsi"
        people = telling.of_region(evaluation, Role.COORDINATOR, Role.TASK_FORCE)
        page = "evaluations:evaluation_detail"
    return notify(people, key=key, title=title, text=str(evaluation), url=reverse(page, args=[evaluation.pk]))


def _judges(evaluation: Evaluation, until: datetime, now: datetime) -> int:
    """Whose turn it is, while something is not judged in this stage."""
    if not (key := _key(evaluation, f"judge:{evaluation.stage}", until, now)):
        return 0
    said = Score.objects.standing().filter(answer__evaluation=evaluation, stage=evaluation.stage)
    judged = said.values("answer")
    waiting = evaluation.answers.exclude(state=AnswerState.EMPTY).exclude(pk__in=judged).count()
    if not waiting:
        return 0
    return notify(
        [each for each in telling.judges(evaluation, evaluation.stage) if permissions.judges_it(each, evaluation)],
        key=key,
        title=f"{_rest(evaluation, until, now)}: {waiting} jawaban belum dinilai pada {evaluation}",
        text=Stage(evaluation.stage).label,
        url=evaluation.get_absolute_url(),
    )
