"""Buy-and-hold over the same bars: what the strategy has to beat."""

from collections.abc import Mapping

import numpy as np

from apps.markets.candles.bars import Bars
from apps.strategies.backtest.figure_table import Value
from apps.strategies.backtest.figures import Indexes, Ledger, curve_of, figures_of
from apps.strategies.backtest.records import TRADE
from apps.strategies.backtest.result import Hold
from apps.strategies.backtest.terms import Terms
from apps.strategies.backtest.twin import Twin


def hold_of(
    bars: Bars, bar_ms: int, day_ends: Indexes, terms: Terms
) -> tuple[Hold, Mapping[str, Value]]:
    """The one purchase and its figures. ``bar_ms`` is the bars' length."""
    hold = _purchase(bars, terms)
    curve = curve_of(
        bars.time_ms,
        day_ends,
        bars.close,
        hold.cash,
        hold.first,
        hold.rest,
        hold.quantity,
    )
    # Its equity is cash plus value from the purchase on, which gives the value held.
    bars_held = len(bars) - hold.first if hold.quantity else 0
    cash_bars = hold.cash * hold.first + hold.rest * (len(bars) - hold.first)
    held_value = curve.total - cash_bars if hold.quantity else 0.0
    ledger = Ledger(hold.fee, hold.slippage, held_value, bars_held)
    no_trades = np.empty(0, dtype=TRADE)
    return hold, figures_of(bars, bar_ms, hold.cash, curve, no_trades, ledger)


def _purchase(bars: Bars, terms: Terms) -> Hold:
    """All-in at the first possible fill, by the twin, so by the same rules."""
    twin = Twin(
        terms._replace(
            fixed=False, size=1.0, stop_loss=0.0, take_profit=0.0, trailing_stop=0.0
        )
    )
    rows = zip(*(column[:2].tolist() for column in _columns(bars)), strict=True)
    for row in rows:
        twin.step(*row)
        twin.close(row[-1], enter_long=twin.index == 0)
    quantity = twin.position.quantity if twin.position else 0.0
    return Hold(terms.cash, 1, twin.cash, quantity, twin.fees, twin.slipped)


def _columns(bars: Bars) -> tuple[np.ndarray, ...]:
    return (bars.time_ms, bars.open, bars.high, bars.low, bars.close)
