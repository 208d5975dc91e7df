"""Orders that are there: looked up, listed, cancelled, and their fills."""

from typing import Any, Final

from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.orders import Order, Side
from apps.markets.simulator.web import objects
from apps.markets.simulator.web.context import Call
from apps.markets.simulator.web.errors import GateError, unknown_pair
from apps.markets.simulator.web.params import Fields, list_of, object_of, window
from apps.markets.simulator.web.rest import routes
from apps.markets.simulator.web.rest.placing import MODES, SUCCEEDED, failed, shown
from apps.markets.simulator.web.upkeep import tend

_PAGES: Final = 100_000


def _pair(call: Call, fields: Fields) -> str | None:
    """The pair that is named, or None. Raises GateError for an unknown one."""
    pair = fields.text("currency_pair", "") or None
    if pair is not None and pair not in call.venue.instruments:
        raise unknown_pair(pair)
    return pair


def _side(fields: Fields) -> Side | None:
    side = fields.choice("side", ("buy", "sell", ""), "")
    return side or None  # type: ignore[return-value]


def _page(fields: Fields, most: int) -> dict[str, int]:
    return {
        "page": fields.whole("page", 1, low=1, high=_PAGES),
        "limit": fields.whole("limit", 100, low=1, high=most),
    }


@routes.route("GET", "/spot/orders/{id}", quota="private")
async def look_up(call: Call) -> dict[str, Any]:
    """By id, or by client text in its place."""
    pair = _pair(call, Fields(call.request.params))
    return objects.order(call.venue.order(call.user.id, call.request.names["id"], pair))


@routes.route("DELETE", "/spot/orders/{id}", quota="cancel", writes=True)
async def cancel(call: Call) -> dict[str, Any]:
    fields = Fields(call.request.params)
    mode = fields.choice("action_mode", MODES, "FULL")
    pair = _pair(call, fields)
    return shown(call.venue.cancel(call.user.id, call.request.names["id"], pair), mode)


@routes.route("DELETE", "/spot/orders", quota="cancel", writes=True)
async def cancel_all(call: Call) -> list[dict[str, Any]]:
    """Without a pair it cancels every pair."""
    fields = Fields(call.request.params)
    pair, side = _pair(call, fields), _side(fields)
    gone = call.venue.cancel_all(call.user.id, pair, side)
    return [{**objects.order(order), **SUCCEEDED} for order in gone]


@routes.route("POST", "/spot/cancel_batch_orders", quota="cancel", writes=True)
async def cancel_batch(call: Call) -> list[dict[str, Any]]:
    items = list_of(call.request.json, "orders", 20)
    return [_cancelled(call, Fields(item)) for item in items]


def _cancelled(call: Call, fields: Fields) -> dict[str, Any]:
    named = str(fields.values.get("id", ""))[:40]
    head = {"currency_pair": str(fields.values.get("currency_pair", ""))[:40]}
    try:
        order = call.venue.cancel(call.user.id, fields.text("id"), _pair(call, fields))
    except (GateError, Rejected) as error:
        return {**head, "id": named, "text": "", **failed(error), "account": "spot"}
    done = {"id": str(order.id), "text": order.text or objects.NO_TEXT}
    return {**head, **done, **SUCCEEDED, "account": order.account}


@routes.route("GET", "/spot/open_orders", quota="private")
async def open_orders(call: Call) -> list[dict[str, Any]]:
    """Grouped by pair; page and limit count within each pair."""
    fields = Fields(call.request.params)
    wanted = _pair(call, fields)
    page = _page(fields, 100)
    everything = call.venue.open_orders(call.user.id, wanted, limit=_PAGES)
    groups: dict[str, list[Order]] = {}
    for order in everything:
        groups.setdefault(order.instrument, []).append(order)
    first = (page["page"] - 1) * page["limit"]
    return [
        {
            "currency_pair": pair,
            "total": len(orders),
            "orders": [objects.order(o) for o in orders[first : first + page["limit"]]],
        }
        for pair, orders in groups.items()
    ]


@routes.route("GET", "/spot/orders", quota="private")
async def orders(call: Call) -> list[dict[str, Any]]:
    """``status=open`` or ``finished``; the times bound the end of finished ones."""
    fields = Fields(call.request.params)
    status = fields.choice("status", ("open", "finished"))
    pair, side = _pair(call, fields), _side(fields)
    if status == "open":
        fields.text("currency_pair")
        found = call.venue.open_orders(
            call.user.id, pair, side=side, **_page(fields, 100)
        )
    else:
        found = _finished(call, fields, pair, side)
    return [objects.order(order) for order in found]


def _finished(
    call: Call, fields: Fields, pair: str | None, side: Side | None
) -> list[Order]:
    start, end = fields.seconds_ms("from"), fields.seconds_ms("to")
    return call.venue.finished_orders(
        call.user.id,
        pair,
        side=side,
        from_ms=start,
        to_ms=None if end is None else end + 999,
        **_page(fields, 1000),
    )


@routes.route("GET", "/spot/my_trades", quota="private")
async def my_trades(call: Call) -> list[dict[str, Any]]:
    fields = Fields(call.request.params)
    pair = _pair(call, fields)
    order_id = fields.whole("order_id", 0) or None
    # One order's fills are few and may be old; only a history needs its bounds.
    bounds: tuple[int | None, int | None] = (None, None)
    if order_id is None or fields.has("from") or fields.has("to"):
        bounds = window(fields, call.exchange.now_ms())
    found = call.venue.my_trades(
        call.user.id,
        pair,
        order_id=order_id,
        from_ms=bounds[0],
        to_ms=bounds[1],
        **_page(fields, 1000),
    )
    hidden_ms = _hidden_after_ms(call)
    return [objects.fill(item) for item in found if item.create_time_ms <= hidden_ms]


def _hidden_after_ms(call: Call) -> int:
    """Fills younger than this are not told yet, when a fault says so."""
    now = call.venue.clock.now_ms()
    forced = call.exchange.faults.in_force("hide_fills", now)
    return now - max((fault.ms for fault in forced), default=0)


@routes.route("POST", "/spot/countdown_cancel_all", quota="cancel", writes=True)
async def countdown(call: Call) -> dict[str, int]:
    """A dead man's handle: cancels all unless called again in time; 0 stops it."""
    fields = Fields(object_of(call.request.json))
    timeout = fields.whole("timeout", high=86_400)
    pair = _pair(call, fields)
    call.venue.set_countdown(call.user.id, pair, timeout * 1000)
    tend(call.exchange)
    return {"triggerTime": timeout and call.exchange.now_ms() + timeout * 1000}
