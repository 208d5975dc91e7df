"""A mirror through ``running``: fed over the back room, or from its own process."""

from decimal import Decimal

import aiohttp
import pytest

from apps.markets.simulator.sources.mirror import BookSnapshot, TradeSeen
from apps.markets.simulator.tests.web.signing import back_room, call
from apps.markets.simulator.tests.web.test_running_sources import (
    GRID,
    PAIR,
    book_of,
    order_of,
    place,
    plan_of,
    step,
)
from apps.markets.simulator.web.launch import running

MIRRORED = {"mirrored": {PAIR: GRID}}
SNAPSHOT = {
    "kind": "snapshot",
    "instrument": PAIR,
    "last_id": 10,
    "bids": [["99", "1"], ["98", "2"]],
    "asks": [["101", "1"], ["102", "2"]],
}


def update(first_id, last_id, bids=(), asks=(), **changes):
    ids = {"first_id": first_id, "last_id": last_id}
    sides = {"bids": list(bids), "asks": list(asks)}
    return {"kind": "update", "instrument": PAIR, **ids, **sides, **changes}


def trade(side, price, amount, **changes):
    sides = {"side": side, "price": price, "amount": amount}
    return {"kind": "trade", "instrument": PAIR, **sides, **changes}


async def feed(simulator, *messages):
    body = {"messages": list(messages)}
    status, answer = await back_room(simulator, "POST", "/mirror", body)
    assert status == 200, answer
    return answer


async def report_of(simulator):
    _, state = await back_room(simulator, "GET", "/state")
    return state["mirror"]["instruments"][0]


@pytest.fixture(params=[0, 1], ids=["stepped", "real time"])
async def mirror(request):
    async with running(plan_of("mirror", speed=request.param, **MIRRORED)) as served:
        yield served


async def test_without_a_feed_the_book_is_empty_and_the_state_says_so(mirror):
    book, report = await book_of(mirror), await report_of(mirror)
    body = {"currency_pair": PAIR, "side": "sell", "amount": "1", "type": "market"}
    body["time_in_force"] = "ioc"
    status, answer, _ = await call(mirror, "POST", "/spot/orders", body=body)

    assert (book["bids"], book["asks"], report["status"]) == ([], [], "waiting")
    assert (status, answer["label"]) == (400, "ORDER_BOOK_NOT_FOUND")


async def test_a_limit_order_is_filled_when_the_mirrored_book_goes_through_it(mirror):
    await feed(mirror, SNAPSHOT)
    order = await place(mirror, "buy", "0.3", "100")
    before = await order_of(mirror, order)

    await feed(mirror, update(11, 12, [["98", "0"]], [["101", "0"], ["99.5", "1"]]))
    after = await order_of(mirror, order)

    assert (before["status"], after["status"]) == ("open", "closed")
    assert after["avg_deal_price"] == "100"


async def test_a_limit_order_is_filled_when_a_mirrored_trade_goes_through_it(mirror):
    await feed(mirror, SNAPSHOT)
    order = await place(mirror, "sell", "0.3", "100")

    answer = await feed(mirror, trade("buy", "101", "0.2"), trade("buy", "101", "0.5"))
    found = await order_of(mirror, order)

    assert answer == {"taken": 2, "refused": []}
    assert (found["status"], found["avg_deal_price"]) == ("closed", "100")


async def test_a_market_order_takes_what_the_mirrored_book_offers(mirror):
    await feed(mirror, SNAPSHOT)

    order = await place(mirror, "buy", "203")

    assert (float(order["filled_amount"]), float(order["filled_total"])) == (2, 203)


async def test_mirrored_trades_make_candles_and_the_ticker(mirror):
    await feed(mirror, SNAPSHOT, trade("buy", "101", "2"), trade("sell", "99", "1"))

    query = f"currency_pair={PAIR}"
    _, tickers, _ = await call(mirror, "GET", "/spot/tickers", query=query)
    _, rows, _ = await call(
        mirror, "GET", "/spot/candlesticks", query=f"{query}&interval=1m"
    )

    assert (float(tickers[0]["last"]), float(tickers[0]["base_volume"])) == (99, 3)
    assert sum(float(row[6]) for row in rows) == 3


async def test_a_stepped_mirror_stands_still_until_it_is_told_to_move():
    async with running(plan_of("mirror", speed=0, **MIRRORED)) as served:
        before = await step(served, 0)
        await feed(served, SNAPSHOT, trade("buy", "101", "1"))
        after = await step(served, 60_000)
        _, trades, _ = await call(
            served, "GET", "/spot/trades", query=f"currency_pair={PAIR}"
        )

    assert after - before == 60_000
    assert trades[0]["create_time_ms"].startswith(str(before))


async def test_a_feed_in_the_same_process_hands_its_messages_to_the_mirror():
    levels = ((Decimal(99), Decimal(1)),)

    async def messages():
        yield BookSnapshot(PAIR, 1, levels, ())
        yield TradeSeen(PAIR, "sell", Decimal(99), Decimal(1))
        yield TradeSeen(PAIR, "sell", Decimal("NaN"), Decimal(1))

    async with running(plan_of("mirror", **MIRRORED)) as served:
        await served.exchange.mirror.run(messages())
        book, report = await book_of(served), await report_of(served)

    assert book["bids"] == [["99", "1"]]
    assert (report["taken_count"], report["refused_count"]) == (2, 1)
    assert "NaN" in report["last_refusal"]


REFUSED = {
    "nan": update(11, 11, [["NaN", "1"]]),
    "infinity": update(11, 11, [["99", "Infinity"]]),
    "negative": update(11, 11, [["-99", "1"]]),
    "no number": update(11, 11, [["ninety", "1"]]),
    "a number that is no text": update(11, 11, [[98.5, 1]]),
    "endless digits": update(11, 11, [["9" * 41, "1"]]),
    "three of two": update(11, 11, [["98", "1", "1"]]),
    "no list": {**update(11, 11), "bids": "99"},
    "crossed": update(11, 11, [["101", "1"]]),
    "out of order": update(9, 10, [["97", "1"]]),
    "no id": update(11, None),
    "id of truth": update(11, True),
    "unknown kind": {"kind": "rumour", "instrument": PAIR},
    "kind of a list": {"kind": ["update"], "instrument": PAIR},
    "crossed snapshot": {**SNAPSHOT, "bids": [["103", "1"]]},
    "old snapshot": {**SNAPSHOT, "last_id": 9},
    "trade of nothing": trade("buy", "101", "0"),
    "trade of no side": trade("up", "101", "1"),
    "trade with an exponent": trade("buy", "1e-400", "1"),
    "trade twice": trade("buy", "101", "1", id=5),
    "another pair": {**SNAPSHOT, "instrument": "PEPE_USDT"},
    "pair of a number": {**SNAPSHOT, "instrument": 7},
}


@pytest.mark.parametrize("message", REFUSED.values(), ids=REFUSED)
async def test_bad_message_is_refused_and_reported_and_changes_nothing(message):
    async with running(plan_of("mirror", speed=0, **MIRRORED)) as served:
        venue = served.exchange.venue
        await feed(served, SNAPSHOT, trade("buy", "101", "1", id=5))
        await place(served, "buy", "1", "98.5")
        before = (await book_of(served), venue.public_trades(PAIR), venue.lines)

        # The update behind it still joins on: not even the id has moved.
        answer = await feed(served, message, update(11, 11))
        _, state = await back_room(served, "GET", "/state")
        after = (await book_of(served), venue.public_trades(PAIR), venue.lines)

    (refused,) = answer["refused"]
    assert (answer["taken"], refused["place"]) == (1, 0)
    counted = state["mirror"]["instruments"][0]["refused_count"]
    assert counted + state["mirror"]["unknown_count"] == 1
    assert after == before


BAD_BODIES = {
    "no json": b"{",
    "not a number": b'{"messages": [{"kind": "trade", "price": NaN}]}',
    "a list": b"[]",
    "no messages": b"{}",
    "empty": b'{"messages": []}',
    "texts": b'{"messages": ["a"]}',
    "too many": b'{"messages": [' + b",".join([b"{}"] * 10_001) + b"]}",
    "too large": b'{"messages": ["' + b"x" * 1_000_001 + b'"]}',
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
async def test_bad_body_is_refused_whole(body):
    async with running(plan_of("mirror", **MIRRORED)) as served:
        status = await posted(served, body, {"X-Sim-Token": "the-token"})
        report = await report_of(served)

    assert status in (400, 413)
    assert (report["taken_count"], report["refused_count"]) == (0, 0)


async def test_only_who_has_the_token_may_feed():
    async with running(plan_of("mirror", **MIRRORED)) as served:
        statuses = [
            await posted(served, b"{}", headers)
            for headers in ({}, {"X-Sim-Token": "another"})
        ]

    assert statuses == [401, 401]


async def test_what_is_no_mirror_takes_no_feed():
    async with running(plan_of("random")) as served:
        body = {"messages": [SNAPSHOT]}
        status, answer = await back_room(served, "POST", "/mirror", body)

    assert (status, answer["message"]) == (400, "This exchange is no mirror")


async def posted(served, body, headers):
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{served.sim_url}/mirror", data=body, headers=headers) as answer,
    ):
        return answer.status


async def test_an_order_outlives_the_mirror_and_is_filled_by_its_next_feed(tmp_path):
    plan = plan_of("mirror", folder=tmp_path, **MIRRORED)
    async with running(plan) as served:
        await feed(served, SNAPSHOT)
        order = await place(served, "buy", "0.3", "100")
    async with running(plan) as served:
        again = await order_of(served, order)
        await feed(served, {**SNAPSHOT, "asks": [["99.5", "1"]]})
        filled = await order_of(served, order)

    assert (again["status"], filled["status"]) == ("open", "closed")
