"""The interface every exchange has here, and how one is opened.

    async with open_gateway(Venue("gate"), budget=budget) as gateway:
        candles = await gateway.candles("BTC/USDT", "1m", since_ms=start_ms)

Every method raises errors of ``apps.markets.gateways.errors`` and no others, except
InvalidInput for an argument that can be seen to be wrong before anything is sent.
Reading only, so far: orders are placed through this door when execution needs it.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Protocol

from apps.markets.gateways import library
from apps.markets.gateways.adapter import CcxtGateway
from apps.markets.gateways.opening import exchange_at
from apps.markets.gateways.pacing import Budget
from apps.markets.gateways.transport import HttpTransport, Transport
from apps.markets.gateways.types import (
    Balance,
    Batch,
    Candle,
    ClockReading,
    Credentials,
    Fees,
    FillReport,
    FundingRate,
    HistoryLimits,
    KeyRights,
    Kind,
    MarketRules,
    OrderBook,
    OrderReport,
    PublicTrade,
    Ticker,
)
from apps.markets.gateways.venues import Venue


class Gateway(Protocol):
    """One exchange, for as long as the ``async with`` block lasts. Not for threads."""

    venue: Venue
    timeframes: tuple[str, ...]  # those of ours that the exchange has

    @property
    def last_clock(self) -> ClockReading | None:
        """The newest measurement, made as need arises."""

    def history_limits(self, kind: Kind = Kind.SPOT) -> HistoryLimits: ...

    # Public facts

    async def load_markets(self, *, reload: bool = False) -> Batch[MarketRules]:
        """Every spot pair and USDT perpetual, halted and delisted ones marked."""

    async def tickers(
        self, symbols: Collection[str] | None = None, *, kind: Kind = Kind.SPOT
    ) -> Batch[Ticker]: ...

    async def ticker(self, symbol: str) -> Ticker: ...

    async def candles(
        self,
        symbol: str,
        timeframe: str,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
    ) -> Batch[Candle]:
        """Oldest first, from the first open at or after ``since_ms``.

        At most ``limit`` of them, and never more than ``history_limits().per_call``;
        without ``since_ms`` the newest. The last may be the running one. Absent
        minutes are absent. Raises TooFarBack before the exchange's reach.
        """

    async def order_book(
        self, symbol: str, *, depth: int | None = None
    ) -> OrderBook: ...

    async def trades(
        self,
        symbol: str,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
    ) -> Batch[PublicTrade]:
        """Oldest first. A full page holds the newest of the window: ask on with
        ``until_ms`` at its first time, and drop the ids already seen."""

    async def funding_rate(self, symbol: str) -> FundingRate:
        """The one to come; ``time_ms`` is when."""

    async def funding_rates(
        self,
        symbol: str,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
    ) -> Batch[FundingRate]:
        """Those that were, oldest first."""

    async def clock(self) -> ClockReading:
        """Measure now. Made at the first call, after 60 s and on refusal by itself."""

    # The account of the credentials

    async def balances(self, *, kind: Kind = Kind.SPOT) -> Batch[Balance]: ...

    async def fees(self, symbol: str | None = None) -> Fees: ...

    async def key_rights(self) -> KeyRights: ...

    async def my_trades(
        self,
        symbol: str | None = None,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
        order_id: str | None = None,
    ) -> Batch[FillReport]: ...

    async def open_orders(
        self, symbol: str | None = None, *, is_trigger: bool = False
    ) -> Batch[OrderReport]: ...

    async def finished_orders(
        self,
        symbol: str,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
        is_trigger: bool = False,
    ) -> Batch[OrderReport]: ...

    async def order(
        self, order_id: str, symbol: str, *, is_trigger: bool = False
    ) -> OrderReport:
        """One order by the exchange's id or by our ``t-`` text."""


@asynccontextmanager
async def open_gateway(
    venue: Venue,
    credentials: Credentials | None = None,
    budget: Budget | None = None,
    *,
    timeout_s: float = 10.0,
    transport: Transport | None = None,
) -> AsyncIterator[Gateway]:
    """A gateway for the block. ``budget`` None: unpaced, for tests.

    ``timeout_s`` is the deadline of one call, from connecting to the last byte.
    ``transport`` replaces the network. Raises BadVenue when entered, for an exchange
    or an address that is not allowed.
    """
    await library.load()  # off the loop, and the network's library with it
    network = transport or HttpTransport(venue.ccxt_id, timeout_s)
    exchange = await exchange_at(venue, credentials, budget, network)
    try:
        yield CcxtGateway(exchange, venue, credentials)
    finally:
        await network.close()
        await exchange.close()
