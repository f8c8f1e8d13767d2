"""A person leaves a role: what was theirs goes to the successor, and everything they still held open ends at once."""

from functools import partial
from typing import Any

from django.db import transaction

from accounts import permissions as people_may
from accounts.enums import Role
from accounts.models import Membership, User
from accounts.queries import subject_of
from accounts.services import invitations, people
from evaluations.enums import DRAFTING, Stage
from evaluations.models import Allotment, Evaluation, Seat
from evaluations.services import telling
from evidence.models import Upload
from evidence.services import uploading
from kla_portal.lib.decision import deny, require
from trail.services.events import record


@transaction.atomic
def hand_over(membership: Membership, successor: User | None, *, moves: bool, by: Any) -> bool:
    """End this role today, and give it to the successor (None: to nobody yet) unless they hold it; with `moves` the
    leaver's seats in task forces and allotments too. The leaver's sessions, links and uploads under way end.

    False when the role was over already; then nothing is written. Raises PermissionDenied.
    """
    # Everything is held before the first Event is written: whoever writes one waits for nothing else.
    evaluations = _held(membership) if successor and moves else []
    pks = sorted({membership.user_id, *([successor.pk] if successor else [])})
    persons = {each.pk: each for each in User.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")}
    rows = Membership.objects.select_related("user", "region", "agency")
    fresh = rows.select_for_update(of=("self",), no_key=True).get(pk=membership.pk)
    require(people_may.can_retire(by, fresh))
    if fresh.ends_on is not None and not Membership.objects.current().filter(pk=fresh.pk).exists():
        return False
    leaver, heir = persons[fresh.user_id], persons[successor.pk] if successor else None
    if heir == leaver:
        require(deny("Pilih orang lain sebagai penerus."))
    if heir is not None and not heir.is_active:
        require(deny("Akun penerus sudah ditutup. Pilih orang lain."))
    uploads = list(Upload.objects.filter(by=leaver, region=fresh.region_id, stored=None)) if fresh.region_id else []
    for upload in uploads:
        transaction.on_commit(partial(uploading.discard, upload))
    moved = _move(evaluations, leaver, heir, by) if heir else 0
    links = invitations.void(leaver)
    if heir is not None and not _holds(heir, fresh):
        people.add_membership(heir, role=fresh.role, region=fresh.region, agency=fresh.agency, by=by)
    people.end_membership(fresh, by=by)
    record(
        "membership_handed_over", by=by, subject=subject_of(leaver), detail=str(fresh)[:80],
        region=fresh.region_id or "",
        after={
            "membership": fresh.pk, "successor": heir.pk if heir else None, "moved": moved, "links": links,
            "uploads": len(uploads),
        },
    )  # fmt: skip
    return True


def _holds(person: User, membership: Membership) -> bool:
    same = person.memberships.current().filter(role=membership.role, region=membership.region)
    return same.filter(agency=membership.agency).exists()


def _held(membership: Membership) -> list[Evaluation]:
    """The evaluations in which the leaver has a seat or an allotment that still counts, locked in one order."""
    rows = Evaluation.objects.select_for_update(of=("self",), no_key=True).select_related("region", "cycle")
    if membership.role == Role.TASK_FORCE:
        seats = Seat.objects.filter(member=membership.user).values("evaluation")
        rows = rows.filter(pk__in=seats, region=membership.region, stage__in=DRAFTING)
    elif membership.role == Role.EVALUATOR:
        allotted = Allotment.objects.filter(evaluator=membership.user).values("evaluation")
        rows = rows.filter(pk__in=allotted).exclude(stage=Stage.AWARDED)
    else:
        return []
    return list(rows.order_by("pk"))


def _move(evaluations: list[Evaluation], leaver: User, heir: User, by: Any) -> int:
    moved: list[tuple[Evaluation, str, dict[str, Any], dict[str, Any]]] = []
    for evaluation in evaluations:
        if seat := Seat.objects.filter(evaluation=evaluation, member=leaver).first():
            after = _seat(seat, heir)
            telling.seated(evaluation, heir, is_chair=after.is_chair, key=f"{after.pk}:{after.version}", by=by)
            what = {"member": heir.pk, "clusters": after.clusters, "is_chair": after.is_chair}
            moved.append((evaluation, "evaluation.seat", {"member": leaver.pk}, what))
        elif Allotment.objects.filter(evaluation=evaluation, evaluator=leaver).delete()[0]:
            given, fresh = Allotment.objects.get_or_create(evaluation=evaluation, evaluator=heir)
            if fresh:
                telling.allotted(evaluation, heir, key=str(given.pk), by=by)
            moved.append((evaluation, "evaluation.allot", {"evaluator": str(leaver)}, {"evaluator": str(heir)}))
    for evaluation, action, before, what in moved:
        record(action, by=by, subject=evaluation.subject, region=evaluation.region_id, before=before, after=what)
    return len(moved)


def _seat(seat: Seat, heir: User) -> Seat:
    """The heir's seat, with what the leaver's had added; a seat without clusters is for all of them."""
    own = Seat.objects.filter(evaluation=seat.evaluation_id, member=heir).first()
    clusters, chair = seat.clusters, seat.is_chair
    if own is None:
        own = Seat(evaluation_id=seat.evaluation_id, member=heir, version=0)
    else:
        clusters = sorted({*own.clusters, *clusters}) if own.clusters and clusters else []
        chair = own.is_chair or chair
    seat.delete()  # first: there is one chair
    own.clusters, own.is_chair, own.version = clusters, chair, own.version + 1
    own.save()
    return own
