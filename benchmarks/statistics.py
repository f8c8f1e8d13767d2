"""What a row of repeats says: median, least, most, and the cost against a baseline measured in turns with it."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Series:
    """The repeats of one thing, in the order in which they were taken; at least one, all above 0."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values or min(self.values) <= 0:
            raise ValueError(f"a series needs values above 0, not {self.values}")

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def least(self) -> float:
        return min(self.values)

    @property
    def most(self) -> float:
        return max(self.values)

    def __str__(self) -> str:
        return f"{digits(self.median)} ({digits(self.least)}–{digits(self.most)})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing against its baseline, in the same unit.

    The cost is 1 when both take the same and 2 when ours takes twice as much: of times (`rate` False) it is ours by
    the baseline, of rates such as requests per second (`rate` True) the baseline by ours.
    """

    what: str
    baseline: str
    unit: str
    ours: Series
    theirs: Series
    rate: bool = False
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if len(self.ours.values) != len(self.theirs.values):
            raise ValueError("ours and the baseline are measured in turns, so equally often")

    @property
    def cost(self) -> float:
        """The cost of the medians."""
        return self._cost(self.ours.median, self.theirs.median)

    @property
    def rounds(self) -> Series:
        """The cost of each round by itself: what the two medians owe to a machine that was busy in between."""
        pairs = zip(self.ours.values, self.theirs.values, strict=True)
        return Series(tuple(self._cost(ours, theirs) for ours, theirs in pairs))

    def _cost(self, ours: float, theirs: float) -> float:
        return theirs / ours if self.rate else ours / theirs

    def as_json(self) -> dict[str, object]:
        return {
            "what": self.what,
            "baseline": self.baseline,
            "unit": self.unit,
            "ours": list(self.ours.values),
            "theirs": list(self.theirs.values),
            "median_ours": self.ours.median,
            "median_theirs": self.theirs.median,
            "ratio": self.cost,
            "ratio_least": self.rounds.least,
            "ratio_most": self.rounds.most,
            "notes": list(self.notes),
        }

    def lines(self) -> list[str]:
        """For the terminal."""
        rounds = self.rounds
        return [
            f"{self.what}",
            f"    ours      {self.ours} {self.unit}",
            f"    baseline  {self.theirs} {self.unit}: {self.baseline}",
            f"    RATIO     {digits(self.cost)}   (rounds {digits(rounds.least)}–{digits(rounds.most)})",
            *(f"    {note}" for note in self.notes),
        ]


def digits(value: float) -> str:
    """Three digits that count, without an exponent: 0.0123, 1.23, 12.3, 1234."""
    for places, limit in ((0, 100), (1, 10), (2, 1), (3, 0.1)):
        if value >= limit:
            return f"{value:.{places}f}"
    return f"{value:.4f}"


def series(values: Sequence[float]) -> Series:
    return Series(tuple(values))
