"""What no exchange can have said, whoever hands it in: told apart before it counts."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Final

from apps.markets.simulator.core.exact import EXACT
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.mirror.messages import (
    BookSnapshot,
    BookUpdate,
    Message,
    TradeSeen,
)

# So many ticks or lots; and a thousandth of what a candle's volume can hold.
_MOST_STEPS: Final = 2**53
_LARGEST_QUOTE: Final = 2**63 // 1_000


def fault_of(message: Message, grid: Grid) -> str:
    """Why a message cannot be true, whatever the book is; "" when it can."""
    return next(_faults(message, grid), "")


def _faults(message: Message, grid: Grid) -> Iterator[str]:
    if isinstance(message, BookSnapshot):
        yield from _id_faults(message.last_id)
        yield from _snapshot_faults(message, grid)
    elif isinstance(message, BookUpdate):
        yield from _id_faults(message.first_id, message.last_id)
        yield from _level_faults((*message.bids, *message.asks), grid)
    elif isinstance(message, TradeSeen):
        yield from _id_faults(message.id)
        yield from _trade_faults(message, grid)


def _id_faults(*ids: int) -> Iterator[str]:
    for number in ids:
        if number < 0:
            yield f"id {number} is below 0"
    if list(ids) != sorted(ids):
        yield f"first_id {ids[0]} is above last_id {ids[-1]}"


def _snapshot_faults(message: BookSnapshot, grid: Grid) -> Iterator[str]:
    bids, asks = message.bids, message.asks
    yield from _level_faults((*bids, *asks), grid)
    if not all(amount for _price, amount in (*bids, *asks)):
        yield "a level of the snapshot is empty"
    if any(higher <= lower for (higher, _), (lower, _) in pairwise(bids)):
        yield "the bids do not fall"
    if any(lower >= higher for (lower, _), (higher, _) in pairwise(asks)):
        yield "the asks do not rise"
    if bids and asks and bids[0][0] >= asks[0][0]:
        yield f"bid {bids[0][0]} is not below ask {asks[0][0]}"


def _level_faults(
    levels: Iterable[tuple[Decimal, Decimal]], grid: Grid
) -> Iterator[str]:
    for price, amount in levels:
        yield from _price_faults(price, grid.tick_size)
        yield from _number_faults("amount", amount, grid.lot_size, 0)


def _trade_faults(message: TradeSeen, grid: Grid) -> Iterator[str]:
    if message.side not in ("buy", "sell"):
        yield f"side {message.side!r:.20} is neither buy nor sell"
    yield from _price_faults(message.price, grid.tick_size)
    yield from _number_faults("amount", message.amount, grid.lot_size, 1)
    lots = int(message.amount / grid.lot_size)
    if grid.quote(grid.ticks(message.price), lots) > _LARGEST_QUOTE:
        yield f"price {message.price} times amount {message.amount} is too large"


def _price_faults(price: Decimal, tick: Decimal) -> Iterator[str]:
    yield from _number_faults("price", price, tick, 1)
    if EXACT.remainder(price, tick):
        yield f"price {price} is no multiple of {tick}"


def _number_faults(
    name: str, value: Decimal, step: Decimal, least: int
) -> Iterator[str]:
    """``least``: so many steps it has at least."""
    if not value.is_finite():
        yield f"{name} {value} is not a finite number"
    elif value < 0:
        yield f"{name} {value} is negative"
    elif value < least * step:
        yield f"{name} {value} is less than {step}"
    elif value > _MOST_STEPS * step:
        yield f"{name} {value:.3e} is too large"
