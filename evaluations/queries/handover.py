"""What somebody needs who takes over a role: on one page, as far as the reader may know it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q
from django.utils import timezone

from accounts.enums import OF_A_CITY, Role
from accounts.models import Membership, User
from evaluations import permissions
from evaluations.enums import AnswerState, Stage
from evaluations.models import Allotment, Evaluation, Review, Seat
from evaluations.queries.deadlines import due_for
from evaluations.queries.parts import NO_ANSWER
from evaluations.queries.scorecard import QuestionScore, scorecard
from evaluations.queries.talking import open_threads
from evaluations.queries.work import owners_of
from evaluations.timing import timing
from evidence.models import EvidenceRevision
from kla_portal.lib.decision import Decision
from trail import words
from trail.models import Event

SOON = timedelta(days=90)
MOST = 10


@dataclass(frozen=True, slots=True)
class Row:
    """A question of the agency: how its answer stands, and what lacks in words."""

    score: QuestionScore
    ready: bool
    lacks: tuple[str, ...]


@dataclass
class Bundle:
    """answers   may the reader read them? without it the questions stay empty
    returned     (question's code, reason) of what the task force has returned
    letters      how many letters asked the agency for documents; `asked_until` the last day of the latest
    expiring     documents of this person that are over within 90 days: (title, last day)
    """

    evaluation: Evaluation | None = None
    answers: Decision | None = None
    rows: list[Row] = field(default_factory=list)
    until: datetime | None = None
    due: datetime | None = None
    returned: list[tuple[str, str]] = field(default_factory=list)
    threads: int = 0
    seats: list[Seat] = field(default_factory=list)
    allotments: list[Allotment] = field(default_factory=list)
    letters: int = 0
    asked_until: date | None = None
    documents: int = 0
    expiring: list[tuple[str, date]] = field(default_factory=list)
    changes: list[tuple[datetime, str, str]] = field(default_factory=list)

    @property
    def missing(self) -> int:
        return sum(len(row.lacks) for row in self.rows)

    @property
    def ready(self) -> int:
        return sum(row.ready for row in self.rows)


def bundle(membership: Membership, reader: Any) -> Bundle:
    """Some eleven queries for an operator, fewer for others."""
    found = Bundle()
    if membership.region_id:
        _evaluation(found, membership, reader)
    if membership.role == Role.TASK_FORCE:
        seats = Seat.objects.filter(member=membership.user, evaluation__region=membership.region)
        found.seats = list(seats.select_related("evaluation__region", "evaluation__cycle").order_by("pk"))
    if membership.role == Role.EVALUATOR:
        allotted = Allotment.objects.filter(evaluator=membership.user).exclude(evaluation__stage=Stage.AWARDED)
        found.allotments = list(allotted.select_related("evaluation__region", "evaluation__cycle").order_by("pk"))
    _documents(found, membership)
    _changes(found, membership, reader)
    return found


def _evaluation(found: Bundle, membership: Membership, reader: Any) -> None:
    """The region's newest evaluation at work, its times, and the agency's questions in it."""
    mine = Evaluation.objects.visible_to(reader).with_names().filter(region=membership.region_id)
    theirs = Q(letters__agency=membership.agency_id) & Q(letters__agency__isnull=False)
    counted = mine.annotate(
        letter_count=Count("letters", filter=theirs), asked_until=Max("letters__until", filter=theirs)
    )
    evaluation = counted.exclude(stage=Stage.AWARDED).order_by("-cycle__created_at", "pk").first()
    if evaluation is None:
        return
    found.evaluation, found.letters, found.asked_until = evaluation, evaluation.letter_count, evaluation.asked_until
    found.answers = permissions.can_read_answers(reader, evaluation)
    found.until = timing(evaluation).until
    found.due = due_for(evaluation, membership.agency_id)
    if membership.agency is not None and found.answers:
        _questions(found, evaluation, membership.agency_id, reader)


def _questions(found: Bundle, evaluation: Evaluation, agency: int | None, reader: Any) -> None:
    owners = owners_of(evaluation)
    for row in scorecard(evaluation).questions:
        if owner := next((each for each in owners.get(row.question.pk, ()) if each.agency.pk == agency), None):
            unanswered = owner.is_lead and row.answer.state == AnswerState.EMPTY
            lacks = ((NO_ANSWER,) if unanswered else ()) + tuple(want.label for want in row.missing)
            found.rows.append(Row(row, owner.ready, lacks if row.applies else ()))
    here = {row.score.answer.pk: row.score.question.code for row in found.rows}
    last = {review.answer_id: review for review in Review.objects.filter(answer__in=here).order_by("id")}
    found.returned = [(here[pk], review.reason) for pk, review in last.items() if not review.approved]
    found.threads = sum(thread.answer_id in here for thread in open_threads(evaluation, reader))


def _documents(found: Bundle, membership: Membership) -> None:
    """Titles of documents with personal data are not told here."""
    rows = EvidenceRevision.objects.filter(
        created_by=membership.user, item__region=membership.region_id, item__deleted_at=None
    )
    seen = rows.values_list("item", "item__title", "item__valid_until", "item__personal_data").distinct()
    documents = list(seen.order_by("item__valid_until", "item"))
    soon = timezone.localdate() + SOON
    found.documents = len(documents)
    ending = [(title, day) for _, title, day, personal in documents if day and day <= soon and not personal]
    found.expiring = ending[:MOST]


def _changes(found: Bundle, membership: Membership, reader: Any) -> None:
    """What this person did last in this territory; how a region divides its work is told to its own people alone."""
    told = words.actions(words.Told.OPEN, *([words.Told.REGION] if reader.acts_as(*OF_A_CITY) else []))
    rows = Event.objects.filter(actor=membership.user, region_code=membership.territory, action__in=told)
    for event in rows.order_by("-id")[:MOST]:
        word = words.word(event.action)
        found.changes.append((event.at, word.label if word else "", event.detail))


def successors(membership: Membership, reader: Any) -> list[User]:
    """Who could take over: everybody with a current role in the same place (the nation for national roles)."""
    rows = Membership.objects.visible_to(reader).current().filter(region=membership.region_id, user__is_active=True)
    people = {row.user_id: row.user for row in rows.exclude(user=membership.user_id).select_related("user")}
    return sorted(people.values(), key=lambda person: (person.full_name, person.pk))
