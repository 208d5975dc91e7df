"""A simulator in a thread of its own, told what to do from a test that is not async."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from apps.markets.models import Exchange
from apps.markets.simulator.core.instruments import Instrument as Market
from apps.markets.simulator.faults import parse
from apps.markets.simulator.web.launch import running
from apps.markets.simulator.web.plan import Plan
from apps.markets.simulator.web.rules import keep_rules
from apps.markets.simulator.web.server import Simulator


@dataclass
class Room:
    """The running simulator; every change is made on its own loop."""

    simulator: Simulator
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        return self.simulator.url

    def do(self, work: Callable[[], Any]) -> Any:
        async def made() -> Any:
            return work()

        return asyncio.run_coroutine_threadsafe(made(), self.loop).result(10)

    def fault(self, kind: str, **fields: Any) -> int:
        """Put one in force; it is so with the next request."""
        exchange = self.simulator.exchange
        raw = {"kind": kind, **fields}
        return self.do(lambda: exchange.faults.add(parse(raw, exchange.now_ms())))

    def clear_faults(self) -> None:
        def clear() -> None:
            self.simulator.exchange.faults.clear()
            # As the back room does: what they laid over the rules comes off again.
            keep_rules(self.simulator.exchange)

        self.do(clear)

    def list_market(self, name: str, **changes: Any) -> None:
        """Add a market with BTC_USDT's rules, or change one."""
        venue = self.simulator.exchange.venue
        base, quote = name.split("_")
        like: Market = venue.instruments.get(name) or venue.instruments["BTC_USDT"]
        made = replace(like, id=name, base=base, quote=quote, **changes)
        self.do(lambda: venue.set_instrument(made))

    def put_market(self, market: Market) -> None:
        self.do(lambda: self.simulator.exchange.venue.set_instrument(market))

    def drop_market(self, name: str) -> Market:
        """Off the list without a word, as an exchange may. Returns what it was."""
        venue = self.simulator.exchange.venue
        dropped: Market = self.do(lambda: venue.instruments.pop(name))
        return dropped

    def as_at_the_start(self, markets: dict[str, Market]) -> None:
        """No fault, and these markets again."""
        self.clear_faults()
        venue = self.simulator.exchange.venue

        def restore() -> None:
            for name in set(venue.instruments) - set(markets):
                venue.instruments.pop(name)
            for market in markets.values():
                venue.set_instrument(market)

        self.do(restore)


@contextmanager
def room() -> Iterator[Room]:
    """A simulator of three markets, in real time, without limits."""
    ready: list[Room] = []
    started, ended = threading.Event(), threading.Event()

    async def serve() -> None:
        plan = Plan(has_limits=False, token="t" * 20)
        async with running(plan) as simulator:
            ready.append(Room(simulator, asyncio.get_running_loop()))
            started.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        assert started.wait(30)
        yield ready[0]
    finally:
        ended.set()
        thread.join(10)


def make_exchange(url: str = "", **changes: Any) -> Exchange:
    values = {
        "code": "simulator",
        "name": "Simulator",
        "ccxt_id": "gate",
        "rest_url": url,
        "is_simulator": True,
    }
    return Exchange.objects.create(**{**values, **changes})
