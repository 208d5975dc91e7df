"""The summary figures of a backtest: what each means, and how it is computed.

Every definition is our own and stated here, because no two libraries mean the same by
"Sharpe ratio". Daily means: equity at the last close of each UTC calendar day, a day
without bars repeating the day before, the first day measured from the starting cash; a
year has 365 days because crypto trades on all of them; the risk-free rate is zero.
"""

from dataclasses import dataclass
from typing import Final, Literal

from apps.common.wording import gettext_noop as _

Unit = Literal["ratio", "percent", "money", "count", "duration"]

Value = float | int | None


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
