"""A refresh writes verdicts, keeps what it cannot renew, and tells the news."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.common import clock, knobs
from apps.common.leases import LeaseLost, acquire, held
from apps.common.models import Lease, OutboxEvent
from apps.markets.candles import store
from apps.markets.events import WatchListChanged
from apps.markets.factories import make_bars
from apps.markets.knobs import WATCH_LIST_REFRESH_S
from apps.markets.models import Instrument, Series
from apps.markets.selectors import instruments_of
from apps.markets.services import watch_lists
from apps.markets.services.watch_lists import refreshing
from apps.markets.services.watch_lists.judging import apply, verdicts_of
from apps.markets.services.watch_lists.knowing import mean_daily_range
from apps.markets.tests.watch_lists.factories import (
    make_exchange,
    make_hand_list,
    make_list,
    make_markets,
    members,
    refresh,
    volumes,
    why,
)
from apps.markets.watching.facts import Quote24h

pytestmark = pytest.mark.django_db(transaction=True)
SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)


def news() -> list[tuple[str, str]]:
    name = WatchListChanged.event_name()
    rows = OutboxEvent.objects.filter(event=name).order_by("pk")
    return [(row.payload["added"], row.payload["removed"]) for row in rows]


def test_each_instrument_gets_a_row_with_rank_figures_and_reason():
    make_markets(*SYMBOLS)
    found = make_list(top_n=1, minimum_volume=Decimal(5))

    refresh(found, volumes(BTC=10, ETH=20, SOL=2))

    assert members(found) == ["ETH/USDT"]
    assert why(found, "BTC/USDT") == "rank 2 of top 1"
    assert why(found, "SOL/USDT") == "volume 2 below 5"
    entry = found.entries.get(instrument__symbol="ETH/USDT")
    assert (entry.rank, entry.volume) == (1, Decimal(20))


def test_an_instrument_without_a_ticker_is_out_where_a_figure_counts():
    make_markets(*SYMBOLS)
    found = make_list(minimum_volume=Decimal(1))

    refresh(found, volumes(BTC=10))

    assert members(found) == ["BTC/USDT"]
    assert why(found, "SOL/USDT") == "volume unknown"


def test_who_comes_and_who_goes_is_news_and_the_rest_is_not():
    btc, eth, sol = make_markets(*SYMBOLS)
    found = make_list(top_n=2)

    refresh(found, volumes(BTC=3, ETH=2, SOL=1))
    refresh(found, volumes(BTC=30, ETH=20, SOL=10))
    refresh(found, volumes(BTC=3, ETH=1, SOL=2))

    assert news() == [(f"{btc.pk},{eth.pk}", ""), (f"{sol.pk}", f"{eth.pk}")]
    event = WatchListChanged(found.pk, *news()[0])
    assert (event.added_ids, event.removed_ids) == ((btc.pk, eth.pk), ())


def test_since_when_it_is_in_survives_a_refresh_and_a_change_of_rank():
    make_markets(*SYMBOLS)
    found = make_list(top_n=2)
    with clock.held_at(NOON):
        refresh(found, volumes(BTC=3, ETH=2, SOL=1))

    with clock.held_at(NOON + timedelta(hours=1)):
        refresh(found, volumes(BTC=2, ETH=3, SOL=1))

    entries = found.entries.order_by("instrument__symbol")
    assert {entry.since_at for entry in entries} == {NOON}
    assert {entry.refreshed_at for entry in entries} == {NOON + timedelta(hours=1)}
    assert [entry.rank for entry in entries] == [2, 1, 3]


def test_a_refresh_says_when_the_next_one_is():
    found = make_list(refresh_every_s=90)
    other = make_list(name="Other")
    knobs.change("markets.watch_list_refresh_s", 600)

    with clock.held_at(NOON):
        refresh(found, {})
        refresh(other, {})

    found.refresh_from_db()
    other.refresh_from_db()
    assert found.due_at == NOON + timedelta(seconds=90)
    assert other.due_at == NOON + timedelta(seconds=knobs.value(WATCH_LIST_REFRESH_S))


def test_a_delisted_member_leaves_with_a_word_and_is_forgotten_after_it():
    make_markets(*SYMBOLS)
    found = make_list()
    refresh(found, volumes(BTC=3, ETH=2, SOL=1))
    Instrument.objects.filter(symbol="ETH/USDT").update(status="delisted")

    refresh(found, volumes(BTC=3, SOL=1))
    assert why(found, "ETH/USDT") == "delisted by the exchange"
    refresh(found, volumes(BTC=3, SOL=1))

    assert members(found) == ["BTC/USDT", "SOL/USDT"]
    assert not found.entries.filter(instrument__symbol="ETH/USDT").exists()


def test_the_past_members_decide_inside_the_margin():
    make_markets(*SYMBOLS)
    found = make_list(minimum_volume=Decimal(100), stay_in_margin_pct=Decimal(10))
    refresh(found, volumes(BTC=101, ETH=95, SOL=1))

    refresh(found, volumes(BTC=95, ETH=95, SOL=1))

    assert members(found) == ["BTC/USDT"]


def test_a_rule_changed_meanwhile_makes_the_verdicts_void():
    make_markets(*SYMBOLS)
    found = make_list(top_n=1)
    verdicts = verdicts_of(found, volumes(BTC=3, ETH=2, SOL=1))
    wanted = watch_lists.wanted_of(found)
    watch_lists.update_watch_list(found, replace(wanted, top_n=2))

    assert apply(found, verdicts) is False

    assert not found.entries.exists()
    assert news() == []


def test_who_lost_the_lease_writes_nothing():
    make_markets(*SYMBOLS)
    found = make_list()
    lease = acquire("watch-list:test")
    Lease.objects.update(until=NOON)
    acquire("watch-list:test")

    with pytest.raises(LeaseLost):
        apply(found, verdicts_of(found, volumes(BTC=3)), lease=lease)

    assert not found.entries.exists()


def test_a_list_that_another_process_refreshes_is_left_to_it():
    make_markets(*SYMBOLS)
    found = make_list()

    with held(f"watch-list:{found.pk}"):
        assert refreshing.refresh(found, volumes(BTC=3)) is False

    assert not found.entries.exists()
    assert refreshing.refresh(found, volumes(BTC=3)) is True


def test_a_hand_made_list_keeps_its_members_and_gets_figures():
    found = make_hand_list("BTC/USDT", "ETH/USDT")
    make_markets("SOL/USDT")

    refresh(found, volumes(BTC=3, SOL=9))

    assert members(found) == ["BTC/USDT", "ETH/USDT"]
    assert found.entries.get(instrument__symbol="BTC/USDT").volume == 3
    assert not found.entries.filter(instrument__symbol="SOL/USDT").exists()


def test_members_for_bots_come_best_first_and_without_the_delisted():
    make_markets(*SYMBOLS)
    found = make_list(white_list=["SOL/USDT"])
    refresh(found, volumes(BTC=3, ETH=5, SOL=1))

    chosen = [one.symbol for one in instruments_of(found)]
    Instrument.objects.filter(symbol="ETH/USDT").update(status="delisted")

    assert chosen == ["ETH/USDT", "BTC/USDT", "SOL/USDT"]
    assert [one.symbol for one in instruments_of(found)] == ["BTC/USDT", "SOL/USDT"]


# Age and volatility


def test_age_counts_from_the_listing_or_the_first_candle():
    old, told, unknown = make_markets(*SYMBOLS)
    told.listed_at = NOON - timedelta(days=10)
    told.save()
    series = Series.objects.create(instrument=old, timeframe="1h")
    store.write_bars(series, make_bars(24))  # from January 2024 on
    found = make_list(minimum_age_days=30)

    with clock.held_at(NOON):
        refresh(found, {})

    assert members(found) == ["BTC/USDT"]
    assert why(found, told.symbol) == "listed 10 days, fewer than 30"
    assert why(found, unknown.symbol) == "age unknown"


def test_volatility_of_a_day_is_the_tickers_and_falls_back_on_candles():
    btc, *_rest = make_markets(*SYMBOLS)
    series = Series.objects.create(instrument=btc, timeframe="1h")
    store.write_bars(series, bars := make_bars(24 * 70))
    found = make_list(minimum_volatility_pct=Decimal("0.01"))
    quotes = {"ETH/USDT": Quote24h(range_pct=Decimal(7))}
    now = clock.from_ms(int(bars.time_ms[-1]) + 3_600_000 + 60_000)

    with clock.held_at(now):
        refresh(found, quotes)

    figures = dict(found.entries.values_list("instrument__symbol", "volatility_pct"))
    day = bars.between(len(bars) - 24, len(bars))
    expected = (day.high.max() - day.low.min()) / day.low.min() * 100
    assert float(figures["BTC/USDT"]) == pytest.approx(expected, abs=1e-6)
    assert figures["ETH/USDT"] == 7
    assert why(found, "SOL/USDT") == "volatility unknown"


def test_volatility_over_days_is_the_mean_of_the_daily_ranges():
    bars = make_bars(72)

    value = mean_daily_range(bars, 3)

    days = [bars.between(start, start + 24) for start in (0, 24, 48)]
    ranges = [(day.high.max() - day.low.min()) / day.low.min() for day in days]
    assert float(value) == pytest.approx(100 * sum(ranges) / 3, abs=1e-6)


def test_a_day_without_candles_leaves_the_volatility_unknown():
    bars = make_bars(72, missing=tuple(range(24, 48)))

    assert mean_daily_range(bars, 3) is None


def test_candles_that_end_before_yesterday_tell_no_volatility():
    (btc,) = make_markets("BTC/USDT")
    series = Series.objects.create(instrument=btc, timeframe="1h")
    store.write_bars(series, bars := make_bars(24 * 5))
    found = make_list(volatility_days=3, maximum_volatility_pct=Decimal(1000))
    after = clock.from_ms(int(bars.time_ms[-1])) + timedelta(days=3)

    with clock.held_at(after):
        refresh(found, {"BTC/USDT": Quote24h(range_pct=Decimal(7))})

    assert why(found, "BTC/USDT") == "volatility unknown"


def test_a_list_of_three_thousand_is_judged_in_few_queries(
    django_assert_max_num_queries,
):
    exchange = make_exchange()
    Instrument.objects.bulk_create(
        Instrument(exchange=exchange, symbol=f"C{n}/USDT", base=f"C{n}", quote="USDT")
        for n in range(3000)
    )
    found = make_list(top_n=50)
    quotes = volumes(**{f"C{n}": n for n in range(3000)})
    refresh(found, quotes)

    with django_assert_max_num_queries(80):
        refresh(found, quotes)

    assert len(members(found)) == 50
