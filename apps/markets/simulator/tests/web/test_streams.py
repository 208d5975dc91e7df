"""What is pushed, spoken by hand: order, counters, and what one client may see."""

import asyncio
from decimal import Decimal

from apps.markets.simulator.market_data import Candle
from apps.markets.simulator.tests.web.exchanges import PRICE, bob, d
from apps.markets.simulator.tests.web.signing import Socket, call

PAIR = "BTC_USDT"


def as_levels(rows):
    return {Decimal(price): Decimal(amount) for price, amount in rows}


def merged(side, changes):
    for price, amount in as_levels(changes).items():
        side[price] = amount
    return {price: amount for price, amount in side.items() if amount}


async def test_book_of_rest_and_changes_join_without_a_gap(simulator):
    """As the protocol has it: buffer, fetch, drop what is older, go on."""
    venue = simulator.exchange.venue
    async with Socket(simulator) as socket:
        await socket.ask("spot.order_book_update", [PAIR, "20ms"])
        changes = []
        snapshot = None
        for n in range(1, 9):
            bob(venue, "buy", "0.1", str(20000 + n % 3))
            bob(venue, "sell", f"0.{n}", str(20005 + n % 2))
            if n == 4:
                query = f"currency_pair={PAIR}&with_id=true&limit=100"
                snapshot = (
                    await call(simulator, "GET", "/spot/order_book", query=query)
                )[1]
            await asyncio.sleep(0.03)
            changes.append(await socket.read_push("spot.order_book_update"))

    while changes[-1]["u"] < venue.book(PAIR).id:
        changes.append(await socket.read_push("spot.order_book_update"))
    bids, asks = as_levels(snapshot["bids"]), as_levels(snapshot["asks"])
    kept = [change for change in changes if change["u"] > snapshot["id"]]
    assert kept[0]["U"] <= snapshot["id"] + 1 <= kept[0]["u"]
    last = snapshot["id"]
    for change in kept:
        assert change["U"] <= last + 1
        last = change["u"]
        bids, asks = merged(bids, change["b"]), merged(asks, change["a"])
    view = venue.book(PAIR, 100)
    assert (bids, asks) == (dict(view.bids), dict(view.asks))


async def test_obu_counts_on_from_its_first_whole_book(simulator):
    venue = simulator.exchange.venue
    async with Socket(simulator) as socket:
        await socket.ask("spot.obu", ["ob.BTC_USDT.50"])
        full = await socket.read_push("spot.obu")
        bids, last = as_levels(full["b"]), full["u"]
        for n in range(5):
            bob(venue, "buy", "0.1", str(20000 + n))
        while last < venue.book(PAIR).id:
            change = await socket.read_push("spot.obu")
            assert change["U"] == last + 1
            last, bids = change["u"], merged(bids, change["b"])

    assert bids == dict(venue.book(PAIR, 50).bids)


async def test_second_listener_of_a_book_starts_with_all_of_it(simulator):
    venue = simulator.exchange.venue
    async with Socket(simulator) as one, Socket(simulator) as two:
        await one.ask("spot.obu", ["ob.BTC_USDT.50"])
        await one.read_push("spot.obu")
        bob(venue, "buy", "0.1", "20001")
        await two.ask("spot.obu", ["ob.BTC_USDT.50"])
        full = await two.read_push("spot.obu")

    assert full["full"] is True
    assert full["b"][0][0] == "20001"


async def test_touch_is_pushed_only_when_it_moves(simulator):
    venue = simulator.exchange.venue
    async with Socket(simulator) as socket:
        await socket.ask("spot.book_ticker", [PAIR])
        bob(venue, "buy", "1", "20001")
        first = await socket.read_push("spot.book_ticker")
        bob(venue, "buy", "1", "15000")
        bob(venue, "buy", "1", "20002")
        second = await socket.read_push("spot.book_ticker")

    assert (first["b"], second["b"]) == ("20001", "20002")


async def test_each_order_is_told_to_its_owner_alone(simulator):
    async with Socket(simulator) as socket:
        await socket.ask("spot.orders", ["!all"], is_signed=True)
        bob(simulator.exchange.venue, "buy", "1", "15000")
        body = {"currency_pair": PAIR, "side": "buy", "amount": "1", "price": "15001"}
        await call(simulator, "POST", "/spot/orders", body=body)
        pushed = await socket.read_push("spot.orders")

    assert [(o["price"], o["event"], o["user"]) for o in pushed] == [
        ("15001", "put", 1001)
    ]
    assert "status" not in pushed[0]


async def test_fill_and_balances_follow_a_taker(simulator):
    async with Socket(simulator) as socket:
        await socket.ask("spot.usertrades", [PAIR], is_signed=True)
        await socket.ask("spot.balances", is_signed=True)
        body = {"currency_pair": PAIR, "side": "buy", "amount": "1", "price": "20010"}
        await call(simulator, "POST", "/spot/orders", body=body)
        seen = [await socket.read() for _ in range(3)]

    fills = [m["result"][0] for m in seen if m["channel"] == "spot.usertrades"]
    assert [(f["role"], f["fee"], f["fee_currency"]) for f in fills] == [
        ("taker", "0.002", "BTC")
    ]
    changed = {m["result"][0]["currency"] for m in seen if "balances" in m["channel"]}
    assert changed <= {"BTC", "USDT"}


async def test_closed_candle_is_pushed_at_once(simulator):
    async with Socket(simulator) as socket:
        await socket.ask("spot.candlesticks", ["1m", PAIR])
        feeds = simulator.app.sockets.feeds
        feeds.on_candle(PAIR, "1m", candle(60_000, closed=False))
        feeds.on_candle(PAIR, "1m", candle(60_000, closed=True))
        pushed = await socket.read_push("spot.candlesticks", 1)

    assert (pushed["w"], pushed["n"], pushed["a"]) == (True, "1m_BTC_USDT", "2")


def candle(ts_ms, *, closed):
    return Candle(ts_ms, PRICE, PRICE, PRICE, PRICE, d("2"), PRICE * 2, closed)


async def test_unsubscribed_channel_is_silent(simulator):
    async with Socket(simulator) as socket:
        await socket.ask("spot.trades", [PAIR])
        await socket.ask("spot.trades", [PAIR], event="unsubscribe")
        bob(simulator.exchange.venue, "buy", "0.1", "20010")
        await socket.send(channel="spot.ping")

        assert (await socket.read())["channel"] == "spot.pong"


async def test_gone_listeners_leave_no_feed_behind(simulator):
    async with Socket(simulator) as socket:
        await socket.ask("spot.obu", ["ob.BTC_USDT.50"])
        await socket.ask("spot.order_book_update", [PAIR, "100ms"])
        assert set(simulator.app.sockets.feeds.books) == {PAIR}
    await asyncio.sleep(0.2)

    assert simulator.app.sockets.feeds.books == {}
    assert simulator.app.sockets.hub.sessions == set()
