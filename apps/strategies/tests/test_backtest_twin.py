"""The kernel and its plain twin make the same trades and equity, to the last bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.parameters import Choice
from apps.markets.candles.bars import Bars
from apps.strategies.authoring.signals import Levels, Signals
from apps.strategies.backtest.engine import simulate
from apps.strategies.backtest.options import Options
from apps.strategies.backtest.result import Result
from apps.strategies.backtest.rules import InstrumentRules

MINUTE_MS = 60_000
ratios = st.sampled_from([0.0, 0.002, 0.01, 0.05, 0.4])


@st.composite
def random_bars(draw: st.DrawFn) -> Bars:
    """A walk on a coarse grid: ties, flat bars, jumps, crashes and gaps in time."""
    n = draw(st.integers(2, 60))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    tick = draw(st.sampled_from([0.01, 0.5, 2.0]))
    jump = draw(st.sampled_from([0.001, 0.02, 0.3]))
    path = 100 * np.exp(np.cumsum(random.normal(0, jump, (n, 4)).ravel()))
    path = np.maximum(np.round(path / tick) * tick, tick).reshape(n, 4)
    flat = random.random(n) < 0.1
    path[flat] = path[flat, :1]
    gaps = random.choice([1, 1, 1, 2, 500], n)
    return Bars(
        time_ms=np.cumsum(gaps) * MINUTE_MS,
        open=path[:, 0].copy(),
        high=path.max(axis=1),
        low=path.min(axis=1),
        close=path[:, 3].copy(),
        volume=np.ones(n),
        timeframe="1m",
    )


@st.composite
def random_signals(draw: st.DrawFn, n: int) -> Signals:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    often = draw(st.sampled_from([0.05, 0.3, 0.8]))
    sides = [random.random(n) < often for _ in range(4)]
    return Signals(*sides, levels=Levels(*(draw(ratios) for _ in range(3))))


@st.composite
def random_options(draw: st.DrawFn) -> Options:
    chosen = {
        name: draw(st.sampled_from(option.choices))
        for name, option in Options.parameters().items()
        if isinstance(option, Choice)
    }
    size = 1.0 if chosen["sizing"] == "all-in" else draw(st.sampled_from([0.3, 1.0]))
    if chosen["sizing"] == "fixed":
        size = draw(st.sampled_from([0.3, 7.0, 60.0, 1000.0]))
    return Options(
        **chosen,
        cash=draw(st.sampled_from([50.0, 10_000.0])),
        fee=draw(st.sampled_from([0.0, 0.001, 0.1])),
        slippage=draw(st.sampled_from([0.0, 0.0005, 0.1])),
        size=size,
    )


rule_sets = st.builds(
    InstrumentRules,
    lot_size=st.sampled_from([None, 0.00001, 0.3, 5.0]),
    tick_size=st.sampled_from([None, 0.01, 0.5, 2.0, 40.0]),
    minimum_notional=st.sampled_from([None, 10.0, 500.0]),
)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_kernel_and_twin_agree_to_the_last_bit(data: st.DataObject) -> None:
    bars = data.draw(random_bars())
    signals = data.draw(random_signals(len(bars)))
    options, rules = data.draw(random_options()), data.draw(rule_sets)

    kernel = simulate(bars, signals, options, rules)
    twin = simulate(bars, signals, options, rules, twin=True)

    assert kernel.trades.tobytes() == twin.trades.tobytes()
    assert kernel.equity.tobytes() == twin.equity.tobytes()
    assert kernel.refusals.tobytes() == twin.refusals.tobytes()
    assert kernel.to_dict() == twin.to_dict()
    assert_books_balance(kernel)


def assert_books_balance(result: Result) -> None:
    """Starting cash and all profits make the final equity; nothing leaks."""
    held = result.open_position
    profits = result.trades["profit"].sum() + (held.profit if held else 0.0)

    scale = 1 + np.abs(result.equity).max() + np.abs(result.trades["profit"]).sum()
    expected = result.options.cash + profits
    assert result.final_equity == pytest.approx(expected, abs=1e-9 * scale)
