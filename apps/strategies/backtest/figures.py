"""The summary figures of a backtest: what each means, and how it is computed.

Every definition is our own and stated here, because no two libraries mean the same by
"Sharpe ratio". Daily means: equity at the last close of each UTC calendar day, a day
without bars repeating the day before, the first day measured from the starting cash; a
year has 365 days because crypto trades on all of them; the risk-free rate is zero.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from apps.markets.candles.bars import Bars, Floats, Times
from apps.strategies.backtest.compiled import compiled
from apps.strategies.backtest.records import Records
from apps.strategies.backtest.texts import gettext_noop as _

DAY_MS: Final = 86_400_000
DAYS_A_YEAR: Final = 365
YEAR_MS: Final = DAYS_A_YEAR * DAY_MS

Value = float | int | None
Unit = Literal["ratio", "percent", "money", "count", "duration"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``percent`` is a ratio shown as per cent; ``duration`` is in ms."""

    key: str
    label: str
    unit: Unit
    definition: str


FIGURES: Final = (
    Figure(
        "net_profit",
        _("Net profit"),
        "money",
        _("Final equity − starting cash; an open position counts at the last close."),
    ),
    Figure(
        "total_return",
        _("Total return"),
        "percent",
        _("Final equity / starting cash − 1."),
    ),
    Figure(
        "cagr",
        _("Yearly growth"),
        "percent",
        _(
            "(Final equity / starting cash) ^ (365 days / length of the data) − 1; the "
            "length is from the first bar's open to the last bar's close. −100 % once "
            "equity is used up."
        ),
    ),
    Figure(
        "volatility",
        _("Volatility"),
        "percent",
        _("Sample standard deviation of daily returns × √365."),
    ),
    Figure(
        "sharpe",
        _("Sharpe ratio"),
        "ratio",
        _(
            "Mean of daily returns / their sample standard deviation × √365, with a "
            "risk-free rate of zero (W. F. Sharpe, The Sharpe Ratio, 1994)."
        ),
    ),
    Figure(
        "sortino",
        _("Sortino ratio"),
        "ratio",
        _(
            "Mean of daily returns / downside deviation × √365; the downside deviation "
            "is the root of the mean of min(return, 0)² over all days (F. Sortino, "
            "L. Price, 1994)."
        ),
    ),
    Figure(
        "calmar",
        _("Calmar ratio"),
        "ratio",
        _("Yearly growth / maximum drawdown over the whole data (T. W. Young, 1991)."),
    ),
    Figure(
        "max_drawdown",
        _("Maximum drawdown"),
        "percent",
        _("Largest fall of equity at bar closes from its running peak, as part of it."),
    ),
    Figure(
        "longest_drawdown_ms",
        _("Longest drawdown"),
        "duration",
        _("Longest time from a peak of equity until it is reached again, or the end."),
    ),
    Figure(
        "profit_factor",
        _("Profit factor"),
        "ratio",
        _("Sum of winning trades' profits / sum of losing trades' losses, after fees."),
    ),
    Figure("trades", _("Trades"), "count", _("Closed trades.")),
    Figure(
        "win_rate",
        _("Win rate"),
        "percent",
        _("Closed trades with a profit above zero after fees / closed trades."),
    ),
    Figure(
        "best_trade",
        _("Best trade"),
        "percent",
        _("Highest profit of a closed trade / its entry notional."),
    ),
    Figure(
        "worst_trade",
        _("Worst trade"),
        "percent",
        _("Lowest profit of a closed trade / its entry notional."),
    ),
    Figure(
        "mean_trade",
        _("Mean trade"),
        "percent",
        _("Mean over closed trades of profit / entry notional."),
    ),
    Figure(
        "payoff_ratio",
        _("Payoff ratio"),
        "ratio",
        _("Mean profit of winning trades / mean loss of losing trades."),
    ),
    Figure(
        "time_in_market",
        _("Time in market"),
        "percent",
        _("Bars at whose close a position was open / all bars."),
    ),
    Figure(
        "mean_time_in_trade_ms",
        _("Mean time in trade"),
        "duration",
        _("Mean over closed trades of exit time − entry time, both bars' open times."),
    ),
    Figure(
        "exposure",
        _("Exposure"),
        "percent",
        _("Sum over closes of the position's value / sum over closes of equity."),
    ),
    Figure(
        "fees_paid",
        _("Fees paid"),
        "money",
        _("All fees, an open position's entry included."),
    ),
    Figure(
        "slippage_paid",
        _("Slippage paid"),
        "money",
        _("Sum over fills of |fill price − price before slippage| × quantity."),
    ),
)
KEYS: Final = tuple(figure.key for figure in FIGURES)


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
    time_ms: Times, price: Floats, cash: float, first: int, rest: float, quantity: float
) -> Curve:
    """Boil down the curve that ``curve_nb`` describes."""
    days = int(time_ms[-1] // DAY_MS - time_ms[0] // DAY_MS) + 1
    daily = np.empty(days)
    summary = curve_nb(time_ms, price, cash, first, rest, quantity, daily)
    return Curve(*summary, daily=daily)


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
def curve_nb(
    time_ms: Times,
    price: Floats,
    cash: float,
    first: int,
    rest: float,
    quantity: float,
    daily: Floats,
) -> tuple[float, float, float, int]:
    """Walk equity = ``rest + quantity * price`` from bar ``first``, ``cash`` before it.

    An equity array is walked with rest 0 and quantity 1, buy-and-hold without an array.
    Fills ``daily`` with each UTC day's last equity. Returns the final equity, the sum
    of equity, the largest drawdown (ratio) and the longest one (ms).
    """
    peak, trough, peak_ms = cash, cash, time_ms[0]
    worst, longest = 0.0, np.int64(0)
    total, value = 0.0, cash
    day, midnight = 0, (time_ms[0] // DAY_MS + 1) * DAY_MS
    for i in range(len(time_ms)):
        # A finished day, and days without a bar, keep the last equity seen.
        while time_ms[i] >= midnight:
            daily[day] = value
            day += 1
            midnight += DAY_MS
        value = rest + quantity * price[i] if i >= first else cash
        total += value
        if value >= peak:
            if trough < peak:
                worst = max(worst, (peak - trough) / peak)
                longest = max(longest, time_ms[i] - peak_ms)
            peak, trough, peak_ms = value, value, time_ms[i]
        elif value < trough:
            trough = value
    if trough < peak:
        worst = max(worst, (peak - trough) / peak)
        longest = max(longest, time_ms[-1] - peak_ms)
    daily[day] = value
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
