"""Whatever arrives, the exchange answers as an exchange: never a 500, never silence.

CASHUP_FUZZ_S lets it run for so many seconds, each of HTTP and WebSocket.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.markets.simulator.tests.web.exchanges import (
    KEY,
    SECRET,
    TOKEN,
    fill_book,
    make_exchange,
)
from apps.markets.simulator.tests.web.signing import signed
from apps.markets.simulator.web.asgi import GateApp
from apps.markets.simulator.web.messages import encode
from apps.markets.simulator.web.quotas import Quotas
from apps.markets.simulator.web.rest import routes
from apps.markets.simulator.web.rest.table import HANDLERS
from apps.markets.simulator.web.signature import ws_signature
from apps.markets.simulator.web.ws.channels import PRIVATE
from apps.markets.simulator.web.ws.session import Session

SECONDS = float(os.environ.get("CASHUP_FUZZ_S", "0"))
ROUND = 300 if SECONDS else 150
assert HANDLERS, "every handler is registered"

NAMES = st.sampled_from(
    [
        "currency_pair",
        "side",
        "amount",
        "price",
        "type",
        "time_in_force",
        "text",
        "account",
        "iceberg",
        "stp_act",
        "action_mode",
        "id",
        "order_id",
        "status",
        "limit",
        "page",
        "from",
        "to",
        "last_id",
        "reverse",
        "interval",
        "with_id",
        "currency",
        "market",
        "trigger",
        "put",
        "rule",
        "expiration",
        "timeout",
        "offset",
        "amend_text",
    ]
)
WORDS = st.sampled_from(
    [
        "BTC_USDT",
        "ETH_USDT",
        "NO_USDT",
        "BTC",
        "buy",
        "sell",
        "limit",
        "market",
        "gtc",
        "ioc",
        "fok",
        "poc",
        "spot",
        "margin",
        "open",
        "finished",
        "1",
        "0",
        "-1",
        "0.5",
        "1.5",
        "15000",
        "20010",
        "20010.1",
        "1e9",
        "NaN",
        "Infinity",
        "t-a",
        "t-",
        "true",
        "1m",
        "30d",
        "7d",
        ">=",
        "<=",
        "1000",
        "10000000000",
        "99999999999999999999",
        "null",
        "ACK",
    ]
)
ANY_TEXT = st.text(max_size=30)
VALUES = st.one_of(
    WORDS, WORDS, ANY_TEXT, st.integers(), st.floats(), st.booleans(), st.none()
)
FLAT = st.dictionaries(st.one_of(NAMES, NAMES, ANY_TEXT), VALUES, max_size=8)
VALID = st.fixed_dictionaries(
    {
        "currency_pair": st.sampled_from(["BTC_USDT", "ETH_USDT"]),
        "side": st.sampled_from(["buy", "sell"]),
        "amount": st.sampled_from(["0.1", "1", "5", "100", "0.00001"]),
        "price": st.sampled_from(["19990", "20000", "20010", "15000"]),
        "text": st.sampled_from(["t-a", "t-b", "t-c"]),
    },
    optional={
        "type": st.sampled_from(["limit", "market"]),
        "time_in_force": st.sampled_from(["gtc", "ioc", "fok", "poc"]),
    },
)
TRIGGERS = st.fixed_dictionaries(
    {
        "market": WORDS,
        "put": st.one_of(VALID, FLAT),
        "trigger": st.fixed_dictionaries({"price": WORDS, "rule": WORDS}),
    }
)
ITEMS = st.one_of(VALID, FLAT, TRIGGERS)
JSON = st.recursive(
    st.one_of(VALUES, ITEMS),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4)
    ),
    max_leaves=12,
)
BODIES = st.one_of(
    ITEMS.map(json.dumps),
    st.lists(ITEMS, max_size=5).map(json.dumps),
    JSON.map(json.dumps),
    st.binary(max_size=60),
    st.just(b""),
).map(lambda body: body.encode() if isinstance(body, str) else body)
PATHS = st.sampled_from(
    [*routes.patterns(), ("GET", "/nowhere"), ("PUT", "/spot/orders")]
)
LAST = st.one_of(
    st.sampled_from(["1", "2", "3", "t-a", "t-", "BTC", "BTC_USDT"]), ANY_TEXT
)


async def ask(
    app: GateApp, method: str, path: str, query: str, body: bytes, head: dict[str, str]
) -> tuple[int, Any]:
    """One request straight into the application: no socket, no parser before it."""
    sent: list[dict[str, Any]] = []
    received = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(received, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": query.encode("utf-8", "surrogatepass"),
        "headers": [(k.lower().encode(), v.encode("utf-8")) for k, v in head.items()],
        "client": ("127.0.0.1", 5),
    }
    await app(scope, receive, send)
    answer = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(answer)


def repeated(test: Any) -> None:
    """Once, or as long as the environment says."""
    end = time.monotonic() + SECONDS
    test()
    while time.monotonic() < end:
        test()


@pytest.fixture
def loop():
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture
def app(loop):
    exchange = make_exchange()
    exchange.quotas = Quotas(scale=0)
    fill_book(exchange.venue)
    made = GateApp(exchange)

    async def start() -> None:
        made.start()

    loop.run_until_complete(start())
    yield made
    made.stop()


EXAMPLES = settings(
    max_examples=ROUND,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_every_path_answers_any_request_without_a_500(loop, app):
    count = 0

    @EXAMPLES
    @given(PATHS, LAST, FLAT, BODIES, st.booleans())
    def fuzz(path, last, params, body, is_signed):
        nonlocal count
        count += 1
        method, pattern = path
        target = pattern.partition("{")[0] + (last if "{" in pattern else "")
        query = "&".join(f"{quote(k)}={quote(str(v))}" for k, v in params.items())
        decoded = "&".join(f"{k}={v}" for k, v in params.items())
        head = {}
        if is_signed:
            head = signed(
                method, target.encode("utf-8", "replace").decode(), decoded, body
            )
        asked = ask(app, method, "/api/v4" + target, query, body, head)
        status, answer = loop.run_until_complete(asked)

        assert status < 500, answer
        assert status < 400 or (answer["label"] and answer["message"])

    repeated(fuzz)
    sys.stdout.write(f"\n{count} requests\n")
    assert_money_is_kept(app)


def test_the_back_room_answers_any_request_without_a_500(loop, app):
    @EXAMPLES
    @given(
        st.sampled_from(["GET", "POST", "DELETE"]),
        st.sampled_from(["/faults", "/clock", "/nowhere"]),
        BODIES,
    )
    def fuzz(method, path, body):
        head = {"X-Sim-Token": TOKEN}
        asked = ask(app, method, "/sim" + path, "", body, head)
        status, answer = loop.run_until_complete(asked)

        assert status < 500, answer

    repeated(fuzz)


CHANNELS = st.one_of(
    st.sampled_from(
        [
            *PRIVATE,
            "spot.tickers",
            "spot.trades",
            "spot.book_ticker",
            "spot.candlesticks",
            "spot.order_book_update",
            "spot.order_book",
            "spot.obu",
            "spot.ping",
            "spot.login",
        ]
    ),
    ANY_TEXT,
)
PAYLOADS = st.one_of(
    st.lists(
        st.sampled_from(
            [
                "BTC_USDT",
                "ETH_USDT",
                "!all",
                "1m",
                "30d",
                "100ms",
                "1000ms",
                "20ms",
                "5",
                "20",
                "ob.X.50",
                "ob.BTC_USDT.50",
                "ob.BTC_USDT.400",
            ]
        ),
        max_size=3,
    ),
    JSON,
)
EVENTS = st.sampled_from(["subscribe", "subscribe", "unsubscribe", "api", ""])


def test_every_socket_message_gets_an_answer(loop, app):
    sockets = app.sockets
    count = 0

    async def nothing(message: Any) -> None:
        return None

    session = Session(nothing)
    sockets.hub.sessions.add(session)

    @EXAMPLES
    @given(CHANNELS, EVENTS, PAYLOADS, JSON, st.binary(max_size=20), st.integers(0, 9))
    def fuzz(channel, event, payload, other, raw, form):
        nonlocal count
        count += 1
        stamp = int(time.time())
        sign = ws_signature(SECRET, channel, event, stamp) if form < 7 else "no"
        message = {"time": stamp, "id": 1, "channel": channel, "event": event}
        message |= {"payload": payload, "auth": {"KEY": KEY, "SIGN": sign}}
        text: str | bytes = encode(message).decode()
        if form == 8:
            text = json.dumps(other)
        if form == 9:
            text = raw
        before = session._waiting.qsize()
        answer = loop.run_until_complete(sockets.answer(session, text))
        if not answer:
            assert session._waiting.qsize() > before
            while session._waiting.qsize():
                session._waiting.get_nowait()
            return
        error = json.loads(answer).get("error")
        assert error is None or error["code"] in (1, 2, 4), answer

    repeated(fuzz)
    sys.stdout.write(f"\n{count} messages\n")


def assert_money_is_kept(app: GateApp) -> None:
    """What the accounts have together is what was put in."""
    venue = app.exchange.venue
    for currency, deposited in (("BTC", 1010), ("USDT", 10_100_000), ("ETH", 1000)):
        held = [venue.balances(name) for name in venue.accounts]
        total = sum(b[currency].total for b in held if currency in b)
        assert total == deposited
