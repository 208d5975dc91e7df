"""The one process's feeds: a child that comes when prices are needed, and goes."""

import asyncio

import pytest
from channels.db import database_sync_to_async
from django.conf import settings

from apps.markets.models import Exchange, FeedKind, FeedProcess, Instrument
from apps.markets.services.feeds import ask_for, release
from apps.markets.services.feeds.demand import Need
from apps.markets.services.feeds.quotes import latest
from apps.markets.services.feeds.topics import topic_of
from apps.markets.simulator.web.launch import Plan, running
from cashup.serve import feeds


@pytest.fixture
def same_database(monkeypatch, transactional_db, tmp_path):
    """For a child process, which reads its settings from the environment."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        pytest.skip("the one process lives on SQLite")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database['NAME']}")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "cashup.settings.local")
    monkeypatch.setenv("CASHUP_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(feeds, "LINGER_S", 0.5)
    monkeypatch.setattr(feeds, "LOOK_EVERY_S", 0.3)


async def test_prices_come_while_they_are_needed(same_database):
    async with running(Plan(token="t")) as simulator:
        needs = await database_sync_to_async(wishes)(simulator.rest_url)
        ended = asyncio.Event()
        desk = asyncio.create_task(feeds.feed(ended))
        for need in needs:
            await until(lambda need=need: latest(topic_of(need)))
        first = latest(topic_of(needs[0]))["last"]
        await until(lambda: latest(topic_of(needs[0]))["last"] != first)
        alive = await database_sync_to_async(FeedProcess.objects.count)()

        await database_sync_to_async(release)("bot:1")
        await until_gone()
        ended.set()
        await desk

    assert alive == 1
    assert "bids" in latest(topic_of(needs[1]))
    assert latest(topic_of(needs[0]))["feed"] == {
        "state": "live",
        "stale_since_ms": None,
    }


def wishes(url):
    exchange = Exchange.objects.create(
        code="sim", name="Sim", ccxt_id="gate", rest_url=url, is_simulator=True
    )
    market = Instrument.objects.create(
        exchange=exchange,
        symbol="BTC/USDT",
        exchange_symbol="BTC_USDT",
        base="BTC",
        quote="USDT",
    )
    needs = [
        Need(market.pk, FeedKind.TICKER),
        Need(market.pk, FeedKind.BOOK),
        Need(market.pk, FeedKind.TRADES),
        Need(market.pk, FeedKind.CANDLE, "1m"),
    ]
    ask_for("bot:1", needs)
    return needs


async def until(condition, seconds=60):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


async def until_gone():
    async with asyncio.timeout(60):
        while await database_sync_to_async(FeedProcess.objects.exists)():
            await asyncio.sleep(0.1)
