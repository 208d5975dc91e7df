"""Live feeds: how many messages one process takes, and how old they are on a page.

The simulator and the pages' client are here; the feed process with its sockets is a
child, so that its processor time and memory are its own. ``CASHUP_BENCH_FEEDS_S``
makes the runs longer than 15 s; 1800 is what the goal on memory is about.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import connect

from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.web.launch import Plan, running
from apps.markets.simulator.web.server import Simulator
from benchmarks.table import Row

INSTRUMENTS = 100
SECONDS = float(os.environ.get("CASHUP_BENCH_FEEDS_S", "15"))
FAST_PER_S, USUAL_PER_S = 5_000, 1_000
WARM_UP_S = 3.0
STEP_S = 0.01
CPU_GOAL_US = 200.0  # of one core, at 5,000 a second
P99_GOAL_MS = 150.0
RSS_GOAL_PCT = 2.0


def rows() -> list[Row]:
    fast = asyncio.run(_measured(FAST_PER_S, pages=False))
    usual = asyncio.run(_measured(USUAL_PER_S, pages=True))
    heard = fast["messages"] / fast["sent"]
    return [
        Row(
            f"feed: processor time a message, {fast['per_s']:.0f} messages/s",
            fast["cpu_us"],
            "us",
            CPU_GOAL_US,
            f"<= 200: one core keeps up ({heard:.2%} heard)",
            fast["cpu_us"] <= CPU_GOAL_US and heard > 0.999,
        ),
        Row(
            f"feed: exchange to page, {usual['per_s']:.0f} messages/s, p99",
            usual["page_p99_ms"],
            "ms",
            P99_GOAL_MS,
            f"<= 150 ms (median {usual['page_p50_ms']:.1f}, {usual['frames']} frames)",
            usual["page_p99_ms"] <= P99_GOAL_MS,
        ),
        Row(
            f"feed: exchange to publishing, {usual['per_s']:.0f} messages/s, p99",
            usual["told_p99_ms"],
            "ms",
            None,
            "the feed's own part of it",
            None,
        ),
        Row(
            f"feed: memory grown in {SECONDS:.0f} s at {FAST_PER_S} messages/s",
            fast["rss_growth_pct"],
            "%",
            RSS_GOAL_PCT,
            f"<= 2 % in 30 minutes ({fast['rss_mb']:.0f} MB)",
            fast["rss_growth_pct"] <= RSS_GOAL_PCT,
        ),
    ]


async def _measured(per_s: int, *, pages: bool) -> dict[str, Any]:
    async with _simulator() as simulator:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.feeds_child"),
            json.dumps({"url": simulator.rest_url, "count": INSTRUMENTS}),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None and process.stdout is not None
        port = int(await process.stdout.readline())
        ages: list[float] = []
        page = asyncio.create_task(_page(port, ages)) if pages else None
        await _push(simulator, per_s, WARM_UP_S)
        ages.clear()
        process.stdin.write(b"begin\n")
        sent, took = await _push(simulator, per_s, SECONDS)
        await asyncio.sleep(0.5)
        process.stdin.write(b"end\n")
        seen = json.loads(await process.stdout.readline())
        if page is not None:
            page.cancel()
        process.stdin.close()
        await process.wait()
        return {**seen, **_ages(ages), "sent": sent, "per_s": sent / took}


def _ages(ages: list[float]) -> dict[str, Any]:
    if not ages:
        return {}
    ages.sort()
    return {
        "page_p50_ms": ages[len(ages) // 2],
        "page_p99_ms": ages[int(len(ages) * 0.99)],
        "frames": len(ages),
    }


async def _page(port: int, ages: list[float]) -> None:
    """A page that watches all tickers; the age of each update when it arrives."""
    async with connect(f"ws://127.0.0.1:{port}/ws/live/") as socket:
        for number in range(INSTRUMENTS):
            topic = f"ticker:{number}"
            await socket.send(json.dumps({"op": "subscribe", "topic": topic}))
        async for text in socket:
            frame = json.loads(text)
            if "time_ms" in frame.get("data", {}):
                ages.append(time.time() * 1000 - frame["data"]["time_ms"])


@asynccontextmanager
async def _simulator() -> AsyncIterator[Simulator]:
    async with running(Plan(source="mirror", has_limits=False)) as simulator:
        for number in range(INSTRUMENTS):
            instrument = Instrument(f"B{number}_USDT", f"B{number}", "USDT", 2, 2)
            simulator.exchange.venue.set_instrument(instrument)
        yield simulator


async def _push(simulator: Simulator, per_s: int, seconds: float) -> tuple[int, float]:
    """Tickers round-robin at an even pace; returns how many were sent, in how long."""
    hub, sent, began = simulator.app.sockets.hub, 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        while sent < passed * per_s:
            pair = f"B{sent % INSTRUMENTS}_USDT"
            hub.publish([("spot.tickers", pair)], _ticker(pair, sent), pair=pair)
            sent += 1
        await asyncio.sleep(STEP_S)
    return sent, time.perf_counter() - began


def _ticker(pair: str, number: int) -> dict[str, str]:
    price = 10_000 + number % 997
    return {
        "currency_pair": pair,
        "last": f"{price}.25",
        "lowest_ask": f"{price}.30",
        "highest_bid": f"{price}.20",
        "change_percentage": "1.42",
        "base_volume": "12345.678",
        "quote_volume": "123456789.12",
        "high_24h": "11000.5",
        "low_24h": "9900.1",
    }
