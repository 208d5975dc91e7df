"""The limit of T1: the least that a hand-written compiled loop can do for it.

One pass computes both averages, crosses, fills, the equity curve and its drawdown, into
arrays made beforehand. No options, no checks, no levels, no figures: nothing to copy.
"""

from typing import Any

import numba
import numpy as np

from apps.markets.candles.bars import Bars


@numba.njit(nogil=True, cache=True, error_model="numpy")
def limit_nb(open_, close, fast, slow, cash, fee, equity, entries, exits):  # type: ignore[no-untyped-def]
    """Returns trades, final equity and maximum drawdown; fills equity and fill prices.

    The averages are seeded with a simple average, as TA-Lib does.
    """
    k_fast, k_slow = 2 / (fast + 1), 2 / (slow + 1)
    fast_average = slow_average = 0.0
    was_above = was_below = False
    quantity, peak, drawdown, trades = 0.0, cash, 0.0, 0
    due = 0
    for i in range(len(close)):
        if due == 1:
            quantity = cash / (open_[i] * (1 + fee))
            cash -= quantity * open_[i] * (1 + fee)
            entries[trades] = open_[i]
        elif due == -1:
            cash += quantity * open_[i] * (1 - fee)
            quantity = 0.0
            exits[trades] = open_[i]
            trades += 1
        due = 0
        if i < fast:
            fast_average += close[i] / fast
        else:
            fast_average += (close[i] - fast_average) * k_fast
        if i < slow:
            slow_average += close[i] / slow
        else:
            slow_average += (close[i] - slow_average) * k_slow
        above, below = fast_average > slow_average, fast_average < slow_average
        if i >= slow:
            if above and not was_above and quantity == 0:
                due = 1
            elif below and not was_below and quantity > 0:
                due = -1
        was_above, was_below = above, below
        value = cash + quantity * close[i]
        equity[i] = value
        if value > peak:
            peak = value
        elif peak - value > drawdown * peak:
            drawdown = (peak - value) / peak
    return trades, equity[-1], drawdown


class Limit:
    """The loop with its arrays, so that a run allocates nothing."""

    def __init__(self, bars: Bars, *, fast: int, slow: int, cash: float, fee: float):
        n = len(bars)
        self.inputs: tuple[Any, ...] = (bars.open, bars.close, fast, slow, cash, fee)
        self.outputs = (np.empty(n), np.empty(n), np.empty(n))

    def run(self) -> tuple[int, float, float]:
        """Trades, final equity, maximum drawdown."""
        return limit_nb(*self.inputs, *self.outputs)  # type: ignore[no-any-return]
