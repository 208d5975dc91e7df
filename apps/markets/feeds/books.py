"""One order book, rebuilt from a snapshot and numbered changes.

A missing number or a crossed book means that what is shown is wrong: the book is empty
from then on until a new snapshot comes, because a wrong depth is worse than none.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from apps.common.wording import gettext_noop as _
from apps.markets.feeds.checks import CROSSED, OUT_OF_ORDER, TWICE
from apps.markets.gateways.streams import BookUpdate, Levels

GAP: Final = _("a change is missing")
NO_SNAPSHOT: Final = _("a change before any snapshot")
NOT_A_LEVEL: Final = _("not a level")


@dataclass(slots=True)
class BookBuilder:
    """``needs_snapshot`` tells that the stream has to be asked anew."""

    bids: dict[Decimal, Decimal] = field(default_factory=dict)
    asks: dict[Decimal, Decimal] = field(default_factory=dict)
    sequence: int | None = None
    needs_snapshot: bool = True
    gaps: int = 0

    def told(self, update: BookUpdate) -> str:
        """Take an update in. Returns the rule it broke, "" when it was taken."""
        if not _is_sound(update):
            return self._broken(NOT_A_LEVEL)
        if update.is_full:
            return self._replace(update)
        if self.needs_snapshot:
            return NO_SNAPSHOT
        if update.last is None or update.first is None or self.sequence is None:
            return self._broken(GAP)
        if update.last <= self.sequence:
            return TWICE
        if update.first > self.sequence + 1:
            return self._broken(GAP)
        _merge(self.bids, update.bids)
        _merge(self.asks, update.asks)
        self.sequence = update.last
        return self._broken(CROSSED) if self.is_crossed else ""

    def forget(self) -> None:
        """The connection is gone, or a change was lost: show nothing."""
        self.bids.clear()
        self.asks.clear()
        self.sequence = None
        self.needs_snapshot = True

    @property
    def is_crossed(self) -> bool:
        """Bid above ask. Equal is odd, but a replay without a spread shows it so."""
        return bool(self.bids and self.asks) and max(self.bids) > min(self.asks)

    def best_bids(self, count: int) -> Levels:
        return tuple(sorted(self.bids.items(), reverse=True)[:count])

    def best_asks(self, count: int) -> Levels:
        return tuple(sorted(self.asks.items())[:count])

    def _replace(self, update: BookUpdate) -> str:
        is_older = (
            not self.needs_snapshot
            and update.last is not None
            and self.sequence is not None
            and update.last < self.sequence
        )
        if is_older:
            return OUT_OF_ORDER
        self.bids = {price: size for price, size in update.bids if size}
        self.asks = {price: size for price, size in update.asks if size}
        self.sequence, self.needs_snapshot = update.last, False
        return self._broken(CROSSED) if self.is_crossed else ""

    def _broken(self, rule: str) -> str:
        self.gaps += 1
        self.forget()
        return rule


def _is_sound(update: BookUpdate) -> bool:
    levels = (*update.bids, *update.asks)
    return all(
        price.is_finite() and size.is_finite() and price > 0 and size >= 0
        for price, size in levels
    )


def _merge(side: dict[Decimal, Decimal], changes: Levels) -> None:
    for price, size in changes:
        if size:
            side[price] = size
        else:
            side.pop(price, None)
