"""Until when the region wants its agencies' parts, and whose part is not done by then. Nothing here locks anything."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from clusters import scoring
from evaluations.enums import DRAFTING
from evaluations.models import Assignment, Evaluation, InternalDeadline
from evaluations.queries.scorecard import QuestionScore, Scorecard, scorecard
from evaluations.queries.work import Owner, owners_of
from regions.models import Agency


def due_of(evaluation: Evaluation, agencies: Iterable[int] | None = None) -> dict[int, datetime]:
    """By agency (pk) with a part: its own deadline, else the one for all; without either it is not there. One query
    when the agencies are known, else at most two."""
    own = {row.agency_id: row.due_at for row in InternalDeadline.objects.filter(evaluation=evaluation)}
    everybody = own.pop(None, None)
    found = {pk: due for pk, due in own.items() if pk is not None}
    if everybody is None:
        return found
    with_a_part = agencies
    if with_a_part is None:
        with_a_part = Assignment.objects.filter(evaluation=evaluation).values_list("agency", flat=True).distinct()
    return dict.fromkeys(with_a_part, everybody) | found


def due_for(evaluation: Evaluation, agency_id: int | None) -> datetime | None:
    """The internal deadline of one agency, while the region works; of the coordinator (None) the one for all. One
    query, none later."""
    if evaluation.stage not in DRAFTING:
        return None
    rows = InternalDeadline.objects.filter(Q(agency=None) | Q(agency=agency_id), evaluation=evaluation)
    due: dict[int | None, datetime] = dict(rows.values_list("agency", "due_at"))
    return due.get(agency_id) or due.get(None)


@dataclass(frozen=True, slots=True)
class Part:
    """What of an agency's part is not marked as done: how many of its questions, how many required documents of them
    are not there, and the points that hang on those that it leads."""

    agency: Agency
    due: datetime | None
    not_ready: int
    count: int
    missing: int
    points: Decimal

    @property
    def late(self) -> bool:
        return self.due is not None and self.due <= timezone.now()


def open_parts(
    evaluation: Evaluation, card: Scorecard | None = None, owners: Mapping[int, list[Owner]] | None = None
) -> list[Part]:
    """The agencies with something that is not marked, whatever their deadline; by deadline, then most points. One query
    beside those of card and owners."""
    card = card or scorecard(evaluation)
    owners = owners_of(evaluation) if owners is None else owners
    counts: dict[int, int] = defaultdict(int)
    todo: dict[Agency, list[tuple[QuestionScore, bool]]] = defaultdict(list)
    for row in card.questions:
        for owner in owners.get(row.question.pk, ()):
            counts[owner.agency.pk] += 1
            if not owner.ready:
                todo[owner.agency].append((row, owner.is_lead))
    due = due_of(evaluation, counts)
    parts = [_part(agency, due.get(agency.pk), counts[agency.pk], rows) for agency, rows in todo.items()]
    return sorted(
        parts, key=lambda part: (part.due is None, part.due or timezone.now(), -part.points, part.agency.short_name)
    )


def _part(agency: Agency, due: datetime | None, count: int, rows: Sequence[tuple[QuestionScore, bool]]) -> Part:
    return Part(
        agency=agency,
        due=due,
        not_ready=len(rows),
        count=count,
        missing=sum(len(row.missing) for row, _ in rows),
        points=scoring.sum_points(row.to_win for row, leads in rows if leads),
    )


def late_parts(evaluation: Evaluation) -> list[Part]:
    """Those of `open_parts` whose deadline is over, while the region works; nothing afterwards."""
    return [part for part in open_parts(evaluation) if part.late] if evaluation.stage in DRAFTING else []


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one agency is with marking its part, and until when it is wanted."""

    ready: int
    count: int
    due: datetime | None

    @property
    def late(self) -> bool:
        return self.ready < self.count and self.due is not None and self.due <= timezone.now()


def standing(evaluation: Evaluation, owners: Mapping[int, list[Owner]]) -> dict[int, Standing]:
    """By agency (pk) with a part. One query; none, and no deadlines, once the region has submitted."""
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for several in owners.values():
        for owner in several:
            counts[owner.agency.pk][0] += owner.ready
            counts[owner.agency.pk][1] += 1
    due = due_of(evaluation, counts) if evaluation.stage in DRAFTING else {}
    return {pk: Standing(ready, count, due.get(pk)) for pk, (ready, count) in counts.items()}
