"""The stage rail: where an evaluation is, what was and what comes, with the planned dates."""

from dataclasses import dataclass
from datetime import datetime

from evaluations.enums import ORDER, Stage
from evaluations.models import Evaluation
from evaluations.stages import STEPS
from evaluations.timing import timings
from trail.models import Event


@dataclass(frozen=True, slots=True)
class RailStep:
    """`state` is done, current or todo. `opens_at` of one that is to do is None once its time has begun. `closes_at` is
    when it ends, or when it did end if it is done; `planned`, when it was to end before it was given more time. `over`:
    the stage is the present one, and its time is gone."""

    label: str
    state: str
    opens_at: datetime | None
    closes_at: datetime | None
    planned: datetime | None = None
    over: bool = False


def rail(evaluation: Evaluation) -> list[RailStep]:
    """One step per stage, in order. Two queries."""
    windows = timings(evaluation)
    sources = {f"evaluation.{action}": step.source for action, step in STEPS.items()}
    moves = Event.objects.about(evaluation.subject).filter(action__in=sources).order_by("id")
    ended = {sources[action]: at for action, at in moves.values_list("action", "at")}  # the last time it was left
    here = ORDER.index(evaluation.stage)
    steps = []
    for place, stage in enumerate(Stage):
        state = "done" if place < here or evaluation.stage == Stage.AWARDED else "current" if place == here else "todo"
        window = windows.get(stage)
        if state == "done" or window is None:
            closes_at = ended.get(stage) or evaluation.awarded_at if state == "done" else None
            steps.append(RailStep(stage.label, state, window.opens_at if window else None, closes_at))
            continue
        before = window.closes_at if window.is_extended else None
        over = state == "current" and window.is_late
        opens_at = window.opens_at if state == "current" or window.is_early else None  # what has begun begins no more
        steps.append(RailStep(stage.label, state, opens_at, window.until, before, over))
    return steps
