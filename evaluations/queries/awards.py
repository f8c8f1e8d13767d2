"""What is to be awarded in a cycle: points, the computed predicate beside the decided one, and what is in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clusters.queries import outline
from evaluations import permissions
from evaluations.enums import Stage
from evaluations.models import Award, Cycle, Evaluation
from evaluations.queries import national
from evaluations.scoring import Figures
from kla_portal.lib.decision import ALLOW, Decision

PER_PAGE = 50
"""So many regions on a page that reckons their points: all their answers and verdicts are read at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """A region in the final stage, or awarded. `figures`: what the final stage gives now; `ready`: may a predicate be
    decided; `names` of the instrument's predicates by code."""

    evaluation: Evaluation
    figures: Figures
    award: Award | None
    ready: Decision
    names: dict[str, str]

    @property
    def computed(self) -> str:
        return self._named(self.figures.predicate)

    @property
    def decided(self) -> str:
        """The name of the predicate that was decided, or awarded; '' for none."""
        code = self.evaluation.awarded_predicate or (self.award.predicate if self.award else "")
        return self._named(code) if code else ""

    @property
    def decided_code(self) -> str:
        return self.evaluation.awarded_predicate or (self.award.predicate if self.award else "")

    @property
    def reason(self) -> str:
        """Why it is another one than was computed; '' where it is the same."""
        return self.evaluation.award_reason or (self.award.reason if self.award else "")

    @property
    def is_awarded(self) -> bool:
        return self.evaluation.stage == Stage.AWARDED

    @property
    def overtaken(self) -> bool:
        """Was it decided from points that are others by now? It is to be decided anew before it can be published."""
        if self.award is None or self.is_awarded:
            return False
        return (self.award.points, self.award.computed) != (self.figures.points, self.figures.predicate)

    @property
    def version(self) -> int:
        return self.award.version if self.award else 0

    def _named(self, code: str) -> str:
        return self.names.get(code, "Tanpa predikat")


def rows_of(cycle: Cycle, evaluations: Sequence[Evaluation], reader: Any) -> list[Row]:
    """These, in their order; their stages are the last two. Six queries, however many they are."""
    totals = {
        total.evaluation.pk: total.stages
        for total in national.totals_of(cycle, evaluations, size=len(evaluations) or 1)
    }
    decided = Award.objects.filter(evaluation__in=evaluations).select_related("by")
    awards = {award.evaluation_id: award for award in decided}
    final = [each for each in evaluations if each.stage == Stage.FINAL]
    ready = permissions.ready_but_for_the_award_each(reader, final) if final else {}
    names = {band.code: band.name for band in outline(cycle.instrument).bands}
    return [
        Row(each, totals[each.pk][Stage.FINAL], awards.get(each.pk), ready.get(each.pk, ALLOW), names)
        for each in evaluations
    ]
