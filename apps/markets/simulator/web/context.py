"""What every call to the exchange shares, and what one call knows of itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from apps.markets.simulator.core.accounts import Account, Key
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.faults import Faults
from apps.markets.simulator.market_data import MarketData
from apps.markets.simulator.sources.mirror import Mirror
from apps.markets.simulator.web.messages import Request
from apps.markets.simulator.web.quotas import Quotas
from apps.markets.simulator.web.signature import MAX_GAP_S

Advance = Callable[[int], Awaitable[None]]
MAX_GAP_MS: Final = MAX_GAP_S * 1000


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Exchange:
    """The venue behind the protocol, and all that makes it an exchange.

    ``source`` is shown to people. ``advance`` moves a stepped exchange by so many
    milliseconds; None when its time runs by itself. ``token`` opens /sim. ``mirror``
    takes the messages of a real exchange's feed, if this one shows it.
    """

    venue: Venue
    market: MarketData
    token: str = ""
    source: str = ""
    advance: Advance | None = None
    faults: Faults = field(default_factory=Faults)
    quotas: Quotas = field(default_factory=Quotas)
    mirror: Mirror | None = None
    wall_ms: Callable[[], int] = _wall_ms
    timer: asyncio.TimerHandle | None = None  # of what is due next

    def now_ms(self) -> int:
        """The exchange's time as it tells it, skewed when a fault says so."""
        now = self.venue.clock.now_ms()
        return now + self.faults.skew_ms(now) if self.faults else now

    def is_timely(self, stamp_ms: int) -> bool:
        """Whether a timestamp is near enough to now.

        A replay's time is not the client's: while the two differ, the client may go
        by either, because no client could follow a clock that runs at 1,000 times.
        """
        skew = self.now_ms() - self.venue.clock.now_ms()
        nows = (self.now_ms(), self.wall_ms() + skew)
        return any(abs(now - stamp_ms) <= MAX_GAP_MS for now in nows)

    def is_too_late(self, deadline_ms: int) -> bool:
        return deadline_ms < min(self.now_ms(), self.wall_ms())


@dataclass(slots=True)
class Call:
    """One request in the hands of a handler. ``account`` is who signed it."""

    exchange: Exchange
    request: Request
    account: Account | None = None
    key_id: str = ""
    key: Key | None = None

    @property
    def venue(self) -> Venue:
        return self.exchange.venue

    @property
    def user(self) -> Account:
        """Who signed. Only for handlers of private routes."""
        assert self.account is not None
        return self.account
