"""What a backtest answers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from apps.markets.candles.bars import Bars, Floats
from apps.strategies.backtest import terms
from apps.strategies.backtest.figure_table import KEYS, Value
from apps.strategies.backtest.options import Options
from apps.strategies.backtest.records import Records
from apps.strategies.backtest.rules import InstrumentRules

Side = Literal["long", "short"]


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """What is still held after the last bar; ``profit`` is marked at its close,
    the entry's fee taken off and no exit fee anticipated."""

    side: Side
    quantity: float
    entry_ms: int
    entry_price: float
    entry_fee: float
    profit: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "entry_ms": self.entry_ms,
            "side": self.side,
            "entry_price": self.entry_price,
            "quantity": self.quantity,
            "fee": self.entry_fee,
            "profit": self.profit,
        }


@dataclass(frozen=True, slots=True)
class Hold:
    """Buy-and-hold: ``quantity`` bought at bar ``first``, ``rest`` left in cash.

    It buys all-in where the first signal of a strategy could have been filled, with the
    same fee, slippage and rounding; a quantity of 0 means the order was refused.
    """

    cash: float
    first: int
    rest: float
    quantity: float
    fee: float
    slippage: float

    def equity(self, bars: Bars) -> Floats:
        """Equity at each close, shape ``(n_bars,)``."""
        curve = self.rest + self.quantity * bars.close
        curve[: self.first] = self.cash
        return curve


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """Trades, curve and figures of one run, with the rules they were made under.

    ``trades`` has the columns of ``records.TRADE`` and one row per closed trade, oldest
    first; ``refusals`` those of ``records.REFUSAL``, one row per order refused.
    ``equity`` has shape ``(n_bars,)``, in quote, at each close. ``halted_ms`` is the
    bar at which the equity was used up and trading ended, None otherwise.
    """

    engine_version: str
    options: Options
    rules: InstrumentRules
    trades: Records
    equity: Floats
    open_position: OpenPosition | None
    final_equity: float
    refusals: Records
    halted_ms: int | None
    figures: Mapping[str, Value]
    hold: Hold
    hold_figures: Mapping[str, Value]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: floats keep every digit, NaN and infinity are None."""
        return {
            "engine_version": self.engine_version,
            "options": self.options.values(),
            "rules": self.rules.to_dict(),
            "trades": trade_rows(self.trades),
            "open_position": self.open_position and self.open_position.to_dict(),
            "final_equity": _plain(self.final_equity),
            "refusals": refusal_rows(self.refusals),
            "halted_ms": self.halted_ms,
            "figures": {key: _plain(self.figures[key]) for key in KEYS}
            | {"buy_and_hold": {k: _plain(v) for k, v in self.hold_figures.items()}},
        }


TRADE_FIELDS = (
    "entry_ms",
    "exit_ms",
    "side",
    "entry_price",
    "exit_price",
    "quantity",
    "fee",
    "profit",
    "exit_reason",
)
REFUSAL_FIELDS = ("time_ms", "side", "quantity", "price", "reason")


def trade_rows(trades: Records) -> list[dict[str, Any]]:
    """One dict of plain values per trade, in the order of ``TRADE_FIELDS``."""
    columns = {name: trades[name].tolist() for name in TRADE_FIELDS}
    columns["side"] = side_names(trades)
    columns["exit_reason"] = exit_reasons(trades)
    return _rows(columns)


def refusal_rows(refusals: Records) -> list[dict[str, Any]]:
    """One dict of plain values per refused order, its reason named."""
    columns = {name: refusals[name].tolist() for name in REFUSAL_FIELDS}
    columns["side"] = side_names(refusals)
    columns["reason"] = [terms.REFUSAL_REASONS[code] for code in columns["reason"]]
    return _rows(columns)


def side_names(records: Records) -> list[Side]:
    return [side_name(side) for side in records["side"].tolist()]


def side_name(side: int) -> Side:
    return "long" if side == terms.LONG else "short"


def exit_reasons(trades: Records) -> list[str]:
    return [terms.EXIT_REASONS[code] for code in trades["exit_reason"].tolist()]


def _rows(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
