"""The random market: one market, whichever way it is asked."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest

from apps.markets.simulator.core.orders import OrderRequest
from apps.markets.simulator.sources.candles.rows import fold
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.random import Path, SyntheticMarket, hour_prints
from apps.markets.simulator.tests.sources.stage import (
    HOUR_MS,
    MARKET,
    NAME,
    ORIGIN_MS,
    START_MS,
    make_stage,
    make_tape,
    ohlcv,
)


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_any_day_is_the_same_made_alone_or_in_a_row():
    in_a_row = Path(MARKET, seed=5, name=NAME, origin_ms=ORIGIN_MS)
    alone = Path(MARKET, seed=5, name=NAME, origin_ms=ORIGIN_MS)

    whole = in_a_row.minutes(0, 500 * 1440)

    assert same(whole.between(432_100, 433_900), alone.minutes(432_100, 433_900))


def test_another_seed_or_instrument_is_another_market():
    def day(seed, name):
        return Path(MARKET, seed=seed, name=name, origin_ms=ORIGIN_MS).minutes(0, 1440)

    assert same(day(5, NAME), day(5, NAME))
    assert not same(day(5, NAME), day(6, NAME))
    assert not same(day(5, NAME), day(5, "ETH_USDT"))


@pytest.mark.parametrize("steps", [4, 12, 60])
@pytest.mark.parametrize(
    "market", [MARKET, SyntheticMarket(0.02, 0.01, 1, 0.1, volatility=4)]
)
def test_the_prints_of_a_minute_add_up_to_it(steps, market):
    path = Path(market, seed=5, name=NAME, origin_ms=ORIGIN_MS)
    minutes, prints = path.minutes(600, 660), hour_prints(path, 10, steps)

    block = np.stack([prints.time_ms, *([prints.ticks] * 4), prints.lots, prints.lots])
    built = fold(block, 60_000)

    assert same(built[1:6], minutes)
    assert prints.ticks.min() >= 1


def test_days_join_and_every_minute_opens_at_the_last_close():
    minutes = Path(MARKET, seed=5, name=NAME, origin_ms=ORIGIN_MS).minutes(0, 4 * 1440)

    assert np.array_equal(minutes.open[1:], minutes.close[:-1])


def test_live_candles_are_those_of_history():
    stage = make_stage(make_tape())
    for _turn in range(11):
        stage.driver.advance(433_217)
    later = make_tape(start_ms=START_MS + 2 * HOUR_MS)

    past = make_stage(later).market

    now_ms = stage.clock.now_ms()
    for interval in ("1m", "5m", "15m", "1h"):
        live = stage.market.candles(NAME, interval, 0, now_ms, 1000)[:-1]
        since_ms = live[0].ts_ms
        told = past.candles(NAME, interval, since_ms, live[-1].ts_ms, 1000)
        assert ohlcv(live) == ohlcv(told)
        assert len(live) > 2


def test_playing_at_once_and_one_by_one_gives_the_same_candles():
    slow, fast = make_stage(make_tape()), make_stage(make_tape())
    for _second in range(600):
        slow.driver.advance(1_000)
    fast.driver.advance(600_000)

    for interval in ("1s", "10s", "1m", "5m", "1d"):
        assert fast.market.candles(NAME, interval, 0, 2**60, 900) == (
            slow.market.candles(NAME, interval, 0, 2**60, 900)
        )
    assert fast.market.ticker(NAME) == slow.market.ticker(NAME)


def test_ten_thousand_minutes_back_are_paged_without_a_seam():
    market, found = make_stage(make_tape()).market, []
    end_ms = START_MS
    for _page in range(12):
        page = market.candles(NAME, "1m", end_ms - 998 * 60_000, end_ms, 1000)
        found = [*page, *found]
        end_ms = page[0].ts_ms - 1

    times = [one.ts_ms for one in found]
    assert len(found) > 11_900
    assert times == list(range(times[0], times[-1] + 1, 60_000))
    assert all(a.close == b.open for a, b in pairwise(found))


def test_tens_of_seconds_before_the_start_are_there_too():
    market = make_stage(make_tape()).market

    past = market.candles(NAME, "10s", START_MS - HOUR_MS, START_MS - 1, 1000)
    minutes = market.candles(NAME, "1m", START_MS - HOUR_MS, START_MS - 1, 1000)

    per_minute = {}
    for one in past:
        start_ms = one.ts_ms // 60_000 * 60_000
        per_minute[start_ms] = per_minute.get(start_ms, 0) + one.base_volume
    assert all(per_minute[one.ts_ms] == one.base_volume for one in minutes[1:-1])


def test_the_book_stands_around_the_mid_on_the_tick():
    stage = make_stage(make_tape())
    stage.driver.advance(30_000)

    book = stage.venue.book(NAME, 50)

    prices = [price for price, _amount in (*book.bids[::-1], *book.asks)]
    assert prices == sorted(set(prices))
    assert len(prices) == 40
    assert all(price % Decimal("0.1") == 0 for price in prices)
    assert all(amount > 0 for _price, amount in (*book.bids, *book.asks))


def test_a_client_order_at_the_touch_is_filled_by_the_background():
    stage = make_stage(make_tape())
    stage.driver.advance(1_000)
    bid = stage.venue.book(NAME).bids[0][0]
    request = OrderRequest(NAME, "buy", Decimal("0.001"), bid)

    order = stage.venue.place("ann", request)
    stage.driver.advance(HOUR_MS)

    (fill,) = stage.venue.my_trades("ann")
    assert stage.venue.order("ann", order.id).status == "closed"
    assert (fill.price, fill.role) == (bid, "maker")


def test_the_same_run_gives_the_same_trades_to_the_byte():
    def run():
        stage = make_stage(make_tape(), make_tape("ETH_USDT"))
        request = OrderRequest(NAME, "sell", Decimal(2), Decimal(50_000))
        stage.venue.place("ann", request)
        for _turn in range(50):
            stage.driver.advance(3_333)
        return repr(
            (stage.venue.public_trades(NAME, limit=500), stage.venue.truth()["hash"])
        )

    assert run() == run()


def test_a_market_of_a_tick_never_reaches_zero():
    market = SyntheticMarket(0.03, 0.01, 1, 5, volatility=6)
    minutes = Path(market, seed=1, origin_ms=ORIGIN_MS).minutes(0, 60 * 1440)

    assert minutes.low.min() >= 1
    assert (minutes.high >= minutes.low).all()


def test_nothing_is_listed_before_the_origin():
    tape = make_tape()

    candles = tape.history(86_400_000, 0, START_MS)

    assert candles[0, 0] == ORIGIN_MS
    assert tape.history(60_000, 0, ORIGIN_MS).shape == (7, 0)


@pytest.mark.parametrize(
    "wrong", [{"steps": 3}, {"steps": 7}, {"origin_ms": ORIGIN_MS + 1}]
)
def test_a_market_that_does_not_fit_the_clock_is_refused(wrong):
    with pytest.raises(ValueError, match=r"divisor|hour"):
        make_tape(**wrong)


def test_prices_and_quantities_off_the_grid_are_refused():
    grid = Grid.of("0.1", "0.001")

    with pytest.raises(ValueError, match="no multiple"):
        grid.ticks(Decimal("1.23"))


def test_the_book_stands_before_the_first_print():
    stage = make_stage(make_tape())

    book = stage.venue.book(NAME, 50)

    assert (len(book.bids), len(book.asks)) == (20, 20)
    last = stage.market.ticker(NAME).last
    assert abs(book.bids[0][0] - last) / last < Decimal("0.001")
    assert stage.driver.step()


def test_at_the_origin_the_book_stands_around_the_first_price():
    stage = make_stage(make_tape(start_ms=ORIGIN_MS), start_ms=ORIGIN_MS)

    book = stage.venue.book(NAME)

    assert abs(book.asks[0][0] - 42_000) < 50
