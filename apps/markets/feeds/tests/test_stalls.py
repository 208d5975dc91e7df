"""Every one of a hundred channels falls silent, one at a time, over real sockets."""

import os

import pytest

from apps.markets.feeds.deadlines import State
from apps.markets.feeds.tests.stage import on_virtual_time, recording, staged
from apps.markets.gateways.streams import Channel, ChannelKind

# All of the claim is CASHUP_FEED_STALLED=25: four channels of each (2 minutes).
INSTRUMENTS = int(os.environ.get("CASHUP_FEED_STALLED", "3"))
NOTICED_S, HEALED_S = 10.0, 15.0
MARKETS = [f"S{n}_USDT" for n in range(INSTRUMENTS)]
PATHS = {
    ChannelKind.TICKER: "spot.tickers",
    ChannelKind.TRADES: "spot.trades",
    ChannelKind.CANDLE: "spot.candlesticks",
    ChannelKind.BOOK: "spot.obu",
}


def all_channels():
    return [
        Channel(
            kind,
            name.replace("_", "/"),
            "1m" if kind is ChannelKind.CANDLE else "",
            name,
        )
        for name in MARKETS
        for kind in ChannelKind
    ]


def busy_markets(hours):
    return [
        recording(name, hours=hours, seed=n, every_s=0.5)
        for n, name in enumerate(MARKETS)
    ]


async def all_live(stage):
    for_all = stage.feed.live.values()
    await stage.until(
        lambda: all(live.watch.state is State.LIVE for live in for_all), within_s=20
    )


@pytest.mark.parametrize("fault", ["forgotten", "ws_stall"])
def test_each_silent_channel_is_noticed_and_healed(fault):
    """Forgotten: the exchange drops one subscription and says nothing."""

    async def scene():
        async with staged(busy_markets(hours=len(MARKETS) * 0.05 + 0.1)) as stage:
            stage.feed.want(dict.fromkeys(all_channels()))
            await all_live(stage)
            for channel in all_channels():
                silence(stage, channel, fault)
                live = stage.feed.live[channel]
                before = live.watch.resubscriptions
                noticed = await stage.until(
                    lambda: live.watch.resubscriptions > before,  # noqa: B023
                    within_s=30,
                )
                healed = noticed + await stage.until(
                    lambda: live.watch.state is State.LIVE,  # noqa: B023
                    within_s=30,
                )
                assert noticed <= NOTICED_S, channel.label
                assert healed <= HEALED_S, channel.label
                await all_live(stage)
            assert stage.host.alarms == []

    on_virtual_time(scene)


def silence(stage, channel, fault):
    path = PATHS[channel.kind]
    if fault == "ws_stall":
        stage.simulator.exchange.faults.clear()
        stage.arm("ws_stall", path=path, pair=channel.market_id, times=1)
        return
    hub = stage.simulator.app.sockets.hub
    for session in hub.sessions:
        for topic in [t for t in session.topics if is_about(t, path, channel)]:
            hub.leave(session, topic)


def is_about(topic, path, channel):
    return topic[0] == path and channel.market_id in topic[1]


def test_channel_that_stays_silent_is_polled_then_alarmed_then_recovers():
    async def scene():
        async with staged(busy_markets(hours=0.3)) as stage:
            stage.feed.want(dict.fromkeys(all_channels()))
            await all_live(stage)
            for channel in all_channels()[:4]:
                await stay_silent(stage, channel)

    on_virtual_time(scene)


async def stay_silent(stage, channel):
    path, pair = PATHS[channel.kind], channel.market_id
    number = stage.arm("push_swallow", path=path, pair=pair)
    shown = stage.host.shown_at[channel]
    stage.host.alarms.clear()

    await stage.until(lambda: stage.host.alarms, within_s=40)
    if channel.kind is not ChannelKind.BOOK:
        # A replay's book has no spread, and the gateway believes no such book.
        polled_from = len(shown)
        await stage.until(lambda: len(shown) > polled_from + 2, within_s=10)
    stage.simulator.exchange.faults.remove(number)
    await stage.until(lambda: len(stage.host.alarms) > 1, within_s=15)
    await all_live(stage)

    words = [(word, about) for word, about, _ in stage.host.alarms]
    assert words == [("stalled", channel), ("recovered", channel)]


def test_quiet_market_is_no_alarm():
    async def scene():
        name = "Q_USDT"
        tape = recording(name, hours=2, seed=1, every_s=240)
        async with staged([tape]) as stage:
            quiet = [
                Channel(
                    kind, "Q/USDT", "1m" if kind is ChannelKind.CANDLE else "", name
                )
                for kind in ChannelKind
            ]
            stage.feed.want(dict.fromkeys(quiet))
            await stage.until(
                lambda: stage.host.now_ms() - tape.start_ms > 3_000_000, within_s=3600
            )

            assert stage.host.alarms == []
            candles = next(c for c in quiet if c.kind is ChannelKind.CANDLE)
            assert stage.told_candles(candles) == stage.own_candles(name, candles)

    on_virtual_time(scene)
