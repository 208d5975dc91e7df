"""A feed process as it runs: its rows, its alarms, its restarts, its readers."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import redis
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings as django_settings

from apps.common.live.publish import group_of
from apps.common.models import OutboxEvent
from apps.markets.feeds.deadlines import Deadlines
from apps.markets.models import FeedChannel, FeedDemand, FeedKind, FeedState
from apps.markets.services.feeds import ask_for, release, restart_channel
from apps.markets.services.feeds.demand import Need
from apps.markets.services.feeds.running import FeedRunner
from apps.markets.services.feeds.topics import topic_of
from apps.markets.services.feeds.watchers import Watchers
from apps.markets.simulator.faults import Fault
from apps.markets.simulator.web.launch import Plan, running
from apps.markets.tests.feeds.street import markets_at

pytestmark = pytest.mark.django_db(transaction=True)
IMPATIENT = Deadlines(
    silence_ms=1_500, verify_ms=700, poll_ms=500, alarm_ms=3_000, quiet_ms=5_000
)


@asynccontextmanager
async def carried(*kinds):
    """A runner that carries these kinds of BTC/USDT, live already."""
    async with running(Plan(token="t", has_limits=False)) as simulator:
        needs = await database_sync_to_async(asked)(simulator.url, kinds)
        runner, stopped = FeedRunner(deadlines=IMPATIENT), asyncio.Event()
        task = asyncio.create_task(runner.run(stopped))
        try:
            await until(lambda: states() == dict.fromkeys(kinds, FeedState.LIVE))
            yield simulator, needs
        finally:
            stopped.set()
            await asyncio.wait_for(task, 20)


def asked(url, kinds):
    market = markets_at(url, "BTC_USDT")[0]
    needs = [Need(market.pk, k, "1m" if k == FeedKind.CANDLE else "") for k in kinds]
    ask_for("bot:1", needs)
    return needs


async def until(condition, seconds=40):
    async with asyncio.timeout(seconds):
        while not await database_sync_to_async(condition)():
            await asyncio.sleep(0.1)


def states():
    return dict(FeedChannel.objects.values_list("kind", "state"))


def row():
    return FeedChannel.objects.get()


def told():
    names = OutboxEvent.objects.order_by("pk").values_list("event", flat=True)
    return [name.rpartition(".")[2] for name in names]


async def test_rows_show_how_each_channel_does():
    async with carried(*FeedKind.values):
        await until(lambda: all(r.rate > 0 for r in FeedChannel.objects.all()))
        rows = await database_sync_to_async(list)(
            FeedChannel.objects.select_related("process")
        )

    for shown in rows:
        assert shown.last_message_at is not None
        assert abs(shown.lag_ms) < 5_000
        assert shown.process.rss_mb > 10
        assert shown.refused_count == 0
    after = await database_sync_to_async(list)(FeedChannel.objects.all())
    assert {shown.process_id for shown in after} == {None}


async def test_silence_is_alarmed_and_its_end_is_told():
    async with carried(FeedKind.TICKER) as (simulator, _):
        faults = simulator.exchange.faults
        number = faults.add(Fault("push_swallow", path="spot.tickers"))
        await until(lambda: told() == ["FeedStalled"])
        await until(lambda: row().stalled_since is not None)
        polled = (await database_sync_to_async(row)()).poll_count
        faults.remove(number)
        await until(lambda: told() == ["FeedStalled", "FeedRecovered"])
        await until(lambda: row().stalled_since is None)

    payload = (await database_sync_to_async(OutboxEvent.objects.first)()).payload
    assert (payload["kind"], payload["symbol"]) == ("ticker", "BTC/USDT")
    assert polled > 0


async def test_restart_connects_anew():
    async with carried(FeedKind.BOOK):
        before = await database_sync_to_async(row)()
        await database_sync_to_async(restart_channel)(before)
        await until(lambda: row().reconnect_count > before.reconnect_count)
        await until(lambda: row().state == FeedState.LIVE)


async def test_what_nobody_needs_ends():
    async with carried(FeedKind.BOOK) as (simulator, _):
        await database_sync_to_async(release)("bot:1")
        await until(lambda: row().state == FeedState.ENDED, seconds=60)
        topics = [s.topics for s in simulator.app.sockets.hub.sessions]

    assert not any(topics)


async def test_exchange_that_moved_is_found_again():
    """A simulator that was started again has another port."""
    async with carried(FeedKind.TICKER) as (_, needs), running(Plan()) as other:
        await database_sync_to_async(move)(other.rest_url)
        await until(lambda: row().message_count and other.app.sockets.hub.sessions)

    assert needs


def move(url):
    exchange = row().instrument.exchange
    exchange.rest_url = url
    exchange.save()


def wish_of_a_page():
    market = markets_at("http://127.0.0.1:1", "BTC_USDT")[0]
    need = Need(market.pk, FeedKind.BOOK)
    ask_for("pages", [need], for_s=5)
    return need


@pytest.mark.parametrize("layer", ["memory", "redis"])
async def test_wish_of_a_page_lasts_while_a_socket_listens(layer, settings):
    if layer == "redis":
        through_redis(settings)
    need = await database_sync_to_async(wish_of_a_page)()
    watchers, channel_layer = Watchers(), get_channel_layer()
    group, channel = group_of(topic_of(need)), await channel_layer.new_channel()

    alone = await database_sync_to_async(watchers.heard)([need])
    await channel_layer.group_add(group, channel)
    heard = await database_sync_to_async(watchers.heard)([need])
    before = await database_sync_to_async(FeedDemand.objects.get)()
    await database_sync_to_async(watchers.renew)()
    after = await database_sync_to_async(FeedDemand.objects.get)()
    await channel_layer.group_discard(group, channel)
    gone = await database_sync_to_async(watchers.heard)([need])

    assert (alone, heard, gone) == ([], [need], [])
    assert after.until > before.until


def through_redis(settings):
    from tests.servers import REDIS

    try:
        redis.from_url(REDIS, socket_connect_timeout=2).ping()
    except redis.RedisError as error:
        pytest.skip(f"Redis does not answer: {error}")
    settings.REDIS_URL = REDIS
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS], "prefix": f"test{id(settings)}"},
        }
    }
    assert django_settings.REDIS_URL == REDIS
