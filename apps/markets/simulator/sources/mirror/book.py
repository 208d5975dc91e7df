"""A copy of a real book, kept by its updates."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.mirror.messages import BookSnapshot, BookUpdate
from apps.markets.simulator.sources.tape import Levels

_SHOWN: Final = 50
# Updates far from the price would else pile up for as long as the feed runs.
_KEPT: Final = 5_000
_Change = tuple[Decimal, Decimal]


class MirrorBook:
    """Empty until the first snapshot, and again from a lost update to the next one.

    Amounts go down to the lot: real books hold parts of lots that nobody can trade.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self.last_id: int | None = None
        self._bids, self._asks = _Side(is_bid=True), _Side(is_bid=False)

    def load(self, snapshot: BookSnapshot) -> None:
        """Replace everything; the snapshot's sides do not cross."""
        self.clear()
        self.last_id = snapshot.last_id
        self._bids.change(self._in_lots(snapshot.bids))
        self._asks.change(self._in_lots(snapshot.asks))
        self._trim()

    def clear(self) -> None:
        self.last_id = None
        self._bids, self._asks = _Side(is_bid=True), _Side(is_bid=False)

    def joins(self, update: BookUpdate) -> bool:
        """Whether nothing is missing between the book and the update."""
        return self.last_id is not None and update.first_id <= self.last_id + 1

    def apply(self, update: BookUpdate) -> bool:
        """Take over an update that joins; False, and unchanged, if the book crosses."""
        bids = self._bids.change(self._in_lots(update.bids))
        asks = self._asks.change(self._in_lots(update.asks))
        if self._is_crossed():
            self._bids.change(bids)
            self._asks.change(asks)
            return False
        self.last_id = update.last_id
        self._trim()
        return True

    def levels(self) -> tuple[Levels, Levels]:
        """The best fifty of each side."""
        return self._bids.best(_SHOWN), self._asks.best(_SHOWN)

    def count(self) -> tuple[int, int]:
        """How many levels each side holds."""
        return len(self._bids), len(self._asks)

    def _in_lots(self, levels: Iterable[_Change]) -> list[_Change]:
        whole = self._grid.whole_lots
        return [(price, whole(amount)) for price, amount in levels]

    def _is_crossed(self) -> bool:
        bid, ask = self._bids.best(1), self._asks.best(1)
        return bool(bid and ask) and bid[0][0] >= ask[0][0]

    def _trim(self) -> None:
        self._bids.trim(_KEPT)
        self._asks.trim(_KEPT)


class _Side:
    """Amounts by price; the best price is the last of the sorted keys."""

    def __init__(self, *, is_bid: bool) -> None:
        self._is_bid = is_bid
        self._amounts: dict[Decimal, Decimal] = {}
        self._keys: list[Decimal] = []

    def __len__(self) -> int:
        return len(self._keys)

    def change(self, levels: Iterable[_Change]) -> list[_Change]:
        """Put new amounts in, 0 takes a level away. What undoes it, last first."""
        undo = []
        for price, amount in levels:
            before = self._amounts.get(price)
            undo.append((price, before or Decimal(0)))
            if amount:
                if before is None:
                    insort(self._keys, self._key(price))
                self._amounts[price] = amount
            elif before is not None:
                self._drop(price)
        return undo[::-1]

    def best(self, count: int) -> Levels:
        prices = map(self._key, reversed(self._keys[-count:]))
        return [(price, self._amounts[price]) for price in prices]

    def trim(self, count: int) -> None:
        for key in self._keys[:-count]:
            del self._amounts[self._key(key)]
        del self._keys[:-count]

    def _drop(self, price: Decimal) -> None:
        del self._amounts[price]
        del self._keys[bisect_left(self._keys, self._key(price))]

    def _key(self, price: Decimal) -> Decimal:
        # Asks are kept negated, so that both sides have their best at the cheap end.
        return price if self._is_bid else price.copy_negate()
