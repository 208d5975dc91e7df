"""Prints in blocks, and the book around them: what each source gives to play."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from apps.markets.candles.bars import Times
from apps.markets.simulator.core.orders import Side
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.candles.rows import Block
from apps.markets.simulator.sources.grid import Grid

# Counting any number of prints at once costs as much as playing six.
MANY: Final = 20
Levels = list[tuple[Decimal, Decimal]]
Flags = NDArray[np.bool_]


class Prints(NamedTuple):
    """Trades in order: time, ticks, lots (all int64), and whether a buyer took.

    No lots: the price only stood there.
    """

    time_ms: Times
    ticks: Times
    lots: Times
    is_buy: Flags

    def between(self, start: int, stop: int | None) -> "Prints":
        part = slice(start, stop)
        return Prints(
            self.time_ms[part], self.ticks[part], self.lots[part], self.is_buy[part]
        )

    def at(self, place: int) -> "Print":
        return Print(
            int(self.time_ms[place]),
            int(self.ticks[place]),
            int(self.lots[place]),
            bool(self.is_buy[place]),
        )


class Print(NamedTuple):
    """One row of ``Prints``."""

    time_ms: int
    ticks: int
    lots: int
    is_buy: bool

    @property
    def side(self) -> Side:
        return "buy" if self.is_buy else "sell"


class Tape(Protocol):
    """The market of one instrument as it happens.

    ``takes``: each print is a taker that meets the book and clients' orders in it;
    otherwise the price alone moves, and clients' orders meet the levels.
    ``fills_on_touch``: a client's waiting order is filled when a level reaches its
    price; otherwise the level has to go beyond it. ``many``: when more prints than this
    are due at once and nobody is in the book, they go straight to the candles.
    """

    instrument_id: str
    grid: Grid
    takes: bool
    fills_on_touch: bool
    many: int

    def blocks(self) -> Iterator[Prints]:
        """Everything from the start on; no block is empty."""

    def history(self, step_ms: int, start_ms: int, end_ms: int) -> Block:
        """Candles of ``step_ms`` that open in start..end, the end not included.

        Only what has been played, or lies before, is asked for.
        """

    def prime(self, market: CandleMarket) -> None:
        """Give the candles at hand what happened before the start."""

    def opening(self) -> tuple[Levels, Levels] | None:
        """The book before the first print; None when there is none."""

    def levels(self, at: Print) -> tuple[Levels, Levels]:
        """Bids and asks that stand when this print comes, best first."""
