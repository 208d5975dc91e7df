"""What no honest client sends: refused as Gate.io would, and nothing changed."""

import asyncio
import json
import time

import aiohttp
import pytest

from apps.markets.simulator.tests.web.exchanges import (
    READ_KEY,
    READ_SECRET,
)
from apps.markets.simulator.tests.web.signing import Socket, back_room, call, signed

PAIR = "BTC_USDT"
ORDER = {"currency_pair": PAIR, "side": "buy", "amount": "1", "price": "15000"}


async def refused(simulator, method="POST", path="/spot/orders", **request):
    """Status and label; the balances must be what they were."""
    venue = simulator.exchange.venue
    before = venue.balances("alice")
    status, answer, headers = await call(simulator, method, path, **request)
    assert venue.balances("alice") == before
    assert answer["message"]
    assert "X-Gate-RateLimit-Requests-Remain" in headers
    assert "X-Gate-Trace-ID" in headers
    return status, answer["label"]


BODIES = {
    "no JSON": (b"{", "INVALID_REQUEST_BODY"),
    "NaN": (b'{"amount": NaN}', "INVALID_REQUEST_BODY"),
    "not UTF-8": (b'{"text": "\xff"}', "INVALID_REQUEST_BODY"),
    "a list": (b"[]", "INVALID_REQUEST_BODY"),
    "a number": (b"5", "INVALID_REQUEST_BODY"),
    "deep nesting": (b"[" * 100_000 + b"]" * 100_000, "INVALID_REQUEST_BODY"),
    "nesting beyond use": (b'{"a":' * 40 + b"1" + b"}" * 40, "INVALID_REQUEST_BODY"),
    "a number of 5,000 digits": (b'{"a":' + b"9" * 5000 + b"}", "INVALID_REQUEST_BODY"),
}


@pytest.mark.parametrize(("body", "label"), BODIES.values(), ids=BODIES)
async def test_broken_body_is_refused(simulator, body, label):
    assert await refused(simulator, body=body) == (400, label)


FIELDS = {
    "unknown pair": ({"currency_pair": "NO_USDT"}, "INVALID_CURRENCY_PAIR"),
    "no pair": ({"currency_pair": None}, "MISSING_REQUIRED_PARAM"),
    "pair of a wrong type": ({"currency_pair": 5}, "INVALID_PARAM_VALUE"),
    "no side": ({"side": ""}, "MISSING_REQUIRED_PARAM"),
    "unknown side": ({"side": "hold"}, "INVALID_PARAM_VALUE"),
    "zero amount": ({"amount": "0"}, "INVALID_PARAM_VALUE"),
    "negative amount": ({"amount": "-1"}, "INVALID_PARAM_VALUE"),
    "amount NaN": ({"amount": "NaN"}, "INVALID_PARAM_VALUE"),
    "amount infinite": ({"amount": "Infinity"}, "INVALID_PARAM_VALUE"),
    "amount with exponent": ({"amount": "1e3"}, "INVALID_PARAM_VALUE"),
    "amount of 40 digits": ({"amount": "9" * 40}, "INVALID_PARAM_VALUE"),
    "amount in other digits": ({"amount": "١"}, "INVALID_PARAM_VALUE"),
    "amount as a list": ({"amount": ["1"]}, "INVALID_PARAM_VALUE"),
    "amount as a number": ({"amount": 1.5}, "INVALID_PARAM_VALUE"),
    "price too fine": ({"price": "15000.12"}, "INVALID_PRECISION"),
    "amount too fine": ({"amount": "0.12345678"}, "INVALID_PRECISION"),
    "negative price": ({"price": "-15000"}, "INVALID_PARAM_VALUE"),
    "text without t-": ({"text": "mine"}, "INVALID_PARAM_VALUE"),
    "text too long": ({"text": "t-" + "x" * 29}, "INVALID_PARAM_VALUE"),
    "text with a space": ({"text": "t-a b"}, "INVALID_PARAM_VALUE"),
    "margin account": ({"account": "margin"}, "INVALID_PARAM_VALUE"),
    "stp outside a group": ({"stp_act": "cn"}, "INVALID_PARAM_VALUE"),
    "market order that rests": (
        {"type": "market", "time_in_force": "gtc"},
        "INVALID_PARAM_VALUE",
    ),
    "too small": ({"amount": "0.0001"}, "INVALID_PARAM_VALUE"),
    "too much": ({"amount": "100"}, "BALANCE_NOT_ENOUGH"),
    "post-only that takes": (
        {"price": "20010", "time_in_force": "poc"},
        "POC_FILL_IMMEDIATELY",
    ),
    "fill-or-kill beyond the book": (
        {"price": "20010", "amount": "3", "time_in_force": "fok"},
        "FOK_NOT_FILL",
    ),
}


@pytest.mark.parametrize(("change", "label"), FIELDS.values(), ids=FIELDS)
async def test_bad_field_is_refused_with_its_label(simulator, change, label):
    assert await refused(simulator, body={**ORDER, **change}) == (400, label)


async def test_body_of_50_megabytes_is_cut_off_early(simulator):
    started = time.monotonic()
    headers = signed("POST", "/spot/orders")
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(
                f"{simulator.rest_url}/spot/orders",
                data=b"x" * 50_000_000,
                headers=headers,
            ) as answer:
                assert (answer.status, (await answer.json())["label"]) == (
                    413,
                    "INVALID_REQUEST_BODY",
                )
        except aiohttp.ClientError:
            # The exchange answered and hung up before everything was sent.
            pass

    assert time.monotonic() - started < 3
    assert (await call(simulator, "GET", "/spot/accounts"))[0] == 200


async def test_headers_are_required(simulator):
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{simulator.rest_url}/spot/accounts") as answer,
    ):
        body = await answer.json()

    assert (answer.status, body["label"]) == (401, "MISSING_REQUIRED_HEADER")


async def test_unknown_key_is_invalid(simulator):
    got = await refused(simulator, "GET", "/spot/accounts", key="nobody")

    assert got == (401, "INVALID_KEY")


@pytest.mark.parametrize("stamp", ["soon", "NaN", "1e400", "-5", "1700000000.5"])
async def test_strange_or_old_timestamps_are_expired(simulator, stamp):
    got = await refused(simulator, "GET", "/spot/accounts", stamp=stamp)

    assert got == (401, "REQUEST_EXPIRED")


async def test_timestamp_with_decimals_is_signed_as_text(simulator):
    stamp = f"{time.time():.4f}"

    assert (await call(simulator, "GET", "/spot/accounts", stamp=stamp))[0] == 200


async def test_query_is_signed_in_the_order_of_the_url(simulator):
    for query in ("limit=5&currency_pair=BTC_USDT", "currency_pair=BTC_USDT&limit=5"):
        assert (await call(simulator, "GET", "/spot/my_trades", query=query))[0] == 200


async def test_reading_key_may_not_trade(simulator):
    keys = {"key": READ_KEY, "secret": READ_SECRET}

    assert await refused(simulator, body=ORDER, **keys) == (403, "READ_ONLY")
    assert (await call(simulator, "GET", "/spot/accounts", **keys))[0] == 200


async def test_late_request_is_not_carried_out(simulator):
    past = {"x-gate-exptime": str(int(time.time() * 1000) - 1)}

    got = await refused(simulator, body=ORDER, headers=past)

    assert got == (401, "REQUEST_EXPIRED")


async def test_unknown_path_and_method_have_labels(simulator):
    assert await refused(simulator, "GET", "/nowhere") == (404, "NOT_FOUND")
    assert await refused(simulator, "PUT", "/spot/orders") == (
        405,
        "METHOD_NOT_ALLOWED",
    )


async def test_eleventh_order_of_a_second_is_too_many(simulator):
    answers = [
        await call(simulator, "POST", "/spot/orders", body=ORDER) for _ in range(7)
    ]
    batch = [{**ORDER, "text": f"t-{n}"} for n in range(4)]
    status, answer, headers = await call(
        simulator, "POST", "/spot/batch_orders", body=batch
    )
    other_pair = {**ORDER, "currency_pair": "ETH_USDT", "amount": "0.01"}
    elsewhere, *_ = await call(simulator, "POST", "/spot/orders", body=other_pair)

    assert {status for status, *_ in answers} == {201, 400}
    assert (status, answer["label"]) == (429, "TOO_MANY_REQUESTS")
    assert headers["X-Gate-RateLimit-Limit"] == "10"
    assert elsewhere == 201


CANDLES = {
    "too broad": ({"from": -1001, "to": 0}, "range too broad"),
    "too long ago": ({"from": -10_001, "to": -9_500}, "too long ago"),
    "limit with from": ({"from": -10, "to": 0, "limit": 5}, "limit"),
    "backwards": ({"from": 0, "to": -10}, "from"),
}


@pytest.mark.parametrize(("range_", "text"), CANDLES.values(), ids=CANDLES)
async def test_candle_ranges_have_their_limits(simulator, range_, text):
    now_s = int(time.time()) // 60 * 60
    parts = {"currency_pair": PAIR, "interval": "1m"}
    for name, value in range_.items():
        parts[name] = value if name == "limit" else now_s + value * 60
    query = "&".join(f"{name}={value}" for name, value in parts.items())

    status, answer, _ = await call(simulator, "GET", "/spot/candlesticks", query=query)

    assert (status, answer["label"]) == (400, "INVALID_PARAM_VALUE")
    assert text in answer["message"]


def said(**changes):
    """A request as text; its time, when none is given, is put in later."""
    message = {"time": "%d", "id": 9, "channel": "spot.trades", "event": "subscribe"}
    return json.dumps({**message, **changes}).replace('"%d"', "%d")


MESSAGES = {
    "no JSON": ("{", 1),
    "a list": ("[]", 1),
    "no channel": ('{"event": "subscribe"}', 1),
    "deep nesting": ("[" * 50_000, 1),
    "unknown channel": (said(channel="spot.dreams", payload=["x"]), 2),
    "unknown pair": (said(payload=["NO_USDT"]), 2),
    "unknown event": (said(event="dance"), 2),
    "no login": (said(channel="spot.orders", payload=["!all"]), 4),
    "payload of a wrong type": (said(payload={"a": 1}), 2),
    "old time": (said(time=5, payload=["BTC_USDT"]), 2),
}


@pytest.mark.parametrize(("message", "code"), MESSAGES.values(), ids=MESSAGES)
async def test_bad_socket_message_gets_its_code(simulator, message, code):
    if "%d" in message:
        message %= int(time.time())
    async with Socket(simulator) as socket:
        await socket.raw.send_str(message)
        answer = await socket.read()
        await socket.send(channel="spot.ping")
        pong = await socket.read()

    assert answer["error"]["code"] == code
    assert answer["result"] == {"status": "fail"}
    assert answer["id"] == (json.loads(message)["id"] if '"id"' in message else None)
    assert pong["channel"] == "spot.pong"


async def test_second_obu_subscription_of_a_stream_is_refused(simulator):
    async with Socket(simulator) as socket:
        await socket.ask("spot.obu", ["ob.BTC_USDT.50"])
        full = await socket.read_push("spot.obu")
        again = await socket.ask("spot.obu", ["ob.BTC_USDT.50"])

    assert full["full"] is True
    assert again["error"] == {"code": 2, "message": "Alert sub ob.BTC_USDT.50"}


async def test_back_room_needs_its_token(simulator):
    status, answer = await back_room(simulator, "GET", "/truth", token="guess")

    assert (status, answer["label"]) == (401, "INVALID_KEY")


async def test_silent_client_does_not_hold_the_others_up(simulator):
    _, writer = await asyncio.open_connection(simulator.host, simulator.port)
    writer.write(
        b"POST /api/v4/spot/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
    )
    await writer.drain()

    assert (await call(simulator, "GET", "/spot/accounts"))[0] == 200
    writer.close()
