"""A simulated exchange in a thread of its own, and a row that leads to it."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from apps.common import clock
from apps.common.jobs.runner import run
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.models import Download, Exchange, Series
from apps.markets.services.history import DownloadRequest, request_download
from apps.markets.services.instruments import sync_instruments
from apps.markets.simulator.faults import Fault, Faults
from apps.markets.simulator.web.launch import Plan, running
from apps.markets.simulator.web.server import Simulator

MINUTE_MS = 60_000
DAY_MS = 86_400_000


@dataclass
class Journal(Faults):
    """The simulator's faults, which also note when which request came."""

    heard: list[tuple[float, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return True

    def draw(self, kinds: Any, now_ms: int, path: str, **more: Any) -> list[Fault]:
        if "answer" in kinds:
            self.heard.append((time.monotonic(), path))
        return super().draw(kinds, now_ms, path, **more)

    def times(self, path: str = "/spot/candlesticks") -> list[float]:
        return [moment for moment, name in self.heard if name == path]


@dataclass
class Stage:
    """The running simulator, seen from the test's thread."""

    simulator: Simulator
    loop: asyncio.AbstractEventLoop
    journal: Journal
    exchange: Exchange

    def fault(self, kind: str, **more: Any) -> None:
        self.journal.add(Fault(kind, path="/spot/candlesticks", **more))

    def candles(self, symbol: str, timeframe: str, start_ms: int, end_ms: int) -> Any:
        """What the simulator itself holds, past its protocol."""
        return self.call(self._candles, symbol, timeframe, start_ms, end_ms)

    def _candles(self, symbol: str, timeframe: str, start_ms: int, end_ms: int) -> Any:
        step_ms = timeframe_ms(timeframe)
        market = self.simulator.exchange.market
        count = (end_ms - start_ms) // step_ms
        pair = symbol.replace("/", "_")
        rows = market.candles(pair, timeframe, start_ms, end_ms - step_ms, count)
        return [
            (row.ts_ms, row.open, row.high, row.low, row.close, row.base_volume)
            for row in rows
        ]

    def trades(self, symbol: str) -> Any:
        """Public trades the simulator keeps, oldest first."""
        pair, venue = symbol.replace("/", "_"), self.simulator.exchange.venue
        found = self.call(lambda: venue.public_trades(pair, limit=10_000))
        return found[::-1]

    def now_ms(self) -> int:
        return self.simulator.exchange.now_ms()

    def advance(self, ms: int) -> None:
        """Move a stepped exchange on."""
        moving = self.simulator.exchange.advance(ms)
        asyncio.run_coroutine_threadsafe(moving, self.loop).result(120)

    def call(self, work: Any, *args: Any) -> Any:
        async def called() -> Any:
            return work(*args)

        return asyncio.run_coroutine_threadsafe(called(), self.loop).result(60)


@contextmanager
def simulated(plan: Plan, *, is_synced: bool = True) -> Iterator[Stage]:
    """The planned exchange, with its row and, unless told else, its instruments."""
    ready, ended = threading.Event(), threading.Event()
    found: dict[str, Any] = {}

    async def serve() -> None:
        async with running(plan) as simulator:
            simulator.exchange.faults = Journal()
            found["simulator"] = simulator
            found["loop"] = asyncio.get_running_loop()
            ready.set()
            await asyncio.to_thread(ended.wait)

    def work() -> None:
        try:
            asyncio.run(serve())
        finally:
            ready.set()

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait(30)
    try:
        simulator = found["simulator"]
        exchange, _made = Exchange.objects.get_or_create(
            code="sim",
            defaults={"name": "Simulator", "ccxt_id": "gate", "is_simulator": True},
        )
        exchange.rest_url = f"http://{simulator.host}:{simulator.port}"
        exchange.is_synthetic = True
        exchange.save()
        stage = Stage(simulator, found["loop"], simulator.exchange.faults, exchange)
        if is_synced:
            sync_instruments(exchange)
        stage.journal.heard.clear()
        yield stage
    finally:
        ended.set()
        thread.join(30)


def ask(
    stage: Stage, symbols: list[str], timeframe: str, days: float, **more: Any
) -> Download:
    """A download up to the last whole candle, in line but not offered to a worker."""
    step_ms = timeframe_ms(timeframe)
    end_ms = clock.now_ms() // step_ms * step_ms
    request = DownloadRequest(
        exchange=stage.exchange,
        instruments=list(stage.exchange.instruments.filter(symbol__in=symbols)),
        timeframes=[timeframe],
        start_at=clock.from_ms(int(end_ms - days * DAY_MS)),
        end_at=clock.from_ms(end_ms),
        **more,
    )
    return request_download(request, is_offered=False)


def fetch(stage: Stage, *args: Any, **more: Any) -> Download:
    """``ask``, done here and now."""
    download = ask(stage, *args, **more)
    run(download.job_id)
    download.job.refresh_from_db()
    return download


def series_of(stage: Stage, symbol: str, timeframe: str) -> Series:
    return Series.objects.get(
        instrument__exchange=stage.exchange,
        instrument__symbol=symbol,
        timeframe=timeframe,
    )
