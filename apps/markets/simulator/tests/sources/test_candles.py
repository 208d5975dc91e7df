"""Candles and tickers out of prints."""

from decimal import Decimal

import numpy as np
import pytest

from apps.markets.simulator.market_data import INTERVAL_MS, MarketData
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.candles.ring import Ring
from apps.markets.simulator.sources.grid import Grid, as_counts, as_floats

NAME = "BTC_USDT"
T0 = 1_704_067_200_000  # a Monday, and the first of a month
GRID = Grid.of("0.1", "0.001")


def make_market(*prints, many=False):
    """Prints are (ms after T0, ticks, lots)."""
    market = CandleMarket()
    market.add_instrument(NAME, GRID)
    play(market, *prints, many=many)
    return market


def play(market, *prints, many=False):
    if many:
        time_ms, ticks, lots = np.array(prints, np.int64).T
        market.add_prints(NAME, T0 + time_ms, ticks, lots)
        return
    for time_ms, ticks, lots in prints:
        market.add_print(NAME, T0 + time_ms, ticks, lots)


def random_prints(count=3_000, seed=1):
    random = np.random.default_rng(seed)
    times = np.cumsum(random.integers(0, 90_000, count) * (random.random(count) < 0.3))
    ticks = 1000 + np.cumsum(random.integers(-3, 4, count))
    return list(
        zip(
            times.tolist(),
            np.maximum(ticks, 1).tolist(),
            random.integers(0, 50, count).tolist(),
            strict=True,
        )
    )


def plainly(prints, step_ms):
    """The slow way: group by window."""
    windows = {}
    for time_ms, ticks, lots in prints:
        windows.setdefault((T0 + time_ms) // step_ms * step_ms, []).append(
            (ticks, lots)
        )
    return [
        (
            open_ms,
            GRID.price(group[0][0]),
            GRID.price(max(ticks for ticks, _lots in group)),
            GRID.price(min(ticks for ticks, _lots in group)),
            GRID.price(group[-1][0]),
            GRID.quantity(sum(lots for _ticks, lots in group)),
            sum(GRID.price(ticks) * GRID.quantity(lots) for ticks, lots in group),
        )
        for open_ms, group in windows.items()
    ]


def shown(candles):
    return [
        (
            one.ts_ms,
            one.open,
            one.high,
            one.low,
            one.close,
            one.base_volume,
            one.quote_volume,
        )
        for one in candles
    ]


@pytest.mark.parametrize("way", ["one by one", "at once", "mixed"])
@pytest.mark.parametrize("interval", INTERVAL_MS)
def test_every_interval_is_the_sum_of_its_prints(way, interval):
    prints = random_prints()
    market = make_market()
    if way == "mixed":
        for start in range(0, len(prints), 70):
            play(market, *prints[start : start + 40], many=True)
            play(market, *prints[start + 40 : start + 70])
    else:
        play(market, *prints, many=way == "at once")

    candles = market.candles(NAME, interval, 0, 2**60, 1_000)

    assert shown(candles) == plainly(prints, INTERVAL_MS[interval])[-1_000:]
    assert [one.closed for one in candles] == [True] * (len(candles) - 1) + [False]


def test_weeks_begin_on_thursday():
    (week,) = make_market((0, 10, 1)).candles(NAME, "7d", 0, 2**60, 10)

    assert week.ts_ms == T0 - 4 * INTERVAL_MS["1d"]


def test_a_close_is_told_with_the_first_print_of_the_next_window():
    market, told = make_market((0, 10, 1), (59_999, 12, 1)), []
    market.on_candle(lambda *news: told.append(news))

    play(market, (60_000, 11, 1))

    closed = {interval: one.close for _name, interval, one in told if one.closed}
    assert closed == {"1s": Decimal("1.2"), "10s": Decimal("1.2"), "1m": Decimal("1.2")}


def test_running_candles_are_told_once_a_flush():
    market, told = make_market(), []
    market.on_candle(lambda *news: told.append(news))
    play(market, (0, 10, 1), (100, 12, 2), (200, 9, 3))

    market.flush()
    market.flush()

    assert {interval for _name, interval, _one in told} == set(INTERVAL_MS)
    assert len(told) == len(INTERVAL_MS)
    assert not any(one.closed for _name, _interval, one in told)
    assert {(one.high, one.low) for *_rest, one in told} == {
        (Decimal("1.2"), Decimal("0.9"))
    }


def test_a_fast_market_tells_every_minute_that_closed():
    market, told = make_market(), []
    market.on_candle(
        lambda _name, interval, one: told.append(one) if interval == "1m" else None
    )

    play(market, *[(n * 20_000, 10 + n, 1) for n in range(31)], many=True)

    assert [one.ts_ms for one in told] == [T0 + n * 60_000 for n in range(10)]


def test_the_ticker_is_of_the_last_day():
    day = INTERVAL_MS["1d"]
    market = make_market((0, 500, 9), (60_000, 20, 1), (day // 2, 40, 2))
    play(market, (day + 60_000, 30, 3))

    ticker = market.ticker(NAME)

    assert (ticker.last, ticker.open) == (Decimal("3.0"), Decimal("4.0"))
    assert (ticker.high, ticker.low) == (Decimal("4.0"), Decimal("3.0"))
    assert ticker.base_volume == Decimal("0.005")
    assert ticker.quote_volume == Decimal("0.017")


def test_before_the_first_price_there_is_nothing():
    market = make_market()

    assert market.ticker(NAME) is None
    assert market.ticker("XXX_USDT") is None
    assert list(market.candles(NAME, "1m", 0, 2**60, 10)) == []
    assert list(market.candles("XXX_USDT", "1m", 0, 2**60, 10)) == []


def test_a_print_that_comes_late_counts_where_the_newest_is():
    market = make_market((61_000, 10, 1), (59_000, 8, 1))

    (minute,) = market.candles(NAME, "1m", 0, 2**60, 10)

    assert (minute.ts_ms, minute.low) == (T0 + 60_000, Decimal("0.8"))


def test_only_what_was_asked_for_is_given():
    market = make_market(*[(n * 60_000, 10 + n, 1) for n in range(10)])

    both = market.candles(NAME, "1m", T0 + 60_000, T0 + 180_000, 100)
    newest = market.candles(NAME, "1m", T0, T0 + 540_000, 2)

    assert [one.ts_ms - T0 for one in both] == [60_000, 120_000, 180_000]
    assert [one.ts_ms - T0 for one in newest] == [480_000, 540_000]


def test_a_ring_keeps_the_newest_in_bounded_memory():
    ring, rows = Ring(10), np.arange(7 * 64).reshape(64, 7).T
    ring.extend(rows[:, :7])
    ring.add(rows[:, 7].tolist())
    ring.extend(rows[:, 8:14])
    first = ring.block().copy()
    ring.extend(rows[:, 14:])

    assert np.array_equal(first, rows[:, 4:14])
    assert np.array_equal(ring.block(), rows[:, -10:])
    assert ring.first_ms == rows[0, -10]


def test_a_candle_market_is_the_market_data_of_the_protocol():
    market: MarketData = make_market((0, 10, 1))

    assert market.ticker(NAME).last == 1


def test_volumes_in_quote_keep_eight_decimals():
    grid = Grid.of("0.000001", "0.00001")

    assert grid.quote_volume(grid.quote(1_500_000, 3)) == Decimal("0.000045")
    assert grid.quote(1, 1) == 0
    ticks, lots = np.array([1_500_000, 7_777_777]), np.array([3, 99_999])
    assert grid.quotes(ticks, lots).tolist() == [
        grid.quote(*pair) for pair in zip(ticks.tolist(), lots.tolist(), strict=True)
    ]


def test_counts_become_the_floats_that_decimals_are():
    counts = np.arange(1, 100_000, 37)

    values = as_floats(counts, Decimal("0.1"))

    assert values.tolist() == [float(n * Decimal("0.1")) for n in counts.tolist()]
    assert np.array_equal(as_counts(values, Decimal("0.1")), counts)


def test_a_ring_takes_room_as_rows_come_and_no_more_than_its_own():
    ring, rows = Ring(1_000), np.arange(7 * 3_000).reshape(3_000, 7).T
    sizes = []

    for start, stop in ((0, 40), (40, 90), (90, 700), (700, 1_100), (1_100, 3_000)):
        ring.extend(rows[:, start : stop - 1])
        ring.add(rows[:, stop - 1].tolist())
        kept = rows[:, max(stop - 1_000, 0) : stop]
        assert np.array_equal(ring.block(), kept)
        assert ring.first_ms == kept[0, 0]
        sizes.append(ring.room)

    assert sizes[0] < 100
    assert sizes == sorted(sizes)
    assert sizes[-1] == 1_000
