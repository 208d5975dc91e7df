"""Orders that come in: one, many, changed. Source: the protocol reference, 2.2."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.orders import Order, OrderRequest
from apps.markets.simulator.web import objects
from apps.markets.simulator.web.context import Call
from apps.markets.simulator.web.errors import GateError, invalid, unknown_pair
from apps.markets.simulator.web.messages import Answer
from apps.markets.simulator.web.params import Fields, list_of, object_of
from apps.markets.simulator.web.rest import routes

MOST_PAIRS: Final = 4
MOST_PER_PAIR: Final = 10
MODES: Final = ("ACK", "RESULT", "FULL")
_CLEARING: Final = ("fee", "fee_currency", "point_fee", "gt_fee", "gt_maker_fee")


def order_request(fields: Fields, pair_name: str = "currency_pair") -> OrderRequest:
    """What a body asks for. Raises GateError for what can be refused unseen."""
    kind = fields.choice("type", ("limit", "market"), "limit")
    is_market = kind == "market"
    account = fields.text("account", "spot")
    if account != "spot":
        raise invalid("account", account)
    return OrderRequest(
        instrument=fields.text(pair_name),
        side=fields.choice("side", ("buy", "sell")),  # type: ignore[arg-type]
        amount=fields.amount("amount"),
        price=None if is_market else fields.amount("price"),
        type=kind,  # type: ignore[arg-type]
        time_in_force=time_in_force(fields, is_market),  # type: ignore[arg-type]
        text=fields.client_text(),
        stp_act=fields.choice("stp_act", ("cn", "co", "cb", "-"), "-"),
        iceberg=fields.amount("iceberg", Decimal(0)),
    )


def time_in_force(fields: Fields, is_market: bool) -> str:
    """A market order is ioc or fok; without a word it is ioc, a limit order gtc."""
    allowed = ("ioc", "fok") if is_market else ("gtc", "ioc", "fok", "poc")
    return fields.choice("time_in_force", allowed, allowed[0])


def shown(order: Order, mode: str) -> dict[str, Any]:
    """The answer in one of the three action modes."""
    if mode == "ACK":
        return objects.short_order(order)
    whole = objects.order(order)
    if mode == "RESULT":
        return {name: whole[name] for name in whole if name not in _CLEARING}
    return whole


@routes.route("POST", "/spot/orders", quota="place", writes=True)
async def create(call: Call) -> Answer:
    fields = Fields(object_of(call.request.json))
    mode = fields.choice("action_mode", MODES, "FULL")
    order = call.venue.place(call.user.id, order_request(fields))
    return Answer(shown(order, mode), status=201)


@routes.route("POST", "/spot/batch_orders", quota="place", writes=True)
async def create_batch(call: Call) -> list[dict[str, Any]]:
    """Each order for itself: a refused one does not hold the others back."""
    items = list_of(call.request.json, "orders", MOST_PAIRS * MOST_PER_PAIR)
    _check_batch(items)
    return [_placed(call, Fields(item)) for item in items]


def _check_batch(items: list[Mapping[str, Any]]) -> None:
    counts: dict[str, int] = {}
    for item in items:
        fields = Fields(item)
        pair = fields.text("currency_pair")
        fields.text("text")
        counts[pair] = counts.get(pair, 0) + 1
    if len(counts) > MOST_PAIRS:
        raise GateError(
            "TOO_MANY_CURRENCY_PAIRS", f"At most {MOST_PAIRS} currency pairs in a batch"
        )
    if max(counts.values()) > MOST_PER_PAIR:
        raise GateError(
            "TOO_MANY_ORDERS", f"At most {MOST_PER_PAIR} orders of a currency pair"
        )


def _placed(call: Call, fields: Fields) -> dict[str, Any]:
    try:
        order = call.venue.place(call.user.id, order_request(fields))
    except (GateError, Rejected) as error:
        return {**failed(error), "text": str(fields.values.get("text"))[:40]}
    return {**objects.order(order), "order_id": str(order.id), **SUCCEEDED}


SUCCEEDED: Final = {"succeeded": True, "label": "", "message": ""}


def failed(error: GateError | Rejected) -> dict[str, Any]:
    return {"succeeded": False, "label": error.label, "message": error.message}


@routes.route("PATCH", "/spot/orders/{id}", quota="place", writes=True)
async def amend(call: Call) -> dict[str, Any]:
    """Fields come in the query and in the body; the body wins."""
    body = object_of(call.request.json) if call.request.body else {}
    fields = Fields({**call.request.params, **body})
    mode = fields.choice("action_mode", MODES, "FULL")
    return shown(amended(call, call.request.names["id"], fields), mode)


def amended(call: Call, order_id: str, fields: Fields) -> Order:
    pair = fields.text("currency_pair", "") or None
    if pair is not None and pair not in call.venue.instruments:
        raise unknown_pair(pair)
    price = fields.amount("price") if fields.has("price") else None
    amount = fields.amount("amount") if fields.has("amount") else None
    if price is None and amount is None:
        raise GateError("MISSING_REQUIRED_PARAM", "Missing required parameter: amount")
    return call.venue.amend(
        call.user.id,
        order_id,
        instrument_id=pair,
        price=price,
        amount=amount,
        amend_text=fields.text("amend_text", "")[:40],
    )


@routes.route("POST", "/spot/amend_batch_orders", quota="place", writes=True)
async def amend_batch(call: Call) -> list[dict[str, Any]]:
    return [
        _amended(call, Fields(item)) for item in list_of(call.request.json, "orders", 5)
    ]


def _amended(call: Call, fields: Fields) -> dict[str, Any]:
    try:
        order = amended(call, fields.text("order_id"), fields)
    except (GateError, Rejected) as error:
        return {"order_id": str(fields.values.get("order_id"))[:40], **failed(error)}
    return {**objects.order(order), "order_id": str(order.id), **SUCCEEDED}
