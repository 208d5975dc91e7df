"""Recorded candles and trades, played again."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.common.errors import InvalidInput
from apps.markets.candles.bars import Bars
from apps.markets.candles.files import read_file
from apps.markets.simulator.core.orders import OrderRequest, TriggerRequest
from apps.markets.simulator.sources.grid import Grid, as_counts
from apps.markets.simulator.sources.replay import (
    CandleTape,
    TradeTape,
    holds_trades,
    read_trades,
)
from apps.markets.simulator.tests.sources.stage import NAME, make_stage

MINUTE_MS = 60_000
T0 = 1_704_067_200_000
GRID = Grid.of("0.01", "0.00001")


def make_bars(*rows):
    """Rows of open, high, low, close, volume; a row None is a gap."""
    kept = [(place, row) for place, row in enumerate(rows) if row]
    times = np.array([T0 + place * MINUTE_MS for place, _row in kept])
    columns = np.array([row for _place, row in kept], float).T
    return Bars.of([times, *columns], "1m")


RISES = (100, 110, 95, 105, 8)
FALLS = (104, 108, 90, 92, 4)
FLAT = (93, 93, 93, 93, 0)


def stage_of(*rows):
    return make_stage(CandleTape(NAME, make_bars(*rows), GRID), start_ms=T0 - 1)


def market_order(side, amount):
    return OrderRequest(NAME, side, Decimal(amount), type="market", time_in_force="ioc")


def real_bars(shared, name, count):
    return read_file(shared / "data" / name).bars.between(0, count)


def test_a_candle_plays_open_extremes_close_in_the_order_of_its_direction():
    prints = next(CandleTape(NAME, make_bars(RISES, FALLS, FLAT), GRID).blocks())

    offsets = [0, 20_000, 40_000, 59_999]
    assert (prints.ticks / 100).tolist() == [
        *(100, 95, 110, 105),
        *(104, 108, 90, 92),
        *(93, 93, 93, 93),
    ]
    assert (prints.time_ms[:4] - T0).tolist() == offsets
    assert (prints.lots[:4] / 1e5).tolist() == [2, 2, 2, 2]
    assert prints.lots[8:].sum() == 0


def test_a_market_order_on_the_close_fills_at_the_next_open():
    stage, closes, fills = stage_of(RISES, FALLS, FLAT), [], []
    stage.market.on_candle(
        lambda _name, interval, candle: closes.append((interval, candle))
    )

    while stage.driver.step():
        told = [one for interval, one in closes if interval == "1m" and one.closed]
        closes.clear()
        if told:
            order = stage.venue.place("ann", market_order("sell", 1))
            fills.append((told[0].close, order.avg_deal_price))

    assert fills == [(105, 104), (92, 93)]


def test_every_close_of_a_real_month_is_met_by_the_next_open(shared):
    bars = real_bars(shared, "BINANCE_BTC-USDT_5m.parquet", 300)
    stage = make_stage(CandleTape(NAME, bars, GRID), start_ms=int(bars.time_ms[0]) - 1)
    closes, prices = [], []
    stage.market.on_candle(
        lambda _name, interval, candle: (
            closes.append(candle) if interval == "5m" and candle.closed else None
        )
    )

    while stage.driver.step():
        if closes:
            closes.clear()
            stage.venue.place("ann", market_order("buy", 1000))
            prices.append(float(stage.venue.my_trades("ann", limit=1)[0].price))

    assert prices == bars.open[1:].tolist()


def test_candles_that_are_played_are_the_candles_that_were_given(shared):
    bars = real_bars(shared, "BINANCE_BTC-USDT_5m.parquet", 2500)
    stage = make_stage(CandleTape(NAME, bars, GRID), start_ms=int(bars.time_ms[0]) - 1)

    stage.driver.advance_to(int(bars.time_ms[-1]) + 10 * MINUTE_MS)

    played = stage.market.candles(NAME, "5m", 0, int(bars.time_ms[-1]), 3000)
    for column in ("open", "high", "low", "close"):
        found = [float(getattr(one, column)) for one in played]
        assert found == getattr(bars, column).tolist()
    lots = as_counts(bars.volume, GRID.lot_size).tolist()
    assert [GRID.lots(one.base_volume) for one in played] == lots


def rest(stage, side, price, amount="1"):
    request = OrderRequest(NAME, side, Decimal(amount), Decimal(str(price)))
    return stage.venue.place("ann", request).id


@pytest.mark.parametrize(("on_touch", "status"), [(True, "closed"), (False, "open")])
def test_a_price_that_only_touches_an_order_fills_it_if_so_chosen(on_touch, status):
    tape = CandleTape(NAME, make_bars(RISES), GRID, fills_on_touch=on_touch)
    stage = make_stage(tape, start_ms=T0 - 1)
    stage.driver.advance_to(T0)
    touched = [rest(stage, "buy", 95), rest(stage, "sell", 110)]
    never = rest(stage, "buy", "94.99")

    stage.driver.advance_to(T0 + MINUTE_MS)

    assert [stage.venue.order("ann", one).status for one in touched] == [status] * 2
    assert stage.venue.order("ann", never).status == "open"


def test_an_order_is_filled_at_its_price_when_the_path_goes_through_it():
    stage = stage_of(RISES)
    stage.driver.advance_to(T0)
    orders = [rest(stage, "buy", "95.01"), rest(stage, "sell", "109.99")]

    stage.driver.advance_to(T0 + MINUTE_MS)

    found = [stage.venue.order("ann", one) for one in orders]
    assert [one.status for one in found] == ["closed", "closed"]
    assert [one.avg_deal_price for one in found] == [
        Decimal("95.01"),
        Decimal("109.99"),
    ]
    assert [fill.role for fill in stage.venue.my_trades("ann")] == ["maker", "maker"]


def test_each_waiting_order_is_filled_in_the_bar_that_a_backtest_would_say(shared):
    """The rule of the backtest: the first bar whose low is below a buy's price."""
    bars = real_bars(shared, "BINANCE_BTC-USDT_5m.parquet", 400)
    stage = make_stage(CandleTape(NAME, bars, GRID), start_ms=int(bars.time_ms[0]) - 1)
    stage.driver.advance_to(int(bars.time_ms[0]))
    step_ms = 5 * MINUTE_MS
    opened, expected = bars.open[0], {}
    # Among them the extremes themselves, which the path touches and no more.
    lows = {round(opened - 3 * k, 2) for k in range(1, 60)} | set(bars.low[:50])
    highs = {round(opened + 3 * k, 2) for k in range(1, 60)} | set(bars.high[:50])
    for price in sorted(price for price in lows if price < opened):
        through = np.flatnonzero(bars.low < price)
        expected[rest(stage, "buy", price, "0.01")] = through[:1].tolist()
    for price in sorted(price for price in highs if price > opened):
        through = np.flatnonzero(bars.high > price)
        expected[rest(stage, "sell", price, "0.01")] = through[:1].tolist()

    stage.driver.advance_to(int(bars.time_ms[-1]) + step_ms)

    filled = {order: [] for order in expected}
    for fill in stage.venue.my_trades("ann", limit=1000):
        filled[fill.order_id].append(
            int((fill.create_time_ms - bars.time_ms[0]) // step_ms)
        )
    assert filled == expected
    assert len(filled) > 100
    assert 20 < sum(map(len, expected.values())) < len(expected)


def test_the_open_stands_without_spread_though_an_order_waits_further_away():
    stage = stage_of(RISES, FALLS)
    stage.driver.advance_to(T0)
    rest(stage, "buy", 90)

    stage.driver.advance_to(T0 + MINUTE_MS)
    book = stage.venue.book(NAME, 1)
    bought = stage.venue.place("ann", market_order("buy", 1040))
    sold = stage.venue.place("ann", market_order("sell", 1))

    assert book.bids[0][0] == book.asks[0][0] == 104
    assert (bought.avg_deal_price, sold.avg_deal_price) == (104, 104)


def test_an_order_at_the_price_waits_until_somebody_meets_it():
    """Only its own side of the price is free; the other begins a tick away."""
    stage = stage_of(RISES)
    stage.driver.advance_to(T0)
    order = rest(stage, "buy", 95)

    stage.driver.advance_to(T0 + 20_000)
    book = stage.venue.book(NAME, 1)
    stage.venue.place("ann", market_order("sell", 1))

    assert (book.bids[0][0], book.asks[0][0]) == (95, Decimal("95.01"))
    assert stage.venue.order("ann", order).status == "closed"


def test_a_trigger_in_a_fast_replay_sees_every_price():
    stage = stage_of(*([RISES] * 30), (105, 150, 105, 105, 8), *([RISES] * 30))
    stage.driver.advance_to(T0)
    put = market_order("sell", 1)
    stage.venue.place_trigger("ann", TriggerRequest(put, Decimal(149), ">="))

    stage.driver.advance_to(T0 + 70 * MINUTE_MS)

    (fill,) = stage.venue.my_trades("ann")
    assert fill.price == 150


def test_the_book_of_a_fast_replay_is_built_only_when_looked_at(monkeypatch):
    built = []
    tape = CandleTape(NAME, make_bars(*([RISES, FALLS] * 500)), GRID)
    levels = tape.levels
    monkeypatch.setattr(tape, "levels", lambda at: built.append(at) or levels(at))
    stage = make_stage(tape, start_ms=T0 - 1)

    for _turn in range(10):
        stage.driver.advance(100 * MINUTE_MS)
    before = len(built)
    book = stage.venue.book(NAME)

    assert (before, len(built)) == (0, 1)
    assert book.bids[0][0] == book.asks[0][0] == 92


def test_gaps_are_waited_for_or_skipped():
    stage = stage_of(RISES, None, None, None, FALLS)
    stage.driver.advance_to(T0 + 2 * MINUTE_MS)
    (candle,) = stage.market.candles(NAME, "1m", 0, 2**60, 10)

    stage.driver.step()

    assert not candle.closed
    assert stage.clock.now_ms() == T0 + 4 * MINUTE_MS
    assert [one.closed for one in stage.market.candles(NAME, "1m", 0, 2**60, 10)] == [
        True,
        False,
    ]


def test_real_trades_add_up_to_the_exchanges_own_minutes(shared):
    grid = Grid.of("0.00000001", "1")
    trades = read_trades(shared / "data" / "BINANCE_XRP-ETH_trades.parquet", grid)
    bars = read_file(shared / "data" / "BINANCE_XRP-ETH_1m.parquet").bars
    stage = make_stage(TradeTape("XRP_USDT", trades, grid), start_ms=T0 - 10**12)

    while stage.clock.now_ms() < bars.time_ms[-1] + MINUTE_MS:
        stage.driver.advance_to(
            max(stage.clock.now_ms() + 7_000_000, int(bars.time_ms[0]))
        )

    candles = stage.market.candles("XRP_USDT", "1m", 0, 2**60, 10_000)
    assert [one.ts_ms for one in candles] == bars.time_ms.tolist()
    for column, name in [(n, n) for n in ("open", "high", "low", "close")] + [
        ("volume", "base_volume")
    ]:
        found = [float(getattr(one, name)) for one in candles]
        assert found == getattr(bars, column).tolist()


def test_a_few_real_trades_are_on_the_venues_tape_as_they_were(shared):
    grid = Grid.of("0.01", "0.00001")
    path = shared / "data" / "BINANCE_BTC-USDT_trades_20240808.parquet"
    trades = read_trades(path, grid).between(0, 200)
    stage = make_stage(TradeTape(NAME, trades, grid), start_ms=int(trades.time_ms[0]))

    while stage.driver.step():
        pass

    tape = stage.venue.public_trades(NAME, limit=1000)[::-1]
    assert [one.time_ms for one in tape] == trades.time_ms.tolist()
    assert [grid.ticks(one.price) for one in tape] == trades.ticks.tolist()
    assert [grid.lots(one.amount) for one in tape] == trades.lots.tolist()
    assert [one.side == "buy" for one in tape] == trades.is_buy.tolist()


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("timestamp", [2, 1]),
        ("price", [1.0, 0.0]),
        ("size", [1.0, -1.0]),
        ("side", ["buy", "hold"]),
        ("side", ["buy", None]),
        ("price", [1.0, float("nan")]),
        ("price", [1.0, float("inf")]),
        ("size", [1.0, 1e300]),
        ("size", ["1", "2"]),
        ("timestamp", [1.5, 2.5]),
    ],
)
def test_trades_that_no_market_can_have_had_are_refused(tmp_path, column, values):
    columns = {"timestamp": [1, 2], "price": [1.0, 1.0], "size": [1.0, 1.0]}
    columns |= {"side": ["buy", "sell"], column: values}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")

    with pytest.raises(InvalidInput) as refused:
        read_trades(tmp_path / "t.parquet", GRID)

    assert refused.value.field == column


def test_a_file_of_trades_is_known_by_its_columns(shared, tmp_path):
    (tmp_path / "candles.csv").write_text("timestamp,open,high,low,close,volume\n")

    assert holds_trades(shared / "data" / "BINANCE_XRP-ETH_trades.parquet")
    assert not holds_trades(shared / "data" / "BINANCE_XRP-ETH_1m.parquet")
    assert not holds_trades(tmp_path / "candles.csv")


def test_trades_without_a_column_are_refused_by_its_name(tmp_path):
    pq.write_table(pa.table({"timestamp": [1]}), tmp_path / "t.parquet")

    with pytest.raises(InvalidInput, match="price"):
        read_trades(tmp_path / "t.parquet", GRID)


def test_many_instruments_play_in_the_order_of_time():
    names = ("BTC_USDT", "ETH_USDT", "SOL_USDT")
    tapes = [CandleTape(name, make_bars(RISES, FALLS), GRID) for name in names]
    stage = make_stage(*tapes, start_ms=T0 - 1)
    seen = []
    stage.venue.subscribe(lambda event: seen.append(event.trade))

    stage.driver.advance_to(T0 + MINUTE_MS)

    assert [one.instrument for one in seen[:6]] == [*names, *names]
    assert [one.time_ms for one in seen] == sorted(one.time_ms for one in seen)


def test_the_next_open_stands_in_the_book_before_its_print_tells_the_close():
    stage, seen = stage_of(RISES, FALLS), []
    stage.driver.advance_to(T0 + MINUTE_MS - 1)
    stage.venue.watch_book(NAME)
    stage.venue.subscribe(lambda event: seen.append(type(event).__name__))
    stage.market.on_candle(
        lambda _name, interval, one: (
            seen.append("close") if one.closed and interval == "1m" else None
        )
    )

    stage.driver.advance_to(T0 + MINUTE_MS)

    assert seen.index("BookChanged") < seen.index("close")
