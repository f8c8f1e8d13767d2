"""The predicate is decided first and published afterwards: the computed one, or another with a reason."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluations import permissions
from evaluations.enums import Stage
from evaluations.models import Award, Evaluation
from evaluations.queries.scorecard import card_of, facts
from evaluations.queries.stagewise import figures
from evaluations.scoring import Figures
from evaluations.services.locks import locked
from kla_portal.lib.decision import deny, require
from kla_portal.lib.versions import Stale, save_version
from trail.services.events import record


def computed(evaluation: Evaluation) -> Figures:
    """What the final stage gives now."""
    return figures(card_of(facts(evaluation, with_scores=True), stage=Stage.FINAL), Stage.FINAL)


@transaction.atomic
def decide_award(
    evaluation: Evaluation,
    *,
    predicate: str = "",
    reason: str = "",
    version: int = 0,
    points: Decimal | None = None,
    by: Any,
) -> Award:
    """Decide on the predicate ('' for the computed one); another one takes a reason. `version` is that of the decision
    seen on the screen, 0 for none; `points` what was seen there as the final ones.

    Raises PermissionDenied, ValueError for a predicate that the instrument does not know, Stale when it was decided
    meanwhile or the points are others by now.
    """
    evaluation = locked(evaluation.pk)
    require(permissions.can_decide_award(by, evaluation))
    found = computed(evaluation)
    predicate = predicate or found.predicate
    known = {"none", *(band["code"] for band in evaluation.cycle.instrument.predicates)}
    if predicate not in known:
        raise ValueError(f"no predicate {predicate!r}")
    if predicate != found.predicate and not reason.strip():
        require(deny("Tulis alasan bila predikatnya bukan yang terhitung."))
    stored = Award.objects.filter(evaluation=evaluation).first()
    if (stored.version if stored else 0) != version or points not in (None, found.points):
        raise Stale(stored or evaluation)
    what = {
        "points": found.points,
        "computed": found.predicate,
        "predicate": predicate,
        "reason": reason.strip() if predicate != found.predicate else "",
        "by": by,
        "at": timezone.now(),
    }
    before = {"predicate": stored.predicate} if stored else None
    if stored:
        save_version(stored, stored.version, **what)
    else:
        stored = Award.objects.create(evaluation=evaluation, **what)
    record(
        "evaluation.decide", by=by, subject=evaluation.subject, region=evaluation.region_id, before=before,
        after={"predicate": predicate, "computed": found.predicate, "points": str(found.points)}, reason=stored.reason,
    )  # fmt: skip
    return stored


def still_fits(evaluation: Evaluation, total: Figures) -> Award:
    """The decision on this evaluation, if the points are still those it was made from. Raises PermissionDenied."""
    award = Award.objects.get(evaluation=evaluation)
    if (award.points, award.computed) != (total.points, total.predicate):
        require(deny("Nilainya berubah sejak predikat diputuskan. Putuskan lagi pada halaman Penetapan siklus ini."))
    return award
