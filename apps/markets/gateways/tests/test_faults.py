"""What goes wrong on the wire becomes the error that says what to do, and no secret."""

import asyncio
import gzip
import json
import time

import pytest

from apps.common.clock import now_ms
from apps.common.errors import CashUpError
from apps.markets.gateways import transport
from apps.markets.gateways.errors import (
    GatewayError,
    Maintenance,
    MalformedAnswer,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unreachable,
)
from apps.markets.gateways.gateway import open_gateway
from apps.markets.gateways.tests.sockets import (
    all_that_is_told,
    credentials,
    home,
    http,
    serving,
)
from apps.markets.gateways.transport import HttpTransport, Request
from apps.markets.gateways.types import Credentials
from apps.markets.gateways.venues import Venue
from apps.markets.simulator.faults import Fault
from apps.markets.simulator.tests.web.exchanges import KEY, SECRET, make_exchange
from apps.markets.simulator.web.server import serve

BTC = "BTC/USDT"


def caught(error: GatewayError) -> GatewayError:
    """The error, after a look at everything it could show."""
    told = all_that_is_told(error)
    assert SECRET not in told
    assert KEY not in told
    assert "SIGN" not in told
    assert error.__cause__ is None
    assert error.__context__ is None
    return error


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("timeout"), OutcomeUnknown),
        (Fault("delay_request", ms=2_000), OutcomeUnknown),
        (Fault("delay_response", ms=2_000), OutcomeUnknown),
        (Fault("drop_request"), OutcomeUnknown),
        (Fault("drop_response"), OutcomeUnknown),
        (Fault("truncate"), OutcomeUnknown),
        (Fault("garbage"), MalformedAnswer),
        (Fault("answer", status=500, message="oops"), OutcomeUnknown),
        (Fault("answer", status=502, message="oops"), OutcomeUnknown),
        (Fault("answer", status=503, label="TOO_BUSY", message="busy"), OutcomeUnknown),
        (Fault("answer_after", status=500, message="oops"), OutcomeUnknown),
        (Fault("maintenance"), Maintenance),
        (Fault("answer", status=429), RateLimited),
        (Fault("answer", label="INVALID_PARAM_VALUE", message="bad"), Refused),
        (Fault("answer", label="NEVER_HEARD_OF", message="?"), MalformedAnswer),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
async def test_each_fault_is_the_error_that_says_what_to_do(fault, kind, simulator):
    async with open_gateway(home(simulator), credentials(), timeout_s=0.7) as gateway:
        await gateway.balances()
        simulator.exchange.faults.add(fault)
        with pytest.raises(GatewayError) as raised:
            await gateway.balances()
        simulator.exchange.faults.clear()

        assert await gateway.balances()

    error = caught(raised.value)
    assert type(error) is kind
    assert error.exchange == "gate"
    assert error.call == "GET /spot/accounts"
    assert error.is_repeatable is (kind is not Refused)


async def test_a_pause_is_told_by_our_clock(gateway, simulator):
    simulator.exchange.faults.add(Fault("clock_skew", ms=3_600_000))
    await gateway.clock()
    simulator.exchange.faults.add(Fault("answer", status=429))

    with pytest.raises(RateLimited) as raised:
        await gateway.order_book(BTC)

    assert 0 < raised.value.until_ms - now_ms() < 5_000
    assert not raised.value.is_ban


async def test_an_exchange_that_is_away_was_provably_not_sent_to():
    async with serve(make_exchange()) as simulator:
        address = home(simulator)

    async with open_gateway(address, credentials()) as gateway:
        with pytest.raises(Unreachable, match="Nothing was sent") as raised:
            await gateway.balances()

    assert caught(raised.value).call == "GET /spot/time"


async def test_an_exchange_that_goes_away_in_between_is_away_and_nothing_else():
    serving_it = serve(make_exchange())
    simulator = await serving_it.__aenter__()
    async with open_gateway(home(simulator), credentials()) as gateway:
        await gateway.balances()
        await serving_it.__aexit__(None, None, None)

        with pytest.raises((Unreachable, OutcomeUnknown)):
            await gateway.balances()  # the connection it had may break only now
        with pytest.raises(Unreachable):
            await gateway.balances()


async def test_a_host_that_does_not_exist_is_unreachable():
    network = HttpTransport("gate", 3.0)
    request = Request("GET /x", "GET", "https://nowhere.invalid/x", {}, None)

    with pytest.raises(Unreachable) as raised:
        await network.send(request)
    await network.close()

    assert "nowhere.invalid" not in str(caught(raised.value))


def venue(url: str) -> Venue:
    return Venue("gate", f"{url}/api/v4", is_simulator=True)


async def first_error(url: str, *, timeout_s: float = 5.0) -> GatewayError:
    async with open_gateway(venue(url), credentials(), timeout_s=timeout_s) as gateway:
        with pytest.raises(GatewayError) as raised:
            await gateway.clock()
    return caught(raised.value)


async def test_an_answer_of_50_mb_is_cut_off_at_the_bound():
    sent = 0

    async def endless(_head, writer):
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n[")
        for _ in range(500):
            writer.write(b'"' + b"x" * 99_990 + b'",')
            await writer.drain()
            sent += 100_000

    async with serving(endless) as url:
        error = await first_error(url)

    assert type(error) is MalformedAnswer
    assert str(transport.MAX_BYTES) in str(error)
    assert sent < 15_000_000


async def test_a_packed_answer_is_bounded_by_its_unpacked_size():
    async def bomb(_head, writer):
        packed = gzip.compress(b"[" + b"0," * 20_000_000 + b"0]")
        writer.write(http(packed, "200 OK", "Content-Encoding: gzip"))

    async with serving(bomb) as url:
        assert type(await first_error(url)) is MalformedAnswer


async def test_an_answer_that_drips_ends_at_the_deadline():
    async def drip(_head, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    began = time.monotonic()
    async with serving(drip) as url:
        error = await first_error(url, timeout_s=0.5)

    assert type(error) is OutcomeUnknown
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>hello</html>", b"null", b"3", b'"text"', b"[" * 100_000, b"\xff\xfe",
     b'{"server_time": NaN}', b'{"server_time": "soon"}', b'{"server_time": -1}',
     b'{"server_time": 1e400}', b"[]", b"{}", b'{"server_time": true}',
     b'{"server_time": ' + b"9" * 5000 + b"}"],
    ids=lambda body: repr(body[:24]),
)  # fmt: skip
async def test_garbage_is_a_malformed_answer(body):
    async def talk(_head, writer):
        writer.write(http(body))

    async with serving(talk) as url:
        error = await first_error(url)

    assert type(error) is MalformedAnswer


async def test_a_page_in_between_names_the_status_and_the_address_as_doubtful():
    async def talk(_head, writer):
        writer.write(http(b"<h1>not here</h1>", "404 Not Found"))

    async with serving(talk) as url:
        error = await first_error(url)

    assert type(error) is MalformedAnswer
    assert "HTTP 404" in str(error)
    assert "address right" in str(error)


async def test_a_redirect_is_not_followed():
    heads = []

    async def talk(head, writer):
        heads.append(head)
        writer.write(http(b"", "302 Found", "Location: http://127.0.0.1:1/steal"))

    async with serving(talk) as url:
        error = await first_error(url)

    assert type(error) is MalformedAnswer
    assert len(heads) == 1


async def test_a_secret_that_the_exchange_repeats_is_taken_out():
    words = f"key {KEY} with sign=abcdef0123 and secret {SECRET}\nis not known"
    body = json.dumps({"label": "INVALID_KEY", "message": words}).encode()

    async def talk(head, writer):
        is_time = b"/spot/time" in head
        now = json.dumps({"server_time": now_ms()}).encode()
        writer.write(http(now) if is_time else http(body, "401 Unauthorized"))

    async with (
        serving(talk) as url,
        open_gateway(venue(url), credentials()) as gateway,
    ):
        with pytest.raises(GatewayError) as raised:
            await gateway.balances()

    told = str(caught(raised.value))
    assert "INVALID_KEY" in told
    assert "***" in told
    assert "abcdef0123" not in told
    assert "\n" not in told


async def test_a_signed_address_is_in_no_error_of_an_exchange_that_signs_in_it(caplog):
    """Binance signs in the query: what breaks there must not show it either."""

    async def talk(head, writer):
        if b"/time" in head:
            body = json.dumps({"serverTime": now_ms()})
        elif b"exchangeInfo" in head:
            body = '{"symbols": []}'
        else:
            writer.close()
            return
        writer.write(http(body.encode()))

    caplog.set_level("DEBUG")
    async with serving(talk) as url:
        at_home = Venue("binance", url, is_simulator=True)
        key = Credentials(KEY, SECRET)
        async with open_gateway(at_home, key, timeout_s=2) as gateway:
            with pytest.raises(OutcomeUnknown) as raised:
                await gateway.balances()

    told = all_that_is_told(caught(raised.value)) + caplog.text
    assert "signature" not in told
    assert KEY not in told


async def test_nothing_but_our_errors_leaves_a_gateway(simulator):
    """A storm of every fault at once: each call ends well or with an error of ours."""
    for number, kind in enumerate(("drop_response", "truncate", "garbage", "timeout")):
        simulator.exchange.faults.add(Fault(kind, share=0.2, seed=number))
    good = bad = 0

    async with open_gateway(home(simulator), credentials(), timeout_s=0.3) as gateway:
        for _ in range(60):
            try:
                await gateway.order_book(BTC)
                good += 1
            except CashUpError as error:
                assert isinstance(error, OutcomeUnknown)
                bad += 1

    assert good > 5
    assert bad > 5
