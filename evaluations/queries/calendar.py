"""What a calendar does to the regions of a cycle: who is late, and whom a change would lock out or let in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import OuterRef
from django.db.models.functions import Now

from evaluations.enums import Stage
from evaluations.models import Cycle, Evaluation, Extension
from evaluations.timing import Timing

Windows = Mapping[str, tuple[datetime, datetime]]


@dataclass
class StageLoad:
    """The regions of a cycle that are in one stage now. `opens` and `closes` are planned; None without a window.

    late      names of those whose time is over (or has not come), extensions counted
    extended  names of those that an extension gives more time than planned
    locked    names of those that can work now and could not under the new windows
    freed     the other way round
    """

    stage: Stage
    opens: datetime | None
    closes: datetime | None
    count: int = 0
    late: list[str] = field(default_factory=list)
    extended: list[str] = field(default_factory=list)
    locked: list[str] = field(default_factory=list)
    freed: list[str] = field(default_factory=list)


def loads(cycle: Cycle, windows: Windows, new: Windows | None = None) -> list[StageLoad]:
    """Every stage but the last with its regions, as `windows` have it; `new`: the windows that would take their place.
    By the database's clock. One query."""
    after = windows if new is None else new
    given = Extension.objects.filter(evaluation=OuterRef("pk"), stage=OuterRef("stage"))
    rows = (
        Evaluation.objects.filter(cycle=cycle)
        .exclude(stage=Stage.AWARDED)
        .order_by("region__name", "pk")
        .values_list("stage", "region__name", Now(), given.last_until())
    )
    found: dict[str, StageLoad] = {
        stage: StageLoad(stage, *after.get(stage, (None, None))) for stage in Stage if stage != Stage.AWARDED
    }
    for value, name, now, until in rows:
        stage = Stage(value)
        load = found[stage]
        load.count += 1
        is_now, will_be = (_timed(stage, now, planned.get(stage), until) for planned in (windows, after))
        marks = {
            "late": not will_be.is_open,
            "extended": will_be.is_open and will_be.is_extended,
            "locked": is_now.is_open and not will_be.is_open,
            "freed": will_be.is_open and not is_now.is_open,
        }
        for mark, holds in marks.items():
            if holds:
                getattr(load, mark).append(name)
    return list(found.values())


def _timed(stage: Stage, now: datetime, window: tuple[datetime, datetime] | None, until: datetime | None) -> Timing:
    opens, closes = window or (None, None)
    return Timing(stage, now, opens, closes, until)


def locked_by(rows: list[StageLoad]) -> int:
    """How many regions a change would lock out."""
    return sum(len(row.locked) for row in rows)
