"""The task force of an evaluation as its page shows it: who may sit in it, and who does."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.enums import Role
from accounts.models import Membership, User
from clusters.queries import outline
from evaluations import permissions
from evaluations.models import Evaluation, Seat


@dataclass(frozen=True, slots=True)
class Place:
    """A person of the region's task force with the seat, if there is one. `current`: do they still hold the role?"""

    member: User
    seat: Seat | None
    current: bool

    @property
    def version(self) -> int:
        return self.seat.version if self.seat else 0

    @property
    def key(self) -> str:
        return str(self.member.pk)


def places(evaluation: Evaluation) -> list[Place]:
    """The chair, those seated, then the others who hold the role, by name. Two queries."""
    seated = {seat.member_id: seat for seat in permissions.seats(evaluation)}
    held = Membership.objects.current().filter(role=Role.TASK_FORCE, region=evaluation.region_id, user__is_active=True)
    current = {row.user_id: row.user for row in held.select_related("user").order_by("user__full_name", "pk")}
    found = [Place(seat.member, seat, pk in current) for pk, seat in seated.items()]
    return found + [Place(user, None, True) for pk, user in current.items() if pk not in seated]


def cluster_choices(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Code and name of each cluster of the instrument, in order. No query: the instrument is kept in memory."""
    return [(cluster.code, cluster.name) for cluster in outline(evaluation.cycle.instrument).clusters]


def unallotted(several: Sequence[Place], clusters: Sequence[tuple[str, str]]) -> list[str]:
    """Names of the clusters that no seat but the chair reviews, while there are seats."""
    seats = [place.seat for place in several if place.seat and place.current]
    plain = [seat for seat in seats if not seat.is_chair]
    if not plain:
        return []
    return [name for code, name in clusters if not any(permissions.reviews_cluster(seat, code) for seat in plain)]
