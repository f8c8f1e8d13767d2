"""Which cycles and evaluations an instrument concerns: those that use it, or, of a correction, those that use the
version it corrects and keep it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from clusters import lineage
from clusters.correspondence import codes_of
from clusters.diffing import Diff, diff
from clusters.models import Instrument
from clusters.queries import content
from evaluations.enums import AnswerState
from evaluations.models import Cycle, Evaluation


@dataclass(frozen=True, slots=True)
class Touched:
    """`used` is the version that the cycles use; `changes` what the correction changes of it, None where the instrument
    corrects nothing."""

    used: Instrument
    cycles: QuerySet[Cycle]
    evaluations: QuerySet[Evaluation]
    changes: Diff | None


def touched(instrument: Instrument, reader: Any, *, corrected: bool) -> Touched:
    """The cycles and evaluations that `reader` sees: with `corrected` those of the version that this one corrects.

    Each evaluation has `answered_count`, and `touched_count`: how many of its answered questions ask, want or earn
    something else in the correction. Ten queries for the difference, none yet for the rows.
    """
    changes, used = None, instrument
    if corrected and instrument.corrects is not None:
        used = instrument.corrects
        old, new = content(used), content(instrument)
        changes = diff(old, new, lineage.direct(used, instrument, (codes_of(old), codes_of(new))))
    answered = ~Q(answers__state=AnswerState.EMPTY)
    hit = answered & Q(answers__question__code__in=sorted(changes.touched if changes else ()))
    rows = Evaluation.objects.visible_to(reader).filter(cycle__instrument=used).with_names()
    return Touched(
        used,
        Cycle.objects.visible_to(reader).filter(instrument=used).annotate(region_count=Count("evaluations")),
        rows.annotate(
            answered_count=Count("answers", filter=answered), touched_count=Count("answers", filter=hit)
        ).order_by("-cycle__created_at", "region", "pk"),
        changes,
    )
