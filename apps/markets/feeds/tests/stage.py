"""A feed and the simulator on one loop of virtual time, over real sockets."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import ccxt.pro  # noqa: F401  (loaded before time begins to leap)
import numpy as np

from apps.markets.feeds.deadlines import USUAL, Deadlines
from apps.markets.feeds.venue import VenueFeed
from apps.markets.gateways.clock import ExchangeClock
from apps.markets.gateways.gateway import open_gateway
from apps.markets.gateways.streams import Channel, ChannelKind
from apps.markets.gateways.streams_opening import open_stream
from apps.markets.gateways.types import Candle, ClockReading
from apps.markets.gateways.venues import Venue
from apps.markets.simulator.faults import Fault
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.tape import Prints
from apps.markets.simulator.web.launch import Plan, Recording, running
from apps.markets.simulator.web.server import Simulator
from apps.markets.simulator.web.virtual_time import VirtualLoop

MINUTE_MS = 60_000
STEP_S = 0.25
GRID = Grid(Decimal("0.1"), Decimal("0.0001"))


@dataclass
class Recorder:
    """A host that keeps everything it is told."""

    now: Callable[[], int]
    shown: dict[Channel, list[dict[str, Any]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    shown_at: dict[Channel, list[int]] = field(
        default_factory=lambda: defaultdict(list)
    )
    closed_candles: dict[Channel, list[Candle]] = field(
        default_factory=lambda: defaultdict(list)
    )
    corrections: list[Candle] = field(default_factory=list)
    alarms: list[tuple[str, Channel, int]] = field(default_factory=list)

    def now_ms(self) -> int:
        return self.now()

    def publish(self, channel: Channel, data: dict[str, Any]) -> None:
        self.shown[channel].append(data)
        self.shown_at[channel].append(self.now())

    async def closed(
        self, channel: Channel, candles: tuple[Candle, ...], now_ms: int
    ) -> None:
        self.closed_candles[channel] += candles

    async def corrected(self, channel: Channel, candles: tuple[Candle, ...]) -> None:
        self.corrections += candles

    def stalled(self, channel: Channel, since_ms: int) -> None:
        self.alarms.append(("stalled", channel, self.now()))

    def recovered(self, channel: Channel, since_ms: int) -> None:
        self.alarms.append(("recovered", channel, self.now()))


@dataclass
class Stage:
    simulator: Simulator
    feed: VenueFeed
    host: Recorder

    def arm(self, kind: str, **changes: Any) -> int:
        return self.simulator.exchange.faults.add(Fault(kind, **changes))

    def hits(self) -> dict[str, int]:
        """How often each kind of fault has struck, as the simulator counts it."""
        found: dict[str, int] = defaultdict(int)
        for fault in self.simulator.exchange.faults.listing():
            found[fault["kind"]] += fault["hits"]
        return found

    async def until(self, condition: Callable[[], object], *, within_s: float) -> float:
        """Seconds of the market's time until the condition holds."""
        began = self.host.now_ms()
        while not condition():
            passed = (self.host.now_ms() - began) / 1000
            assert passed <= within_s, f"not within {within_s} s"
            await asyncio.sleep(STEP_S / 5)
        return (self.host.now_ms() - began) / 1000

    def own_candles(self, market: str, channel: Channel) -> list[tuple[Any, ...]]:
        """The simulator's own closed candles over the time that the feed told of."""
        told = self.host.closed_candles[channel]
        found = self.simulator.exchange.market.candles(
            market, channel.timeframe, told[0].time_ms, told[-1].time_ms, 10**6
        )
        return [(c.ts_ms, c.open, c.high, c.low, c.close, c.base_volume) for c in found]

    def told_candles(self, channel: Channel) -> list[tuple[Any, ...]]:
        return [
            (c.time_ms, c.open, c.high, c.low, c.close, c.volume)
            for c in self.host.closed_candles[channel]
        ]


class MarketClock(ExchangeClock):
    """The market's own time: the gateway's would pass as on the wall."""

    def __init__(self, now: Callable[[], int]) -> None:
        super().__init__()
        self._market_ms = now
        self.reading = ClockReading(0, 0, now())

    def now_ms(self) -> int:
        return self._market_ms()

    def offset_ms(self) -> int:
        return 0

    def is_stale(self) -> bool:
        return False


@asynccontextmanager
async def staged(
    recordings: Sequence[Recording], deadlines: Deadlines = USUAL
) -> AsyncIterator[Stage]:
    """Time passes for market, simulator and feed alike, as fast as it can."""
    plan = Plan(
        source="replay", recordings=recordings, speed=0, token="t", has_limits=False
    )
    async with running(plan) as simulator:
        clock = simulator.exchange.venue.clock
        moving = asyncio.create_task(_move(simulator))
        venue = Venue("gate", rest_url=simulator.rest_url, is_simulator=True)
        host = Recorder(clock.now_ms)
        async with open_gateway(venue) as gateway:
            gateway._exchange.around.clock = MarketClock(clock.now_ms)
            feed = VenueFeed(gateway, host, deadlines)
            async with open_stream(venue, feed) as stream:
                running_feed = asyncio.create_task(feed.run(stream))
                try:
                    yield Stage(simulator, feed, host)
                finally:
                    running_feed.cancel()
                    moving.cancel()
                    await asyncio.gather(running_feed, moving, return_exceptions=True)


async def _move(simulator: Simulator) -> None:
    advance = simulator.exchange.advance
    assert advance is not None
    while True:
        await asyncio.sleep(STEP_S)
        await advance(int(STEP_S * 1000))


def on_virtual_time(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    loop = VirtualLoop()
    try:
        loop.run_until_complete(scene())
    finally:
        loop.close()


def recording(
    market: str, *, hours: float, seed: int, every_s: float = 3.0, empty: float = 0.0
) -> Recording:
    """Random trades about ``every_s`` apart; a share of the minutes has none."""
    random = np.random.default_rng(seed)
    count = int(hours * 3600 / every_s)
    start = time.time_ns() // 1_000_000 // 3_600_000 * 3_600_000
    at = np.sort(random.integers(0, int(hours * 3_600_000), count)) + start
    keep = random.random(int(hours * 60) + 1)[(at - start) // MINUTE_MS] >= empty
    keep[0] = True
    ticks = 100_000 + np.cumsum(random.integers(-20, 21, count))
    lots = random.integers(1, 5_000, count)
    prints = Prints(
        at[keep].astype(np.int64),
        ticks[keep].astype(np.int64),
        lots[keep].astype(np.int64),
        (random.random(count) < 0.5)[keep],
    )
    return Recording(market, prints, GRID)


def candle_channel(market: str) -> Channel:
    symbol = market.replace("_", "/")
    return Channel(ChannelKind.CANDLE, symbol, "1m", market)
