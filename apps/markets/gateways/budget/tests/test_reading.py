"""Headers and limits: what exchanges say, and what they allow."""

from email.utils import formatdate

import pytest

from apps.common.clock import now_ms
from apps.markets.gateways import endpoints
from apps.markets.gateways.budget.decision import Outcome
from apps.markets.gateways.budget.headers import read
from apps.markets.gateways.budget.limits import gate_limit, rules_of
from apps.markets.gateways.pacing import Priority

CALL = "GET /spot/candlesticks"
RESET = "x-gate-ratelimit-reset-timestamp"


def told(status=200, headers=None, call=CALL, exchange="gate", is_public=True):
    limits = rules_of(exchange)(call)
    return read(call, status, headers or {}, limits, is_public=is_public)


@pytest.mark.parametrize(
    ("status", "is_public", "headers", "outcome"),
    [
        (200, True, {}, Outcome.ANSWERED),
        (400, True, {}, Outcome.ANSWERED),
        (429, True, {}, Outcome.SLOWED),
        (418, False, {}, Outcome.BANNED),
        (403, True, {}, Outcome.BANNED),
        (403, False, {}, Outcome.DOUBTED),
        (403, False, {"retry-after": "60"}, Outcome.BANNED),
        (503, True, {}, Outcome.FAILED),
        (0, True, {}, Outcome.SILENT),
    ],
)
def test_a_status_says_what_it_says_of_our_pace(status, is_public, headers, outcome):
    assert told(status, headers, is_public=is_public).outcome is outcome


def test_gates_remaining_calls_are_read():
    assert told(headers={"x-gate-ratelimit-requests-remain": "17"}).remaining == 17


def test_binances_used_weight_is_taken_as_a_part_of_our_limit():
    heard = told(
        headers={"x-mbx-used-weight-1m": "4500"},
        call="GET /public/klines",
        exchange="binance",
    )

    assert heard.remaining == 50  # a quarter of 200 in 10 s


def test_a_reset_just_now_is_no_pause():
    assert told(headers={RESET: str(now_ms() // 1000)}).pause_ms == 0


def test_a_reset_to_come_is_waited_for_to_the_end_of_its_second():
    pause_ms = told(429, {RESET: str(now_ms() // 1000 + 5)}).pause_ms

    assert 5_000 <= pause_ms <= 6_000


def test_a_reset_is_measured_by_the_exchanges_own_clock():
    """Ours is an hour off."""
    theirs_s = now_ms() // 1000 - 3_600
    headers = {RESET: str(theirs_s + 5), "date": formatdate(theirs_s, usegmt=True)}

    assert told(429, headers).pause_ms == 6_000


@pytest.mark.parametrize(
    ("text", "pause_ms"),
    [
        ("3", 3_000),
        ("0.5", 500),
        ("-4", 0),
        ("1e300", 0),
        ("nan", 0),
        ("999999999", 86_400_000),
    ],
)
def test_retry_after_is_read_within_a_day(text, pause_ms):
    assert told(429, {"retry-after": text}).pause_ms == pause_ms


def test_retry_after_may_be_a_date():
    date = formatdate(now_ms() / 1000 + 10, usegmt=True)

    assert 8_000 <= told(429, {"retry-after": date}).pause_ms <= 10_000


@pytest.mark.parametrize(
    ("call", "name", "calls", "window_ms"),
    [
        (CALL, CALL, 200, 10_000),
        ("GET /spot/orders/{order_id}", "GET /spot/orders/{order_id}", 200, 10_000),
        ("POST /spot/orders", "spot: place and amend", 10, 1_000),
        ("PATCH /spot/orders/{order_id}", "spot: place and amend", 10, 1_000),
        ("POST /spot/batch_orders", "spot: place and amend", 10, 1_000),
        ("DELETE /spot/orders/{order_id}", "spot: cancel", 200, 1_000),
        ("POST /spot/cancel_batch_orders", "spot: cancel", 200, 1_000),
        ("DELETE /spot/price_orders", "spot: cancel", 200, 1_000),
        ("POST /futures/{settle}/orders", "perpetual: place and amend", 100, 1_000),
        ("DELETE /futures/{settle}/orders", "perpetual: cancel", 200, 1_000),
        (
            "POST /futures/{settle}/batch_cancel_orders",
            *("perpetual: cancel", 200, 1_000),
        ),
    ],
)
def test_gates_documented_limits(call, name, calls, window_ms):
    limit = gate_limit(call)

    assert (limit.name, limit.calls, limit.window_ms) == (name, calls, window_ms)


@pytest.mark.parametrize("exchange", [*endpoints.TABLES, "kraken", "bit2c"])
def test_every_limit_keeps_something_for_each_priority(exchange):
    calls = endpoints.TABLES.get(exchange, {"GET /public/Ticker"})

    for limit in {limit for call in calls for limit in rules_of(exchange)(call)}:
        ceilings = limit.ceilings
        assert ceilings[Priority.EXIT] == limit.calls >= 10
        assert ceilings[Priority.HISTORY] < limit.calls
        assert list(ceilings) == sorted(ceilings, reverse=True)
        assert limit.pace >= 1
