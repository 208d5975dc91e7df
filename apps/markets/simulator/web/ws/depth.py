"""A book as the feeds keep it: the venue's, followed change by change."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from apps.markets.simulator.core.events import BookChanged, Levels
from apps.markets.simulator.core.orders import BookView

Side = dict[Decimal, Decimal]


@dataclass
class Depth:
    """Prices and amounts of both sides; ``id`` is the venue's counter."""

    id: int = 0
    time_ms: int = 0
    bids: Side = field(default_factory=dict)
    asks: Side = field(default_factory=dict)

    def start(self, view: BookView) -> None:
        self.id, self.time_ms = view.id, view.time_ms
        self.bids, self.asks = dict(view.bids), dict(view.asks)

    def follow(self, change: BookChanged) -> bool:
        """Take a change over; False when it was in the starting view already."""
        if change.last_id <= self.id:
            return False
        self.id, self.time_ms = change.last_id, change.time_ms
        apply(self.bids, change.bids)
        apply(self.asks, change.asks)
        return True

    def best_bids(self, count: int) -> list[tuple[Decimal, Decimal]]:
        return [(p, self.bids[p]) for p in heapq.nlargest(count, self.bids)]

    def best_asks(self, count: int) -> list[tuple[Decimal, Decimal]]:
        return [(p, self.asks[p]) for p in heapq.nsmallest(count, self.asks)]


def apply(side: Side, changes: Levels) -> None:
    """Each level's new amount; 0 takes it away."""
    for price, amount in changes:
        if amount:
            side[price] = amount
        else:
            side.pop(price, None)


def difference(
    before: Side, after: Iterable[tuple[Decimal, Decimal]]
) -> list[tuple[Decimal, Decimal]]:
    """What turns ``before`` into ``after``; a level that is gone has amount 0."""
    target = dict(after)
    changed = [(p, a) for p, a in target.items() if before.get(p) != a]
    return changed + [(p, Decimal(0)) for p in before if p not in target]
