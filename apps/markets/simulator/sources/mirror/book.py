"""A copy of a real book, kept by its updates."""

from collections.abc import Iterable
from decimal import Decimal
from heapq import nlargest, nsmallest
from typing import Final

from apps.markets.simulator.sources.mirror.messages import BookSnapshot, BookUpdate
from apps.markets.simulator.sources.tape import Levels

_DEPTH: Final = 50


class MirrorBook:
    """Empty until the first snapshot, and again from a lost update to the next one."""

    def __init__(self) -> None:
        self.last_id: int | None = None
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}

    def load(self, snapshot: BookSnapshot) -> None:
        self.last_id = snapshot.last_id
        self._bids, self._asks = dict(snapshot.bids), dict(snapshot.asks)

    def apply(self, update: BookUpdate) -> bool:
        """False when an update is missing: the book is empty then."""
        if self.last_id is None or update.last_id <= self.last_id:
            return True
        if update.first_id > self.last_id + 1:
            self.last_id = None
            self._bids, self._asks = {}, {}
            return False
        self.last_id = update.last_id
        _change(self._bids, update.bids)
        _change(self._asks, update.asks)
        return True

    def levels(self) -> tuple[Levels, Levels]:
        """The best fifty of each side."""
        bids = nlargest(_DEPTH, self._bids.items())
        return bids, nsmallest(_DEPTH, self._asks.items())


def _change(
    side: dict[Decimal, Decimal], levels: Iterable[tuple[Decimal, Decimal]]
) -> None:
    for price, amount in levels:
        if amount:
            side[price] = amount
        else:
            side.pop(price, None)
