"""The in-tray of the library: documents that prove nothing yet, and the questions their names speak of."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef

from accounts.enums import Role
from clusters.queries import Outline, outline
from clusters.wants import Want
from evaluations.enums import DRAFTING, Stage
from evaluations.fitting import Ground
from evaluations.matching import choose, match
from evaluations.models import AnswerEvidence, Evaluation
from evaluations.queries import fitting
from evaluations.queries.offers import unfit
from evidence.models import EvidenceItem, EvidenceItemQuerySet, EvidenceRevision
from evidence.queries import newest, pickable


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document in the tray. `code` is the question proposed, '' for none, and `others` those its name speaks of too;
    `question` and `want` tell in words where it would go, `warnings` what would not fit there; `ticked` and `fault` are
    what a form said."""

    revision: EvidenceRevision
    code: str = ""
    others: tuple[str, ...] = ()
    question: str = ""
    want: str = ""
    warnings: tuple[str, ...] = ()
    ticked: bool = False
    fault: str = ""

    @property
    def item(self) -> EvidenceItem:
        return self.revision.item

    def typed(self, code: str, ticked: bool, fault: str) -> "Arrival":
        """As a refused form had it; where it goes is told of the code proposed only."""
        if code == self.code:
            return replace(self, ticked=ticked, fault=fault)
        return replace(self, code=code, question="", want="", warnings=(), ticked=ticked, fault=fault)


def workplace(user: Any) -> Evaluation | None:
    """The evaluation that the region of this person works on: the latest that it answers, else the latest that its task
    force looks at; None while there is none. One query."""
    drafts = Evaluation.objects.visible_to(user).filter(region=user.acting.region_id, stage__in=DRAFTING)
    latest = drafts.with_names().order_by("-cycle__created_at", "pk")
    return min(latest, key=lambda each: each.stage != Stage.SELF_ASSESSMENT, default=None)


def waiting(user: Any) -> EvidenceItemQuerySet:
    """What lies in the tray for this person, the latest first: an operator's own agency's, a coordinator's region's."""
    used = AnswerEvidence.objects.attached().filter(revision__item=OuterRef("pk"))
    items = pickable(user).exclude(Exists(used))
    if user.acts_as(Role.OPERATOR):
        items = items.filter(agency__isnull=False, agency=user.acting.agency_id)
    return items.select_related("agency").order_by("-created_at", "pk")


def arrivals(items: Iterable[EvidenceItem], evaluation: Evaluation | None) -> list[Arrival]:
    """Documents with the questions of the evaluation that their names speak of. Three queries at most."""
    items = list(items)
    revisions = newest(items)
    if evaluation is None:
        return [Arrival(revisions[item.pk]) for item in items if item.pk in revisions]
    tree = outline(evaluation.cycle.instrument)
    met, here = met_wants(evaluation), fitting.ground(evaluation)
    return [_arrival(revisions[item.pk], tree, met, here) for item in items if item.pk in revisions]


def _arrival(revision: EvidenceRevision, tree: Outline, met: dict[str, set[str]], here: Ground) -> Arrival:
    item = revision.item
    name = revision.original_name or item.title
    found = match("/".join([*item.tags, name]), tree.by_code)
    if not found.codes:
        return Arrival(revision)
    code, *others = found.codes
    want = meets(item, code, tree, met)
    question = tree.by_code[code].row.text
    warnings = unfit(fitting.document(AnswerEvidence(revision=revision)), want, here)
    label = want.label if want else ""
    return Arrival(revision, code, tuple(others), question, label, warnings, ticked=not others and not warnings)


def meets(item: EvidenceItem, code: str, tree: Outline, met: dict[str, set[str]]) -> Want | None:
    """The want of the question that the document would meet, where that is clear."""
    wants = tree.by_code[code].wants
    key = choose([want for want in wants if want.key not in met.get(code, ())], item.kind, item.title)
    return next((want for want in wants if want.key == key), None)


def met_wants(evaluation: Evaluation) -> dict[str, set[str]]:
    """By the code of the question the keys of the wants that something proves. One query."""
    found: dict[str, set[str]] = defaultdict(set)
    rows = AnswerEvidence.objects.proving().filter(answer__evaluation=evaluation)
    for code, want in rows.values_list("answer__question__code", "want"):
        found[code].add(want)
    return found
