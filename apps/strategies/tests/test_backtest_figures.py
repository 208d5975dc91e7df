"""Summary figures against values worked out by hand."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.markets.candles.bars import Bars
from apps.strategies.backtest.figure_table import FIGURES, KEYS
from apps.strategies.backtest.figures import day_ends_of
from apps.strategies.backtest.result import Result
from apps.strategies.tests.backtest_factories import HOUR_MS, backtest, make_bars

DAY_MS = 24 * HOUR_MS


def daily_bars(*closes: float, days: list[int] | None = None) -> Bars:
    """Flat daily bars, on the days given or on every day."""
    bars = make_bars(*closes, timeframe="1d")
    bars.time_ms[:] = np.array(days or range(len(closes))) * DAY_MS
    return bars


def held(bars: Bars, **options: object) -> Result:
    """Bought at the second open and never sold: equity 1,000 × close / open[1]."""
    return backtest(bars, long=[0], **options)


def test_returns_and_growth_of_a_held_position() -> None:
    figures = held(daily_bars(100, 100, 110, 99, 121)).figures

    assert figures["net_profit"] == pytest.approx(210)
    assert figures["total_return"] == pytest.approx(0.21)
    assert figures["cagr"] == pytest.approx(1.21 ** (365 / 5) - 1)


def test_risk_figures_come_from_daily_returns() -> None:
    figures = held(daily_bars(100, 100, 110, 99, 121)).figures

    returns = [0, 0, 0.1, -0.1, 121 / 99 - 1]
    mean = sum(returns) / 5
    deviation = math.sqrt(sum((r - mean) ** 2 for r in returns) / 4)
    downside = math.sqrt(0.1**2 / 5)
    assert figures["volatility"] == pytest.approx(deviation * math.sqrt(365))
    assert figures["sharpe"] == pytest.approx(mean / deviation * math.sqrt(365))
    assert figures["sortino"] == pytest.approx(mean / downside * math.sqrt(365))
    assert figures["calmar"] == pytest.approx(figures["cagr"] / 0.1)


def test_intraday_bars_are_resampled_to_days_and_missing_days_stand_still() -> None:
    # Two bars on day 0, none on day 1, two on day 2.
    bars = make_bars(100, 100, 150, 110)
    bars.time_ms[:] = [0, HOUR_MS, 2 * DAY_MS, 2 * DAY_MS + HOUR_MS]

    figures = held(bars).figures

    returns = [0.0, 0.0, 0.1]
    deviation = math.sqrt(sum((r - 0.1 / 3) ** 2 for r in returns) / 2)
    assert figures["sharpe"] == pytest.approx(0.1 / 3 / deviation * math.sqrt(365))


@settings(deadline=None)  # the first call may compile
@given(
    st.lists(st.sampled_from([1, 1, 1, 7, 24, 25, 100]), min_size=1, max_size=80),
    st.integers(0, 30),
)
def test_days_end_where_a_search_finds_them(steps: list[int], start: int) -> None:
    time_ms = (start + np.cumsum(steps)) * HOUR_MS

    day_ends = day_ends_of(time_ms, HOUR_MS)

    days = np.arange(time_ms[0] // DAY_MS, time_ms[-1] // DAY_MS + 1)
    expected = np.searchsorted(time_ms, (days + 1) * DAY_MS)
    assert day_ends.tolist() == expected.tolist()


def test_drawdown_is_measured_from_the_peak_and_lasts_until_it_is_regained() -> None:
    figures = held(daily_bars(100, 100, 120, 90, 110, 120, 119)).figures

    assert figures["max_drawdown"] == pytest.approx(30 / 120)
    assert figures["longest_drawdown_ms"] == 3 * DAY_MS


def test_a_drawdown_not_regained_lasts_to_the_end() -> None:
    figures = held(daily_bars(100, 100, 120, 90, 110)).figures

    assert figures["longest_drawdown_ms"] == 2 * DAY_MS


def test_trade_figures_count_profits_after_fees() -> None:
    bars = make_bars(100, 100, 120, 120, 90, 90, 99, 99)

    result = backtest(
        bars, long=[0, 2, 4], leave_long=[1, 3, 5], sizing="fixed", size=1, cash=1_000
    )

    # Bought and sold: 100 to 120, 120 to 90, 90 to 99.
    figures = result.figures
    assert figures["trades"] == 3
    assert figures["win_rate"] == pytest.approx(2 / 3)
    assert figures["profit_factor"] == pytest.approx(29 / 30)
    assert figures["payoff_ratio"] == pytest.approx(14.5 / 30)
    assert figures["best_trade"] == pytest.approx(0.2)
    assert figures["worst_trade"] == pytest.approx(-0.25)
    assert figures["mean_trade"] == pytest.approx((0.2 - 0.25 + 0.1) / 3)
    assert figures["mean_time_in_trade_ms"] == HOUR_MS


def test_time_in_market_and_exposure_count_closes() -> None:
    bars = make_bars(100, 100, 100, 100)

    figures = backtest(
        bars, long=[0], leave_long=[1], sizing="fraction", size=0.5
    ).figures

    assert figures["time_in_market"] == pytest.approx(1 / 4)
    assert figures["exposure"] == pytest.approx(500 / 4_000)


def test_costs_include_those_of_an_open_position() -> None:
    figures = held(make_bars(100, 100, 100), fee=0.01, slippage=0.01).figures

    quantity = 1_000 / (101 * 1.01)
    assert figures["fees_paid"] == pytest.approx(quantity * 101 * 0.01)
    assert figures["slippage_paid"] == pytest.approx(quantity * 1)


def test_what_cannot_be_computed_is_none_and_never_nan() -> None:
    result = backtest(make_bars(100, 100, 100))

    nothing = ("sharpe", "sortino", "calmar", "profit_factor", "win_rate", "best_trade")
    assert all(result.figures[key] is None for key in nothing)
    json.dumps(result.to_dict(), allow_nan=False)


def test_equity_that_is_used_up_has_lost_everything() -> None:
    figures = backtest(daily_bars(100, 100, 300, 300), short=[0]).figures

    assert figures["cagr"] == -1
    assert figures["max_drawdown"] == pytest.approx(2)


def test_buy_and_hold_pays_what_the_strategy_would_have_paid() -> None:
    bars = daily_bars(100, 100, 120, 150)

    result = backtest(bars, fee=0.01, slippage=0.02)

    quantity = 1_000 / (102 * 1.01)
    final = quantity * 150
    assert result.hold_figures["net_profit"] == pytest.approx(final - 1_000)
    assert result.hold_figures["time_in_market"] == pytest.approx(3 / 4)
    assert result.hold.equity(bars).tolist() == pytest.approx(
        [1_000, quantity * 100, quantity * 120, final]
    )


def test_holding_is_what_a_strategy_that_only_buys_does() -> None:
    bars = daily_bars(100, 103, 120, 90, 150)

    result = held(bars, fee=0.001, slippage=0.0005)

    assert result.hold_figures == pytest.approx(dict(result.figures))


def test_every_figure_has_a_definition_and_a_value() -> None:
    result = held(daily_bars(100, 100, 110))

    assert tuple(result.figures) == KEYS
    assert all(figure.label and figure.definition for figure in FIGURES)
