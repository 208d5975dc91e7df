"""What a feed hands to the mirror. The feed itself is not the simulator's business."""

from dataclasses import dataclass
from decimal import Decimal

from apps.markets.simulator.core.orders import Side

Levels = tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class BookSnapshot:
    """The whole book as of ``last_id``; levels are ``(price, amount)``."""

    instrument_id: str
    last_id: int
    bids: Levels
    asks: Levels


@dataclass(frozen=True, slots=True)
class BookUpdate:
    """Levels with their new amounts, 0 removes; it joins on to ``first_id - 1``."""

    instrument_id: str
    first_id: int
    last_id: int
    bids: Levels
    asks: Levels


@dataclass(frozen=True, slots=True)
class TradeSeen:
    """A public trade; ``side`` is the taker's. ``id`` 0: the exchange gives none.

    With an id a trade that is told twice, as after a reconnect, counts once.
    """

    instrument_id: str
    side: Side
    price: Decimal
    amount: Decimal
    id: int = 0


@dataclass(frozen=True, slots=True)
class FeedLost:
    """The feed knows nothing for now: nobody may trade against what it said last."""

    instrument_id: str


Message = BookSnapshot | BookUpdate | TradeSeen | FeedLost
