"""What of an earlier cycle comes over into a new one: for the whole country in counts, for one region in full."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from clusters import lineage
from clusters.correspondence import Correspondence
from clusters.enums import Level
from clusters.queries import outline
from evaluations.enums import Stage
from evaluations.models import Answer, AnswerEvidence, Assignment, Cycle, Evaluation, Seat
from evaluations.queries.carrying import Forebear, unlikeness
from evaluations.queries.dealing import BY_HAND, Holders, held_now
from regions.models import Agency
from trail.models import Event


def earlier_than(cycle: Cycle, cycles: QuerySet[Cycle]) -> list[Cycle]:
    """Those of `cycles` that are earlier and whose instrument leads to this one's, the latest first. Two queries."""
    ways = lineage.forebears(cycle.instrument)
    rows = cycles.filter(created_at__lt=cycle.created_at).select_related("instrument").order_by("-created_at", "pk")
    return [each for each in rows if each.instrument_id in ways]


def between(earlier: Cycle, cycle: Cycle) -> Correspondence:
    """How the questions of an earlier cycle lead to those of this one. Three queries at most."""
    way = lineage.forebears(cycle.instrument)[earlier.instrument_id]
    return lineage.along(earlier.instrument, cycle.instrument, way)


@dataclass(frozen=True, slots=True)
class Stays:
    """A question of the earlier cycle whose answers do not come over: how many, and why."""

    code: str
    text: str
    answers: int
    why: str


@dataclass(frozen=True)
class Preview:
    """What there is in the earlier cycle, and how much of it comes over; `answers` is the most there can be, for a few
    may turn out not to fit when each is looked at.

    regions     codes of those that take part; `fresh` of them are still to be enrolled, `begun` are past the
                self-assessment and are left alone; `gone`: regions that are no more
    assignments, evidence   (come over, there are)
    """

    earlier: Cycle
    regions: tuple[str, ...]
    fresh: int
    begun: int
    gone: int
    answers: int
    stays: tuple[Stays, ...]
    assignments: tuple[int, int]
    evidence: tuple[int, int]
    seats: int

    @cached_property
    def lost(self) -> int:
        """Answers that stay behind."""
        return sum(each.answers for each in self.stays)


def preview(cycle: Cycle, earlier: Cycle) -> Preview:
    """In a fixed number of queries: six, beside those of `between`."""
    pairs, old, new = between(earlier, cycle), outline(earlier.instrument), outline(cycle.instrument)
    took_part = Evaluation.objects.filter(cycle=earlier).order_by("region")
    places = list(took_part.values_list("region_id", "region__gone_since"))
    here = dict(Evaluation.objects.filter(cycle=cycle).values_list("region_id", "stage"))
    kept = tuple(code for code, gone in places if gone is None)
    told = _by_question(Answer.objects.filter(evaluation__cycle=earlier, value__isnull=False), "question__code")
    stays, comes = [], 0
    for code, count in told.items():
        why = _why_not(code, pairs, old.by_code, new.by_code)
        if why:
            stays.append(Stays(code, old.by_code[code].text, count, why))
        else:
            comes += count
    dealt = _by_question(Assignment.objects.filter(evaluation__cycle=earlier), "question__code")
    links = AnswerEvidence.objects.attached().filter(answer__evaluation__cycle=earlier)
    proofs = _by_question(links, "answer__question__code")
    valid = _by_question(links.filter(still_valid()), "answer__question__code")
    return Preview(
        earlier, kept,
        fresh=sum(code not in here for code in kept),
        begun=sum(here.get(code, Stage.SELF_ASSESSMENT) != Stage.SELF_ASSESSMENT for code in kept),
        gone=len(places) - len(kept),
        answers=comes,
        stays=tuple(stays),
        assignments=(_leading(dealt, pairs), sum(dealt.values())),
        evidence=(_leading(valid, pairs), sum(proofs.values())),
        seats=Seat.objects.filter(evaluation__cycle=earlier).count(),
    )  # fmt: skip


def still_valid() -> Q:
    """Of links: documents that are there and whose time is not over."""
    item = "revision__item__"
    valid = Q(**{f"{item}valid_until": None}) | Q(**{f"{item}valid_until__gte": timezone.localdate()})
    return valid & Q(**{f"{item}deleted_at": None}, revision__purged_at=None)


def _by_question(rows: QuerySet[Any], code: str) -> dict[str, int]:
    return dict(rows.order_by(code).values_list(code).annotate(Count("pk")))


def _leading(counts: dict[str, int], pairs: Correspondence) -> int:
    return sum(count for code, count in counts.items() if pairs.heirs(Level.QUESTION, code))


def _why_not(code: str, pairs: Correspondence, old: Any, new: Any) -> str:
    """'' where the answers to the earlier question can be offered to at least one of its heirs."""
    heirs = pairs.heirs(Level.QUESTION, code)
    if not heirs:
        return "Tidak ditanyakan lagi."
    found = ""
    for heir in heirs:
        origins = pairs.origins(Level.QUESTION, heir)
        found = unlikeness(new[heir], old[code]) if len(origins) == 1 else f"Digabung dengan yang lain menjadi {heir}."
        if not found:
            return ""
    return found


# --- one region -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Hands:
    """Who is to hold which questions of the new evaluation (by pk), as it was; `by_hand`: code and pk of those that
    were given by hand, which stay so."""

    holders: dict[int, Holders]
    by_hand: tuple[tuple[str, int], ...]


def hands(evaluation: Evaluation, forebear: Forebear) -> Hands:
    """As in the earlier evaluation, for the questions that lead to this one's; agencies that are no more left out. What
    is already given by hand here is not touched. Five queries."""
    old, new = forebear.outline, outline(evaluation.cycle.instrument)
    was, now = held_now(forebear.evaluation), held_now(evaluation)
    there = set(Agency.objects.filter(region=evaluation.region_id).values_list("pk", flat=True))
    before, set_here = _set_by_hand(forebear.evaluation), _set_by_hand(evaluation)
    found: dict[int, Holders] = {}
    kept = []
    for question in new.questions:
        origins = forebear.pairs.origins(Level.QUESTION, question.code)
        if question.code in set_here or not origins:
            continue
        holders = _together([was[pk] for code in origins if (pk := old.by_code[code].pk) in was], there)
        if holders != (None, frozenset()) and now.get(question.pk) != holders:
            found[question.pk] = holders
        if holders != (None, frozenset()) and before & set(origins):
            kept.append((question.code, question.pk))
    return Hands(found, tuple(kept))


def _together(several: Iterable[Holders], there: set[int]) -> Holders:
    """The first lead leads; everybody else of them that is there helps."""
    lead: int | None = None
    others: set[int] = set()
    for first, helpers in several:
        lead = lead or (first if first in there else None)
        others |= ({first} if first else set()) | helpers
    return lead, frozenset(others & there) - {lead}


def _set_by_hand(evaluation: Evaluation) -> set[str]:
    return set(Event.objects.about(evaluation.subject).filter(action=BY_HAND).values_list("detail", flat=True))


def seats(evaluation: Evaluation, forebear: Forebear, members: set[int]) -> list[Seat]:
    """The seats of the earlier task force, for those of them who are `members` (pks) still and have none here, with the
    clusters that there are still; who had only others gets none. Two queries."""
    here = list(Seat.objects.filter(evaluation=evaluation))
    taken, chaired = {seat.member_id for seat in here}, any(seat.is_chair for seat in here)
    found = []
    for seat in Seat.objects.filter(evaluation=forebear.evaluation).order_by("pk"):
        heirs = {heir for code in seat.clusters for heir in forebear.pairs.heirs(Level.CLUSTER, code)}
        if seat.member_id not in members - taken or (seat.clusters and not heirs):
            continue
        is_chair = seat.is_chair and not chaired
        found.append(Seat(evaluation=evaluation, member_id=seat.member_id, clusters=sorted(heirs), is_chair=is_chair))
    return found


def offered(evaluation: Evaluation, forebear: Forebear) -> int:
    """How many documents of the earlier evaluation that are valid still the questions here offer. One query."""
    rows = AnswerEvidence.objects.attached().filter(still_valid(), answer__evaluation=forebear.evaluation)
    codes = Counter(rows.values_list("answer__question__code", flat=True))
    return _leading(codes, forebear.pairs)
