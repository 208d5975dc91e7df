"""Which limit a request counts against, and how much.

Orders count by user and pair, cancels by user, all else by user and endpoint; a batch
counts each of its orders. Source: the protocol reference, part 1.2.
"""

from collections import Counter
from typing import Any

from apps.markets.simulator.web.context import Call
from apps.markets.simulator.web.errors import GateError
from apps.markets.simulator.web.messages import Request
from apps.markets.simulator.web.quotas import QUOTAS
from apps.markets.simulator.web.router import Route


def count(call: Call, route: Route, now_s: float) -> dict[str, str]:
    """The rate limit headers of the answer. Raises Limited."""
    quotas, wall_s = call.exchange.quotas, call.exchange.now_ms() / 1000
    who = str(call.account.uid) if call.account else call.request.client
    headers: dict[str, str] = {}
    for what, n in _parts(call.request, route).items():
        headers = quotas.count(route.quota, who, what, now_s, wall_s, n)
    return headers


def _parts(request: Request, route: Route) -> dict[str, int]:
    if route.quota == "place":
        return dict(
            Counter(str(item.get(pair_field(request))) for item in orders_in(request))
        )
    if QUOTAS[route.quota].by_endpoint:
        return {f"{request.method} {route.pattern}": 1}
    return {"": 1}


def pair_field(request: Request) -> str:
    return "market" if request.path.endswith("/price_orders") else "currency_pair"


def orders_in(request: Request) -> list[dict[str, Any]]:
    """The orders a request brings, one at least, however broken its body is."""
    try:
        body = request.json if request.body else {}
    except GateError:
        body = {}
    items = body if isinstance(body, list) else [body]
    found = [item for item in items if isinstance(item, dict)] or [{}]
    if request.method == "PATCH":
        return [{**request.params, **item} for item in found]
    return found


def texts_in(request: Request) -> list[str]:
    """The client texts of the orders a request brings; one "" when it has none."""
    texts = [item.get("text") or _put_text(item) for item in orders_in(request)]
    return [text[:40] if isinstance(text, str) else "" for text in texts]


def _put_text(item: dict[str, Any]) -> object:
    put = item.get("put")
    return put.get("text") if isinstance(put, dict) else ""
