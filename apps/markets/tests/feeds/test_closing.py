"""A closed candle is stored and told of once, by whoever has the right to it."""

from decimal import Decimal

import pytest

from apps.common.leases import LeaseLost, acquire
from apps.common.models import OutboxEvent
from apps.markets.candles.store import read_bars, writing
from apps.markets.errors import ImportRunning
from apps.markets.gateways.types import Candle
from apps.markets.models import Series
from apps.markets.services.feeds.closing import (
    close_candles,
    correct_candles,
    cursor_of,
)
from apps.markets.tests.feeds.street import markets_at

pytestmark = pytest.mark.django_db
STEP = 60_000
START = 1_700_000_040_000 // STEP * STEP


@pytest.fixture
def market():
    return markets_at("http://127.0.0.1:1", "BTC_USDT")[0]


def candles(*minutes, volume=1):
    price = Decimal("100.5")
    return tuple(
        Candle(START + n * STEP, *[price] * 4, Decimal(volume), None, True)
        for n in minutes
    )


def close(market, lease, *minutes, now=3):
    return close_candles(
        market, "1m", candles(*minutes), lease, now_ms=START + now * STEP
    )


def told():
    rows = OutboxEvent.objects.filter(event__endswith=".CandleClosed").order_by("pk")
    return [row.payload for row in rows]


def stored(market):
    return read_bars(Series.objects.get(instrument=market, timeframe="1m"))


def test_closed_candles_are_stored_and_told_in_order(market):
    lease = acquire("feed:instrument:1")

    assert close(market, lease, 0, 1, 2) == 3
    assert [news["time_ms"] for news in told()] == [START + n * STEP for n in range(3)]
    assert told()[0]["close"] == "100.5"
    assert stored(market).time_ms.tolist() == [START + n * STEP for n in range(3)]
    assert cursor_of(market.pk, "1m") == START + 3 * STEP


def test_second_telling_is_no_news(market):
    lease = acquire("feed:instrument:1")
    close(market, lease, 0, 1)

    assert close(market, lease, 0, 1, 2) == 1
    assert len(told()) == 3


def test_old_candles_are_told_as_late(market):
    lease = acquire("feed:instrument:1")
    close(market, lease, 0, 1, 2, now=3)

    assert [news["is_late"] for news in told()] == [True, False, False]


def test_process_that_lost_the_instrument_changes_nothing(market):
    lease = acquire("feed:instrument:1", ttl_s=0)
    acquire("feed:instrument:1")

    with pytest.raises(LeaseLost):
        close(market, lease, 0)
    assert told() == []
    assert not Series.objects.filter(bar_count__gt=0).exists()
    assert cursor_of(market.pk, "1m") is None


def test_series_that_another_writes_is_waited_for(market):
    lease = acquire("feed:instrument:1")
    with writing("sim", "BTC/USDT", "1m"), pytest.raises(ImportRunning):
        close(market, lease, 0)

    assert told() == []
    assert close(market, lease, 0) == 1


def test_correction_changes_the_store_and_tells_nothing(market):
    lease = acquire("feed:instrument:1")
    close(market, lease, 0, 1)
    correct_candles(market, "1m", candles(1, volume=7), lease)

    assert stored(market).volume.tolist() == [1, 7]
    assert len(told()) == 2
