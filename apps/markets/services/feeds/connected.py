"""One exchange of a feed process: its connection, its channels, and where they go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from apps.common import clock
from apps.common.errors import CashUpError
from apps.common.events import outbox
from apps.markets.events import FeedRecovered, FeedStalled
from apps.markets.feeds.venue import VenueFeed
from apps.markets.gateways.budget import budget_for
from apps.markets.gateways.streams import Channel
from apps.markets.gateways.streams_opening import open_stream
from apps.markets.gateways.types import Candle
from apps.markets.gateways.venues import Venue
from apps.markets.models import Exchange, FeedKind
from apps.markets.services.connecting import connect, venue_of
from apps.markets.services.feeds.closing import close_candles, correct_candles
from apps.markets.services.feeds.demand import Need
from apps.markets.services.feeds.reporting import Report, report_of
from apps.markets.services.feeds.topics import topic_of

if TYPE_CHECKING:
    from apps.markets.services.feeds.running import Bound, FeedRunner

logger = logging.getLogger(__name__)

_AGAIN_S: Final = 3.0
_ADDRESS_EVERY_S: Final = 3.0


class Connected:
    """``Host`` of a ``VenueFeed``, which is made anew whenever its venue fails."""

    def __init__(self, exchange: Exchange, runner: FeedRunner) -> None:
        self._exchange, self._runner = exchange, runner
        self._bound: dict[Need, Bound] = {}
        self._needs: dict[Channel, Need] = {}
        self._cursors: Mapping[Need, int | None] = {}
        self._feed: VenueFeed | None = None
        self._task = asyncio.create_task(self._run(), name=f"feed {exchange.code}")

    async def carry(
        self, bound: dict[Need, Bound], cursors: Mapping[Need, int | None]
    ) -> None:
        """From now on these channels; a lease that changed begins its channel anew."""
        before = self._bound
        changed = {
            need
            for need, one in bound.items()
            if need in before and before[need].lease.token != one.lease.token
        }
        self._cursors = cursors
        if changed and self._feed is not None:
            self._bind({n: one for n, one in bound.items() if n not in changed})
        self._bind(bound)

    def _bind(self, bound: dict[Need, Bound]) -> None:
        self._bound = bound
        self._needs = {one.channel: need for need, one in bound.items()}
        if self._feed is not None:
            # Candles wait for their cursor: without it they would begin at now.
            self._feed.want(
                {
                    one.channel: self._cursors.get(need)
                    for need, one in bound.items()
                    if need.kind != FeedKind.CANDLE or need in self._cursors
                }
            )

    def restart(self, need: Need) -> None:
        if self._feed is not None and need in self._bound:
            self._feed.restart(self._bound[need].channel)

    def reports(self, now_ms: int) -> Iterator[Report]:
        for channel, live in list(self._feed.live.items()) if self._feed else []:
            if (need := self._needs.get(channel)) is not None:
                yield report_of(need, live, now_ms)

    def refusals(self) -> Mapping[str, int]:
        return self._feed.unread.refused if self._feed else {}

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    # The connection

    async def _run(self) -> None:
        while True:
            try:
                await self._connected()
            except CashUpError as error:
                facts = {"exchange": self._exchange.code, "error": str(error)}
                logger.warning("feed.not_connected", extra=facts)
            except Exception:
                logger.exception("feed.venue_failed")
            finally:
                self._feed = None
            for need in self._bound:
                # What was told meanwhile is in the database.
                self._runner.forget_cursor(need)
            await asyncio.sleep(_AGAIN_S)

    async def _connected(self) -> None:
        exchange, venue = await self._runner.in_lease_thread(self._address)
        async with connect(exchange) as gateway:
            feed = VenueFeed(gateway, self, self._runner.deadlines)
            async with open_stream(venue, feed, budget_for(venue)) as stream:
                self._feed = feed
                moved = asyncio.create_task(self._moved(venue))
                running = asyncio.create_task(feed.run(stream))
                self._bind(self._bound)
                try:
                    done, _ = await asyncio.wait(
                        {moved, running}, return_when=asyncio.FIRST_COMPLETED
                    )
                    for task in done:
                        task.result()
                finally:
                    self._feed = None
                    for task in (moved, running):
                        task.cancel()
                    await asyncio.gather(moved, running, return_exceptions=True)

    async def _moved(self, venue: Venue) -> None:
        """Returns when the exchange is elsewhere: somebody changed its row, or a
        simulator was started again."""
        while True:
            await asyncio.sleep(_ADDRESS_EVERY_S)
            try:
                _, now_at = await self._runner.in_lease_thread(self._address)
                if now_at != venue:
                    return
            except CashUpError:
                continue  # no simulator for the moment

    def _address(self) -> tuple[Exchange, Venue]:
        """As the row says now."""
        exchange = Exchange.objects.get(pk=self._exchange.pk)
        return exchange, venue_of(exchange)

    # The host of its feed

    def now_ms(self) -> int:
        return clock.now_ms()

    def publish(self, channel: Channel, data: dict[str, Any]) -> None:
        if (need := self._needs.get(channel)) is not None:
            self._runner.outlet.put(topic_of(need), data)

    async def closed(
        self, channel: Channel, candles: tuple[Candle, ...], now_ms: int
    ) -> None:
        await self._write(channel, candles, partial(close_candles, now_ms=now_ms))

    async def corrected(self, channel: Channel, candles: tuple[Candle, ...]) -> None:
        await self._write(channel, candles, correct_candles)

    async def _write(
        self, channel: Channel, candles: tuple[Candle, ...], write: Any
    ) -> None:
        need = self._needs.get(channel)
        bound = self._bound.get(need) if need else None
        if need is None or bound is None:
            return  # it is somebody else's now, who will fetch them
        work = partial(write, bound.instrument, need.timeframe, candles, bound.lease)
        await self._runner.in_thread(self._runner.stores, work)

    def stalled(self, channel: Channel, since_ms: int) -> None:
        self._announce(FeedStalled, channel, since_ms)

    def recovered(self, channel: Channel, since_ms: int) -> None:
        self._announce(FeedRecovered, channel, since_ms)

    def _announce(self, event: type[Any], channel: Channel, since_ms: int) -> None:
        need = self._needs.get(channel)
        if need is None:
            return
        instrument = self._bound[need].instrument
        news = event(
            instrument_id=instrument.pk,
            exchange=instrument.exchange.code,
            symbol=instrument.symbol,
            kind=need.kind,
            timeframe=need.timeframe if need.kind == FeedKind.CANDLE else "",
            since=clock.from_ms(since_ms),
        )
        word = "feed.stalled" if event is FeedStalled else "feed.recovered"
        logger.warning(word, extra={"channel": channel.label})
        self._runner.soon(_add(news))


def _add(news: Any) -> Any:
    def add() -> None:
        with transaction.atomic():
            outbox.add(news)

    return add
