"""Answers and evidence of an earlier cycle: offered by the coordinator, taken over question by question."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from evaluations import permissions
from evaluations.models import Answer, AnswerEvidence, Evaluation
from evaluations.queries.carrying import Carried, Plan, plan
from evaluations.services.answers import save_answer
from evaluations.services.attaching import attach_item
from evaluations.services.locks import locked
from evidence.queries import pickable
from evidence.services.purging import hold
from kla_portal.lib.decision import require
from trail.services.events import record


@transaction.atomic
def offer_earlier_answers(evaluation: Evaluation, *, by: Any) -> int:
    """Put the answers of the region's latest earlier cycle beside the unanswered questions that they fit, as proposals
    that count nothing until somebody saves them. Returns how many are new; again, it writes only what has changed.

    Raises PermissionDenied.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_offer_earlier(by, evaluation))
    found = plan(evaluation)
    count = write_offers(found)
    if found is not None and count:
        after = {"offered": count, "from": str(found.forebear.evaluation.cycle)}
        record("evaluation.offer", by=by, subject=evaluation.subject, region=evaluation.region_id, after=after)
    return count


def write_offers(found: Plan | None) -> int:
    """Put what of an earlier evaluation is not offered yet beside its questions, with the evaluation held. Returns how
    many; records nothing."""
    if found is None or not found.fresh:
        return 0
    rows = []
    for line in found.fresh:
        source = line.carried.source
        assert source is not None
        line.answer.proposal, line.answer.proposal_note = line.carried.value, source.note
        line.answer.proposed_from = source
        rows.append(line.answer)
    Answer.objects.bulk_update(rows, ["proposal", "proposal_note", "proposed_from"], batch_size=100)
    return len(rows)


@transaction.atomic
def take_over(
    answer: Answer, carried: Carried | None, evidence: Iterable[AnswerEvidence], *, version: int, by: Any
) -> Answer:
    """Save what an earlier cycle says as the answer (None: only the evidence), as if it had been typed, and put the
    chosen documents of that cycle to it, each as its newest revision has it. What is attached already, in whichever
    revision, is not attached again; what this person cannot choose any more (`pickable`) is left.

    `version` is the one that was on the screen. Raises PermissionDenied, or Stale; then nothing is written.
    """
    links = list(evidence)
    locked(answer.evaluation_id)
    hold(link.revision.item_id for link in links)
    if carried is not None and carried.source is not None:
        note = carried.source.note or answer.note
        answer = save_answer(answer, version=version, value=carried.value, note=note, by=by)
    wants = {want["key"] for want in answer.question.wants}
    there = set(AnswerEvidence.objects.attached().filter(answer=answer).values_list("revision__item_id", flat=True))
    free = {item.pk: item for item in pickable(by).filter(pk__in={link.revision.item_id for link in links})}
    for link in links:
        item = free.get(link.revision.item_id)
        if item is not None and item.pk not in there:
            want = link.want if link.want in wants else ""
            attach_item(answer, item, want=want, page_hint=link.page_hint, by=by)
            there.add(item.pk)
    return answer
