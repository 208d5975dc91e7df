"""An unmodified ccxt.pro over WebSocket: one test per thing it can watch."""

import asyncio
from decimal import Decimal

import ccxt
import pytest

from apps.markets.simulator.tests.web.exchanges import bob, client
from apps.markets.simulator.tests.web.waiting import meanwhile, until

PAIR = "BTC/USDT"


async def test_watch_ticker(stream, venue):
    ticker = await meanwhile(
        stream.watch_ticker(PAIR), lambda: bob(venue, "buy", "2001")
    )

    assert (ticker["last"], ticker["bid"]) == (20_010, 19_990)


async def test_watch_tickers(stream, venue):
    tickers = await meanwhile(
        stream.watch_tickers([PAIR, "ETH/USDT"]), lambda: bob(venue, "buy", "2001")
    )

    assert tickers[PAIR]["last"] == 20_010


async def test_watch_bids_asks(stream, venue):
    seen = await meanwhile(
        stream.watch_bids_asks([PAIR]), lambda: bob(venue, "buy", "1", "20001")
    )

    assert seen[PAIR]["bid"] == 20_001


async def test_watch_candles(stream, venue):
    rows = await meanwhile(
        stream.watch_ohlcv(PAIR, "1m"), lambda: bob(venue, "buy", "2001")
    )

    assert rows[-1][1:5] == [20_010] * 4


async def test_watch_order_book_follows_the_venue(stream, venue):
    book = await stream.watch_order_book(PAIR)
    first = book["bids"][0][0]
    bob(venue, "buy", "0.3", "20001")
    bob(venue, "sell", "0.4", "20002")
    await until(lambda: stream.orderbooks[PAIR]["asks"][0][0] == 20_002)

    view = venue.book("BTC_USDT", 50)
    kept = stream.orderbooks[PAIR]
    assert first == 19_990
    assert kept["nonce"] == view.id
    for side in ("bids", "asks"):
        shown = [(Decimal(str(p)), Decimal(str(a))) for p, a in kept[side]]
        assert shown == list(getattr(view, side))


async def test_watch_trades(stream, venue):
    trades = await meanwhile(
        stream.watch_trades(PAIR), lambda: bob(venue, "buy", "2001")
    )

    assert (trades[-1]["side"], trades[-1]["price"]) == ("buy", 20_010)


async def test_watch_orders_tells_put_and_finish(stream):
    placed = await meanwhile(
        stream.watch_orders(PAIR),
        lambda: stream.create_order(PAIR, "limit", "buy", 0.1, 15_000),
    )
    # ccxt keeps one list and changes it.
    before, order_id = placed[-1]["status"], placed[-1]["id"]
    ended = await meanwhile(
        stream.watch_orders(PAIR), lambda: stream.cancel_order(order_id, PAIR)
    )

    assert before == "open"
    assert ended[-1]["status"] == "canceled"


async def test_watch_my_trades_names_the_fee(stream):
    trades = await meanwhile(
        stream.watch_my_trades(PAIR),
        lambda: stream.create_market_buy_order_with_cost(PAIR, 2001),
    )

    assert trades[-1]["fee"] == {"cost": pytest.approx(0.0002), "currency": "BTC"}
    over_rest = await stream.fetch_my_trades(PAIR)
    assert [t["id"] for t in over_rest] == [trades[-1]["id"]]


async def test_watch_balance_gives_totals(stream):
    balance = await meanwhile(
        stream.watch_balance(),
        lambda: stream.create_order(PAIR, "limit", "buy", 1, 15_000),
    )

    assert balance["USDT"]["free"] == 85_000
    assert balance["USDT"]["total"] == 100_000


async def test_watch_trigger_orders(stream):
    told = await meanwhile(
        stream.watch_orders(PAIR, params={"trigger": True}),
        lambda: stream.create_order(
            PAIR, "limit", "sell", 0.1, 18_000, {"triggerPrice": 18_500}
        ),
    )

    assert told[-1]["side"] == "sell"


async def test_unknown_symbol_is_a_bad_request(stream):
    market = {**stream.market(PAIR), "id": "NO_USDT", "symbol": "NO/USDT"}
    stream.markets["NO/USDT"] = market

    with pytest.raises(ccxt.BadRequest, match="unknown currency pair"):
        await asyncio.wait_for(stream.watch_trades("NO/USDT"), 5)


async def test_bad_signature_is_an_authentication_error(simulator):
    stranger = client(simulator, pro=True)
    await stranger.load_markets()
    stranger.secret = "not-the-secret"

    with pytest.raises(ccxt.AuthenticationError, match="INVALID_SIGNATURE"):
        await asyncio.wait_for(stranger.watch_orders(PAIR), 5)
    await stranger.close()
