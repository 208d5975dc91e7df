"""T1: an EMA 20/100 cross over a year of one-minute bars, trades and figures included.

Long, all-in, filled at the next open, in a running process with the data in memory.
Beside it a minimal compiled loop in the same process and raptorbt on the same bars.
Times count only with equal trades, so those are compared first.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from apps.markets.candles.bars import Bars
from apps.strategies.backtest.engine import run
from apps.strategies.backtest.options import Options
from apps.strategies.backtest.result import Result
from apps.strategies.library.ema_cross import EmaCross
from benchmarks.limit_t1 import Limit
from benchmarks.peers import run_peer
from benchmarks.table import Row

BARS = 525_600
SEED = 20_240_101
MINUTE_MS = 60_000
FAST, SLOW = 20, 100
CASH, FEE = 100_000.0, 0.001
TIMES_LIMIT = 6.0
RUNS = 41


def rows() -> list[Row]:
    bars = seeded_bars()
    strategy, options = EmaCross(fast=FAST, slow=SLOW), Options(cash=CASH, fee=FEE)
    limit = Limit(bars, fast=FAST, slow=SLOW, cash=CASH, fee=FEE)
    result = run(strategy, bars, options=options)
    limit_trades, limit_equity, limit_drawdown = limit.run()
    same = (
        limit_trades == len(result.trades)
        and is_close(limit_equity, result.final_equity)
        and is_close(limit_drawdown, result.figures["max_drawdown"])
    )
    ours, least = medians(lambda: run(strategy, bars, options=options), limit.run)
    peers = peer_rows(bars, result, ours)
    return [
        count_row("T1 trades as the limit's", len(result.trades), limit_trades, same),
        Row(
            "T1 warm, beside the limit",
            ours * 1e3,
            "ms",
            least * 1e3,
            f"<= {TIMES_LIMIT:g} x",
            same and ours <= TIMES_LIMIT * least,
        ),
        *peers,
    ]


def peer_rows(bars: Bars, result: Result, ours: float) -> list[Row]:
    try:
        return compared_rows(bars, result, ours)
    except (subprocess.CalledProcessError, OSError) as error:
        print(getattr(error, "stderr", None) or error, file=sys.stderr)
        goal = "raptorbt could not be run"
        return [Row("T1 warm, beside raptorbt", ours * 1e3, "ms", None, goal, False)]


def compared_rows(bars: Bars, result: Result, ours: float) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("time_ms", "open", "high", "low", "close", "volume"):
            np.save(Path(folder) / f"{name}.npy", getattr(bars, name))
        arguments = (folder, str(FAST), str(SLOW), str(CASH), str(FEE))
        peer = run_peer("peer_raptorbt.py", *arguments)
    trades = result.trades
    same = (
        trades["entry_index"].tolist() == peer["entries"]
        and trades["exit_index"].tolist() == peer["exits"]
        and np.allclose(trades["profit"], peer["profits"], rtol=1e-6, atol=1e-6)
    )
    name = f"raptorbt {peer['version']}"
    return [
        count_row(f"T1 trades as {name}'s", len(trades), len(peer["entries"]), same),
        Row(
            f"T1 warm, beside {name}",
            ours * 1e3,
            "ms",
            peer["seconds"] * 1e3,
            "<= 1 x",
            same and ours <= peer["seconds"],
        ),
    ]


def count_row(name: str, ours: int, theirs: int, same: bool) -> Row:
    return Row(name, ours, "trades", theirs, "the same", same)


def is_close(ours: float, theirs: object) -> bool:
    return bool(np.isclose(ours, np.float64(theirs), rtol=1e-9, atol=0))  # type: ignore[arg-type]


def medians(*functions: Callable[[], object]) -> list[float]:
    """Seconds per call, the functions taking turns so that all see the same machine."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(RUNS):
        for function, taken in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            taken.append(time.perf_counter() - start)
    return [median(taken[1:]) for taken in times]


def seeded_bars() -> Bars:
    """A year of a random walk, the same on every machine."""
    random = np.random.default_rng(SEED)
    close = 20_000 * np.exp(np.cumsum(random.normal(0, 0.0008, BARS)))
    open_ = np.concatenate(([20_000.0], close[:-1]))
    spread = np.abs(random.normal(0, 0.0004, (2, BARS)))
    return Bars(
        time_ms=1_700_000_040_000 + MINUTE_MS * np.arange(BARS),
        open=open_,
        high=np.maximum(open_, close) * (1 + spread[0]),
        low=np.minimum(open_, close) * (1 - spread[1]),
        close=close,
        volume=random.uniform(1, 100, BARS),
        timeframe="1m",
    )
