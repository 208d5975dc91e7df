"""Whatever an exchange sends: an error of our tree, or values that can be true.

Good answers with parts torn out, doubled and replaced by the worst there is, through
the whole gateway. CASHUP_FUZZ_EXAMPLES says how many; 100,000 take some minutes.
"""

import asyncio
import copy
import dataclasses
import functools
import json
import os
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.errors import CashUpError
from apps.markets.gateways.gateway import open_gateway
from apps.markets.gateways.tests import test_cross_exchange as others
from apps.markets.gateways.tests.network import (
    Network,
    contract,
    gate,
    gate_answers,
    pair,
)
from apps.markets.gateways.types import Kind
from apps.markets.gateways.venues import Venue

EXAMPLES = int(os.environ.get("CASHUP_FUZZ_EXAMPLES", "400"))
BTC, PERPETUAL = "BTC/USDT", "BTC/USDT:USDT"
S = "1710327600"
MS = f"{S}162.035000"
FILL = {
    "id": "7342180137", "create_time": S, "create_time_ms": MS, "price": "68.02",
    "currency_pair": "BTC_USDT", "side": "buy", "role": "taker", "amount": "0.025",
    "order_id": "497245022561", "fee": "0.00005", "fee_currency": "BTC",
    "point_fee": "0.1", "gt_fee": "0.2", "text": "t-1",
}  # fmt: skip
ORDER = {
    "id": "497245022561", "text": "t-1", "create_time_ms": 1706382263841,
    "update_time_ms": 1706382263841, "status": "closed", "currency_pair": "BTC_USDT",
    "type": "market", "account": "spot", "side": "buy", "amount": "5", "price": "0",
    "time_in_force": "ioc", "left": "0.001", "filled_total": "4.999",
    "avg_deal_price": "68.02", "fee": "0.0001", "fee_currency": "BTC", "gt_fee": "0",
    "rebated_fee": "0", "rebated_fee_currency": "USDT", "finish_as": "filled",
}  # fmt: skip
TICKER = {
    "currency_pair": "BTC_USDT", "last": "73373.9", "lowest_ask": "73364.2",
    "highest_bid": "73364.1", "change_percentage": "1.71", "base_volume": "3410.07",
    "quote_volume": "243764368.46", "high_24h": "73636.3", "low_24h": "68629.9",
}  # fmt: skip
CANDLE = [S, "992134.6", "73408.9", "73435.8", "73236.3", "73236.9", "13.5", "false"]
NEXT = [str(int(S) + 3600), *CANDLE[1:]]
TRADE = {
    "id": "7835390042", "create_time": S, "create_time_ms": MS, "side": "buy",
    "currency_pair": "BTC_USDT", "amount": "0.0002", "price": "73236.4",
}  # fmt: skip
BOOK = {
    "id": 5, "current": 1710327648162, "update": 1710327648162,
    "asks": [["10.1", "1"], ["10.2", "2"]], "bids": [["10", "1"], ["9.9", "2"]],
}  # fmt: skip
SWAP_BOOK = {
    "id": 5, "current": 1710327648.162, "asks": [{"p": "10.1", "s": 3}],
    "bids": [{"p": "10", "s": 4}],
}  # fmt: skip
SWAP_CANDLE = {"t": int(S), "o": "1", "h": "2", "l": "1", "c": "2", "v": 9, "sum": "4"}
KEYS = [{"user_id": 5, "key": "k", "perms": [{"name": "spot", "read_only": False}]}]
# Each parser: a good answer, and the call that reads it.
GATE: dict[str, tuple[Any, Any]] = {
    "ticker": ([TICKER], lambda g: g.ticker(BTC)),
    "tickers": ([TICKER, TICKER], lambda g: g.tickers()),
    "candles": ([CANDLE, NEXT], lambda g: g.candles(BTC, "1h")),
    "perpetual candles": ([SWAP_CANDLE], lambda g: g.candles(PERPETUAL, "1h")),
    "book": (BOOK, lambda g: g.order_book(BTC)),
    "perpetual book": (SWAP_BOOK, lambda g: g.order_book(PERPETUAL)),
    "trades": ([TRADE, {**TRADE, "id": "2"}], lambda g: g.trades(BTC)),
    "funding": (contract("BTC_USDT"), lambda g: g.funding_rate(PERPETUAL)),
    "past funding": ([{"t": int(S), "r": "0.0001"}],
                     lambda g: g.funding_rates(PERPETUAL)),
    "balances": ([{"currency": "BTC", "available": "1", "locked": "2"}],
                 lambda g: g.balances()),
    "perpetual balances": ({"currency": "USDT", "total": "5", "available": "2"},
                           lambda g: g.balances(kind=Kind.PERPETUAL)),
    "fees": ({"maker_fee": "0.002", "taker_fee": "0.002"}, lambda g: g.fees(BTC)),
    "rights": (KEYS, lambda g: g.key_rights()),
    "fills": ([FILL, {**FILL, "id": "2"}], lambda g: g.my_trades(BTC)),
    "open orders": ([{"currency_pair": "BTC_USDT", "total": 1, "orders": [ORDER]}],
                    lambda g: g.open_orders()),
    "finished orders": ([ORDER], lambda g: g.finished_orders(BTC)),
    "order": (ORDER, lambda g: g.order("1", BTC)),
    "clock": ({"server_time": 1710327648162}, lambda g: g.clock()),
}  # fmt: skip

HOSTILE = st.one_of(
    st.sampled_from(
        ["NaN", "Infinity", "-Infinity", "-1", "0", "1e400", "1e-400", "-0.0", "",
         "9" * 500, "1e999999999", "0x10", "1_000", "nan", " 1 ", "1,5", "BTC", "\x00",
         "<script>alert(1)</script>", "t", "sell", "2024-01-01", "1" * 64, None, True,
         False, [], {}, -1, 0, 10**30, 10**400, -(10**18), 1.5, float("nan"),
         float("inf"), 1e308, -2.5, 1706382263841, {"a": 1}, ["1", "2"], [[]]]
    ),
    st.text(max_size=8),
    st.integers(),
    st.floats(),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.recursive(st.none() | st.booleans() | st.text(max_size=3),
                 lambda c: st.lists(c, max_size=3)
                 | st.dictionaries(st.text(max_size=3), c, max_size=3), max_leaves=6),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in an answer."""
    found = [path]
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(
        value, list) else ()  # fmt: skip
    for key in keys:
        found += places(value[key], (*path, key))
    return found


@st.composite
def answers(draw: Any, good: Any) -> str:
    """A text near a good answer: torn, doubled, replaced, cut off, or not JSON."""
    value = copy.deepcopy(good)
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from(places(value)))
        if not path:
            continue
        held = value
        for key in path[:-1]:
            held = held[key]
        action = draw(
            st.sampled_from(["replace", "replace", "replace", "drop", "double"])
        )
        if action == "replace":
            held[path[-1]] = copy.deepcopy(draw(HOSTILE))
        elif action == "drop":
            del held[path[-1]]
        elif isinstance(held, list):
            held.insert(path[-1], copy.deepcopy(held[path[-1]]))
    if draw(st.integers(0, 30)) == 0:
        value = copy.deepcopy(draw(HOSTILE))
    text = json.dumps(value)
    if draw(st.integers(0, 30)) == 0:
        text = text[: draw(st.integers(0, len(text)))]
    return text


PRICES = {
    "price", "last", "bid", "ask", "high", "low", "open", "close", "mark", "index",
    "average", "trigger_price", "tick_size", "lot_size", "contract_size",
}  # fmt: skip


def check(value: Any, name: str = "") -> None:
    """All finite, every price above zero, no float, no dict."""
    assert not isinstance(value, float | dict), name
    if isinstance(value, Decimal):
        assert value.is_finite(), name
        assert name not in PRICES or value > 0, name
        assert abs(value) <= Decimal("1e30"), name
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            check(getattr(value, field.name), field.name)
    elif isinstance(value, tuple):
        for item in value:
            check(item, name)
    elif name.endswith("time_ms") and value is not None:
        assert 0 <= value < 2**43, name


class Runner:
    """One gateway and one loop for all examples; the network gives what it is told."""

    def __init__(self, counts: Counter[str]) -> None:
        self.loop = asyncio.new_event_loop()
        self.text = ""
        self.counts = counts

    def answer(self, _request: Any) -> str:
        return self.text

    def open(self, context: Any) -> Any:
        self.context = context
        return self.loop.run_until_complete(context.__aenter__())

    def close(self) -> None:
        self.loop.run_until_complete(self.context.__aexit__(None, None, None))
        self.loop.close()

    def run(self, gateway: Any, call: Any, text: str) -> None:
        self.text = text
        try:
            value = self.loop.run_until_complete(call(gateway))
        except CashUpError as error:
            assert len(str(error)) < 600
            self.counts[type(error).__name__] += 1
        else:
            check(value)
            self.counts["read"] += 1


class Table(dict[str, Any]):
    """Own answers while the gateway opens, the fuzzed one to everything else."""

    runner: Runner

    def __contains__(self, path: object) -> bool:
        return True

    def __missing__(self, path: str) -> Any:
        return self.runner.answer


def fuzz(share: float) -> Any:
    return settings(
        max_examples=max(20, int(EXAMPLES * share)),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=EXAMPLES <= 400,
        database=None,
    )


@pytest.fixture(scope="module")
def counts(request: Any):
    """How often each outcome came, shown at the end."""
    counted: Counter[str] = Counter()
    yield counted
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stderr.write(f"\nfuzzed answers: {counted.total()}; {dict(counted)}\n")


@pytest.fixture
def runner(counts: Counter[str]):
    own = Runner(counts)
    yield own
    own.close()


def test_no_answer_of_gate_breaks_a_parser(runner):
    table = Table(gate_answers())
    table.runner = runner
    gateway = runner.open(gate(Network(table)))
    runner.run(gateway, lambda g: g.balances(), "[]")
    for name, (good, call) in GATE.items():
        before = runner.counts["read"]
        runner.run(gateway, call, json.dumps(good))
        assert runner.counts["read"] > before or name == "clock", name

    @fuzz(0.8)
    @given(st.data())
    def one(data: Any) -> None:
        name = data.draw(st.sampled_from(sorted(GATE)))
        good, call = GATE[name]
        key = "/api/v4/spot/time"
        table[key] = runner.answer if name == "clock" else gate_answers()[key]
        runner.run(gateway, call, data.draw(answers(good)))

    one()


def test_no_list_of_markets_breaks_its_parser(runner):
    table = Table(gate_answers())
    table.runner = runner
    gateway = runner.open(gate(Network(table), None))
    good = [[pair("BTC_USDT"), pair("ETH_USDT")], [contract("BTC_USDT")]]

    @fuzz(0.1)
    @given(st.sampled_from([0, 1]), st.data())
    def one(which: int, data: Any) -> None:
        path = ("/spot/currency_pairs", "/futures/usdt/contracts")[which]
        text = data.draw(answers(good[which]))
        table.update(gate_answers(**{path: text}))
        runner.run(gateway, lambda g: g.load_markets(reload=True), text)

    one()


OTHERS = {
    "fetch_ticker": lambda g: g.ticker(BTC),
    "fetch_ohlcv": lambda g: g.candles(BTC, "1h"),
    "fetch_order_book": lambda g: g.order_book(BTC),
    "fetch_trades": lambda g: g.trades(BTC),
}


@pytest.mark.parametrize("exchange", others.EXCHANGES)
def test_no_answer_of_another_exchange_breaks_a_parser(exchange, runner, shared: Path):
    folder = shared / "fixtures" / "cross-exchange"
    if not folder.is_dir():
        pytest.skip(f"no recorded messages at {folder}")
    found = json.loads((folder / f"{exchange}.public.json").read_text())["cases"]
    good = {case["method"]: case["http_response"] for case in found}
    shapes = functools.partial(others.filled, folder)
    reading = SimpleNamespace(shapes=shapes)
    network = Network(others.answers(exchange, reading, runner.answer))
    gateway = runner.open(open_gateway(Venue(exchange), transport=network))

    @fuzz(0.035)
    @given(st.sampled_from(sorted(OTHERS)), st.data())
    def one(name: str, data: Any) -> None:
        runner.run(gateway, OTHERS[name], data.draw(answers(good[name])))

    one()
