"""Misbehaviour on request: each kind does what it says, to whom it says, and ends."""

import asyncio
import time

import aiohttp
import pytest

from apps.markets.simulator.faults import BadFault, Fault, Faults, parse
from apps.markets.simulator.tests.web.exchanges import KEY, bob
from apps.markets.simulator.tests.web.signing import Socket, back_room, call
from apps.markets.simulator.tests.web.waiting import until

PAIR = "BTC_USDT"
ORDER = {"currency_pair": PAIR, "side": "buy", "amount": "1", "price": "15000"}


async def arm(simulator, kind, **fields):
    status, answer = await back_room(
        simulator, "POST", "/faults", {"kind": kind, **fields}
    )
    assert status == 200, answer
    return answer["id"]


async def place(simulator, **changes):
    return await call(simulator, "POST", "/spot/orders", body={**ORDER, **changes})


def open_count(simulator):
    return len(simulator.exchange.venue.open_orders("alice"))


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_answer_refuses_without_doing_the_work(simulator, status):
    await arm(simulator, "answer", status=status, times=1)

    got, answer, _ = await place(simulator)

    assert (got, open_count(simulator)) == (status, 0)
    assert answer["label"]
    assert (await place(simulator))[0] == 201


async def test_any_label_can_be_given(simulator):
    await arm(simulator, "answer", label="PRICE_TOO_DEVIATED", message="no", times=1)

    assert (await place(simulator))[1] == {
        "label": "PRICE_TOO_DEVIATED",
        "message": "no",
    }


async def test_answer_after_hides_that_the_order_is_live(simulator):
    await arm(simulator, "answer_after", status=500, times=1)

    status, *_ = await place(simulator)

    assert (status, open_count(simulator)) == (500, 1)


@pytest.mark.parametrize(
    ("kind", "done"),
    [("drop_request", 0), ("drop_response", 1), ("truncate", 1)],
)
async def test_broken_connection_tells_nothing(simulator, kind, done):
    await arm(simulator, kind, path="/spot/orders", times=1)

    with pytest.raises(aiohttp.ClientError):
        await place(simulator)

    assert open_count(simulator) == done


async def test_garbage_is_no_json_though_the_work_is_done(simulator):
    await arm(simulator, "garbage", times=1)

    with pytest.raises(ValueError, match="Expecting value"):
        await place(simulator)

    assert open_count(simulator) == 1


async def test_timeout_does_the_work_and_never_answers(simulator):
    await arm(simulator, "timeout", times=1)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(place(simulator), 0.5)

    assert open_count(simulator) == 1


@pytest.mark.parametrize("kind", ["delay_request", "delay_response"])
async def test_delay_holds_the_request_up(simulator, kind):
    await arm(simulator, kind, ms=200, times=1)
    started = time.monotonic()

    await place(simulator)

    assert time.monotonic() - started >= 0.2


async def test_push_before_the_answer_is_a_delayed_response(simulator):
    await arm(simulator, "delay_response", ms=300, path="/spot/orders", times=1)
    async with Socket(simulator) as socket:
        await socket.ask("spot.orders", ["!all"], is_signed=True)
        placing = asyncio.ensure_future(place(simulator))
        pushed = await socket.read_push("spot.orders")

        assert not placing.done()
        assert pushed[0]["id"] == (await placing)[1]["id"]


async def test_fault_strikes_only_its_path_method_and_pair(simulator):
    await arm(simulator, "answer", path="/spot/orders", method="POST", pair="ETH_USDT")

    assert (await place(simulator))[0] == 201
    assert (await call(simulator, "GET", "/spot/accounts"))[0] == 200
    assert (await place(simulator, currency_pair="ETH_USDT"))[0] == 400


async def test_fault_ends_with_its_time(simulator):
    await arm(simulator, "answer", status=503, for_ms=150)

    assert (await place(simulator))[0] == 503
    await asyncio.sleep(0.2)
    assert (await place(simulator))[0] == 201


def test_share_strikes_the_same_requests_for_the_same_seed():
    def struck(seed):
        faults = Faults()
        faults.add(Fault("answer", share=0.3, seed=seed))
        return [bool(faults.draw(("answer",), 0, "/x")) for _ in range(200)]

    assert struck(7) == struck(7) != struck(8)
    assert 40 < sum(struck(7)) < 80


async def test_maintenance_closes_everything_until_it_is_cleared(simulator):
    async with Socket(simulator) as socket:
        await socket.ask("spot.trades", [PAIR])
        await arm(simulator, "maintenance")
        with pytest.raises(ConnectionError):
            await socket.read()
    assert (await place(simulator))[0] == 503
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await Socket(simulator).__aenter__()

    await back_room(simulator, "DELETE", "/faults")

    assert (await place(simulator))[0] == 201


async def test_skewed_clock_expires_honest_requests(simulator):
    await arm(simulator, "clock_skew", ms=120_000)

    status, answer, _ = await place(simulator)

    assert (status, answer["label"]) == (401, "REQUEST_EXPIRED")
    now = (await call(simulator, "GET", "/spot/time"))[1]["server_time"]
    assert 110_000 < now - time.time() * 1000 < 130_000


async def test_revoked_key_is_refused_on_both_sides(simulator):
    await arm(simulator, "revoke_key", key=KEY)

    assert (await place(simulator))[1]["label"] == "INVALID_KEY"
    async with Socket(simulator) as socket:
        answer = await socket.ask("spot.orders", ["!all"], is_signed=True)
    assert answer["error"]["code"] == 4


async def test_key_that_may_withdraw_says_so(simulator):
    async def rights():
        _, detail, _ = await call(simulator, "GET", "/account/detail")
        return {right["name"] for right in detail["key"]["perms"]}

    before = await rights()
    await arm(simulator, "key_can_withdraw", key=KEY)

    assert (before, await rights()) == ({"spot"}, {"spot", "withdraw"})


async def test_halted_and_delisted_pair_takes_no_orders(simulator):
    number = await arm(simulator, "delist", pair=PAIR)
    status, answer, _ = await place(simulator)
    rules = (await call(simulator, "GET", f"/spot/currency_pairs/{PAIR}"))[1]
    await back_room(simulator, "DELETE", f"/faults?id={number}")

    assert (status, answer["label"]) == (400, "INVALID_CURRENCY_PAIR")
    assert rules["trade_status"] == "untradable"
    assert rules["delisting_time"] > 0
    assert (await place(simulator))[0] == 201


async def test_tick_and_lot_change_and_come_back(simulator):
    await arm(simulator, "rules", pair=PAIR, price_precision=0, amount_precision=2)
    fine = await place(simulator, price="15000.1")
    await back_room(simulator, "DELETE", "/faults")

    assert fine[1]["label"] == "INVALID_PRECISION"
    assert (await place(simulator, price="15000.1"))[0] == 201


async def test_hidden_fills_come_later(simulator):
    await arm(simulator, "hide_fills", ms=60_000)
    await place(simulator, price="20010", amount="0.1")
    query = f"currency_pair={PAIR}"

    hidden = (await call(simulator, "GET", "/spot/my_trades", query=query))[1]
    await back_room(simulator, "DELETE", "/faults")
    shown = (await call(simulator, "GET", "/spot/my_trades", query=query))[1]

    assert (hidden, len(shown)) == ([], 1)


async def prices_pushed(simulator, socket, count):
    """Prices of trades at 20,001, 20,002, .. as they arrive."""
    venue = simulator.exchange.venue
    for n in range(1, count + 1):
        bob(venue, "sell", "0.1", str(20000 + n))
        bob(venue, "buy", "0.1", str(20000 + n))
    found = []
    try:
        while True:
            found.append((await socket.read_push("spot.trades", 0.4))["price"])
    except TimeoutError:
        return [price[:5] for price in found]


PUSHES = {
    "push_swallow": ["20001", "20003"],
    "push_duplicate": ["20001", "20002", "20002", "20003"],
    "push_reorder": ["20001", "20003", "20002"],
    "push_delay": ["20001", "20003", "20002"],
}


@pytest.mark.parametrize(("kind", "order"), PUSHES.items())
async def test_push_goes_astray(simulator, kind, order):
    async with Socket(simulator) as socket:
        await socket.ask("spot.trades", [PAIR])
        assert await prices_pushed(simulator, socket, 1) == ["20001"]
        await arm(simulator, kind, path="spot.trades", ms=100, times=1)
        bob(simulator.exchange.venue, "sell", "0.1", "20002")
        bob(simulator.exchange.venue, "buy", "0.1", "20002")
        bob(simulator.exchange.venue, "sell", "0.1", "20003")
        bob(simulator.exchange.venue, "buy", "0.1", "20003")
        found = await prices_pushed(simulator, socket, 0)

    assert ["20001", *found] == order


async def test_socket_closes_at_its_next_push(simulator):
    async with Socket(simulator) as socket:
        await socket.ask("spot.trades", [PAIR])
        await arm(simulator, "ws_close", times=1)
        bob(simulator.exchange.venue, "buy", "0.1", "20010")

        with pytest.raises(ConnectionError):
            for _ in range(3):
                await socket.read()


async def test_stalled_socket_is_silent_and_open(simulator):
    async with Socket(simulator) as socket:
        await socket.ask("spot.trades", [PAIR])
        await arm(simulator, "ws_stall", times=1)
        assert await prices_pushed(simulator, socket, 2) == []
        await back_room(simulator, "DELETE", "/faults")

        assert await prices_pushed(simulator, socket, 1) == ["20001"]
        assert not socket.raw.closed


async def test_refused_socket_is_not_opened(simulator):
    await arm(simulator, "ws_refuse", times=1)

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await Socket(simulator).__aenter__()


async def test_listing_counts_the_hits(simulator):
    await arm(simulator, "answer", status=503, times=2)
    await place(simulator)

    _, faults = await back_room(simulator, "GET", "/faults")

    assert [(f["kind"], f["hits"], f["times"]) for f in faults] == [("answer", 1, 2)]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {},
        {"kind": "earthquake"},
        {"kind": "answer", "colour": "red"},
        {"kind": "answer", "times": -1},
        {"kind": "answer", "share": 2},
        {"kind": "answer", "status": "500"},
    ],
)
def test_description_that_is_no_fault_is_refused(raw):
    with pytest.raises(BadFault):
        parse(raw, 0)


async def test_countdown_cancels_unless_called_again(simulator):
    await place(simulator)
    body = {"timeout": 1, "currency_pair": PAIR}

    answer = (await call(simulator, "POST", "/spot/countdown_cancel_all", body=body))[1]

    assert answer["triggerTime"] > time.time() * 1000
    await until(lambda: not open_count(simulator))
