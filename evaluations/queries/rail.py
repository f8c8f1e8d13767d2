"""The stage rail: where an evaluation is, what was and what comes, with the planned dates."""

from dataclasses import dataclass
from datetime import datetime

from evaluations.enums import ORDER, Stage
from evaluations.models import Evaluation, StageWindow


@dataclass(frozen=True, slots=True)
class RailStep:
    """`state` is done, current or todo."""

    label: str
    state: str
    opens_at: datetime | None
    closes_at: datetime | None


def rail(evaluation: Evaluation) -> list[RailStep]:
    """One step per stage, in order. One query."""
    windows = {window.stage: window for window in StageWindow.objects.filter(cycle=evaluation.cycle_id)}
    here = ORDER.index(evaluation.stage)
    steps = []
    for place, stage in enumerate(Stage):
        state = "done" if place < here or evaluation.stage == Stage.AWARDED else "current" if place == here else "todo"
        window = windows.get(stage)
        steps.append(
            RailStep(stage.label, state, window.opens_at if window else None, window.closes_at if window else None)
        )
    return steps
