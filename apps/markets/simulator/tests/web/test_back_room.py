"""The back room: truth, state, the stepped clock; and virtual time."""

import asyncio
import time
from dataclasses import replace

from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.core.venue import GATES_HABITS
from apps.markets.simulator.tests.web.exchanges import (
    client,
    fill_book,
    make_exchange,
    make_venue,
)
from apps.markets.simulator.tests.web.signing import back_room, call
from apps.markets.simulator.tests.web.waiting import until
from apps.markets.simulator.web.launch import Plan, account_of, running
from apps.markets.simulator.web.server import serve
from apps.markets.simulator.web.virtual_time import LoopClock, VirtualLoop

PAIR = "BTC_USDT"
ORDER = {"currency_pair": PAIR, "side": "buy", "amount": "1", "price": "15000"}


async def test_truth_counts_each_text_that_arrived(simulator):
    for _ in range(2):
        body = {**ORDER, "text": "t-twice"}
        await call(simulator, "POST", "/spot/orders", body=body)
    await call(simulator, "POST", "/spot/orders", body={**ORDER, "text": "bad"})

    _, truth = await back_room(simulator, "GET", "/truth")

    assert truth["requests"]["t-twice"] == 2
    assert truth["requests"]["bad"] == 1
    assert len([o for o in truth["orders"] if "t-twice" in str(o)]) == 2


async def test_state_shows_accounts_and_orders_without_secrets(simulator):
    await call(simulator, "POST", "/spot/orders", body=ORDER)

    _, state = await back_room(simulator, "GET", "/state")

    alice = next(a for a in state["accounts"] if a["id"] == "alice")
    assert {b["currency"] for b in alice["balances"]} == {"BTC", "USDT"}
    assert state["orders"][0]["price"] == "15000"
    assert "secret" not in str(state)


async def test_stepped_exchange_moves_only_when_told():
    clock = VirtualClock(1_700_000_000_000)
    exchange = make_exchange(make_venue(clock=clock))

    async def advance(ms):
        clock.advance(ms)

    exchange.advance = advance
    async with serve(exchange) as simulator:
        before = (await call(simulator, "GET", "/spot/time"))[1]["server_time"]
        await back_room(simulator, "POST", "/clock", {"advance_ms": 3_600_000})
        after = (await call(simulator, "GET", "/spot/time"))[1]["server_time"]

    assert (before, after) == (1_700_000_000_000, 1_700_003_600_000)


async def test_running_clock_cannot_be_moved(simulator):
    status, _ = await back_room(simulator, "POST", "/clock", {"advance_ms": 1})

    assert status == 400


def test_hours_pass_in_moments_on_a_virtual_loop():
    """ccxt and the exchange on one loop: a trigger expires after its day."""

    async def day(loop):
        clock = LoopClock(loop, time.time_ns() // 1_000_000)
        exchange = make_exchange(make_venue(clock=clock))
        fill_book(exchange.venue)
        async with serve(exchange) as simulator:
            gate = client(simulator)
            await gate.load_markets()
            params = {"triggerPrice": 18_500}
            await gate.create_order("BTC/USDT", "limit", "sell", 0.1, 18_000, params)
            await gate.close()
            await asyncio.sleep(25 * 3600)
            return [t.status for t in exchange.venue.triggers("alice", is_open=False)]

    loop = VirtualLoop()
    started = time.monotonic()
    statuses = loop.run_until_complete(day(loop))
    loop.close()

    assert statuses == ["expired"]
    assert time.monotonic() - started < 60


async def test_random_market_is_traded_and_survives_a_restart(tmp_path):
    account = account_of("k:s:USDT=10000,BTC=1")
    # A restart may be over before a new order can be found as on Gate.io.
    quirks = replace(GATES_HABITS, unseen_ms=0)
    plan = Plan(folder=tmp_path, accounts=[account], token="t", quirks=quirks)
    mine = {"key": "k", "secret": "s"}
    market_buy = {"currency_pair": PAIR, "type": "market", "side": "buy"}
    async with running(plan) as simulator:
        await until(lambda: simulator.exchange.venue.book(PAIR).asks)
        body = {**market_buy, "amount": "100", "time_in_force": "ioc"}
        _, order, _ = await call(simulator, "POST", "/spot/orders", body=body, **mine)
    async with running(plan) as simulator:
        query = f"currency_pair={PAIR}"
        _, again, _ = await call(
            simulator, "GET", f"/spot/orders/{order['id']}", query=query, **mine
        )

    assert order["status"] == "closed"
    assert again == order
