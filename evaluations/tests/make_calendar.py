"""Windows for tests, set by the database's own clock: what they prove is that it alone decides."""

from datetime import timedelta
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.functions import Now

from evaluations.enums import Stage
from evaluations.models import Evaluation, StageWindow


def from_now(delta: timedelta) -> Any:
    """That long after the moment at which the database runs the statement."""
    return ExpressionWrapper(Now() + Value(delta), output_field=DateTimeField())


def make_window(evaluation: Evaluation, stage: str | None = None, *, closes: timedelta) -> StageWindow:
    """The window of a stage (default: the present one) of the evaluation's cycle, open for 30 days until `closes` from
    now."""
    stage = stage or evaluation.stage
    StageWindow.objects.filter(cycle=evaluation.cycle_id, stage=stage).delete()
    window = StageWindow.objects.create(
        cycle_id=evaluation.cycle_id, stage=stage, opens_at=from_now(closes - timedelta(days=30)),
        closes_at=from_now(closes),
    )  # fmt: skip
    window.refresh_from_db()
    evaluation.__dict__.pop("_timings", None)
    return window


def let_pass(model: Any, *fields: str, by: timedelta, **which: Any) -> None:
    """Move stored times so far back, as if meanwhile that time had passed."""
    model.objects.filter(**which).update(
        **{field: ExpressionWrapper(F(field) - Value(by), output_field=DateTimeField()) for field in fields}
    )


ALL_STAGES = tuple(stage for stage in Stage if stage != Stage.AWARDED)
