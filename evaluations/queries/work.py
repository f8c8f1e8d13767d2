"""What is to be done, by whom: rows for lists, the agencies' shares, the next actions of a person."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.text import Truncator

from clusters import scoring
from evaluations import permissions
from evaluations.enums import AnswerState, Stage
from evaluations.models import Answer, Assignment, Evaluation, Reopening, Review
from evaluations.queries.scorecard import QuestionScore, Scorecard
from kla_portal.lib.dates import both_zones
from regions.models import Agency

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Owner:
    """An agency's part in a question. `lifted`: a change has taken its mark off again."""

    agency: Agency
    is_lead: bool
    ready: bool = False
    lifted: bool = False
    note: str = ""

    @property
    def label(self) -> str:
        return self.agency.short_name

    @property
    def lead(self) -> bool:
        return self.is_lead


def owners_of(evaluation: Evaluation) -> dict[int, list[Owner]]:
    """By question: its agencies, the lead first. Two queries.

    A city has some 30 agencies and some 500 assignments, so the agencies are fetched once and not joined to each.
    """
    rows = Assignment.objects.filter(evaluation=evaluation).order_by("-is_lead", "pk")
    agencies = Agency.objects.filter(region=evaluation.region_id).in_bulk()
    found: dict[int, list[Owner]] = defaultdict(list)
    told = rows.values_list("question_id", "agency_id", "is_lead", "ready_at", "ready_by", "note")
    for question_id, agency_id, is_lead, ready_at, ready_by, note in told:
        lifted = ready_at is None and ready_by is not None
        found[question_id].append(Owner(agencies[agency_id], is_lead, ready_at is not None, lifted, note))
    return found


def owners_at(answer: Answer) -> list[Owner]:
    """Those of one question. One query."""
    return [
        Owner(part.agency, part.is_lead, part.ready_at is not None, part.lifted, part.note) for part in answer.parts
    ]


@dataclass(frozen=True, slots=True)
class Share:
    """An agency's part of an evaluation. Points and counts are of the questions it leads; `helps` counts the others.

    Points that wait for the task force's word, `in_review`, are neither at risk yet nor still to be won.
    """

    agency: Agency
    count: int
    answered: int
    returned: int
    missing_evidence: int
    maximum: Decimal
    at_risk: Decimal
    to_win: Decimal
    in_review: Decimal
    helps: int


def in_review(rows: Iterable[QuestionScore], stage: str) -> Decimal:
    """The points claimed by answers that were handed in and not looked at yet; 0 at other stages."""
    if stage != Stage.TASK_FORCE_REVIEW:
        return ZERO
    return scoring.sum_points(row.tally.at_risk for row in rows if row.answer.state == AnswerState.ANSWERED)


def shares(card: Scorecard, owners: dict[int, list[Owner]], stage: str) -> list[Share]:
    """Each agency's share, most points to win first."""
    leads: dict[Agency, list[QuestionScore]] = defaultdict(list)
    helps: dict[Agency, int] = defaultdict(int)
    for row in card.questions:
        for owner in owners.get(row.question.pk, []):
            if owner.is_lead:
                leads[owner.agency].append(row)
            else:
                helps[owner.agency] += 1
    found = [_share(agency, leads.get(agency, []), helps.get(agency, 0), stage) for agency in {*leads, *helps}]
    return sorted(found, key=lambda share: (-share.to_win, share.agency.short_name))


def _share(agency: Agency, rows: list[QuestionScore], helps: int, stage: str) -> Share:
    waiting = in_review(rows, stage)
    return Share(
        agency=agency,
        count=len(rows),
        answered=sum(row.answered for row in rows),
        returned=sum(row.answer.state == AnswerState.RETURNED for row in rows),
        missing_evidence=sum(bool(row.missing) for row in rows),
        maximum=scoring.sum_points(row.maxima.claimed for row in rows),
        at_risk=scoring.sum_points(row.tally.at_risk for row in rows) - waiting,
        to_win=scoring.sum_points(row.to_win for row in rows) - waiting,
        in_review=waiting,
        helps=helps,
    )


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do next on a question, and the points that hang on it."""

    row: QuestionScore
    what: str
    tone: str
    worth: Decimal


def returned_answers(evaluation: Evaluation) -> set[int]:
    """Answers that the task force has returned and not looked at again since (pks). One query."""
    newest: dict[int, bool] = {}
    reviews = Review.objects.filter(answer__evaluation=evaluation).exclude(answer__state=AnswerState.APPROVED)
    for answer_id, approved in reviews.order_by("-id").values_list("answer_id", "approved"):
        newest.setdefault(answer_id, approved)
    return {answer_id for answer_id, approved in newest.items() if not approved}


def open_actions(
    evaluation: Evaluation, led: Iterable[QuestionScore], helped: Iterable[QuestionScore] = ()
) -> list[Action]:
    """What can be done now, most valuable first: everything while the region answers, during the review what has been
    returned, afterwards what was opened again by name. `led` are the questions somebody answers for, `helped` those
    they only give evidence to. One query from the review on, else none."""
    if evaluation.stage == Stage.SELF_ASSESSMENT:
        actions = [_action(row) for row in led] + [_help(row) for row in helped]
    elif evaluation.stage == Stage.TASK_FORCE_REVIEW:
        returned = returned_answers(evaluation)
        actions = [_repair(row) for row in (*led, *helped) if row.answer.pk in returned]
    else:
        opened = permissions.reopenings(evaluation)
        actions = [
            _complete(row, opened[row.answer.pk], evaluation) for row in (*led, *helped) if row.answer.pk in opened
        ]
    found = [action for action in actions if action]
    return sorted(found, key=lambda action: (action.tone != "loss", -action.worth, action.row.answer.pk))


def _complete(row: QuestionScore, reopening: Reopening, evaluation: Evaluation) -> Action:
    until = both_zones(reopening.until, evaluation.region_id)
    if row.answer.version > reopening.answer_version:
        return Action(row, f"Sudah diubah; masih terbuka sampai {until}", "info", row.tally.maximum)
    return Action(row, f"Lengkapi sampai {until}: {Truncator(reopening.reason).chars(140)}", "loss", row.tally.maximum)


def _action(row: QuestionScore) -> Action | None:
    if row.answer.state == AnswerState.RETURNED:
        return _repair(row)
    if not row.answered:
        return Action(row, "Isi jawaban", "attention", row.tally.maximum)
    if row.missing and row.tally.at_risk:
        return Action(row, f"Lengkapi: {row.missing[0].label}", "attention", row.tally.at_risk)
    return None


def _help(row: QuestionScore) -> Action | None:
    """An agency that only contributes is asked for the evidence that is not there."""
    if not row.missing:
        return None
    worth = row.tally.at_risk if row.answered else row.tally.maximum
    return Action(row, f"Bantu lengkapi: {row.missing[0].label}", "attention", worth)


def _repair(row: QuestionScore) -> Action:
    if row.answer.state == AnswerState.RETURNED:
        return Action(row, "Perbaiki jawaban yang dikembalikan", "loss", row.tally.maximum)
    return Action(row, "Sudah diubah dan menunggu telaah; masih dapat diperbaiki", "info", row.tally.maximum)
