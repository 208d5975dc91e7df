"""T1 by raptorbt, run by the peers' own Python: its time and its trades as JSON.

Its own averages, masks made with NumPy as its documentation shows, its run with all its
metrics, and the trade list read: what our run includes as well.
"""

import json
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import raptorbt


def main(folder: str, fast: int, slow: int, cash: float, fee: float) -> None:
    names = ("time_ms", "open", "high", "low", "close", "volume")
    columns = [np.load(Path(folder) / f"{name}.npy") for name in names]
    config = raptorbt.BacktestConfig(
        initial_capital=cash, fees=fee, fill_timing="next_bar_open"
    )
    times = []
    for _ in range(12):
        start = time.perf_counter()
        result = backtest(columns, fast, slow, config)  # type: ignore[no-untyped-call]
        trades = result.trades()
        times.append(time.perf_counter() - start)
    # A trade that its end of data closed is no trade of the strategy.
    last = len(columns[0]) - 1
    closed = [trade for trade in trades if trade.exit_idx < last]
    print(
        json.dumps(
            {
                "version": raptorbt.__version__,
                "seconds": median(times[2:]),
                "entries": [trade.entry_idx for trade in closed],
                "exits": [trade.exit_idx for trade in closed],
                "profits": [trade.pnl for trade in closed],
            }
        )
    )


def backtest(columns, fast, slow, config):  # type: ignore[no-untyped-def]
    time_ms, open_, high, low, close, volume = columns
    quick, calm = raptorbt.ema(close, fast), raptorbt.ema(close, slow)
    above, below = quick > calm, quick < calm
    entries, exits = np.zeros_like(above), np.zeros_like(above)
    # A cross needs a valid value before it as well: NaN is neither above nor below.
    entries[1:] = above[1:] & (quick[:-1] <= calm[:-1])
    exits[1:] = below[1:] & (quick[:-1] >= calm[:-1])
    return raptorbt.run_single_backtest(
        timestamps=time_ms * 1_000_000,
        open=open_,
        high=high,
        low=low,
        close=close,
        volume=volume,
        entries=entries,
        exits=exits,
        direction=1,
        weight=1.0,
        symbol="T1",
        config=config,
    )


if __name__ == "__main__":
    main(
        sys.argv[1],
        int(sys.argv[2]),
        int(sys.argv[3]),
        float(sys.argv[4]),
        float(sys.argv[5]),
    )
