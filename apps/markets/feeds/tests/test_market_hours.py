"""Hours of a market through every kind of fault, over real sockets."""

import asyncio
import os
from random import Random

from apps.markets.feeds.tests.stage import (
    candle_channel,
    on_virtual_time,
    recording,
    staged,
)

# All of the claim is CASHUP_FEED_HOURS=6, _INSTRUMENTS=20 and _FAULTS=20 (4 minutes).
HOURS = float(os.environ.get("CASHUP_FEED_HOURS", "1"))
INSTRUMENTS = int(os.environ.get("CASHUP_FEED_INSTRUMENTS", "4"))
FAULTS = int(os.environ.get("CASHUP_FEED_FAULTS", "4"))


def test_live_candles_equal_the_simulators_through_all_faults():
    markets = [f"C{n}_USDT" for n in range(INSTRUMENTS)]

    async def scene():
        tapes = [
            recording(name, hours=HOURS + 0.2, seed=n, empty=0.02)
            for n, name in enumerate(markets)
        ]
        async with staged(tapes) as stage:
            channels = {name: candle_channel(name) for name in markets}
            stage.feed.want(dict.fromkeys(channels.values()))
            path = "spot.candlesticks"
            stage.arm("push_duplicate", path=path, share=0.02, seed=1)
            stage.arm("push_reorder", path=path, share=0.02, seed=2)
            stage.arm("push_swallow", path=path, share=0.01, seed=3)
            await break_now_and_then(stage)
            await stage.until(
                lambda: (
                    min(len(stage.host.closed_candles[c]) for c in channels.values())
                    >= HOURS * 60 * 0.9
                ),
                within_s=HOURS * 3600,
            )
            await stage.feed.settled()

            assert_all_faults_struck(stage)
            for name, channel in channels.items():
                assert stage.told_candles(channel) == stage.own_candles(name, channel)
            assert stage.host.corrections == []

    on_virtual_time(scene)


async def break_now_and_then(stage):
    """Disconnections and silent stalls, spread over the hours."""
    random, pause = Random(7), HOURS * 3600 / (2 * FAULTS + 1)
    for kind in random.sample(["ws_close", "ws_stall"] * FAULTS, 2 * FAULTS):
        await asyncio.sleep(pause * random.uniform(0.5, 1.4))
        stage.arm(kind, times=1)


def assert_all_faults_struck(stage):
    hits = stage.hits()
    pushes = sum(live.figures.messages for live in stage.feed.live.values())
    assert hits["ws_close"] == hits["ws_stall"] == FAULTS
    assert hits["push_duplicate"] > pushes * 0.01
    assert hits["push_reorder"] > pushes * 0.01
    assert hits["push_swallow"] > pushes * 0.005
