"""What waits for a person: the contents of "Tugas saya", by role."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from accounts.enums import OF_A_CITY, Role
from accounts.models import Membership
from clusters.models import Instrument
from evaluations import permissions
from evaluations.enums import DRAFTING, JUDGED, AnswerState, Stage
from evaluations.models import Cycle, Evaluation, Reopening, Seat
from evaluations.queries import history, queue
from evaluations.queries.deadlines import due_for
from evaluations.queries.dealing import plan
from evaluations.queries.scorecard import QuestionScore, Scorecard, scorecard
from evaluations.queries.work import Action, Owner, Share, in_review, open_actions, owners_of, shares
from evaluations.timing import Timing, timing
from evidence.queries import Scanning, Storage, scanning
from kla_portal.lib.decision import ALLOW, Decision
from regions.enums import AgencyKind
from regions.models import Agency
from trail.models import Event
from trail.queries import Outbox, outbox, overdue_jobs

MOST = 10
LISTED = 20
Step = tuple[bool, str, str]


@dataclass
class Tasks:
    """`role` chooses the part of the page; what a role does not need stays empty.

    due       until when the region itself wants this operator's part (the coordinator: everybody's)
    clock     the present stage's time; `closed`: why nothing can be changed now, empty while it runs
    actions   next things to do on questions, most valuable first; `more` counts those left out
    reopened  answers of the region that are open again by name, the first to close first
    late_open may this person look up which agencies are late?
    at_risk   points claimed but not supported in what this person answers for, without those `in_review`
    in_review of these points what waits for the task force's word
    waiting   answers that wait for the task force's word; for a seated member those of the own clusters
    seat      a member's place in the task force while it reviews; `sign_off`: may the chair sign now, and why not
    queue     evaluations that wait for this person's step, each with counts
    first     an admin's or a coordinator's first steps: (done, label, address)
    scanning  an admin's: how the scanning of uploads stands
    mail      an admin's: how the outbox stands
    overdue   an admin's: jobs that no worker has fetched for longer than usual
    storage   an admin's: how much the archive holds, and which regions are near their quota
    """

    role: str
    evaluation: Evaluation | None = None
    card: Scorecard | None = None
    clock: Timing | None = None
    due: datetime | None = None
    closed: str = ""
    actions: list[Action] = field(default_factory=list)
    reopened: list[Reopening] = field(default_factory=list)
    late_open: bool = False
    more: int = 0
    at_risk: Decimal = Decimal(0)
    in_review: Decimal = Decimal(0)
    share: Share | None = None
    shares: list[Share] = field(default_factory=list)
    waiting: int = 0
    seat: Seat | None = None
    sign_off: Decision = ALLOW
    queue: list[Evaluation] = field(default_factory=list)
    others: int = 0
    first: list[Step] = field(default_factory=list)
    changes: list[Event] = field(default_factory=list)
    scanning: Scanning | None = None
    mail: Outbox | None = None
    overdue: int = 0
    storage: Storage | None = None

    @property
    def first_open(self) -> bool:
        """Is one of the first steps still to be taken?"""
        return not all(done for done, _, _ in self.first)


def tasks_of(user: Any) -> Tasks:
    """Everything the home page shows, in a fixed number of queries."""
    acting = user.acting
    if acting is None:
        return Tasks("")
    if acting.role in OF_A_CITY:
        return _of_a_city(user, acting)
    if acting.role in (Role.PROVINCE_VERIFIER, Role.EVALUATOR):
        return _queue(user)
    if acting.role == Role.NATIONAL_ADMIN:
        return _of_the_admin(user)
    return Tasks(acting.role)


def _of_a_city(user: Any, acting: Membership) -> Tasks:
    tasks = Tasks(acting.role)
    own = Evaluation.objects.visible_to(user).with_names().filter(region=acting.region_id)
    tasks.evaluation = own.exclude(stage=Stage.AWARDED).first() or own.first()
    if tasks.evaluation is None:
        if acting.role == Role.COORDINATOR:
            tasks.first = _of_a_new_city(acting)
        return tasks
    tasks.clock = timing(tasks.evaluation)
    tasks.closed = tasks.clock.decision(tasks.evaluation.region_id).reason
    tasks.late_open = tasks.evaluation.stage in DRAFTING and bool(permissions.can_read_late(user, tasks.evaluation))
    tasks.card = card = scorecard(tasks.evaluation, with_scores=tasks.evaluation.stage == Stage.AWARDED)
    owners = owners_of(tasks.evaluation)
    every = shares(card, owners, tasks.evaluation.stage)
    rows: list[QuestionScore] = list(card.questions)
    helped: list[QuestionScore] = []
    if acting.role == Role.OPERATOR:
        tasks.share = next((share for share in every if share.agency.pk == acting.agency_id), None)
        mine = {
            question: owner.is_lead
            for question, several in owners.items()
            for owner in several
            if owner.agency.pk == acting.agency_id
        }
        helped = [row for row in rows if mine.get(row.question.pk) is False]
        rows = [row for row in rows if mine.get(row.question.pk)]
    if acting.role in (Role.OPERATOR, Role.COORDINATOR):
        tasks.due = due_for(tasks.evaluation, acting.agency_id)
    if acting.role == Role.COORDINATOR and tasks.evaluation.stage in DRAFTING:
        tasks.shares = every[:8]
    if acting.role == Role.COORDINATOR and tasks.evaluation.stage == Stage.SELF_ASSESSMENT:
        agencies, operators = _of_a_new_city(acting)
        dealt = agencies[0] and not _undealt(tasks.evaluation, rows, owners)
        link = f"{tasks.evaluation.get_absolute_url()}#instansi"
        tasks.first = [agencies, (dealt, "Bagikan pertanyaan kepada perangkat daerah", link), operators]
    if acting.role in (Role.OPERATOR, Role.COORDINATOR):
        actions = open_actions(tasks.evaluation, rows, helped)
        if tasks.evaluation.stage in JUDGED:
            tasks.reopened = list(permissions.reopenings(tasks.evaluation).values())
        tasks.actions, tasks.more = actions[:MOST], max(0, len(actions) - MOST)
    tasks.in_review = in_review(rows, tasks.evaluation.stage)
    tasks.at_risk = sum((row.tally.at_risk for row in rows), Decimal(0)) - tasks.in_review
    if acting.role == Role.TASK_FORCE and tasks.evaluation.stage == Stage.TASK_FORCE_REVIEW:
        tasks.seat = permissions.seat_of(user, tasks.evaluation)
        tasks.sign_off = permissions.can_move(user, tasks.evaluation, "sign_off")
        rows = _of_the_seat(card, tasks.seat)
    tasks.waiting = sum(row.answer.state == AnswerState.ANSWERED for row in rows)
    if acting.role != Role.VIEWER:
        tasks.changes = history.recent(tasks.evaluation, user)
    return tasks


def _of_the_seat(card: Scorecard, seat: Seat | None) -> list[QuestionScore]:
    """The questions that this seat reviews; without one, all."""
    mine = [cluster for cluster in card.clusters if not seat or permissions.reviews_cluster(seat, cluster.cluster.code)]
    return [row for cluster in mine for indicator in cluster.indicators for row in indicator.questions]


def _of_a_new_city(acting: Membership) -> list[Step]:
    """What a coordinator sees to before anybody can work. Two queries."""
    agencies = Agency.objects.filter(region=acting.region_id).exclude(kind=AgencyKind.DP3A)
    operators = Membership.objects.current().filter(role=Role.OPERATOR, region=acting.region_id)
    region_url = reverse("regions:region_detail", args=[acting.region_id])
    return [
        (agencies.exists(), "Masukkan perangkat daerah", region_url),
        (operators.exists(), "Undang operator perangkat daerah", reverse("accounts:person_list")),
    ]


def _undealt(evaluation: Evaluation, rows: list[QuestionScore], owners: dict[int, list[Owner]]) -> bool:
    """Would dealing out the questions change anything? Two queries."""
    held = {
        pk: (
            next((owner.agency.pk for owner in several if owner.is_lead), None),
            frozenset(owner.agency.pk for owner in several if not owner.is_lead),
        )
        for pk, several in owners.items()
    }
    begun = {row.question.pk for row in rows if row.answer.state != AnswerState.EMPTY or row.answer.note}
    return bool(plan(evaluation, [row.question for row in rows], held, begun).changes)


def _queue(user: Any) -> Tasks:
    tasks = Tasks(user.acting.role)
    tasks.queue = list(queue.in_turn(user).order_by("submitted_at", "pk")[:LISTED])
    queue.count(tasks.queue)
    mine = Evaluation.objects.visible_to(user).exclude(stage=Stage.AWARDED)
    tasks.others = mine.exclude(stage__in=queue.TURN[user.acting.role]).count()
    return tasks


def _of_the_admin(user: Any) -> Tasks:
    tasks = Tasks(Role.NATIONAL_ADMIN)
    every = Evaluation.objects.visible_to(user).with_names()
    invited = Membership.objects.current().filter(role__in=(Role.COORDINATOR, Role.EVALUATOR))
    roles = set(invited.order_by().values_list("role", flat=True).distinct())
    tasks.first = [
        (
            Instrument.objects.filter(state="published").exists(),
            "Muat instrumen evaluasi",
            reverse("clusters:instrument_list"),
        ),
        (Cycle.objects.exists(), "Buka siklus evaluasi", reverse("evaluations:cycle_list")),
        (every.exists(), "Daftarkan kabupaten/kota peserta", reverse("evaluations:cycle_list")),
        (
            Role.COORDINATOR in roles,
            "Undang koordinator Dinas P3A",
            reverse("accounts:person_list"),
        ),
        (
            Role.EVALUATOR in roles,
            "Undang evaluator dan tugaskan daerahnya",
            reverse("accounts:person_list"),
        ),
    ]
    tasks.scanning = scanning()
    tasks.mail = outbox()
    tasks.overdue = overdue_jobs()
    tasks.storage = Storage()
    tasks.queue = list(queue.in_turn(user).order_by("stage", "submitted_at", "pk")[:LISTED])
    queue.count(tasks.queue)
    tasks.others = every.exclude(stage__in=JUDGED).exclude(stage=Stage.AWARDED).count()
    return tasks
