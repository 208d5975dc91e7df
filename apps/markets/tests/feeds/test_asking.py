"""Asking for feeds, what their topics say, and restarting one."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.live import snapshots
from apps.markets.models import (
    FeedChannel,
    FeedDemand,
    FeedKind,
    FeedProcess,
    FeedState,
    WatchList,
    WatchListEntry,
)
from apps.markets.services.feeds import ask_for, release, restart_channel
from apps.markets.services.feeds.demand import Need, is_needed, needs
from apps.markets.services.feeds.quotes import remember
from apps.markets.services.feeds.reporting import restarts_asked
from apps.markets.services.feeds.topics import need_of, topic_of
from apps.markets.tests.feeds.street import markets_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return markets_at("http://127.0.0.1:1", "BTC_USDT")[0]


def snapshot(topic):
    import json

    return json.loads(snapshots.take(topic, None).frame)


def test_asked_for_until_it_is_released(market):
    candle = Need(market.pk, FeedKind.CANDLE, "1m")
    ask_for("bot:1", [candle])

    assert needs() == {"bot:1": {candle}}
    release("bot:1")
    assert not is_needed()


def test_wish_runs_out_unless_it_is_renewed(market):
    book = Need(market.pk, FeedKind.BOOK)
    ask_for("pages", [book], for_s=30)
    ask_for("pages", [book], for_s=60)

    with clock.held_at(clock.now() + timedelta(seconds=45)):
        assert is_needed()
    with clock.held_at(clock.now() + timedelta(seconds=61)):
        assert not is_needed()


def test_members_of_watch_lists_need_their_tickers(market):
    chosen = WatchList.objects.create(name="mine", exchange=market.exchange)
    WatchListEntry.objects.create(watch_list=chosen, instrument=market, is_in=True)

    assert needs() == {"watch-lists": {Need(market.pk, FeedKind.TICKER)}}


@pytest.mark.parametrize(
    "need", [Need(1, "news"), Need(1, "candle", "7m"), Need(1, "ticker", "1m")]
)
def test_what_no_feed_carries_cannot_be_asked_for(need):
    with pytest.raises(InvalidInput):
        ask_for("bot:1", [need])
    assert not FeedDemand.objects.exists()


def test_looking_at_a_topic_is_asking_for_it(market):
    topic = topic_of(Need(market.pk, FeedKind.CANDLE, "1m"))
    frame = snapshot(topic)

    assert frame["type"] == "snapshot"
    assert frame["data"] == {"feed": {"state": "connecting", "stale_since_ms": None}}
    assert needs() == {"pages": {need_of(topic)}}


def test_page_begins_with_the_newest_and_its_age(market):
    now = clock.now()
    dead = FeedProcess.objects.create(name="x:1:y", seen_at=now - timedelta(minutes=1))
    FeedChannel.objects.create(
        instrument=market,
        kind=FeedKind.TICKER,
        process=dead,
        state=FeedState.LIVE,
        last_message_at=now - timedelta(seconds=50),
    )
    remember(f"ticker:{market.pk}", {"last": Decimal("1.5")})
    data = snapshot(f"ticker:{market.pk}")["data"]

    assert data["last"] == "1.5"
    assert data["feed"]["state"] == "ended"
    assert data["feed"]["stale_since_ms"] == clock.to_ms(now) - 50_000


@pytest.mark.parametrize("topic", ["ticker:99999", "ticker:x", "candle:1", "book:1:1m"])
def test_topic_of_nothing_is_refused(topic, market):
    assert snapshot(topic)["type"] == "refused"
    assert not FeedDemand.objects.exists()


def test_restart_is_seen_by_the_process_that_carries_it(market):
    from apps.common.identity import process_name

    process = FeedProcess.objects.create(name=process_name())
    row = FeedChannel.objects.create(
        instrument=market, kind=FeedKind.BOOK, process=process
    )
    before = clock.now_ms() - 1
    restart_channel(row)

    assert restarts_asked(before) == [Need(market.pk, FeedKind.BOOK)]
    assert restarts_asked(clock.now_ms() + 1) == []


def test_list_shows_processes_and_channels(market, capsys):
    process = FeedProcess.objects.create(name="host:12:ab", channel_count=1)
    FeedChannel.objects.create(
        instrument=market, kind=FeedKind.CANDLE, timeframe="1m", process=process
    )
    call_command("feeds", "list")

    shown = capsys.readouterr().out
    assert "host:12:ab" in shown
    assert "candle BTC/USDT (Simulator) 1m" in shown


def test_restart_of_nothing_is_an_error():
    with pytest.raises(CommandError, match="no channel 77"):
        call_command("feeds", "restart", "77")
