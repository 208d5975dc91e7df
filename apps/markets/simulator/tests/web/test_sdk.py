"""Gate's own SDK, unmodified: one test per thing it must be able to do."""

import asyncio
import time

import pytest

from apps.markets.simulator.tests.web.exchanges import (
    KEY,
    SECRET,
    bob,
    put_minutes,
)

gate_api = pytest.importorskip("gate_api")

PAIR = "BTC_USDT"


class Threaded:
    """The SDK blocks, and the exchange is in this loop: each call goes to a thread."""

    def __init__(self, api):
        self._api = api

    def __getattr__(self, name):
        method = getattr(self._api, name)
        return lambda *args, **kwargs: asyncio.to_thread(method, *args, **kwargs)


def configured(simulator, **changes):
    settings = {"host": simulator.rest_url, "key": KEY, "secret": SECRET, **changes}
    return gate_api.ApiClient(gate_api.Configuration(**settings))


@pytest.fixture
def spot(simulator):
    return Threaded(gate_api.SpotApi(configured(simulator)))


def limit(price="15000", amount="0.5", side="buy", **more):
    return gate_api.Order(
        currency_pair=PAIR, side=side, amount=amount, price=price, **more
    )


def market_buy(cost="2001"):
    return gate_api.Order(
        currency_pair=PAIR,
        type="market",
        side="buy",
        amount=cost,
        time_in_force="ioc",
    )


async def test_markets_and_currencies_are_listed(spot):
    pairs = await spot.list_currency_pairs()
    one = await spot.get_currency_pair(PAIR)
    currencies = await spot.list_currencies()

    assert [pair.id for pair in pairs] == ["BTC_USDT", "ETH_USDT"]
    assert (one.precision, one.amount_precision, one.fee) == (1, 6, "0.2")
    assert {c.currency for c in currencies} == {"BTC", "ETH", "USDT"}


async def test_time_is_the_exchanges(spot, venue):
    answer = await spot.get_system_time()

    assert abs(answer.server_time - venue.clock.now_ms()) < 1000


async def test_tickers(spot, venue):
    bob(venue, "buy", "2001")

    tickers = await spot.list_tickers(currency_pair=PAIR)

    assert [(t.last, t.lowest_ask) for t in tickers] == [("20010", "20010")]


async def test_candles_page_over_2500_minutes(spot, simulator):
    put_minutes(simulator.exchange, 2500)
    now_s = simulator.exchange.now_ms() // 60_000 * 60
    rows, start = [], now_s - 2500 * 60
    while start < now_s:
        end = min(start + 998 * 60, now_s - 60)
        rows += await spot.list_candlesticks(PAIR, interval="1m", _from=start, to=end)
        start = end + 60

    assert len(rows) == 2500
    assert all(len(row) == 8 for row in rows)


async def test_order_book_carries_an_id(spot, venue):
    book = await spot.list_order_book(PAIR, limit=3, with_id=True)

    assert book.id == venue.book(PAIR).id
    assert book.bids[0] == ["19990", "1"]


async def test_public_trades(spot, venue):
    bob(venue, "buy", "2001")

    trades = await spot.list_trades(PAIR)

    assert [(t.side, t.price) for t in trades] == [("buy", "20010")]


async def test_balances(spot):
    accounts = await spot.list_spot_accounts(currency="USDT")

    assert [(a.currency, float(a.available)) for a in accounts] == [("USDT", 100_000)]


async def test_limit_order_opens_and_is_cancelled(spot):
    order = await spot.create_order(limit(text="t-one"))
    listed = await spot.list_all_open_orders()
    gone = await spot.cancel_order(order.id, PAIR)

    assert (order.status, order.finish_as) == ("open", "open")
    assert [(g.currency_pair, g.total) for g in listed] == [(PAIR, 1)]
    assert (gone.status, gone.finish_as) == ("cancelled", "cancelled")


async def test_market_order_fills(spot):
    order = await spot.create_order(market_buy())

    assert (order.status, order.finish_as) == ("closed", "filled")
    assert (order.fee_currency, float(order.fee)) == ("BTC", 0.0002)


async def test_partial_fill_leaves_the_rest_open(spot):
    order = await spot.create_order(limit("20010", "3"))
    found = await spot.get_order(order.id, PAIR)

    assert (found.status, float(found.left)) == ("open", 2)


async def test_amend_by_query_and_body(spot):
    order = await spot.create_order(limit())
    patch = gate_api.OrderPatch(price="16000", currency_pair=PAIR)
    amended = await spot.amend_order(order.id, patch, currency_pair=PAIR)

    assert (amended.id, float(amended.price)) == (order.id, 16_000)


async def test_batch_refuses_only_the_bad_order(spot):
    orders = [limit(text="t-a"), limit(amount="0.0000001", text="t-b")]
    placed = await spot.create_batch_orders(orders)
    patches = [
        gate_api.BatchAmendItem(
            order_id=placed[0].id, currency_pair=PAIR, price="16000"
        )
    ]
    amended = await spot.amend_batch_orders(patches)
    gone = await spot.cancel_batch_orders(
        [gate_api.CancelBatchOrder(PAIR, placed[0].id)]
    )

    assert [p.succeeded for p in placed] == [True, False]
    assert float(amended[0].price) == 16_000
    assert gone[0].succeeded


async def test_trigger_order_fires(spot, venue):
    put = gate_api.SpotPricePutOrder(
        type="limit", side="buy", price="20100", amount="0.1", account="normal"
    )
    trigger = gate_api.SpotPriceTrigger(price="20020", rule=">=", expiration=3600)
    made = await spot.create_spot_price_triggered_order(
        gate_api.SpotPriceTriggeredOrder(trigger=trigger, put=put, market=PAIR)
    )
    bob(venue, "buy", "20010")
    bob(venue, "buy", "20020")
    fired = await spot.get_spot_price_triggered_order(str(made.id))

    assert fired.status == "finish"
    assert (await spot.get_order(str(fired.fired_order_id), PAIR)).status == "closed"


async def test_look_up_by_client_text(spot):
    order = await spot.create_order(limit(text="t-mine"))

    assert (await spot.get_order("t-mine", PAIR)).id == order.id


async def test_my_trades_page(spot):
    for _ in range(3):
        await spot.create_order(market_buy("100"))
    pages = [
        await spot.list_my_trades(currency_pair=PAIR, limit=2, page=page)
        for page in (1, 2)
    ]

    assert [len(page) for page in pages] == [2, 1]


async def test_account_book_tells_of_every_change(spot):
    await spot.create_order(market_buy("100"))

    entries = await spot.list_spot_account_book(currency="USDT")

    assert float(entries[0].change) < 0
    assert float(entries[-1].change) == 100_000


async def test_fees_and_key_rights(spot, simulator):
    fee = await spot.get_fee(currency_pair=PAIR)
    detail = await Threaded(
        gate_api.AccountApi(configured(simulator))
    ).get_account_detail()

    assert (fee.maker_fee, fee.taker_fee) == ("0.002", "0.002")
    assert (detail.user_id, detail.key.mode) == (1001, 1)


async def refusal(attempt):
    with pytest.raises(gate_api.exceptions.GateApiException) as refused:
        await attempt
    return refused.value.status, refused.value.label


async def test_unknown_symbol(spot):
    assert await refusal(spot.list_trades("NO_USDT")) == (400, "INVALID_CURRENCY_PAIR")


async def test_insufficient_balance(spot):
    attempt = spot.create_order(limit(amount="1000"))

    assert await refusal(attempt) == (400, "BALANCE_NOT_ENOUGH")


async def test_too_small(spot):
    attempt = spot.create_order(limit(amount="0.0001"))

    assert await refusal(attempt) == (400, "INVALID_PARAM_VALUE")


async def test_bad_signature(simulator):
    api = Threaded(gate_api.SpotApi(configured(simulator, secret="wrong")))

    assert await refusal(api.list_spot_accounts()) == (401, "INVALID_SIGNATURE")


async def test_expired(spot, monkeypatch):
    real = time.time
    monkeypatch.setattr("gate_api.api_client.time.time", lambda: real() - 3600)

    status, label = await refusal(spot.list_spot_accounts())

    assert (status, label) == (401, "REQUEST_EXPIRED")
