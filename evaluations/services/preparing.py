"""The next cycle: what a region had in an earlier one is brought over; it counts nothing until somebody confirms it."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.enums import Role
from accounts.models import Membership
from evaluations import permissions
from evaluations.models import Cycle, Evaluation, Seat
from evaluations.queries import preparing as queries
from evaluations.queries.carrying import Forebear, plan
from evaluations.queries.dealing import BY_HAND
from evaluations.services.assignments import give
from evaluations.services.carrying import write_offers
from evaluations.services.cycles import enrol
from evaluations.services.locks import locked
from kla_portal.lib.decision import deny, require
from regions.models import Region
from trail.services.events import record


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was brought over now; what was there before is not counted."""

    assignments: int
    offered: int
    seats: int
    evidence: int


def enrol_region(cycle: Cycle, code: str, *, by: Any) -> None:
    """Enrol the region with this code, if it is not. Raises PermissionDenied."""
    enrol(cycle, Region.objects.filter(pk=code, gone_since=None), by=by)


@transaction.atomic
def prepare_region(cycle: Cycle, earlier: Cycle, code: str, *, by: Any) -> Prepared:
    """Bring over what the region had in the earlier cycle: who holds which question, its answers as proposals, its task
    force. Documents that are valid still stand beside the questions by themselves and are only counted. Again, it adds
    what is missing and changes nothing that somebody has done since.

    Raises PermissionDenied; Evaluation.DoesNotExist where one of the two is missing.
    """
    evaluation = locked(Evaluation.objects.get(cycle=cycle, region=code).pk)
    evaluation.cycle = cycle
    require(permissions.can_prepare(by, evaluation))
    past = Evaluation.objects.select_related("region", "cycle__instrument").get(cycle=earlier, region=code)
    adjoins = earlier.compared_years[1] == cycle.compared_years[0]
    forebear = Forebear(past, queries.between(earlier, cycle), adjoins)
    found = plan(evaluation, forebear)
    assert found is not None
    begun = {line.answer.question_id for line in found.lines if line.answer.value is not None or line.answer.note}
    hands = queries.hands(evaluation, forebear)
    changes = {pk: holders for pk, holders in hands.holders.items() if pk not in begun}
    give(evaluation, changes)
    members = Membership.objects.current().filter(role=Role.TASK_FORCE, region=code)
    seats = queries.seats(evaluation, forebear, set(members.values_list("user", flat=True)))
    Seat.objects.bulk_create(seats)
    done = Prepared(len(changes), write_offers(found), len(seats), queries.offered(evaluation, forebear))
    kept = [code for code, pk in hands.by_hand if pk not in begun]
    for each in kept:  # that a question was given by hand is known from the trail alone
        record(BY_HAND, by=by, subject=evaluation.subject, detail=each, region=evaluation.region_id)
    if kept or done.assignments or done.offered or done.seats:
        told = {
            "from": str(earlier), "assignments": done.assignments, "offered": done.offered,
            "seats": done.seats, "evidence": done.evidence,
        }  # fmt: skip
        record("evaluation.prepare", by=by, subject=evaluation.subject, region=evaluation.region_id, after=told)
    return done


def earlier_or_refuse(cycle: Cycle, pk: int) -> Cycle:
    """The earlier cycle of a batch. Raises PermissionDenied when nothing leads from it any more."""
    for each in queries.earlier_than(cycle, Cycle.objects.filter(pk=pk)):
        return each
    require(deny("Instrumen siklus sebelumnya tidak lagi dipetakan ke instrumen siklus ini."))
    raise AssertionError
