"""The book of a replay: one price, no spread, more than anybody takes."""

from decimal import Decimal
from typing import Final

from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.tape import Levels, Print

ENOUGH: Final = Decimal(1_000_000_000)


def flat_book(at: Print, grid: Grid) -> tuple[Levels, Levels]:
    """The same price to buy and to sell at."""
    level = (grid.price(at.ticks), ENOUGH)
    return [level], [level]
