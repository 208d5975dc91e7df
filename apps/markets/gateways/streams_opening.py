"""Opening the stream of a venue: Gate.io's spot by our own reading, the rest by ccxt's.

ccxt.pro is loaded off the loop, with the first stream. Its own calls over REST (it
loads markets, and books of some exchanges) go through the same door as ours.
"""

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from apps.markets.gateways import addresses, library, opening
from apps.markets.gateways.door import Door, Surroundings
from apps.markets.gateways.gateio import GateDoor
from apps.markets.gateways.pacing import Budget
from apps.markets.gateways.streams import Channel, Listener, Stream
from apps.markets.gateways.streams_ccxt import WatchedStream
from apps.markets.gateways.streams_gate import GateStream
from apps.markets.gateways.streams_line import Line
from apps.markets.gateways.transport import HttpTransport
from apps.markets.gateways.venues import Venue

logger = logging.getLogger(__name__)

_REST: Final = ("https",)
_HOME_REST: Final = ("http", "https")
_TIMEOUT_S: Final = 10.0


@asynccontextmanager
async def open_stream(
    venue: Venue, listener: Listener, budget: Budget | None = None
) -> AsyncIterator[Stream]:
    """A stream for the block; nothing is connected before the first subscription.

    Raises BadVenue when entered, for an exchange or address that is not allowed.
    """
    network = HttpTransport(venue.exchange, _TIMEOUT_S)
    exchange = await _exchange(_with_stream(venue), budget, network)
    watched = WatchedStream(exchange, listener)
    own = None
    if venue.ccxt_id == "gate":
        own = GateStream(Line(exchange, exchange.urls["api"]["spot"]), listener)
    streams = _Streams(own, watched)
    try:
        yield streams
    finally:
        await streams.close()
        await network.close()
        await exchange.close()


class _Streams:
    """Each channel where it is read best."""

    def __init__(self, own: GateStream | None, watched: WatchedStream) -> None:
        self._own, self._watched = own, watched

    async def subscribe(self, channel: Channel) -> None:
        await self._for(channel).subscribe(channel)

    async def unsubscribe(self, channel: Channel) -> None:
        await self._for(channel).unsubscribe(channel)

    async def drop(self, channel: Channel, why: str) -> None:
        await self._for(channel).drop(channel, why)

    async def close(self) -> None:
        if self._own is not None:
            await self._own.close()
        await self._watched.close()

    def _for(self, channel: Channel) -> Stream:
        is_spot = ":" not in channel.symbol
        return self._own if self._own is not None and is_spot else self._watched


def _with_stream(venue: Venue) -> Venue:
    """A simulator's stream lives where its REST does, unless it is told otherwise."""
    if not venue.is_simulator or venue.ws_url or not venue.rest_url:
        return venue
    origin = urlsplit(venue.rest_url)
    scheme = "wss" if origin.scheme == "https" else "ws"
    return replace(venue, ws_url=f"{scheme}://{origin.netloc}")


class _Reading:
    """Mixed in before the door: what ccxt's reading of messages needs of itself."""

    def parse_order_book(self, *args: Any, **named: Any) -> Any:
        # With numbers, which ccxt sorts levels by; the door keeps them as texts.
        return super(Door, self).parse_order_book(*args, **named)  # type: ignore[misc]

    def handle_message(self, client: Any, message: Any) -> None:
        try:
            super().handle_message(client, message)  # type: ignore[misc]
        except Exception as error:
            # ccxt would stop reading, leave the socket open, and tell nobody.
            logger.exception("stream.message_failed")
            client.on_error(error)


async def _exchange(venue: Venue, budget: Budget | None, network: HttpTransport) -> Any:
    pro = await asyncio.to_thread(importlib.import_module, "ccxt.pro")
    base = library.class_of(pro, venue)
    door = GateDoor if issubclass(base, pro.gate) else Door
    exchange = type(f"Streaming{base.__name__}", (_Reading, door, base), {})(
        opening._settings(venue, None)
    )
    exchange.has["fetchCurrencies"] = False
    exchange.timeout_on_exit = 0
    opening._place(exchange, venue)
    schemes = _HOME_REST if venue.is_simulator else _REST
    origins = addresses.origins_of(exchange.urls["api"], schemes)
    exchange.around = Surroundings(network, origins, budget)
    return exchange
