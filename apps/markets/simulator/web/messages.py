"""One HTTP request and its answer, as the handlers see them."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import unquote_plus

from apps.markets.simulator.web.asgi_types import Receive, Scope
from apps.markets.simulator.web.errors import GateError

# A full batch of orders is below 10 kB; nobody needs a hundred times as much.
MAX_BODY: Final = 1_000_000
MAX_DEPTH: Final = 16
_TOO_LARGE = "Request body is too large"


@dataclass(slots=True)
class Request:
    """``query`` is the text as sent; ``params`` holds the last value of each name."""

    method: str
    path: str
    raw_path: str
    query: str
    headers: dict[str, str]
    client: str
    body: bytes = b""
    params: dict[str, str] = field(default_factory=dict)
    # What the path's pattern caught: {"id": "123"}.
    names: dict[str, str] = field(default_factory=dict)
    _decoded: Any = None

    @property
    def json(self) -> Any:
        """The body as JSON, read once. Raises GateError for anything that is none."""
        if self._decoded is None:
            self._decoded = decode(self.body)
        return self._decoded


@dataclass(slots=True)
class Answer:
    """``body`` is encoded as JSON unless it is bytes already."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else encode(self.body)


def request_of(scope: Scope) -> Request:
    """The head of a request; undecodable bytes become marks, never an exception."""
    query = bytes(scope.get("query_string") or b"").decode("utf-8", "replace")
    raw_path = bytes(scope.get("raw_path") or scope["path"].encode()).split(b"?")[0]
    client = scope.get("client") or ("", 0)
    return Request(
        method=scope["method"],
        path=scope["path"],
        raw_path=raw_path.decode("utf-8", "replace"),
        query=query,
        headers={
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        },
        client=str(client[0]),
        params=parse_query(query),
    )


def parse_query(query: str) -> dict[str, str]:
    """Names and values, decoded. Parts without "=" are values that are empty."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}


async def read_body(request: Request, receive: Receive) -> bytes:
    """The whole body. Raises GateError, before reading on, when it is too large."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced[:12]) > MAX_BODY:
        raise GateError("INVALID_REQUEST_BODY", _TOO_LARGE, 413)
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            raise GateError("INVALID_REQUEST_BODY", _TOO_LARGE, 413)
        chunks.append(chunk)
        more = bool(message.get("more_body", False))
    return b"".join(chunks)


def decode(text: bytes | str) -> Any:
    """JSON with exact decimals. Raises GateError: not JSON, NaN, or nested too deep."""
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise GateError("INVALID_REQUEST_BODY", "Invalid request body") from None
    if _depth_exceeds(value, MAX_DEPTH):
        raise GateError("INVALID_REQUEST_BODY", "Request body is nested too deep")
    return value


def encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _depth_exceeds(value: Any, limit: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return False
    return limit == 0 or any(_depth_exceeds(item, limit - 1) for item in value)
