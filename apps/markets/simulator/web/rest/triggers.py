"""Price-triggered orders. Source: the protocol reference, part 2.6."""

from typing import Any

from apps.markets.simulator.core.orders import OrderRequest, TriggerRequest
from apps.markets.simulator.web import objects
from apps.markets.simulator.web.context import Call
from apps.markets.simulator.web.errors import GateError, unknown_pair
from apps.markets.simulator.web.messages import Answer
from apps.markets.simulator.web.params import Fields, object_of
from apps.markets.simulator.web.rest import routes
from apps.markets.simulator.web.rest.placing import time_in_force


@routes.route("POST", "/spot/price_orders", quota="place", writes=True)
async def create(call: Call) -> Answer:
    fields = Fields(object_of(call.request.json))
    made = call.venue.place_trigger(call.user.id, _request(fields))
    return Answer({"id": made.id}, status=201)


def _request(fields: Fields) -> TriggerRequest:
    trigger = Fields(_part(fields, "trigger"))
    return TriggerRequest(
        put=_put(Fields(_part(fields, "put")), fields.text("market")),
        price=trigger.amount("price"),
        rule=trigger.choice("rule", (">=", "<=")),  # type: ignore[arg-type]
        expiration_s=trigger.whole("expiration", 86_400, low=1, high=2_592_000),
    )


def _part(fields: Fields, name: str) -> dict[str, Any]:
    part = fields.values.get(name)
    if part is None:
        raise GateError("MISSING_REQUIRED_PARAM", f"Missing required parameter: {name}")
    if not isinstance(part, dict):
        raise GateError("INVALID_REQUEST_BODY", f"{name} must be an object")
    return part


def _put(put: Fields, market: str) -> OrderRequest:
    """The order to come. Its account is written "normal" here."""
    kind = put.choice("type", ("limit", "market"), "limit")
    put.choice("account", ("normal", "spot"), "normal")
    return OrderRequest(
        instrument=market,
        side=put.choice("side", ("buy", "sell")),  # type: ignore[arg-type]
        amount=put.amount("amount"),
        price=None if kind == "market" else put.amount("price"),
        type=kind,  # type: ignore[arg-type]
        time_in_force=time_in_force(put, kind == "market"),  # type: ignore[arg-type]
        text=put.client_text(),
    )


def _market(call: Call, fields: Fields) -> str | None:
    market = fields.text("market", "") or None
    if market is not None and market not in call.venue.instruments:
        raise unknown_pair(market)
    return market


def _id(call: Call) -> int:
    raw = call.request.names["id"]
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 18):
        raise GateError("ORDER_NOT_FOUND", "Order not found")
    return int(raw)


@routes.route("GET", "/spot/price_orders", quota="private")
async def listing(call: Call) -> list[dict[str, Any]]:
    fields = Fields(call.request.params)
    status = fields.choice("status", ("open", "finished"))
    limit = fields.whole("limit", 100, low=1, high=100)
    found = call.venue.triggers(
        call.user.id,
        _market(call, fields),
        is_open=status == "open",
        page=fields.whole("offset", 0, high=10**7) // limit + 1,
        limit=limit,
    )
    return [objects.trigger(item, call.user.uid) for item in found]


@routes.route("DELETE", "/spot/price_orders", quota="cancel", writes=True)
async def cancel_all(call: Call) -> list[dict[str, Any]]:
    market = _market(call, Fields(call.request.params))
    gone = call.venue.cancel_triggers(call.user.id, market)
    return [objects.trigger(item, call.user.uid) for item in gone]


@routes.route("GET", "/spot/price_orders/{id}", quota="private")
async def look_up(call: Call) -> dict[str, Any]:
    found = call.venue.trigger(call.user.id, _id(call))
    return objects.trigger(found, call.user.uid)


@routes.route("DELETE", "/spot/price_orders/{id}", quota="cancel", writes=True)
async def cancel(call: Call) -> dict[str, Any]:
    gone = call.venue.cancel_trigger(call.user.id, _id(call))
    return objects.trigger(gone, call.user.uid)
