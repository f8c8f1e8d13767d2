"""How the questions of an evaluation are to be dealt out: by the kinds of agency that the instrument names."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from evaluations.models import Assignment, Evaluation
from regions.models import Agency
from trail.models import Event

BY_HAND = "answer.assign"
"""The action of the event that a question was given by hand. The trail cannot be rewritten, so it is asked."""
Holders = tuple[int | None, frozenset[int]]
"""Of one question: the lead's pk, and the pks of the agencies that contribute."""
NOBODY: Holders = (None, frozenset())


class Asked(Protocol):
    """A question, as a row or as the outline keeps it."""

    @property
    def pk(self) -> Any: ...
    @property
    def code(self) -> str: ...
    @property
    def owners(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """By question pk. `changes`: who is to hold it instead; `begun` would have another lead, but somebody has written;
    `by_hand` was given otherwise by the coordinator."""

    changes: dict[int, Holders]
    begun: frozenset[int]
    by_hand: frozenset[int]


def plan(
    evaluation: Evaluation, questions: Collection[Asked], held: Mapping[int, Holders], begun: Collection[int]
) -> Plan:
    """What dealing out would change, given who holds what and the questions whose answers are begun. Two queries.

    A begun answer keeps its lead, for who has written must not lose the text; it may get more contributors.
    """
    wanted = by_kind(evaluation, questions)
    other = {pk: holders for pk, holders in wanted.items() if holders != held.get(pk, NOBODY)}
    codes = set(Event.objects.about(evaluation.subject).filter(action=BY_HAND).values_list("detail", flat=True))
    by_hand = frozenset(question.pk for question in questions if question.code in codes and question.pk in other)
    kept = frozenset(
        pk
        for pk, (lead, _) in other.items()
        if pk in begun and pk not in by_hand and held.get(pk, NOBODY)[0] not in (None, lead)
    )
    changes = {pk: holders for pk, holders in other.items() if pk not in by_hand | kept}
    return Plan(changes, kept, by_hand)


def by_kind(evaluation: Evaluation, questions: Iterable[Asked]) -> dict[int, Holders]:
    """Of each question with an owner that is there: the first leads, the others contribute. Of two agencies of one kind
    the one entered first. One query."""
    agencies = dict(Agency.objects.filter(region=evaluation.region_id).order_by("-pk").values_list("kind", "pk"))
    found: dict[int, Holders] = {}
    for question in questions:
        there = [agencies[kind] for kind in question.owners if kind in agencies]
        if there:
            found[question.pk] = (there[0], frozenset(there[1:]) - {there[0]})
    return found


def held_now(evaluation: Evaluation, *questions: int) -> dict[int, Holders]:
    """Who holds the questions with these pks, or all; without those that nobody holds. One query."""
    rows = Assignment.objects.filter(evaluation=evaluation)
    if questions:
        rows = rows.filter(question__in=questions)
    leads: dict[int, int] = {}
    helpers: dict[int, set[int]] = defaultdict(set)
    for question, agency, is_lead in rows.values_list("question_id", "agency_id", "is_lead"):
        if is_lead:
            leads[question] = agency
        else:
            helpers[question].add(agency)
    return {pk: (leads.get(pk), frozenset(helpers.get(pk, ()))) for pk in {*leads, *helpers}}
