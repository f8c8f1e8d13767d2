"""When a stage of an evaluation is open: its window, its extension, and the clock of the database, which alone decides.

A stage without a window is open. A window is from its first instant to just before its last: at 00.00 it is over. A
file whose way began before the end may arrive for half an hour after it (`finishes`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef
from django.db.models.functions import Now

from evaluations.enums import DRAFTING, Stage
from evaluations.models import Cycle, Evaluation, Extension, StageWindow
from kla_portal.lib.dates import both_zones
from kla_portal.lib.decision import ALLOW, Decision, deny

GRACE = timedelta(minutes=30)
"""For so long after the end a file in pieces may finish whose way began before it."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One stage of one evaluation; a stage without a window has no times.

    now    the database's clock when it was asked
    until  the end that counts: the window's, or that of an extension that ends later
    """

    stage: Stage
    now: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    extended_until: datetime | None

    @property
    def until(self) -> datetime | None:
        ends = [end for end in (self.closes_at, self.extended_until) if end]
        return max(ends) if self.closes_at and ends else None

    @property
    def is_extended(self) -> bool:
        """Does an extension hold it open now, or for longer than planned?"""
        return self.closes_at is not None and self.until != self.closes_at

    @property
    def is_open(self) -> bool:
        now, opens, until = self.now, self.opens_at, self.until
        return now is None or opens is None or until is None or opens <= now < until

    @property
    def is_early(self) -> bool:
        return self.now is not None and self.opens_at is not None and self.now < self.opens_at

    @property
    def is_late(self) -> bool:
        return not self.is_open and not self.is_early

    def finishes(self, begun: datetime) -> bool:
        """May a file still arrive whose way began at `begun`, by the database's clock?"""
        if self.is_open or self.now is None or self.opens_at is None or self.until is None:
            return self.is_open
        return self.opens_at <= begun < self.until <= self.now < self.until + GRACE

    def decision(self, region_code: str) -> Decision:
        """ALLOW while it is open; else since when it is not, and what can be done."""
        if self.is_open:
            return ALLOW
        if self.is_early and self.opens_at is not None:
            return deny(f"{self.stage.label} baru dibuka {both_zones(self.opens_at, region_code)}.", untimely=True)
        assert self.until is not None
        ended = (
            f"{self.stage.label} ditutup {both_zones(self.until, region_code)}; sejak itu isinya hanya dapat dibaca. "
        )
        if self.stage in DRAFTING:
            return deny(ended + "Koordinator dapat meminta perpanjangan kepada admin nasional.", untimely=True)
        return deny(ended + "Admin nasional dapat memperpanjang tahap ini.", untimely=True)

    def can_end_at(self, until: datetime, region_code: str) -> Decision:
        """May a stage with a window be extended until then? To a moment that is to come, after the end that counts."""
        if self.now is not None and until <= self.now:
            return deny("Waktu ini sudah lewat. Pilih waktu yang akan datang.")
        if self.until is not None and until <= self.until:
            ends = both_zones(self.until, region_code)
            return deny(f"Batas yang berlaku sekarang {ends}; perpanjangan harus sesudahnya.")
        return ALLOW


def timings(evaluation: Evaluation) -> dict[str, Timing]:
    """The timing of every stage that has a window, looked up once per fetched evaluation. One query.

    Services fetch the evaluation anew under its lock, so that what they ask is the moment of the change itself.
    """
    known: dict[str, Timing] | None = evaluation.__dict__.get("_timings")
    if known is None:
        given = Extension.objects.filter(evaluation=evaluation.pk, stage=OuterRef("stage"))
        rows = StageWindow.objects.filter(cycle=evaluation.cycle_id).values_list(
            "stage", Now(), "opens_at", "closes_at", given.last_until()
        )
        known = {stage: Timing(Stage(stage), *times) for stage, *times in rows}
        evaluation.__dict__["_timings"] = known
    return known


def know_timings(cycle: Cycle, evaluations: Sequence[Evaluation]) -> None:
    """Look up at once what `timings` would ask for each of these evaluations of one cycle. Two queries."""
    windows = list(StageWindow.objects.filter(cycle=cycle).values_list("stage", Now(), "opens_at", "closes_at"))
    given = Extension.objects.standing().filter(evaluation__in=evaluations).order_by("until")
    latest = {(pk, stage): until for pk, stage, until in given.values_list("evaluation", "stage", "until")}
    for each in evaluations:
        each.__dict__["_timings"] = {
            stage: Timing(Stage(stage), now, opens, closes, latest.get((each.pk, stage)))
            for stage, now, opens, closes in windows
        }


def clock(evaluation: Evaluation) -> datetime:
    """The database's clock. One query."""
    return Evaluation.objects.filter(pk=evaluation.pk).values_list(Now()).get()[0]


def timing(evaluation: Evaluation, stage: str | None = None) -> Timing:
    """That of one stage; of the present one when none is named."""
    asked = Stage(stage or evaluation.stage)
    return timings(evaluation).get(asked) or Timing(asked, None, None, None, None)
