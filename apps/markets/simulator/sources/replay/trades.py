"""Recorded trades as a tape: each plays at its time, price, size and side."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from apps.common.errors import InvalidInput
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.candles.rows import Block, empty
from apps.markets.simulator.sources.grid import Grid, as_counts
from apps.markets.simulator.sources.replay.book import flat_book
from apps.markets.simulator.sources.tape import Flags, Levels, Print, Prints

_BLOCK: Final = 4_096
# Bursts are part of what was recorded; only a hurried replay leaves trades out.
_MANY: Final = 1_000
_LARGEST: Final = 1e15
_COLUMNS: Final = ("timestamp", "price", "size", "side")


class TradeTape:
    """Trades of one instrument; the book stands at the last trade, without spread.

    For waiting orders see ``CandleTape``.
    """

    takes = False
    many = _MANY

    def __init__(
        self,
        instrument_id: str,
        trades: Prints,
        grid: Grid,
        *,
        fills_on_touch: bool = False,
    ) -> None:
        self.instrument_id, self.grid, self.trades = instrument_id, grid, trades
        self.fills_on_touch = fills_on_touch

    def blocks(self) -> Iterator[Prints]:
        for start in range(0, len(self.trades.time_ms), _BLOCK):
            yield self.trades.between(start, start + _BLOCK)

    def history(self, step_ms: int, start_ms: int, end_ms: int) -> Block:
        """Candles further back than memory reaches are gone."""
        return empty()

    def prime(self, market: CandleMarket) -> None:
        """Nothing happened before the first trade."""

    def opening(self) -> None:
        """No book stands before the first price: nobody may know it."""

    def levels(self, at: Print) -> tuple[Levels, Levels]:
        return flat_book(at, self.grid)


def holds_trades(path: Path) -> bool:
    """Whether a file is Parquet with trades' columns; candles have no sides."""
    try:
        known = pq.read_schema(path).names
    except pa.ArrowInvalid:
        return False
    return "side" in known and "price" in known


def read_trades(path: Path, grid: Grid) -> Prints:
    """Trades from Parquet: ``timestamp`` (ms), ``price``, ``size``, ``side``.

    ``side`` is the taker's. Raises InvalidInput naming the column and the rule.
    """
    known = pq.read_schema(path).names
    for column in _COLUMNS:
        if column not in known:
            raise InvalidInput(f"the trades have no column {column}", field=column)
    table = pq.read_table(path, columns=list(_COLUMNS))
    for column in _COLUMNS:
        if table[column].null_count:
            raise InvalidInput(f"column {column} has empty rows", field=column)
    _check_kinds(table)
    side = np.asarray(table["side"])
    trades = Prints(
        np.asarray(table["timestamp"]),
        as_counts(np.asarray(table["price"]), grid.tick_size),
        as_counts(np.asarray(table["size"]), grid.lot_size),
        side == "buy",
    )
    _check(trades, side == "sell")
    return trades


def _check_kinds(table: pa.Table) -> None:
    if not pa.types.is_integer(table["timestamp"].type):
        raise InvalidInput("timestamp must be whole milliseconds", field="timestamp")
    for column in ("price", "size"):
        if not pa.types.is_floating(table[column].type):
            raise InvalidInput(f"{column} must hold floats", field=column)
        bad = np.flatnonzero(~(np.abs(np.asarray(table[column])) < _LARGEST))
        if len(bad):
            rule = f"{column} is no number in row {bad[0] + 1}"
            raise InvalidInput(rule, field=column)


def _check(trades: Prints, is_sell: Flags) -> None:
    rules = (
        ("timestamp", np.diff(trades.time_ms, prepend=0) < 0, "goes back"),
        ("price", trades.ticks < 1, "is less than a tick"),
        ("size", trades.lots < 1, "is less than a lot"),
        ("side", ~(trades.is_buy | is_sell), "is neither buy nor sell"),
    )
    for column, bad, rule in rules:
        rows = np.flatnonzero(bad)
        if len(rows):
            raise InvalidInput(f"{column} {rule} in row {rows[0] + 1}", field=column)
