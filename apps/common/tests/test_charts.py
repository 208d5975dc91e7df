"""Drawings on the server: what is counted, where it lies, what it says."""

import pytest

from apps.common.charts.axis import nice_ticks
from apps.common.charts.heat import STRONGEST_PCT, month_rows
from apps.common.charts.histogram import histogram
from apps.common.charts.scatter import MOST_MARKS, scatter
from apps.common.charts.spark import spark


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 10, [0, 2, 4, 6, 8, 10]),
        (-3, 17, [-5, 0, 5, 10, 15, 20]),
        (0, 0.07, [0, 0.02, 0.04, 0.06, 0.08]),
        (5, 5, [5.0]),
    ],
)
def test_ticks_are_round_and_cover_the_range(low, high, ticks):
    assert nice_ticks(low, high, 5) == ticks


def test_histogram_counts_every_trade_once():
    chart = histogram([-0.03, -0.01, 0.0, 0.01, 0.02, 0.2])

    assert sum(count for _, count in chart.bins) == 6


def test_histogram_colours_no_bar_across_zero():
    chart = histogram([-0.013, 0.017, 0.001])

    assert {bar.way for bar in chart.bars} == {"up", "down"}
    assert chart.mean == pytest.approx(0.005 / 3)


def test_histogram_of_nothing_is_nothing():
    assert histogram([]) is None
    assert histogram([float("nan"), None]) is None


def test_histogram_of_equal_returns_has_one_bar():
    assert len(histogram([0.0, 0.0]).bars) == 1


def test_heat_is_strongest_at_the_95th_percentile_and_says_its_value():
    row = [None, 0.05, -0.10, 0.0, *[0.01] * 8, 0.04]

    (drawn,) = month_rows({2024: row})

    assert drawn.months[0].text == "·"
    assert drawn.months[2].weight_pct == STRONGEST_PCT
    assert drawn.months[2].text == "−10.0"
    assert drawn.months[3].way == ""


def test_scatter_draws_won_and_lost_and_always_the_outermost():
    trades = [(-0.02, 0.05, True), (-0.08, 0.01, False)]
    many = [(-0.001, 0.001, True)] * MOST_MARKS

    crowd = scatter(many * 3 + trades)

    assert [mark.has_won for mark in scatter(trades).marks] == [True, False]
    assert len(crowd.marks) <= MOST_MARKS
    assert crowd.left_out == 3 * MOST_MARKS + 2 - len(crowd.marks)
    assert crowd.marks[0].has_won is False
    assert scatter([]) is None


def test_spark_needs_two_points_and_is_named():
    assert spark([1.0], "alone") == ""
    assert "<title>a &amp; b</title>" in spark([1.0, 2.0], "a & b")
    assert "cu-spark-down" in spark([2.0, None, 1.0], "falls")
