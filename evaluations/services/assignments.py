"""Who answers what: the questions of an evaluation dealt out to the region's agencies, by their kinds or by hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from clusters.models import Question
from evaluations import permissions
from evaluations.enums import AnswerState
from evaluations.models import Answer, Assignment, Evaluation
from evaluations.queries.dealing import BY_HAND, NOBODY, Holders, by_kind, held_now, plan
from evaluations.services import telling
from evaluations.services.locks import locked
from kla_portal.lib.decision import require
from kla_portal.lib.versions import Stale
from regions.models import Agency
from trail.services.events import record


@dataclass(frozen=True, slots=True)
class Dealt:
    """What dealing out did, in questions: `changed`; `begun`, which another would lead now, but whose answer is begun;
    `by_hand`, which the coordinator has given otherwise."""

    changed: int
    begun: int
    by_hand: int


def deal(evaluation: Evaluation, questions: Iterable[Question]) -> None:
    """Give questions that nobody holds to the agencies of the kinds that the instrument names."""
    give(evaluation, by_kind(evaluation, questions))


@transaction.atomic
def fill_assignments(evaluation: Evaluation, *, by: Any) -> Dealt:
    """Deal all questions out anew among the agencies there are now.

    Left as they are: questions set by hand, and begun answers that another agency would lead now, for who has written
    must not lose the text. Raises PermissionDenied, as asked on the locked evaluation.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_assign(by, evaluation))
    held = held_now(evaluation)
    begun = Answer.objects.filter(evaluation=evaluation).exclude(state=AnswerState.EMPTY, note="")
    questions = list(Question.objects.filter(instrument=evaluation.cycle.instrument_id))
    planned = plan(evaluation, questions, held, set(begun.values_list("question", flat=True)))
    changes = planned.changes
    give(evaluation, changes)
    if changes:
        touched = {pk for code in changes for pk in _all(held.get(code, NOBODY)) | _all(changes[code])}
        telling.assigned(evaluation, touched, by=by)
        record(
            "evaluation.assign", by=by, subject=evaluation.subject, region=evaluation.region_id,
            before={"questions": _in_words(evaluation, {pk: held.get(pk, NOBODY) for pk in changes})},
            after={"questions": _in_words(evaluation, changes)},
        )  # fmt: skip
    return Dealt(len(changes), len(planned.begun), len(planned.by_hand))


@transaction.atomic
def assign_by_hand(answer: Answer, *, seen: str, lead: int | None, helpers: Iterable[int], by: Any) -> None:
    """Set which agency leads a question (None: the coordinator answers) and which contribute, by their pks; dealing
    out leaves it so.

    `seen` is the `snapshot` of what the page showed. Saving what is stored changes nothing. Raises PermissionDenied,
    Stale when somebody else has set it since, ValueError for an agency of another region; then nothing is written.
    """
    evaluation = locked(answer.evaluation_id)
    require(permissions.can_assign(by, evaluation))
    held = held_now(evaluation, answer.question_id).get(answer.question_id, NOBODY)
    wanted: Holders = (lead, frozenset(helpers) - {lead})
    if held == wanted:
        return
    if _written(held) != seen:
        raise Stale(answer)
    agencies = Agency.objects.filter(region=evaluation.region_id, pk__in=_all(wanted))
    if len(agencies) != len(_all(wanted)):
        raise ValueError("an agency of another region")
    give(evaluation, {answer.question_id: wanted})
    code = answer.question.code
    telling.assigned(evaluation, _all(held) | _all(wanted), by=by)
    record(
        BY_HAND, by=by, subject=evaluation.subject, detail=code, region=evaluation.region_id,
        before=_in_words(evaluation, {answer.question_id: held})[code],
        after=_in_words(evaluation, {answer.question_id: wanted})[code],
    )  # fmt: skip


def snapshot(answer: Answer) -> str:
    """Who holds the question now, as a form carries it to tell whether somebody else has set it meanwhile."""
    held = held_now(answer.evaluation, answer.question_id)
    return _written(held.get(answer.question_id, NOBODY))


def _written(holders: Holders) -> str:
    lead, helpers = holders
    return f"{lead or ''}:{','.join(map(str, sorted(helpers)))}"


def _all(holders: Holders) -> frozenset[int]:
    return holders[1] | ({holders[0]} if holders[0] else frozenset())


def give(evaluation: Evaluation, holders: dict[int, Holders]) -> None:
    """Have these questions (by pk) held so, with the evaluation held. An agency that keeps a question keeps its note
    and its mark on it, and loses the mark where its share changes."""
    held = {(row.question_id, row.agency_id): row for row in evaluation.assignments.filter(question__in=holders)}
    evaluation.assignments.filter(question__in=holders).delete()
    kept = []
    for question, given in holders.items():
        for agency in sorted(_all(given), key=lambda pk: (pk != given[0], pk)):
            row = Assignment(evaluation=evaluation, question_id=question, agency_id=agency, is_lead=agency == given[0])
            if was := held.get((question, agency)):
                row.note, row.version = was.note, was.version + 1
                row.ready_at = was.ready_at if was.is_lead == row.is_lead else None
                row.ready_by_id = was.ready_by_id
            kept.append(row)
    Assignment.objects.bulk_create(kept)


def _in_words(evaluation: Evaluation, holders: dict[int, Holders]) -> dict[str, Any]:
    """By question code: {"lead": short name or "", "helpers": short names}, for the trail."""
    names = dict(Agency.objects.filter(region=evaluation.region_id).values_list("pk", "short_name"))
    codes = dict(Question.objects.filter(pk__in=holders).values_list("pk", "code"))
    return {
        codes[pk]: {"lead": names[lead] if lead else "", "helpers": sorted(names[helper] for helper in helpers)}
        for pk, (lead, helpers) in holders.items()
    }
