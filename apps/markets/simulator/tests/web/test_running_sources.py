"""Each source through ``running``, over real sockets: stepped, in real time, faster."""

import asyncio
import time
from decimal import Decimal

import numpy as np
import pytest

from apps.markets.candles.bars import Bars
from apps.markets.candles.files import read_file
from apps.markets.simulator.core.quirks import NO_QUIRKS
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.player import Player
from apps.markets.simulator.sources.replay import read_trades
from apps.markets.simulator.sources.tape import Prints
from apps.markets.simulator.tests.web.exchanges import KEY, SECRET, TOKEN
from apps.markets.simulator.tests.web.signing import Socket, back_room, call
from apps.markets.simulator.tests.web.waiting import until
from apps.markets.simulator.web.launch import Plan, Recording, account_of, running

PAIR = "BTC_USDT"
GRID = Grid.of("0.01", "0.00001")
T0 = 1_704_067_200_000
MINUTE_MS = 60_000


def plan_of(source, **changes):
    account = account_of(f"{KEY}:{SECRET}:USDT=10000000,BTC=100")
    given = {"accounts": [account], "token": TOKEN, "quirks": NO_QUIRKS}
    return Plan(source=source, has_limits=False, **{**given, **changes})


def replay_of(data, **changes):
    return plan_of("replay", recordings=[Recording(PAIR, data, GRID)], **changes)


def make_bars(*rows):
    """Rows of open, high, low, close; a single price is a bar that stands still."""
    full = [row if isinstance(row, tuple) else (row,) * 4 for row in rows]
    times = T0 + MINUTE_MS * np.arange(len(full), dtype=np.int64)
    return Bars.of(
        [times, *np.array(full, float).T, np.full(len(full), 8.0)], timeframe="1m"
    )


def make_trades(*rows):
    """Rows of milliseconds after the start, price and taker's side."""
    return Prints(
        np.array([T0 + row[0] for row in rows], np.int64),
        np.array([row[1] * 100 for row in rows], np.int64),
        np.full(len(rows), 100_000, np.int64),
        np.array([row[2] == "buy" for row in rows]),
    )


async def place(simulator, side, amount, price=None):
    body = {"currency_pair": PAIR, "side": side, "amount": str(amount)}
    body |= {"price": str(price)} if price else {"type": "market"}
    body |= {} if price else {"time_in_force": "ioc"}
    status, order, _ = await call(simulator, "POST", "/spot/orders", body=body)
    assert status == 201, order
    return order


async def order_of(simulator, order):
    query = f"currency_pair={PAIR}"
    _, found, _ = await call(
        simulator, "GET", f"/spot/orders/{order['id']}", query=query
    )
    return found


async def book_of(simulator):
    query = f"currency_pair={PAIR}"
    return (await call(simulator, "GET", "/spot/order_book", query=query))[1]


async def step(simulator, ms):
    status, answer = await back_room(simulator, "POST", "/clock", {"advance_ms": ms})
    assert status == 200
    return answer["now_ms"]


async def next_close(socket):
    """The close of the next candle that is told as over."""
    while not (candle := await socket.read_push("spot.candlesticks"))["w"]:
        pass
    return float(candle["c"])


# Candles


async def test_stepped_candles_a_market_order_on_the_close_meets_the_next_open(shared):
    bars = read_file(shared / "data" / "BINANCE_BTC-USDT_5m.parquet").bars
    bars, met = bars.between(0, 30), []
    async with (
        running(replay_of(bars, speed=0)) as simulator,
        Socket(simulator) as socket,
    ):
        await socket.ask("spot.candlesticks", ["5m", PAIR])
        await step(simulator, 0)
        for _bar in range(len(bars) - 1):
            await step(simulator, 5 * MINUTE_MS)
            close = await next_close(socket)
            order = await place(simulator, "sell", "0.1")
            met.append((close, float(order["avg_deal_price"])))

    assert met == list(
        zip(bars.close[:-1].tolist(), bars.open[1:].tolist(), strict=True)
    )


async def test_paced_candles_a_market_order_on_the_close_meets_the_next_open():
    """At 60x a minute lasts a second; an order has all of it to arrive."""
    bars, met = make_bars((100, 110, 90, 105), 107, 103, 108, 99), []
    async with (
        running(replay_of(bars, speed=60)) as simulator,
        Socket(simulator) as socket,
    ):
        await socket.ask("spot.candlesticks", ["1m", PAIR])
        for _bar in range(3):
            close = await next_close(socket)
            order = await place(simulator, "sell", "0.1")
            met.append((close, float(order["avg_deal_price"])))

    assert met == [(105, 107), (107, 103), (103, 108)]


async def test_candles_at_the_highest_speed_are_the_candles_that_were_given(shared):
    bars = read_file(shared / "data" / "BINANCE_BTC-USDT_5m.parquet").bars
    bars = bars.between(0, 600)
    last_s = int(bars.time_ms[-1]) // 1000
    query = f"currency_pair={PAIR}&interval=5m&from={int(bars.time_ms[0]) // 1000}"
    started = time.monotonic()
    async with running(replay_of(bars, speed=100_000)) as simulator:
        clock = simulator.exchange.venue.clock
        await until(lambda: clock.now_ms() > bars.time_ms[-1] + 5 * MINUTE_MS)
        _, rows, _ = await call(
            simulator, "GET", "/spot/candlesticks", query=f"{query}&to={last_s}"
        )

    assert [int(row[0]) * 1000 for row in rows] == bars.time_ms.tolist()
    assert [float(row[2]) for row in rows] == bars.close.tolist()
    assert [float(row[3]) for row in rows] == bars.high.tolist()
    # Two days are 1.8 s of it; nothing is played before the exchange is served.
    assert time.monotonic() - started > 1.5


async def test_a_replay_does_not_make_up_for_the_time_that_its_start_took():
    plan = replay_of(make_bars(*[100] * 5_000), speed=6_000)
    async with running(plan) as simulator:
        entered, clock = time.monotonic(), simulator.exchange.venue.clock
        await until(lambda: clock.now_ms() > T0)
        now_ms = clock.now_ms()
        passed_ms = (time.monotonic() - entered) * 1000

    assert now_ms - T0 <= passed_ms * 6_000


@pytest.mark.parametrize(("fill", "status"), [("through", "open"), ("touch", "closed")])
async def test_a_waiting_order_is_filled_as_the_plan_says(fill, status):
    bars = make_bars(100, (100, 100, 95, 98), 98)
    async with running(replay_of(bars, speed=0, limit_fill=fill)) as simulator:
        await step(simulator, 0)
        touched = await place(simulator, "buy", "1", "95")
        through = await place(simulator, "buy", "1", "95.01")
        await step(simulator, 2 * MINUTE_MS)
        found = [await order_of(simulator, one) for one in (touched, through)]
        _, state = await back_room(simulator, "GET", "/state")

    assert [one["status"] for one in found] == [status, "closed"]
    assert found[1]["avg_deal_price"] == "95.01"
    assert f"limit fill {fill}" in state["source"]


# Trades


async def test_stepped_trades_are_the_recorded_ones(shared):
    path = shared / "data" / "BINANCE_BTC-USDT_trades_20240808.parquet"
    trades = read_trades(path, GRID).between(0, 50)
    span = int(trades.time_ms[-1] - trades.time_ms[0])
    async with (
        running(replay_of(trades, speed=0)) as simulator,
        Socket(simulator) as socket,
    ):
        await socket.ask("spot.trades", [PAIR])
        for _turn in range(span // 100 + 1):
            await step(simulator, 100)
        told = [await socket.read_push("spot.trades") for _trade in range(50)]

    assert [one["create_time_ms"].split(".")[0] for one in told] == [
        str(ms) for ms in trades.time_ms
    ]
    assert [float(one["price"]) for one in told] == (trades.ticks / 100).tolist()
    assert [one["side"] == "buy" for one in told] == trades.is_buy.tolist()


async def test_a_waiting_order_is_filled_when_a_recorded_trade_goes_through_it():
    trades = make_trades(
        (0, 100, "buy"), (1000, 99, "sell"), (2000, 98, "sell"), (3000, 101, "buy")
    )
    async with running(replay_of(trades, speed=0)) as simulator:
        await step(simulator, 0)
        order = await place(simulator, "buy", "0.5", "99")
        statuses = []
        for _second in range(2):
            await step(simulator, 1000)
            statuses.append((await order_of(simulator, order))["status"])
        bought = await place(simulator, "buy", "98")

    assert statuses == ["open", "closed"]
    assert bought["avg_deal_price"] == "98"


async def test_trades_in_real_time_keep_their_distance():
    trades = make_trades((0, 100, "buy"), *((ms, 101, "buy") for ms in (1500, 1900)))
    async with (
        running(replay_of(trades, speed=1)) as simulator,
        Socket(simulator) as socket,
    ):
        await socket.ask("spot.trades", [PAIR])
        seen = []
        while len(seen) < 2:
            await socket.read_push("spot.trades")
            seen.append(time.monotonic())

    assert seen[1] - seen[0] > 0.3


# The random market


async def test_the_random_market_has_a_book_from_its_first_moment():
    async with running(plan_of("random")) as simulator:
        book = await book_of(simulator)
        order = await place(simulator, "buy", "100")

    assert (len(book["bids"]), len(book["asks"])) == (10, 10)
    assert Decimal(order["filled_total"]) > 90


# What cannot be


EMPTY = make_bars(100).between(0, 0)
NOT_TO_BE = {
    "replay of nothing": (plan_of("replay"), "needs recordings"),
    "empty recording": (replay_of(EMPTY), "is empty"),
    "speed below zero": (plan_of("random", speed=-1), "speed -1"),
    "speed of nan": (plan_of("random", speed=float("nan")), "speed nan"),
    "too fast": (plan_of("random", speed=1e6), "speed 1e"),
    "fast mirror": (plan_of("mirror", speed=2), "real time"),
    "two of one": (
        plan_of("replay", recordings=[Recording(PAIR, make_bars(1), GRID)] * 2),
        "twice",
    ),
    "no pair": (plan_of("mirror", mirrored={"BTC": GRID}), "no instrument"),
}


@pytest.mark.parametrize(("plan", "words"), NOT_TO_BE.values(), ids=NOT_TO_BE)
async def test_a_plan_that_cannot_be_is_refused_in_words(plan, words):
    with pytest.raises(ValueError, match=words):
        async with asyncio.timeout(5), running(plan):
            pass


async def test_a_market_that_breaks_is_told_and_the_exchange_goes_on(
    monkeypatch, caplog
):
    def broken(self, until_ms):
        raise ValueError("a price that is none")

    monkeypatch.setattr(Player, "play", broken)
    async with running(plan_of("random")) as simulator:
        await until(lambda: "simulator.market_stopped" in caplog.text)
        book = await book_of(simulator)

    assert book["bids"]
    assert "a price that is none" in caplog.text


async def test_a_port_that_is_taken_leaves_the_journal_free(tmp_path):
    async with running(plan_of("random")) as other:
        plan = plan_of("random", port=other.port, folder=tmp_path)
        with pytest.raises(OSError, match="in use"):
            async with running(plan):
                pass
    async with running(plan_of("random", folder=tmp_path)) as simulator:
        assert (await book_of(simulator))["bids"]
