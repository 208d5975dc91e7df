"""Recorded Gate.io messages: our requests are the recorded ones, so are our values.

Cases of placing orders belong to execution and are counted as left out, by method.
"""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from apps.markets.gateways.errors import ForbiddenCall
from apps.markets.gateways.gateway import Gateway
from apps.markets.gateways.tests.network import (
    Network,
    gate,
    gate_answers,
    question,
    tell,
)
from apps.markets.gateways.types import Kind, OrderReport, OrderState

# Execution's and later issues': orders, positions, leverage, and swaps' own books.
LEFT_OUT = {
    "createOrder", "createOrders", "createMarketBuyOrderWithCost", "editOrder",
    "cancelOrder", "cancelOrders", "cancelAllOrders", "closePosition", "setLeverage",
    "fetchPosition", "fetchPositions", "fetchPositionsHistory", "fetchFundingHistory",
    "fetchMarketLeverageTiers",
}  # fmt: skip


@pytest.fixture
def recorded(shared: Path):
    folder = shared / "fixtures" / "gateio"
    if not folder.is_dir():
        pytest.skip(f"no recorded messages at {folder}")

    def read(name: str) -> Any:
        return json.loads((folder / name).read_text(), parse_float=Decimal)

    return read


def arguments(given: list[Any], *names: str) -> dict[str, Any]:
    """ccxt's positions as our names; what is null there is left out here."""
    params = given[len(names)] if len(given) > len(names) else {}
    found = {n: v for n, v in zip(names, given, strict=False) if v is not None}
    if "until" in params:
        found["until_ms"] = params["until"]
    if params.get("trigger") or params.get("stop"):
        found["is_trigger"] = True
    return found


async def ask(gateway: Gateway, method: str, given: list[Any]) -> Any:
    """The call of ours that stands for ccxt's."""
    window = ("since_ms", "limit")
    type_of = next((p.get("type") for p in given if isinstance(p, dict)), "spot")
    kind = Kind.PERPETUAL if type_of == "swap" else Kind.SPOT
    if method == "fetchTickers":
        return await gateway.tickers(kind=kind)
    if method == "fetchBalance":
        return await gateway.balances(kind=kind)
    if method == "fetchTime":
        return await gateway.clock()
    if method == "fetchOHLCV":
        return await gateway.candles(**arguments(given, "symbol", "timeframe", *window))
    if method == "fetchOrder":
        return await gateway.order(**arguments(given, "order_id", "symbol"))
    if method == "fetchOpenOrders":
        found = arguments(given, "symbol", *window)
        return await gateway.open_orders(**found)
    if method in ("fetchTicker", "fetchOrderBook", "fetchFundingRate"):
        ours = {
            "fetchTicker": gateway.ticker,
            "fetchOrderBook": gateway.order_book,
            "fetchFundingRate": gateway.funding_rate,
        }[method]
        return await ours(given[0])
    calls = {
        "fetchMyTrades": gateway.my_trades,
        "fetchClosedOrders": gateway.finished_orders,
        "fetchFundingRateHistory": gateway.funding_rates,
        "fetchTrades": gateway.trades,
    }
    return await calls[method](**arguments(given, "symbol", *window))


class Anything(dict[str, Any]):
    """Every path answers: with what no parser takes, for only requests are compared."""

    def __contains__(self, path: object) -> bool:
        return True

    def __missing__(self, path: str) -> Any:
        return {"balances": {}} if path.endswith("unified/accounts") else []


async def asked_for(case: dict[str, Any]) -> list[Any]:
    """The requests that a recorded call makes here."""
    answers = Anything(gate_answers())
    params = next((p for p in case["input"] if isinstance(p, dict)), {})
    if params.get("unifiedAccount"):
        answers["/api/v4/account/detail"] = {"key": {"mode": 2}}
    network = Network(answers)
    async with gate(network) as gateway:
        try:
            await ask(gateway, case["method"], case["input"])
        except Exception as error:
            # An empty list is no ticker; the request was made all the same.
            assert type(error).__module__.startswith("apps.markets"), error
    if case["method"] == "fetchTime":
        return network.requests[-1:]
    return network.asked()


def told(capsys: Any, what: str, equal: Counter[str], left_out: Counter[str]) -> None:
    counts = f"{equal.total()} of {(equal + left_out).total()}"
    tell(capsys, f"Gate.io {what} as recorded: {counts}; left out: {dict(left_out)}")


async def test_our_requests_are_the_recorded_ones(recorded, capsys):
    equal: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    for case in recorded("gate.request.json")["cases"]:
        method = case["method"]
        is_ours = method not in LEFT_OUT and method != "transfer"
        if not is_ours or {"historical": True} in case["input"]:
            left_out[method] += 1
            continue
        (request,) = await asked_for(case)
        assert question(request.url) == question(case["url"]), case["description"]
        assert (request.method, request.body) == (case["http"], case["body"])
        equal[method] += 1

    told(capsys, "requests", equal, left_out)
    assert equal.total() == 44


async def test_transfer_raises_before_anything_is_sent(recorded):
    cases = recorded("gate.request.json")["cases"]
    (case,) = [c for c in cases if c["method"] == "transfer"]
    network = Network(Anything(gate_answers()))

    async with gate(network) as gateway:
        await gateway.load_markets()
        before = len(network.requests)
        with pytest.raises(ForbiddenCall, match="transfers"):
            await gateway._exchange.transfer(*case["input"])

    assert len(network.requests) == before


SAID = {"closed": OrderState.FILLED, "open": OrderState.OPEN}


def equals_order(ours: OrderReport, theirs: dict[str, Any]) -> None:
    """Field by field; ccxt's null is our empty text, and zero no price."""
    texts = (ours.id, ours.client_order_id, ours.symbol, ours.side, ours.order_type)
    assert texts == (
        theirs["id"], theirs["clientOrderId"] or "", theirs["symbol"], theirs["side"],
        theirs["type"],
    )  # fmt: skip
    state = SAID.get(theirs["status"], OrderState.ENDED)
    if state is OrderState.FILLED and theirs["filled"] == 0:
        state = OrderState.ENDED  # a trigger that fired: nothing of its own was filled
    assert ours.state is state
    for mine, name in (
        ("price", "price"), ("average", "average"), ("trigger_price", "triggerPrice"),
        ("quantity", "amount"), ("filled", "filled"), ("remaining", "remaining"),
        ("cost", "cost"), ("created_at_ms", "timestamp"),
        ("updated_at_ms", "lastTradeTimestamp"), ("time_in_force", "timeInForce"),
        ("is_post_only", "postOnly"),
    ):  # fmt: skip
        same(getattr(ours, mine), theirs[name], f"{theirs['id']}.{mine}")
    assert ours.is_reduce_only is bool(theirs["reduceOnly"])
    paid = {f["currency"]: f["cost"] for f in theirs["fees"] if f["cost"]}
    assert {fee.currency: fee.amount for fee in ours.fees} == paid


def same(ours: Any, theirs: Any, where: str) -> None:
    if isinstance(theirs, Decimal) and isinstance(ours, Decimal):
        # The recorder's values went through a float: 16 digits of them are true.
        assert abs(ours - theirs) <= abs(theirs) * Decimal("1e-15"), where
    else:
        assert ours == theirs or (not ours and not theirs), where


def equals(ours: Any, theirs: Any) -> None:
    for row, said in zip(ours, theirs, strict=True):
        if isinstance(row, OrderReport):
            equals_order(row, said)
            continue
        assert (row.id, row.time_ms, row.symbol, row.side) == (
            said["id"], said["timestamp"], said["symbol"], said["side"],
        )  # fmt: skip
        assert (row.price, row.quantity) == (said["price"], said["amount"])
        if hasattr(row, "fees"):
            assert (row.order_id, row.role) == (said["order"], said["takerOrMaker"])
            same(row.cost, said["cost"], "cost")
            (fee,) = row.fees
            (paid,) = said["fees"]
            assert (fee.currency, fee.amount) == (paid["currency"], paid["cost"])


def equals_ticker(ours: Any, said: dict[str, Any]) -> None:
    for mine, theirs in (
        ("last", "last"), ("bid", "bid"), ("ask", "ask"), ("high", "high"),
        ("low", "low"), ("open", "open"), ("change_pct", "percentage"),
        ("base_volume", "baseVolume"), ("quote_volume", "quoteVolume"),
        ("symbol", "symbol"), ("time_ms", "timestamp"),
    ):  # fmt: skip
        same(getattr(ours, mine), said[theirs], mine)


async def test_recorded_answers_give_our_types_with_the_recorded_values(
    recorded, capsys
):
    equal: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    for case in recorded("gate.response.json")["cases"]:
        method = case["method"]
        if method in LEFT_OUT:
            left_out[method] += 1
            continue
        said, answers = case["parsedResponse"], Anything(gate_answers())
        if drift := case.get("drift_ccxt_4_5_90"):
            said = [{**row, **drift} for row in said]
        network = Network(answers)
        answer = json.loads(json.dumps(case["httpResponse"]))
        async with gate(network) as gateway:
            await gateway.load_markets()
            answers.__class__ = type("All", (Anything,), {"__missing__": (
                lambda self, path, answer=answer: answer)})  # fmt: skip
            ours = await ask(gateway, method, case["input"])
        if method == "fetchTicker":
            equals_ticker(ours, said)
        elif method == "fetchOHLCV":
            (candle,) = ours
            values = [candle.time_ms, candle.open, candle.high, candle.low]
            assert [*values, candle.close, candle.volume] == said[0]
            assert not candle.is_closed  # the flag that ccxt drops
            assert candle.quote_volume == Decimal("992134.61604178")
        else:
            assert not ours.refusals
            equals(ours, said)
        equal[method] += 1

    told(capsys, "answers", equal, left_out)
    assert equal.total() == 12


async def test_requests_are_signed_with_the_exchanges_time_and_sent_to_it_alone():
    network = Network(gate_answers(**{"/spot/accounts": []}))

    async with gate(network) as gateway:
        await gateway.balances()

    (request,) = network.asked()
    assert {"KEY", "Timestamp", "SIGN"} <= request.headers.keys()
    assert urlsplit(request.url).netloc == "api.gateio.ws"
