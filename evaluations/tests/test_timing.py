"""The calendar as a function: of the window, the extension and the clock, to the microsecond."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.enums import Stage
from evaluations.timing import GRACE, Timing
from kla_portal.lib.dates import both_zones

TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
END = datetime(2025, 11, 30, 17, tzinfo=UTC)  # 00.00 WIB
moments = st.integers(-(4 * 10**12), 10**12).map(lambda ticks: END + ticks * TICK)


def at(now: datetime, extended: datetime | None = None, stage: Stage = Stage.SELF_ASSESSMENT) -> Timing:
    return Timing(stage, now, END - 30 * DAY, END, extended)


@pytest.mark.parametrize("before", [TICK, timedelta(milliseconds=1), timedelta(seconds=1)])
def test_the_last_moment_before_the_end_is_in_and_the_end_is_out(before: timedelta) -> None:
    assert at(END - before).is_open
    assert not at(END).is_open
    assert not at(END + before).is_open
    assert at(END).is_late


def test_the_first_moment_is_in_and_the_one_before_it_early() -> None:
    assert at(END - 30 * DAY).is_open
    early = at(END - 30 * DAY - TICK)
    assert (early.is_open, early.is_early, early.is_late) == (False, True, False)
    assert early.decision("64.71").reason == "Penilaian mandiri baru dibuka 1 Nov 2025 00.00 WIB (01.00 WITA)."


@pytest.mark.parametrize(
    ("region", "told"),
    [
        ("32.73", "1 Des 2025 00.00 WIB"),
        ("64.71", "1 Des 2025 00.00 WIB (01.00 WITA)"),
        ("94.71", "1 Des 2025 00.00 WIB (02.00 WIT)"),
    ],
)
def test_the_end_is_one_instant_for_every_zone_and_told_in_both(region: str, told: str) -> None:
    assert both_zones(END, region) == told
    assert at(END - TICK).decision(region)
    refused = at(END).decision(region)
    assert not refused
    assert refused.untimely
    assert refused.reason == (
        f"Penilaian mandiri ditutup {told}; sejak itu isinya hanya dapat dibaca. "
        "Koordinator dapat meminta perpanjangan kepada admin nasional."
    )


def test_the_last_second_is_told_on_its_own_day_in_each_zone() -> None:
    last = END - timedelta(seconds=1)
    assert both_zones(last, "32.73") == "30 Nov 2025 23.59 WIB"
    assert both_zones(last, "64.71") == "30 Nov 2025 23.59 WIB (1 Des 2025 00.59 WITA)"
    assert both_zones(last, "94.71") == "30 Nov 2025 23.59 WIB (1 Des 2025 01.59 WIT)"


@given(now=moments, extended=st.none() | moments)
@settings(max_examples=300, deadline=None)
def test_it_is_open_exactly_from_its_first_moment_to_before_the_later_end(
    now: datetime, extended: datetime | None
) -> None:
    clock = at(now, extended)
    until = max(END, extended or END)
    assert clock.until == until
    assert clock.is_open == (END - 30 * DAY <= now < until)
    assert clock.is_open + clock.is_early + clock.is_late == 1
    assert clock.is_extended == (until != END)
    assert bool(clock.decision("94.71")) == clock.is_open
    assert at(now, extended, Stage.FINAL).is_open == clock.is_open


@given(now=moments, begun=moments, extended=st.none() | moments)
@settings(max_examples=300, deadline=None)
def test_a_file_may_finish_only_if_its_way_began_in_time_and_not_for_long(
    now: datetime, begun: datetime, extended: datetime | None
) -> None:
    clock = at(now, extended)
    until = max(END, extended or END)
    assert clock.finishes(begun) == (
        clock.is_open or (END - 30 * DAY <= begun < until and until <= now < until + GRACE)
    )


def test_the_grace_is_half_an_hour_to_the_microsecond() -> None:
    begun = END - TICK
    assert at(END + GRACE - TICK).finishes(begun)
    assert not at(END + GRACE).finishes(begun)
    assert not at(END + TICK).finishes(END)


def test_a_stage_without_a_window_is_open_whatever_was_given() -> None:
    clock = Timing(Stage.FINAL, None, None, None, None)
    assert (clock.is_open, clock.until, clock.is_extended, clock.is_late) == (True, None, False, False)
    assert clock.finishes(END)
