"""Small bars and signals for the tests of the backtest engine."""

from collections.abc import Sequence

import numpy as np

from apps.markets.candles.bars import Bars
from apps.strategies.authoring.signals import Bools, Levels, Signals
from apps.strategies.backtest.engine import simulate
from apps.strategies.backtest.options import Options
from apps.strategies.backtest.result import Result
from apps.strategies.backtest.rules import InstrumentRules

HOUR_MS = 3_600_000
Row = tuple[float, float, float, float]


def make_bars(*rows: Row | float, timeframe: str = "1h") -> Bars:
    """Hourly bars from (open, high, low, close); one number is a flat bar."""
    flat = [row if isinstance(row, tuple) else (row, row, row, row) for row in rows]
    columns = np.array(flat, dtype=np.float64).T.copy()
    return Bars(np.arange(len(rows)) * HOUR_MS, *columns, np.ones(len(rows)), timeframe)


def on(n_bars: int, *indexes: int) -> Bools:
    """True on these bars."""
    truth = np.zeros(n_bars, dtype=np.bool_)
    truth[list(indexes)] = True
    return truth


def backtest(
    bars: Bars,
    *,
    long: Sequence[int] = (),
    leave_long: Sequence[int] = (),
    short: Sequence[int] = (),
    leave_short: Sequence[int] = (),
    levels: Levels | None = None,
    rules: InstrumentRules | None = None,
    **options: object,
) -> Result:
    """Run signals on the bars named; cash 1,000 and no fee unless said otherwise.

    The plain twin is asked as well and must say the same.
    """
    n = len(bars)
    signals = Signals(
        enter_long=on(n, *long),
        exit_long=on(n, *leave_long),
        enter_short=on(n, *short),
        exit_short=on(n, *leave_short),
        levels=levels or Levels(),
    )
    chosen = Options(**{"cash": 1_000, "fee": 0, **options})
    result = simulate(bars, signals, chosen, rules)
    twin = simulate(bars, signals, chosen, rules, twin=True)
    assert twin.to_dict() == result.to_dict()
    return result
