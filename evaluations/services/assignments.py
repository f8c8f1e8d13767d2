"""Who answers what: the questions of an evaluation dealt out to the region's agencies, by their kinds or by hand."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from clusters.models import Question
from evaluations import permissions
from evaluations.enums import AnswerState
from evaluations.models import Answer, Assignment, Evaluation
from evaluations.services.locks import locked
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale
from regions.models import Agency
from trail.models import Event
from trail.services.events import record

BY_HAND = "answer.assign"
Holders = tuple[int | None, frozenset[int]]
"""Of one question: the lead's pk, and the pks of the agencies that contribute."""
NOBODY: Holders = (None, frozenset())


@dataclass(frozen=True, slots=True)
class Dealt:
    """What dealing out did, in questions: `changed`; `begun`, which another would lead now, but whose answer is begun;
    `by_hand`, which the coordinator has given otherwise."""

    changed: int
    begun: int
    by_hand: int


def deal(evaluation: Evaluation, questions: Iterable[Question]) -> None:
    """Give questions that nobody holds to the agencies of the kinds that the instrument names."""
    _give(evaluation, _by_kind(evaluation, questions))


@transaction.atomic
def fill_assignments(evaluation: Evaluation, *, by: Any) -> Dealt:
    """Deal all questions out anew among the agencies there are now.

    Left as they are: questions set by hand, and begun answers that another agency would lead now, for who has written
    must not lose the text. Raises PermissionDenied, as asked on the locked evaluation.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_assign(by, evaluation))
    wanted = _by_kind(evaluation, Question.objects.filter(instrument=evaluation.cycle.instrument_id))
    held = _held(evaluation)
    by_hand = _set_by_hand(evaluation)
    begun = set(
        Answer.objects.filter(evaluation=evaluation)
        .exclude(state=AnswerState.EMPTY, note="")
        .values_list("question", flat=True)
    )
    other = {pk: holders for pk, holders in wanted.items() if holders != held.get(pk, NOBODY)}
    kept = {pk for pk in other if pk in begun and held.get(pk, NOBODY)[0] not in (None, other[pk][0])}
    changes = {pk: holders for pk, holders in other.items() if pk not in by_hand and pk not in kept}
    _give(evaluation, changes)
    if changes:
        record(
            "evaluation.assign", by=by, subject=evaluation.subject, region=evaluation.region_id,
            before={"questions": _in_words(evaluation, {pk: held.get(pk, NOBODY) for pk in changes})},
            after={"questions": _in_words(evaluation, changes)},
        )  # fmt: skip
    return Dealt(len(changes), len(kept - by_hand), len(by_hand & set(other)))


@transaction.atomic
def assign_by_hand(answer: Answer, *, seen: str, lead: int | None, helpers: Iterable[int], by: Any) -> None:
    """Set which agency leads a question (None: the coordinator answers) and which contribute, by their pks; dealing
    out leaves it so.

    `seen` is the `snapshot` of what the page showed. Saving what is stored changes nothing. Raises PermissionDenied,
    Stale when somebody else has set it since, ValueError for an agency of another region; then nothing is written.
    """
    evaluation = locked(answer.evaluation_id)
    require(permissions.can_assign(by, evaluation))
    held = _held(evaluation, answer.question_id).get(answer.question_id, NOBODY)
    wanted: Holders = (lead, frozenset(helpers) - {lead})
    if held == wanted:
        return
    if _written(held) != seen:
        raise Stale(answer)
    agencies = Agency.objects.filter(region=evaluation.region_id, pk__in=_all(wanted))
    if len(agencies) != len(_all(wanted)):
        raise ValueError("an agency of another region")
    _give(evaluation, {answer.question_id: wanted})
    code = answer.question.code
    record(
        BY_HAND, by=by, subject=evaluation.subject, detail=code, region=evaluation.region_id,
        before=_in_words(evaluation, {answer.question_id: held})[code],
        after=_in_words(evaluation, {answer.question_id: wanted})[code],
    )  # fmt: skip


def snapshot(answer: Answer) -> str:
    """Who holds the question now, as a form carries it to tell whether somebody else has set it meanwhile."""
    held = _held(answer.evaluation, answer.question_id)
    return _written(held.get(answer.question_id, NOBODY))


def _written(holders: Holders) -> str:
    lead, helpers = holders
    return f"{lead or ''}:{','.join(map(str, sorted(helpers)))}"


def _all(holders: Holders) -> frozenset[int]:
    return holders[1] | ({holders[0]} if holders[0] else frozenset())


def _by_kind(evaluation: Evaluation, questions: Iterable[Question]) -> dict[int, Holders]:
    """Of each question with an owner that is there: the first leads, the others contribute. Of two agencies of one kind
    the one entered first."""
    agencies = dict(Agency.objects.filter(region=evaluation.region_id).order_by("-pk").values_list("kind", "pk"))
    found: dict[int, Holders] = {}
    for question in questions:
        there = [agencies[kind] for kind in question.owners if kind in agencies]
        if there:
            found[question.pk] = (there[0], frozenset(there[1:]) - {there[0]})
    return found


def _held(evaluation: Evaluation, *questions: int) -> dict[int, Holders]:
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


def _give(evaluation: Evaluation, holders: dict[int, Holders]) -> None:
    Assignment.objects.filter(evaluation=evaluation, question__in=holders).delete()
    Assignment.objects.bulk_create(
        Assignment(evaluation=evaluation, question_id=question, agency_id=agency, is_lead=agency == given[0])
        for question, given in holders.items()
        for agency in sorted(_all(given), key=lambda pk: (pk != given[0], pk))
    )


def _set_by_hand(evaluation: Evaluation) -> set[int]:
    """The trail knows which questions were set by hand, and nobody can rewrite it."""
    codes = Event.objects.about(evaluation.subject).filter(action=BY_HAND).values_list("detail", flat=True)
    questions = Question.objects.filter(instrument=evaluation.cycle.instrument_id, code__in=set(codes))
    return set(questions.values_list("pk", flat=True))


def _in_words(evaluation: Evaluation, holders: dict[int, Holders]) -> dict[str, Any]:
    """By question code: {"lead": short name or "", "helpers": short names}, for the trail."""
    names = dict(Agency.objects.filter(region=evaluation.region_id).values_list("pk", "short_name"))
    codes = dict(Question.objects.filter(pk__in=holders).values_list("pk", "code"))
    return {
        codes[pk]: {"lead": names[lead] if lead else "", "helpers": sorted(names[helper] for helper in helpers)}
        for pk, (lead, helpers) in holders.items()
    }
