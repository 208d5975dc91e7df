"""``kill -9`` of feed processes: nothing missing, nothing twice, taken over in time."""

import os
import signal
import time
from itertools import pairwise

import pytest

from apps.common import clock
from apps.common.models import OutboxEvent
from apps.markets.candles.store import read_bars
from apps.markets.models import FeedChannel, FeedKind, FeedProcess, Series
from apps.markets.services.feeds import ask_for
from apps.markets.services.feeds.demand import Need
from apps.markets.tests.feeds.street import markets_at, street, wait_for

# All of the claim is CASHUP_FEED_KILLS=50 (about 15 minutes).
KILLS = int(os.environ.get("CASHUP_FEED_KILLS", "2"))
SPEED = 30  # a minute of the market in two seconds
TAKEOVER_S = 10.0


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("feed-processes")
def test_killed_feed_loses_and_repeats_no_closed_candle(tmp_path):
    with street(tmp_path / "var") as there:
        url = there.simulator(SPEED)
        markets = markets_at(url, "BTC_USDT", "ETH_USDT", "SOL_USDT")
        needs = [Need(market.pk, FeedKind.CANDLE, "1m") for market in markets]
        ask_for("bot:1", needs)
        feeds = [there.start("feeds") for _ in range(2)]
        until_all_told(needs, within_s=90)

        takeovers = []
        for number in range(KILLS):
            wait_for(lambda: all_carry(feeds), "both feeds carrying", 60)
            victim = feeds[number % 2]
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            takeovers.append(until_all_told(needs))
            feeds[number % 2] = there.start("feeds")

        wait_for(lambda: all_carry(feeds), "both feeds carrying", 60)
        for feed in feeds:
            feed.send_signal(signal.SIGTERM)
        for feed in feeds:
            assert feed.wait(15) == 0, there.said()[-3000:]

    for need in needs:
        assert_told_once_in_order(need)
    assert max(takeovers) <= TAKEOVER_S, takeovers
    # Who ends as asked takes its row away; those that were killed could not.
    left = {int(row.name.split(":")[1]) for row in FeedProcess.objects.all()}
    assert left.isdisjoint(feed.pid for feed in feeds)


def all_carry(feeds):
    names = FeedChannel.objects.values_list("process__name", flat=True).distinct()
    pids = {int(name.split(":")[1]) for name in names if name}
    return pids == {feed.pid for feed in feeds}


def until_all_told(needs, within_s=30):
    """Seconds until each instrument had news of a candle that closed after now."""
    since, began = clock.now(), time.monotonic()
    wait_for(lambda: told_since(needs, since), "news of all", within_s)
    return time.monotonic() - began


def told_since(needs, moment):
    rows = OutboxEvent.objects.filter(
        event__endswith=".CandleClosed", created_at__gt=moment
    )
    found = {row["instrument_id"] for row in rows.values_list("payload", flat=True)}
    return found >= {need.instrument_id for need in needs}


def assert_told_once_in_order(need):
    rows = OutboxEvent.objects.filter(
        event__endswith=".CandleClosed", payload__instrument_id=need.instrument_id
    ).order_by("pk")
    times = [row["time_ms"] for row in rows.values_list("payload", flat=True)]
    series = Series.objects.get(instrument_id=need.instrument_id, timeframe="1m")
    assert len(times) > 3 * KILLS
    assert {after - before for before, after in pairwise(times)} == {60_000}
    assert read_bars(series).time_ms.tolist() == times
