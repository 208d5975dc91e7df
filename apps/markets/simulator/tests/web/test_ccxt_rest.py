"""An unmodified ccxt over REST: one test per thing it must be able to do."""

from decimal import Decimal
from itertools import pairwise

import ccxt
import pytest

from apps.markets.simulator.faults import Fault
from apps.markets.simulator.tests.web.exchanges import (
    bob,
    client,
    make_exchange,
    put_minutes,
)
from apps.markets.simulator.web.server import serve

PAIR = "BTC/USDT"


async def test_markets_load_with_steps_and_minimums(gate):
    market = gate.market(PAIR)

    assert market["active"] is True
    assert market["precision"] == {**market["precision"], "amount": 1e-6, "price": 0.1}
    assert market["limits"]["cost"]["min"] == 3
    assert market["taker"] == market["maker"] == 0.002


async def test_an_unconfigured_client_starts_too(simulator):
    exchange = client(simulator, options={})

    markets = await exchange.load_markets()
    await exchange.close()

    assert set(markets) == {"BTC/USDT", "ETH/USDT"}


async def test_time_is_the_exchanges(gate, venue):
    assert abs(await gate.fetch_time() - venue.clock.now_ms()) < 1000


async def test_tickers_show_the_touch_and_the_last_trade(gate, venue):
    bob(venue, "buy", "20010")

    one = await gate.fetch_ticker(PAIR)
    everything = await gate.fetch_tickers()

    assert (one["bid"], one["last"], one["baseVolume"]) == (19990, 20010, 1)
    assert set(everything) == {"BTC/USDT", "ETH/USDT"}


async def test_candles_page_over_2500_minutes(simulator, gate):
    put_minutes(simulator.exchange, 2500)
    now = simulator.exchange.now_ms()
    since = now - now % 60_000 - 2500 * 60_000

    rows = []
    while since < now - now % 60_000:
        page = await gate.fetch_ohlcv(PAIR, "1m", since=since, limit=999)
        rows += page
        since = page[-1][0] + 60_000

    assert len(rows) == 2500
    assert [b[0] - a[0] for a, b in pairwise(rows)] == [60_000] * 2499


async def test_order_book_carries_the_venues_counter(gate, venue):
    book = await gate.fetch_order_book(PAIR, limit=3)

    assert book["bids"][0] == [19990, 1]
    assert book["asks"][0] == [20010, 1]
    assert len(book["bids"]) == 3
    assert book["nonce"] == venue.book("BTC_USDT").id


async def test_public_trades_are_told_newest_first(gate, venue):
    bob(venue, "sell", "0.5")
    bob(venue, "buy", "20010")

    trades = await gate.fetch_trades(PAIR)

    assert [(t["side"], t["price"]) for t in trades] == [
        ("sell", 19990),
        ("buy", 20010),
    ]


async def test_balances_show_free_and_locked(gate):
    await gate.create_order(PAIR, "limit", "buy", 1, 10_000)

    balance = await gate.fetch_balance()

    assert balance["USDT"] == {"free": 90_000, "used": 10_000, "total": 100_000}
    assert balance["BTC"]["total"] == 10


async def test_limit_order_opens_and_is_cancelled(gate):
    order = await gate.create_order(PAIR, "limit", "buy", 0.5, 15_000)
    open_orders = await gate.fetch_open_orders(PAIR)
    cancelled = await gate.cancel_order(order["id"], PAIR)

    assert order["status"] == "open"
    assert [o["id"] for o in open_orders] == [order["id"]]
    assert cancelled["status"] == "canceled"
    assert (await gate.fetch_balance())["USDT"]["used"] == 0


async def test_market_order_fills_and_pays_its_fee_in_base(gate):
    order = await gate.create_market_buy_order_with_cost(PAIR, 2001)
    fetched = await gate.fetch_order(order["id"], PAIR)
    balance = await gate.fetch_balance()

    assert fetched["status"] == "closed"
    assert fetched["average"] == 20_010
    assert balance["BTC"]["total"] == pytest.approx(10 + 0.1 * 0.998)


async def test_partial_fill_leaves_the_rest_open(gate):
    order = await gate.create_order(PAIR, "limit", "buy", 3, 20_010)
    fetched = await gate.fetch_order(order["id"], PAIR)

    assert (fetched["status"], fetched["filled"], fetched["remaining"]) == (
        "open",
        1,
        2,
    )


async def test_amend_moves_the_price_and_keeps_the_id(gate):
    order = await gate.create_order(PAIR, "limit", "buy", 1, 15_000)
    amended = await gate.edit_order(order["id"], PAIR, "limit", "buy", 0.5, 16_000)

    assert (amended["id"], amended["price"]) == (order["id"], 16_000)
    assert amended["amount"] == 0.5


async def test_batch_places_each_order_for_itself(gate):
    orders = await gate.create_orders(
        [
            {"symbol": PAIR, "type": "limit", "side": "buy", "amount": a, "price": p}
            for a, p in ((0.1, 15_000), (0.2, 16_000))
        ]
    )
    cancelled = await gate.cancel_orders([o["id"] for o in orders], PAIR)

    assert [o["amount"] for o in orders] == [0.1, 0.2]
    assert [o["status"] for o in orders] == ["open", "open"]
    assert len(cancelled) == 2


async def test_trigger_order_fires_into_a_real_order(gate, venue):
    made = await gate.create_order(
        PAIR, "limit", "buy", 0.1, 20_100, {"triggerPrice": 20_020}
    )
    waiting = await gate.fetch_open_orders(PAIR, params={"trigger": True})
    bob(venue, "buy", "20010")
    bob(venue, "buy", "20020")
    fired = await gate.fetch_order(made["id"], PAIR, {"trigger": True})

    assert [o["id"] for o in waiting] == [made["id"]]
    assert fired["info"]["status"] == "finish"
    order = await gate.fetch_order(fired["info"]["fired_order_id"], PAIR)
    assert order["status"] == "closed"


async def test_trigger_order_is_cancelled(gate):
    made = await gate.create_order(
        PAIR, "limit", "sell", 0.1, 18_000, {"triggerPrice": 18_500}
    )

    gone = await gate.cancel_order(made["id"], PAIR, {"trigger": True})

    assert gone["status"] == "canceled"
    assert await gate.fetch_open_orders(PAIR, params={"trigger": True}) == []


async def test_look_up_by_client_id(gate):
    order = await gate.create_order(
        PAIR, "limit", "buy", 1, 15_000, {"clientOrderId": "mine-1"}
    )

    found = await gate.fetch_order(None, PAIR, {"clientOrderId": "mine-1"})

    assert (found["id"], found["clientOrderId"]) == (order["id"], "t-mine-1")


async def test_my_trades_page_newest_first(gate, venue):
    for _ in range(5):
        await gate.create_market_buy_order_with_cost(PAIR, 100)

    pages = [
        await gate.fetch_my_trades(PAIR, limit=2, params={"page": page})
        for page in (1, 2, 3)
    ]

    assert [len(page) for page in pages] == [2, 2, 1]
    assert len({trade["id"] for page in pages for trade in page}) == 5


async def test_closed_orders_hold_what_ended(gate):
    order = await gate.create_market_buy_order_with_cost(PAIR, 100)

    closed = await gate.fetch_closed_orders(PAIR)

    assert [o["id"] for o in closed] == [order["id"]]


async def test_fees_are_the_accounts(gate):
    fee = await gate.fetch_trading_fee(PAIR)

    assert (fee["maker"], fee["taker"]) == (0.002, 0.002)


async def test_cancel_all_ends_every_open_order(gate):
    for price in (15_000, 16_000):
        await gate.create_order(PAIR, "limit", "buy", 0.1, price)

    gone = await gate.cancel_all_orders(PAIR)

    assert {o["status"] for o in gone} == {"canceled"}
    assert await gate.fetch_open_orders(PAIR) == []


async def test_unknown_symbol_is_a_bad_symbol(gate):
    gate.markets["NO/USDT"] = {
        **gate.market(PAIR),
        "id": "NO_USDT",
        "symbol": "NO/USDT",
    }

    with pytest.raises(ccxt.BadSymbol, match="INVALID_CURRENCY_PAIR"):
        await gate.create_order("NO/USDT", "limit", "buy", 1, 15_000)


async def test_too_little_money_is_insufficient_funds(gate):
    with pytest.raises(ccxt.InsufficientFunds, match="BALANCE_NOT_ENOUGH"):
        await gate.create_order(PAIR, "limit", "buy", 100, 15_000)


async def test_too_small_an_order_is_told_the_minimum(gate):
    with pytest.raises(ccxt.BadRequest, match=r"too small.*minimum is 3 USDT"):
        await gate.create_order(PAIR, "limit", "buy", 0.0001, 15_000)


async def test_bad_signature_is_an_authentication_error(simulator):
    exchange = client(simulator, secret="not-the-secret")

    with pytest.raises(ccxt.AuthenticationError, match="INVALID_SIGNATURE"):
        await exchange.fetch_balance()
    await exchange.close()


async def test_old_timestamp_is_expired(gate):
    gate.nonce = lambda: gate.milliseconds() - 61_000

    with pytest.raises(ccxt.AuthenticationError, match="REQUEST_EXPIRED"):
        await gate.fetch_balance()


async def test_clock_an_hour_away_is_adjusted_to():
    exchange = make_exchange()
    async with serve(exchange) as running:
        exchange.faults.add(Fault("clock_skew", ms=3_600_000))
        gate = client(running)
        await gate.load_markets()
        balance = await gate.fetch_balance()
        await gate.close()

    assert Decimal(str(balance["USDT"]["free"])) == 100_000
