"""One instrument's book: levels of waiting orders, best price first, first come first.

Clients' orders and the background's liquidity wait in the same queues; the background
has one entry per level.
"""

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from apps.markets.simulator.core.orders import Order

ZERO = Decimal(0)
BACKGROUND = 0  # the background's key in a queue; orders' ids start at 1


@dataclass(slots=True)
class Background:
    """Liquidity of a source at one price."""

    left: Decimal


Resting = Order | Background


@dataclass(slots=True)
class Level:
    """The queue at one price. ``total`` is the sum of what its entries have left."""

    price: Decimal
    total: Decimal = ZERO
    queue: OrderedDict[int, Resting] = field(default_factory=OrderedDict)

    def first(self) -> Resting:
        return next(iter(self.queue.values()))


class BookSide:
    """All levels of one side. The best price is the last of the sorted keys."""

    def __init__(self, *, is_bid: bool) -> None:
        self.is_bid = is_bid
        self.levels: dict[Decimal, Level] = {}
        self.touched: set[Decimal] = set()
        self._keys: list[Decimal] = []

    def best(self) -> Level | None:
        if not self._keys:
            return None
        return self.levels[self._key(self._keys[-1])]

    def reaches(self, price: Decimal) -> bool:
        """Whether an order of the other side at ``price`` would trade here."""
        if not self._keys:
            return False
        best = self._key(self._keys[-1])
        return best >= price if self.is_bid else best <= price

    def best_first(self) -> Iterator[Level]:
        return (self.levels[self._key(key)] for key in reversed(self._keys))

    def add(self, price: Decimal, key: int, entry: Resting) -> None:
        """Put an entry at the end of the queue at ``price``."""
        level = self.levels.get(price)
        if level is None:
            level = self.levels[price] = Level(price)
            insort(self._keys, self._key(price))
        level.queue[key] = entry
        level.total += entry.left
        self.touched.add(price)

    def shrink(self, level: Level, key: int, entry: Resting, amount: Decimal) -> None:
        """Take ``amount`` off an entry whose ``left`` is lowered already."""
        level.total -= amount
        self.touched.add(level.price)
        if not entry.left:
            self._drop(level, key)

    def remove(self, price: Decimal, key: int) -> None:
        """Take an entry out with all it has left."""
        level = self.levels[price]
        level.total -= level.queue[key].left
        self.touched.add(price)
        self._drop(level, key)

    def set_background(self, levels: Mapping[Decimal, Decimal]) -> None:
        """Make the background's entries these amounts by price.

        As with any order, only a lower amount keeps its place in the queue.
        """
        for price, amount in levels.items():
            level = self.levels.get(price)
            entry = level.queue.get(BACKGROUND) if level is not None else None
            if level is None or entry is None:
                self.add(price, BACKGROUND, Background(amount))
            elif amount != entry.left:
                if amount > entry.left:
                    level.queue.move_to_end(BACKGROUND)
                level.total += amount - entry.left
                entry.left = amount
                self.touched.add(price)

    def keep_background(self, prices: Container[Decimal]) -> None:
        """Remove the background's entries at all prices but these."""
        gone = [
            price
            for price, level in self.levels.items()
            if price not in prices and BACKGROUND in level.queue
        ]
        for price in gone:
            self.remove(price, BACKGROUND)

    def _drop(self, level: Level, key: int) -> None:
        del level.queue[key]
        if level.queue:
            return
        del self.levels[level.price]
        del self._keys[bisect_left(self._keys, self._key(level.price))]

    def _key(self, price: Decimal) -> Decimal:
        # Asks are kept negated, so that the best of both sides stands at the cheap end.
        return price if self.is_bid else price.copy_negate()


class Book:
    """Both sides and the counter that every changed level raises by one."""

    def __init__(self, first_id: int) -> None:
        self.id = first_id
        self.bids = BookSide(is_bid=True)
        self.asks = BookSide(is_bid=False)

    def side(self, side: str) -> BookSide:
        """Where orders of ``side`` wait."""
        return self.bids if side == "buy" else self.asks

    def opposite(self, side: str) -> BookSide:
        """Where orders of ``side`` find their counterparts."""
        return self.asks if side == "buy" else self.bids
