"""What everybody may ask: markets, prices, books, trades, time."""

from typing import Any

from apps.markets.simulator.core.orders import PublicTrade
from apps.markets.simulator.web import objects
from apps.markets.simulator.web.context import Call
from apps.markets.simulator.web.errors import GateError, unknown_pair
from apps.markets.simulator.web.params import Fields
from apps.markets.simulator.web.rest import routes


def _pair(call: Call, name: str = "currency_pair") -> str:
    """The pair a call names. Raises GateError when it is not traded here."""
    pair = Fields(call.request.params).text(name)
    if pair not in call.venue.instruments:
        raise unknown_pair(pair)
    return pair


@routes.route("GET", "/spot/time")
async def server_time(call: Call) -> dict[str, int]:
    return {"server_time": call.exchange.now_ms()}


def _currencies(call: Call) -> list[str]:
    pairs = call.venue.instruments.values()
    return sorted({item.base for item in pairs} | {item.quote for item in pairs})


@routes.route("GET", "/spot/currencies")
async def currencies(call: Call) -> list[dict[str, Any]]:
    return [objects.currency(name) for name in _currencies(call)]


@routes.route("GET", "/spot/currencies/{currency}")
async def currency(call: Call) -> dict[str, Any]:
    name = call.request.names["currency"]
    if name not in _currencies(call):
        raise GateError("INVALID_CURRENCY", f"Invalid currency {name[:40]}")
    return objects.currency(name)


def _rules(call: Call, pair: str) -> dict[str, Any]:
    now = call.venue.clock.now_ms()
    ends = [
        (fault.from_ms or now) // 1000
        for fault in call.exchange.faults.in_force("delist", now)
        if fault.pair in ("*", pair)
    ]
    return objects.pair(call.venue.instruments[pair], min(ends, default=0))


@routes.route("GET", "/spot/currency_pairs")
async def pairs(call: Call) -> list[dict[str, Any]]:
    return [_rules(call, pair) for pair in call.venue.instruments]


@routes.route("GET", "/spot/currency_pairs/{currency_pair}")
async def pair(call: Call) -> dict[str, Any]:
    name = call.request.names["currency_pair"]
    if name not in call.venue.instruments:
        raise unknown_pair(name)
    return _rules(call, name)


@routes.route("GET", "/spot/tickers")
async def tickers(call: Call) -> list[dict[str, Any]]:
    one = Fields(call.request.params).has("currency_pair")
    wanted = [_pair(call)] if one else list(call.venue.instruments)
    return [
        objects.ticker(
            name, call.exchange.market.ticker(name), call.venue.book(name, 1)
        )
        for name in wanted
    ]


@routes.route("GET", "/spot/order_book")
async def order_book(call: Call) -> dict[str, Any]:
    name = _pair(call)
    fields = Fields(call.request.params)
    depth = fields.whole("limit", 10, low=1, high=5000)
    with_id = fields.flag("with_id")
    # ccxt would use "interval" to merge levels; only the exact book is kept.
    fields.text("interval", "0")
    view = call.venue.book(name, min(depth, 1000))
    return objects.book(view, call.exchange.now_ms(), with_id=with_id)


@routes.route("GET", "/spot/trades")
async def trades(call: Call) -> list[dict[str, Any]]:
    """Newest first. ``last_id`` with ``reverse`` walks back, without it forward."""
    name = _pair(call)
    fields = Fields(call.request.params)
    limit = fields.whole("limit", 100, low=1, high=1000)
    page = fields.whole("page", 1, low=1, high=100_000)
    start, end = fields.seconds_ms("from"), fields.seconds_ms("to")
    back = fields.flag("reverse")
    last_id = fields.whole("last_id", 0) or None
    if last_id is not None:
        return [
            objects.trade(item) for item in _beside(call, name, last_id, back, limit)
        ]
    found = call.venue.public_trades(
        name,
        from_ms=start,
        to_ms=None if end is None else end + 999,
        page=page,
        limit=limit,
    )
    return [objects.trade(item) for item in found]


def _beside(
    call: Call, pair: str, last_id: int, back: bool, limit: int
) -> list[PublicTrade]:
    kept = call.venue.public_trades(pair, limit=10_000)
    if back:
        return [item for item in kept if item.id < last_id][:limit]
    return [item for item in kept if item.id > last_id][-limit:]
