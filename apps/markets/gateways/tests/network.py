"""A network that answers from a table and keeps every request: recorded messages."""

import json
import sys
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from apps.common.clock import now_ms
from apps.markets.gateways.errors import GatewayError
from apps.markets.gateways.gateway import Gateway, open_gateway
from apps.markets.gateways.transport import Reply, Request
from apps.markets.gateways.types import Credentials
from apps.markets.gateways.venues import Venue

KEY, SECRET = "canary-key-4711", "canary-secret-0815"
CREDENTIALS = Credentials(KEY, SECRET)
Answer = Callable[[Request], Any]


@dataclass
class Network:
    """``answers`` by path: a value, or a function of the request.

    A ``str`` is sent as it stands, anything else as JSON.
    """

    answers: dict[str, Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    async def send(self, request: Request) -> Reply:
        self.requests.append(request)
        path = urlsplit(request.url).path
        if path not in self.answers:
            raise AssertionError(f"nothing is recorded for {path}")
        answer = self.answers[path]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, GatewayError):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (self.status, answer)
        text = body if isinstance(body, str) else json.dumps(body)
        at = time.monotonic()
        return Reply(status, self.headers, text, at, at)

    async def close(self) -> None:
        pass

    def asked(self, *but: str) -> list[Request]:
        """The requests beside those that every gateway makes for itself."""
        own = ("time", "currency_pairs", "contracts", "detail", *but)
        return [r for r in self.requests if not urlsplit(r.url).path.endswith(own)]


def pair(name: str, **changes: Any) -> dict[str, Any]:
    """A row of Gate.io's list of pairs."""
    base, quote = name.split("_")
    row = {
        "id": name, "base": base, "quote": quote, "fee": "0.2",
        "min_base_amount": "0.0001", "min_quote_amount": "3", "amount_precision": 5,
        "precision": 2, "trade_status": "tradable", "sell_start": 0,
        "buy_start": 1607313600, "delisting_time": 0,
    }  # fmt: skip
    return {**row, **changes}


def contract(name: str, **changes: Any) -> dict[str, Any]:
    """A row of Gate.io's list of contracts."""
    row = {
        "name": name, "type": "direct", "quanto_multiplier": "0.1",
        "order_price_round": "0.01", "order_size_min": 1, "order_size_max": 1000000,
        "order_price_deviate": "0.1", "mark_price": "70.1", "index_price": "70.2",
        "leverage_min": "1", "leverage_max": "100", "status": "trading",
        "create_time": 1607313600, "in_delisting": False, "funding_rate": "-0.0001",
        "funding_interval": 28800, "funding_next_apply": 1784131200,
    }  # fmt: skip
    return {**row, **changes}


def gate_answers(**more: Any) -> dict[str, Any]:
    """What every gateway of Gate.io asks for by itself; ``more`` by path's end."""
    root = "/api/v4"
    return {
        f"{root}/spot/time": lambda _request: {"server_time": now_ms()},
        f"{root}/spot/currency_pairs": [pair("BTC_USDT"), pair("LTC_USDT")],
        f"{root}/futures/usdt/contracts": [contract("BTC_USDT"), contract("LTC_USDT")],
        f"{root}/account/detail": {"user_id": 1, "key": {"mode": 1}},
        **{f"{root}{path}": answer for path, answer in more.items()},
    }


def gate(
    network: Network, credentials: Credentials | None = CREDENTIALS, **changes: Any
) -> AbstractAsyncContextManager[Gateway]:
    venue = Venue("gate", **changes)
    return open_gateway(venue, credentials, transport=network)


def tell(capsys: Any, text: str) -> None:
    """Show a count to whoever runs the tests, also when they pass."""
    with capsys.disabled():
        sys.stderr.write(f"\n{text}\n")


def question(url: str) -> tuple[str, list[tuple[str, str]]]:
    """A request's path, and its query in one order."""
    parts = urlsplit(url)
    return parts.path, sorted(parse_qsl(parts.query))
