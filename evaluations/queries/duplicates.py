"""The same bytes in another region's evidence: for judges, and no more of it than each may see."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from accounts.enums import Role
from evaluations import permissions
from evaluations.enums import SUBMITTED
from evaluations.models import AnswerEvidence, Evaluation

JUDGES = (Role.PROVINCE_VERIFIER, Role.EVALUATOR)
FACT = "Berkas yang sama juga diajukan oleh daerah lain"


def elsewhere(links: Sequence[AnswerEvidence], evaluation: Evaluation, judge: Any) -> dict[UUID, str]:
    """By the pk of a link, the alert that its file was submitted by another region too. Nothing for a region's people.

    Another region is named only where this judge may read its answers; one that is still gathering does not count: it
    has submitted nothing. At most three queries, whatever there is.
    """
    files = {link.revision.file_id for link in links if link.revision.file_id}
    if not files or not judge.acts_as(*JUDGES):
        return {}
    others = AnswerEvidence.objects.attached().filter(revision__file__in=files, answer__evaluation__stage__in=SUBMITTED)
    rows = others.exclude(answer__evaluation__region=evaluation.region_id)
    using: dict[str, set[UUID]] = defaultdict(set)
    for file, other in rows.values_list("revision__file_id", "answer__evaluation_id").distinct():
        using[file].add(other)
    if not using:
        return {}
    names = _names({pk for several in using.values() for pk in several}, judge)
    return {link.pk: _told(using[link.revision.file_id], names) for link in links if link.revision.file_id in using}


def _names(evaluations: set[UUID], judge: Any) -> dict[UUID, str]:
    """What this judge may call them: those whose answers they may read."""
    found = list(Evaluation.objects.visible_to(judge).filter(pk__in=evaluations).with_names())
    permissions.know_allotted(judge, found)
    return {each.pk: str(each.region) for each in found if permissions.can_read_answers(judge, each)}


def _told(using: set[UUID], names: dict[UUID, str]) -> str:
    known = sorted({names[pk] for pk in using if pk in names})
    if not known:
        return f"{FACT}."
    more = ", dan daerah lain" if len(using - names.keys()) else ""
    return f"{FACT}: {', '.join(known)}{more}."
