"""Backtests reproduced: the same trades and equity as independent engines on real data.

Each case is run with the recorded signals and with our own indicators, by the kernel
and by its plain twin, and compared with every peer. README.md has source and tolerance.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from apps.markets.candles.bars import Bars
from apps.strategies.backtest.engine import run, simulate
from apps.strategies.backtest.options import Options
from apps.strategies.backtest.result import Result, side_names
from tests.golden.counts import reproduced
from tests.golden.references import (
    EXACT_PEERS,
    REFERENCE,
    RELATIVE,
    TIMES_AND_PRICES,
    Case,
    bars_of,
    cases,
)

PRICE = 1e-12
AMOUNT = 1e-9
STEP = 0.00001
# Marks equity after the fills of a close, where backtesting.py and we mark it before.
AFTER_FILL = ("vectorbt", "signal-close")
COLUMNS = {
    "entry_price": "entry_price",
    "exit_price": "exit_price",
    "size": "quantity",
    "fee": "fee",
    "pnl": "profit",
}

pytestmark = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the shared reference data are not on this machine"
)


@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c.file}-{c.variant}")
def test_our_engine_makes_the_trades_of_its_peers(
    case: Case, record_property: Callable[[str, object], None]
) -> None:
    for how, result in our_results(case):
        for peer in case.results:
            with_context(f"{how}, {peer['peer']}", compare, case, result, peer)

    reproduced(record_property, "backtests", len(case.results))


def test_every_promised_variant_is_in_the_reference() -> None:
    assert len({case.variant for case in cases()}) == 14
    assert all(case.results for case in cases())


def our_results(case: Case) -> Iterator[tuple[str, Result]]:
    """The ways to the same result: own or recorded signals, kernel or twin."""
    bars, options = bars_of(case.data_file), Options(**case.options)
    signals = case.recorded_signals(bars)
    yield "own signals, kernel", run(case.strategy(), bars, options=options)
    yield "recorded signals, kernel", simulate(bars, signals, options)
    yield "own signals, twin", run(case.strategy(), bars, options=options, twin=True)


def compare(case: Case, result: Result, peer: Mapping[str, Any]) -> None:
    name = peer["peer"]
    compare_trades(case, result, peer, RELATIVE.get(name, AMOUNT))
    if name not in TIMES_AND_PRICES:
        relative = RELATIVE.get(name, AMOUNT)
        assert result.final_equity == pytest.approx(peer["final_equity"], rel=relative)
        compare_open_trade(result, peer["open_trade"], relative)
    if name in EXACT_PEERS and "equity_samples" in peer:
        compare_equity(bars_of(case.data_file), result, peer["equity_samples"])
    if name in EXACT_PEERS and (name, case.options.get("fill")) != AFTER_FILL:
        theirs = -peer["metrics"]["max_drawdown_pct"] / 100
        assert result.figures["max_drawdown"] == pytest.approx(theirs, rel=AMOUNT)


def compare_trades(
    case: Case, result: Result, peer: Mapping[str, Any], relative: float
) -> None:
    theirs = closed_trades(peer)
    assert len(result.trades) == len(theirs["entry_ts"])
    assert result.trades["entry_ms"].tolist() == theirs["entry_ts"]
    assert result.trades["exit_ms"].tolist() == theirs["exit_ts"]
    assert side_names(result.trades) == theirs["side"]
    for column, ours in COLUMNS.items():
        is_price = column.endswith("price")
        if peer["peer"] in TIMES_AND_PRICES and not is_price:
            continue
        # On the boundary of a step the two may round to neighbours.
        step = STEP if case.variant == "S1_step5" and column == "size" else 0.0
        tolerance = PRICE if is_price else relative
        np.testing.assert_allclose(
            result.trades[ours], theirs[column], rtol=tolerance, atol=step * 1.001
        )


def closed_trades(peer: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Columns of the peer's trades, without one forced by the end of the data."""
    columns = peer["columns"]
    rows = [row for row in peer["trades"] if "force_exit" not in row]
    return {name: [row[i] for row in rows] for i, name in enumerate(columns)}


def compare_open_trade(result: Result, theirs: list[Any], relative: float) -> None:
    ours = result.open_position
    if not theirs:
        assert ours is None
        return
    assert ours is not None
    entry_ms, side, price, size = theirs[0]
    assert (ours.entry_ms, ours.side) == (entry_ms, side)
    assert ours.entry_price == pytest.approx(price, rel=PRICE)
    assert ours.quantity == pytest.approx(size, rel=relative)


def compare_equity(bars: Bars, result: Result, samples: list[Any]) -> None:
    times, values = zip(*samples, strict=True)
    at = np.searchsorted(bars.time_ms, times)
    np.testing.assert_allclose(result.equity[at], values, rtol=AMOUNT)


def with_context(what: str, check: Callable[..., None], *args: Any) -> None:
    try:
        check(*args)
    except AssertionError as error:
        raise AssertionError(f"{what}: {error}") from error
