"""Computing the summary figures, as ``figure_table.py`` defines them."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from apps.markets.candles.bars import Bars, Floats, Times
from apps.strategies.backtest.compiled import compiled, sealed
from apps.strategies.backtest.figure_table import Value
from apps.strategies.backtest.records import Records

DAY_MS: Final = 86_400_000
DAYS_A_YEAR: Final = 365
YEAR_MS: Final = DAYS_A_YEAR * DAY_MS

Indexes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the simulation summed up along the way.

    ``held_value`` is the sum over bars of quantity × close, ``bars_held`` their number.
    """

    fees: float
    slippage: float
    held_value: float
    bars_held: int


@dataclass(frozen=True, slots=True)
class Curve:
    """An equity curve boiled down: see ``curve_nb``."""

    final: float
    total: float
    max_drawdown: float
    longest_drawdown_ms: int
    daily: Floats


def figures_of(
    bars: Bars,
    bar_ms: int,
    cash: float,
    curve: Curve,
    trades: Records,
    ledger: Ledger,
) -> dict[str, Value]:
    """One value per key of ``FIGURES``; None where it would divide by nothing."""
    elapsed_ms = int(bars.time_ms[-1] - bars.time_ms[0]) + bar_ms
    returns = daily_returns(curve.daily, cash)
    deviation = float(returns.std(ddof=1)) if len(returns) > 1 else 0.0
    downside = math.sqrt(float(np.square(np.minimum(returns, 0)).mean()))
    mean = float(returns.mean())
    growth = _growth(curve.final / cash, YEAR_MS / elapsed_ms)
    count, wins, losses, won, lost, best, worst, ratios, held_ms = trades_nb(trades)
    return {
        "net_profit": curve.final - cash,
        "total_return": curve.final / cash - 1,
        "cagr": growth,
        "volatility": deviation * _ROOT if len(returns) > 1 else None,
        "sharpe": _ratio(mean * _ROOT, deviation),
        "sortino": _ratio(mean * _ROOT, downside) if len(returns) > 1 else None,
        "calmar": None if growth is None else _ratio(growth, curve.max_drawdown),
        "max_drawdown": curve.max_drawdown,
        "longest_drawdown_ms": curve.longest_drawdown_ms,
        "profit_factor": _ratio(won, lost),
        "trades": count,
        "win_rate": _ratio(wins, count),
        "best_trade": best if count else None,
        "worst_trade": worst if count else None,
        "mean_trade": _ratio(ratios, count),
        "payoff_ratio": _ratio(won * losses, lost * wins),
        "time_in_market": ledger.bars_held / len(bars),
        "mean_time_in_trade_ms": _ratio(held_ms, count),
        "exposure": _ratio(ledger.held_value, curve.total),
        "fees_paid": ledger.fees,
        "slippage_paid": ledger.slippage,
    }


_ROOT: Final = math.sqrt(DAYS_A_YEAR)


def curve_of(
    time_ms: Times,
    day_ends: Indexes,
    price: Floats,
    cash: float,
    first: int,
    rest: float,
    quantity: float,
) -> Curve:
    """Boil down the curve that ``curve_nb`` describes."""
    daily = np.empty(len(day_ends))
    summary = curve_nb(
        time_ms, day_ends, sealed(price), cash, first, rest, quantity, daily
    )
    return Curve(*summary, daily=daily)


def day_ends_of(time_ms: Times, bar_ms: int) -> Indexes:
    """For each UTC day from the first bar's on, the index after its last bar."""
    first_day = int(time_ms[0] // DAY_MS)
    day_ends = np.empty(int(time_ms[-1] // DAY_MS) - first_day + 1, dtype=np.int64)
    day_ends_nb(time_ms, bar_ms, first_day, day_ends)
    return day_ends


def daily_returns(daily: Floats, cash: float) -> Floats:
    """Change per day, from ``cash`` on; days after equity is used up are left out."""
    before = np.concatenate(([cash], daily[:-1]))
    alive = int(np.argmin(before > 0)) if (before <= 0).any() else len(daily)
    return daily[:alive] / before[:alive] - 1


def _ratio(above: float, below: float) -> float | None:
    """A quotient, or None where it says nothing."""
    if below <= 0 or not math.isfinite(above / below):
        return None
    return above / below


def _growth(factor: float, exponent: float) -> float | None:
    if factor <= 0:
        return -1.0
    try:
        return math.expm1(math.log(factor) * exponent)
    except OverflowError:
        return None


@compiled
def day_ends_nb(time_ms: Times, bar_ms: int, first_day: int, day_ends: Indexes) -> None:
    """Guess each day's end as if no bar were missing, then step to the right place."""
    end = 0
    for day in range(len(day_ends)):
        midnight = (first_day + day + 1) * DAY_MS
        if end < len(time_ms):
            missing = max(midnight - time_ms[end], 0)
            end = min(end + (missing + bar_ms - 1) // bar_ms, len(time_ms))
        while end > 0 and time_ms[end - 1] >= midnight:
            end -= 1
        while end < len(time_ms) and time_ms[end] < midnight:
            end += 1
        day_ends[day] = end


@compiled
def curve_nb(
    time_ms: Times,
    day_ends: Indexes,
    price: Floats,
    cash: float,
    first: int,
    rest: float,
    quantity: float,
    daily: Floats,
) -> tuple[float, float, float, int]:
    """Walk equity = ``rest + quantity * price`` from bar ``first``, ``cash`` before it.

    An equity array is walked with rest 0 and quantity 1, buy-and-hold without an array.
    Fills ``daily`` with each UTC day's last equity; a day without a bar keeps the last
    one seen. Returns the final equity, the sum of equity, the largest drawdown (ratio)
    and the longest one (ms).
    """
    peak, trough, peak_bar = cash, cash, 0
    worst, longest = 0.0, 0
    total, value = 0.0, cash
    start = 0
    for day in range(len(day_ends)):
        # Never negative, which the compiler can only know when told.
        for i in range(max(start, 0), day_ends[day]):
            value = rest + quantity * price[i] if i >= first else cash
            total += value
            if value >= peak:
                if trough < peak:
                    worst = max(worst, (peak - trough) / peak)
                    longest = max(longest, time_ms[i] - time_ms[peak_bar])
                peak, trough, peak_bar = value, value, i
            elif value < trough:
                trough = value
        start = day_ends[day]
        daily[day] = value
    if trough < peak:
        worst = max(worst, (peak - trough) / peak)
        longest = max(longest, time_ms[-1] - time_ms[peak_bar])
    return value, total, worst, int(longest)


@compiled
def trades_nb(
    trades: Records,
) -> tuple[int, int, int, float, float, float, float, float, int]:
    """Count, wins, losses, sum won, sum lost, best and worst and summed profit ratio,
    and the summed time held (ms)."""
    wins, losses, held_ms = 0, 0, 0
    won, lost, ratios = 0.0, 0.0, 0.0
    best, worst = -np.inf, np.inf
    for i in range(len(trades)):
        profit = trades[i].profit
        if profit > 0:
            wins += 1
            won += profit
        elif profit < 0:
            losses += 1
            lost -= profit
        best = max(best, trades[i].profit_ratio)
        worst = min(worst, trades[i].profit_ratio)
        ratios += trades[i].profit_ratio
        held_ms += trades[i].exit_ms - trades[i].entry_ms
    return len(trades), wins, losses, won, lost, best, worst, ratios, held_ms
