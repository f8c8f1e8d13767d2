"""The figures of `make bench` are worth what the arithmetic behind them is worth."""

import pytest

from benchmarks.statistics import Comparison, Series, digits


def test_a_series_is_told_by_its_median_and_its_ends():
    times = Series((0.9, 0.3, 0.5, 0.4))
    assert (times.median, times.least, times.most) == (pytest.approx(0.45), 0.3, 0.9)
    assert str(times) == "0.450 (0.300–0.900)"


@pytest.mark.parametrize("values", [(), (1.0, 0.0)])
def test_a_series_without_a_measurement_is_refused(values):
    with pytest.raises(ValueError, match="above 0"):
        Series(values)


def test_twice_the_time_costs_two():
    both = Comparison("load", "executemany", "s", ours=Series((2.0, 3.0, 8.0)), theirs=Series((1.0, 1.5, 2.0)))
    assert both.cost == 2
    assert (both.rounds.least, both.rounds.most) == (2, 4)


def test_half_the_rate_costs_two():
    both = Comparison("page", "trivial", "requests/s", ours=Series((50.0,)), theirs=Series((100.0,)), rate=True)
    assert both.cost == 2
    assert both.as_json()["ratio"] == 2
    assert "    RATIO     2.00   (rounds 2.00–2.00)" in both.lines()


def test_rounds_that_do_not_pair_are_refused():
    with pytest.raises(ValueError, match="equally often"):
        Comparison("a", "b", "s", ours=Series((1.0,)), theirs=Series((1.0, 2.0)))


def test_three_digits_that_count():
    shown = {1234.6: "1235", 12.34: "12.3", 1.234: "1.23", 0.1234: "0.123", 0.01234: "0.0123"}
    assert {value: digits(value) for value in shown} == shown
