"""One feed process with its live sockets, for ``benchmarks.feeds``.

It is told where the exchange is, prints its port, and between two lines on its input
counts what it does.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cashup.settings.test")
django.setup()

import uvicorn  # noqa: E402

from apps.common import clock  # noqa: E402
from apps.common.live import consumer, topics  # noqa: E402
from apps.common.live.publish import publish, set_main_loop  # noqa: E402
from apps.common.live.routing import websocket  # noqa: E402
from apps.markets.feeds.venue import VenueFeed  # noqa: E402
from apps.markets.gateways.gateway import open_gateway  # noqa: E402
from apps.markets.gateways.streams import Channel, ChannelKind  # noqa: E402
from apps.markets.gateways.streams_opening import open_stream  # noqa: E402
from apps.markets.gateways.venues import Venue  # noqa: E402
from apps.markets.services.feeds.reporting import memory_mb  # noqa: E402


class Pages:
    """A host that only publishes, and notes how old that is."""

    def __init__(self) -> None:
        self.ages_ms: list[int] = []

    def now_ms(self) -> int:
        return clock.now_ms()

    def publish(self, channel: Channel, data: dict[str, Any]) -> None:
        self.ages_ms.append(clock.now_ms() - data["time_ms"])
        number = channel.market_id.removeprefix("B").removesuffix("_USDT")
        publish(f"ticker:{number}", data)

    async def closed(self, *_: Any) -> None: ...

    async def corrected(self, *_: Any) -> None: ...

    def stalled(self, *_: Any) -> None: ...

    def recovered(self, *_: Any) -> None: ...


def _open_door() -> None:
    """The real socket without people: there is no database here."""

    async def identify(_self: Any) -> str:
        return ""

    consumer.LiveConsumer._identify = identify  # type: ignore[method-assign]
    topics.unregister("ticker")
    topics.register("ticker", allowed=lambda *_: True, snapshot=lambda *_: {})


async def main(url: str, count: int) -> None:
    _open_door()
    loop = asyncio.get_running_loop()
    set_main_loop(loop)
    config = uvicorn.Config(websocket, port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    venue = Venue("gate", rest_url=url, is_simulator=True)
    async with open_gateway(venue) as gateway:
        pages = Pages()
        feed = VenueFeed(gateway, pages)
        async with open_stream(venue, feed) as stream:
            carrying = asyncio.create_task(feed.run(stream))
            names = [f"B{number}" for number in range(count)]
            channels = [
                Channel(ChannelKind.TICKER, f"{name}/USDT", "", f"{name}_USDT")
                for name in names
            ]
            feed.want(dict.fromkeys(channels))
            while not all(live.watch.is_subscribed for live in feed.live.values()):
                await asyncio.sleep(0.05)
            print(server.servers[0].sockets[0].getsockname()[1], flush=True)
            await _line()
            before = _state(feed)
            pages.ages_ms.clear()
            await _line()
            after = _state(feed)
            ages = sorted(pages.ages_ms)
            told_p99 = {"told_p99_ms": ages[int(len(ages) * 0.99)]}
            print(json.dumps(_between(before, after) | told_p99), flush=True)
            await _line()
            carrying.cancel()
    server.should_exit = True
    await serving


def _state(feed: VenueFeed) -> tuple[float, float, float]:
    messages = sum(live.figures.messages for live in feed.live.values())
    return time.process_time(), memory_mb(), messages


def _between(before: Any, after: Any) -> dict[str, float]:
    cpu_s, _, messages = (b - a for a, b in zip(before, after, strict=True))
    return {
        "messages": messages,
        "cpu_us": cpu_s / max(messages, 1) * 1e6,
        "rss_mb": after[1],
        "rss_growth_pct": (after[1] / before[1] - 1) * 100,
    }


async def _line() -> None:
    await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
