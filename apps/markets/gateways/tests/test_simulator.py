"""The gateway and the simulator over real sockets: what it holds is what we read."""

import asyncio
from decimal import Decimal

import pytest

from apps.markets.gateways.errors import (
    BadCredentials,
    Refused,
    TooFarBack,
    UnknownOrder,
    UnknownSymbol,
)
from apps.markets.gateways.gateway import open_gateway
from apps.markets.gateways.pacing import Priority, at
from apps.markets.gateways.tests.sockets import (
    credentials,
    home,
    reading_credentials,
)
from apps.markets.gateways.types import (
    Balance,
    Level,
    MarketStatus,
    OrderState,
)
from apps.markets.simulator.core.orders import OrderRequest
from apps.markets.simulator.core.quirks import Quirks
from apps.markets.simulator.faults import Fault
from apps.markets.simulator.tests.web.exchanges import (
    bob,
    d,
    make_exchange,
    make_venue,
    put_minutes,
)
from apps.markets.simulator.web.launch import AccountPlan, Plan, running
from apps.markets.simulator.web.server import serve

BTC = "BTC/USDT"
MINUTE = 60_000
HOUR_MS = 3_600_000


def alice(simulator, side="buy", amount="1", price="15000", **more):
    request = OrderRequest("BTC_USDT", side, d(amount), d(price), **more)
    return simulator.exchange.venue.place("alice", request)


async def test_rules_are_read_as_steps_and_minimums(gateway):
    rules = {row.symbol: row for row in await gateway.load_markets()}

    assert rules.keys() == {"BTC/USDT", "ETH/USDT"}
    btc = rules[BTC]
    assert (btc.exchange_id, btc.base, btc.quote) == ("BTC_USDT", "BTC", "USDT")
    assert (btc.tick_size, btc.lot_size) == (d("0.1"), d("0.000001"))
    assert (btc.min_quantity, btc.min_notional) == (d("0.00001"), 3)
    assert (btc.maker_fee, btc.taker_fee) == (d("0.002"), d("0.002"))
    assert btc.status is MarketStatus.ACTIVE


@pytest.mark.parametrize(
    ("kind", "status"),
    [("halt", MarketStatus.HALTED), ("delist", MarketStatus.DELISTED)],
)
async def test_a_market_that_stops_is_marked_and_still_told(
    kind, status, gateway, simulator
):
    await gateway.load_markets()
    simulator.exchange.faults.add(Fault(kind, pair="BTC_USDT"))

    rules = {row.symbol: row for row in await gateway.load_markets(reload=True)}

    assert rules[BTC].status is status
    assert rules["ETH/USDT"].status is MarketStatus.ACTIVE


async def test_candles_over_several_pages_equal_the_exchanges(gateway, simulator):
    put_minutes(simulator.exchange, 2500)
    now = simulator.exchange.now_ms()
    start = now - now % MINUTE - 2500 * MINUTE

    found = []
    since = start
    while since < now - now % MINUTE:
        page = await gateway.candles(BTC, "1m", since_ms=since)
        assert len(page) <= gateway.history_limits().per_call
        assert not page.refusals
        found += [candle for candle in page if candle.is_closed]
        since = page.rows[-1].time_ms + MINUTE

    market = simulator.exchange.market
    held = market.candles("BTC_USDT", "1m", start, now, 3000)
    closed = [row for row in held if row.closed]
    assert [c.time_ms for c in found] == [row.ts_ms for row in closed]
    assert [c.close for c in found] == [row.close for row in closed]
    assert [c.volume for c in found] == [row.base_volume for row in closed]


async def test_the_random_markets_candles_are_read_with_their_running_one():
    async with (
        running(Plan(seed=5)) as simulator,
        open_gateway(home(simulator)) as gateway,
    ):
        page = await gateway.candles(BTC, "1m", limit=30)

    # The minute that has just begun has no trade yet, and no candle.
    assert len(page) in {29, 30}
    assert [c.is_closed for c in page] == [True] * 29 + [False] * (len(page) - 29)
    steps = {
        b.time_ms - a.time_ms for a, b in zip(page.rows, page.rows[1:], strict=False)
    }
    assert steps == {MINUTE}
    assert all(c.quote_volume is not None for c in page)


async def test_a_start_beyond_the_exchanges_reach_is_too_far_back():
    exchange = make_exchange(make_venue(quirks=Quirks(candle_reach=10_000)))
    async with serve(exchange) as served, open_gateway(home(served)) as gateway:
        reach = gateway.history_limits().reach
        since = exchange.now_ms() - (reach + 100) * MINUTE

        with pytest.raises(TooFarBack, match="Ask for a later start") as raised:
            await gateway.candles(BTC, "1m", since_ms=since)

    assert raised.value.label == "INVALID_PARAM_VALUE"


async def test_the_book_is_read_best_first_with_its_counter(gateway, simulator):
    book = await gateway.order_book(BTC, depth=2)

    assert book.bids == (Level(d("19990"), d("1")), Level(d("19980"), d("1")))
    assert book.asks == (Level(d("20010"), d("1")), Level(d("20020"), d("1")))
    assert book.sequence == simulator.exchange.venue.book("BTC_USDT").id


async def test_tickers_and_trades_tell_the_last_deal(gateway, simulator):
    bob(simulator.exchange.venue, "sell", "0.5")
    bob(simulator.exchange.venue, "buy", "20010")

    one = await gateway.ticker(BTC)
    everything = await gateway.tickers()
    trades = await gateway.trades(BTC)

    assert (one.last, one.bid) == (20010, 19990)
    assert {row.symbol for row in everything} == {"BTC/USDT", "ETH/USDT"}
    assert [(t.side, t.price) for t in trades] == [("sell", 19990), ("buy", 20010)]


async def test_trades_of_a_window_are_asked_for_by_its_bounds(gateway, simulator):
    bob(simulator.exchange.venue, "sell", "0.5")
    now = simulator.exchange.now_ms()

    inside = await gateway.trades(BTC, since_ms=now - 5_000, until_ms=now + 5_000)
    before = await gateway.trades(BTC, since_ms=now - 90_000, until_ms=now - 60_000)

    assert (len(inside), len(before)) == (1, 0)


async def test_the_account_is_read_as_the_exchange_holds_it(gateway, simulator):
    alice(simulator, text="t-resting")
    alice(simulator, amount="0.5", price="20010", text="t-taking")

    balances = {row.currency: row for row in await gateway.balances()}
    (resting,) = await gateway.open_orders()
    (fill,) = await gateway.my_trades(BTC)
    (done,) = await gateway.finished_orders(BTC)

    assert balances["USDT"] == Balance(
        "USDT", d("74995"), d("15000"), d("89995")
    )  # 100,000 - 0.5 x 20,010 spent, 15,000 held
    assert (resting.client_order_id, resting.state) == ("t-resting", OrderState.OPEN)
    assert (fill.price, fill.quantity, fill.role) == (20010, d("0.5"), "taker")
    assert (fill.fees[0].currency, fill.fees[0].amount) == ("BTC", d("0.001"))
    assert fill.client_order_id == "t-taking"
    assert (done.id, done.state, done.filled) == (
        fill.order_id, OrderState.FILLED, d("0.5"),
    )  # fmt: skip


async def test_an_order_is_found_by_its_id_and_by_its_text(gateway, simulator):
    placed = alice(simulator, text="t-mine")

    by_id = await gateway.order(str(placed.id), BTC)
    by_text = await gateway.order("t-mine", BTC)

    assert by_id == by_text
    assert by_id.remaining == 1
    with pytest.raises(UnknownOrder):
        await gateway.order("999999", BTC)


async def test_fees_are_the_accounts_own(gateway):
    usual = await gateway.fees()
    of_pair = await gateway.fees(BTC)

    assert (usual.symbol, usual.maker) == ("", d("0.002"))
    assert (of_pair.symbol, of_pair.taker) == (BTC, d("0.002"))


async def test_rights_tell_a_key_that_trades_from_one_that_reads(simulator):
    found = []
    for key in (credentials(), reading_credentials()):
        async with open_gateway(home(simulator), key) as gateway:
            found.append(await gateway.key_rights())

    assert [r.can_trade for r in found] == [True, False]
    assert [r.can_withdraw for r in found] == [False, False]
    assert found[1].rights == ("spot:read",)
    assert found[0].account_mode == "classic"


async def test_a_key_that_may_withdraw_is_told(gateway, simulator):
    simulator.exchange.faults.add(Fault("key_can_withdraw"))

    assert (await gateway.key_rights()).can_withdraw is True


async def test_a_symbol_that_vanishes_between_two_calls_is_unknown(gateway, simulator):
    await gateway.order_book("ETH/USDT")
    del simulator.exchange.venue.instruments["ETH_USDT"]

    with pytest.raises(UnknownSymbol, match="Synchronise") as raised:
        await gateway.order_book("ETH/USDT")

    assert raised.value.label == "INVALID_CURRENCY_PAIR"


async def test_a_symbol_that_was_never_there_is_not_even_asked_for(gateway):
    with pytest.raises(UnknownSymbol, match="NO/USDT"):
        await gateway.candles("NO/USDT", "1m")


async def test_a_wrong_secret_needs_a_person(simulator):
    wrong = type(credentials())(credentials().key, "not-the-secret")

    async with open_gateway(home(simulator), wrong) as gateway:
        with pytest.raises(BadCredentials, match="Check the key") as raised:
            await gateway.balances()

    assert raised.value.label == "INVALID_SIGNATURE"
    assert not raised.value.is_repeatable


async def test_a_key_revoked_while_in_use_is_bad_credentials(gateway, simulator):
    await gateway.balances()
    simulator.exchange.faults.add(Fault("revoke_key"))

    with pytest.raises(BadCredentials):
        await gateway.balances()


async def test_without_a_key_nothing_private_is_asked(simulator):
    async with open_gateway(home(simulator)) as gateway:
        with pytest.raises(BadCredentials, match="none was given"):
            await gateway.balances()


@pytest.mark.parametrize("skew_ms", [5_000, -5_000, HOUR_MS, -HOUR_MS])
async def test_a_clock_that_is_off_is_measured_and_signs_right(skew_ms, simulator):
    simulator.exchange.faults.add(Fault("clock_skew", ms=skew_ms))

    async with open_gateway(home(simulator), credentials()) as gateway:
        balances = await gateway.balances()

    assert len(balances) == 2
    assert abs(gateway.last_clock.offset_ms - skew_ms) < 1_000


async def test_a_clock_that_jumps_is_measured_again_when_it_is_refused(
    gateway, simulator
):
    await gateway.balances()
    simulator.exchange.faults.add(Fault("clock_skew", ms=HOUR_MS))

    balances = await gateway.balances()

    assert len(balances) == 2
    assert abs(gateway.last_clock.offset_ms - HOUR_MS) < 1_000


class Told:
    """A budget that lets everything pass and remembers it."""

    def __init__(self):
        self.calls, self.heard_of = [], []

    async def acquire(self, call, weight, priority):
        self.calls.append((call, weight, priority))

    def heard(self, call, status, headers):
        self.heard_of.append((call, status, headers))


async def test_calls_at_once_share_one_loading_of_markets_and_one_clock(simulator):
    told = Told()
    async with open_gateway(home(simulator), credentials(), told) as gateway:
        books = await asyncio.gather(*(gateway.order_book(BTC) for _ in range(20)))

    names = [call for call, _weight, _priority in told.calls]
    assert {book.bids for book in books} == {books[0].bids}
    assert names.count("GET /spot/currency_pairs") == 1
    assert names.count("GET /spot/time") == 1
    assert names.count("GET /spot/order_book") == 20


class Held(Told):
    """A budget that never lets the first caller of a list pass."""

    def __init__(self):
        super().__init__()
        self.reached = asyncio.Event()

    async def acquire(self, call, weight, priority):
        if call == "GET /spot/currency_pairs" and not self.reached.is_set():
            self.reached.set()
            await asyncio.Event().wait()
        await super().acquire(call, weight, priority)


async def test_who_gives_up_waiting_takes_nobody_with_him(simulator):
    held = Held()
    async with open_gateway(home(simulator), None, held) as gateway:
        impatient = asyncio.create_task(gateway.order_book(BTC))
        await held.reached.wait()
        patient = asyncio.create_task(gateway.order_book(BTC))
        impatient.cancel()

        assert (await patient).bids
        assert impatient.cancelled()


async def test_every_call_has_leave_first_and_is_told_of_afterwards(simulator):
    told = Told()
    async with open_gateway(home(simulator), credentials(), told) as gateway:
        await gateway.candles(BTC, "1m", limit=5)
        await gateway.balances()
        with at(Priority.EXIT):
            await gateway.open_orders(BTC)

    priorities = {call: priority for call, _weight, priority in told.calls}
    assert priorities["GET /spot/candlesticks"] is Priority.HISTORY
    assert priorities["GET /spot/accounts"] is Priority.ACCOUNT
    assert priorities["GET /spot/open_orders"] is Priority.EXIT
    assert [call for call, *_rest in told.calls] == [c for c, *_ in told.heard_of]
    _call, status, headers = told.heard_of[-1]
    assert (status, headers["x-gate-ratelimit-limit"]) == (200, "200")


async def test_what_an_exchange_does_not_offer_is_refused_with_a_reason(gateway):
    with pytest.raises(Refused):
        await gateway.funding_rate(BTC)


async def test_a_plan_with_its_own_account_is_readable():
    plan = Plan(accounts=[AccountPlan("a-key-1", "a-secret-1", {"USDT": Decimal(9)})])
    async with running(plan) as simulator:
        key = type(credentials())("a-key-1", "a-secret-1")
        async with open_gateway(home(simulator), key) as gateway:
            (balance,) = await gateway.balances()

    assert balance == Balance("USDT", Decimal(9), Decimal(0), Decimal(9))
