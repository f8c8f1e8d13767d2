"""Links that stand alone: what they show today may be gone tomorrow, so a copy is wanted before submission."""

from dataclasses import dataclass
from typing import Any

from evaluations import permissions
from evaluations.models import AnswerEvidence, Evaluation
from evidence.enums import LinkState
from evidence.permissions import can_change_item


@dataclass(frozen=True, slots=True)
class Alone:
    """A link put to an answered question without a copy of what it shows. `title` is '' when it is closed to the
    reader; `can_copy` when the reader may bring the copy in."""

    link: AnswerEvidence
    title: str
    can_copy: bool

    @property
    def code(self) -> str:
        return self.link.answer.question.code

    @property
    def state(self) -> str:
        return LinkState(self.link.revision.link_state).label


def alone(evaluation: Evaluation, reader: Any) -> list[Alone]:
    """In the order of the questions. One query, and one more for an evaluator."""
    links = AnswerEvidence.objects.filter(answer__evaluation=evaluation).without_copy()
    rows = links.select_related("revision__item__agency", "answer__question").order_by(
        "answer__question__indicator__cluster__position",
        "answer__question__indicator__position",
        "answer__question__position",
        "added_at",
        "pk",
    )
    found = []
    for link in rows:
        link.answer.evaluation = evaluation
        item = link.revision.item
        open_ = bool(permissions.can_open_file(reader, link))
        found.append(Alone(link, item.title if open_ else "", open_ and bool(can_change_item(reader, item))))
    return found
