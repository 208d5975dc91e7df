"""Signatures of API v4: what a client signed, computed again from what arrived.

Source: the protocol reference, parts 1.1 (REST) and 4 (WebSocket).
"""

import hashlib
import hmac
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import unquote, unquote_plus

from apps.markets.simulator.web.errors import GateError
from apps.markets.simulator.web.messages import Request

MAX_GAP_S: Final = 60
API_ROOT: Final = "/api/v4"


def sign(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha512).hexdigest()


def rest_signature(
    secret: str, method: str, path: str, query: str, body: bytes, timestamp: str
) -> str:
    """``query`` is decoded and in the order of the URL; ``timestamp`` as sent."""
    return sign(secret, "\n".join((method, path, query, _digest(body), timestamp)))


def is_signed(request: Request, secret: str) -> bool:
    """Whether SIGN fits what arrived.

    ccxt signs the path from /api/v4 on whatever stands before it, the SDK the whole
    path of the URL, and the query decoded or as it was: each is accepted.
    """
    given, digest = request.headers["sign"].lower(), _digest(request.body)
    tail = API_ROOT + request.path.partition(API_ROOT)[2]
    # In this order, and each only once: the first fits nearly always.
    paths = dict.fromkeys((tail, request.path, request.raw_path))
    query = request.query
    queries = dict.fromkeys((unquote_plus(query), unquote(query), query))
    end = f"{digest}\n{request.headers['timestamp']}"
    return any(
        _same(given, sign(secret, f"{request.method}\n{path}\n{query}\n{end}"))
        for path in paths
        for query in queries
    )


def _digest(body: bytes) -> str:
    return hashlib.sha512(body).hexdigest()


def ws_signature(secret: str, channel: str, event: str, time: object) -> str:
    return sign(secret, f"channel={channel}&event={event}&time={time}")


def is_ws_signed(
    secret: str, given: str, channel: str, event: str, time: object
) -> bool:
    return _same(given.lower(), ws_signature(secret, channel, event, time))


def timestamp_ms(text: str) -> int:
    """A Timestamp header, whole seconds or with decimals, as milliseconds."""
    try:
        seconds = Decimal(text)
    except InvalidOperation:
        raise _bad_timestamp() from None
    if not seconds.is_finite() or not 0 <= seconds < 10**11:
        raise _bad_timestamp()
    return int(seconds * 1000)


def expired() -> GateError:
    return GateError(
        "REQUEST_EXPIRED",
        f"gap between request Timestamp and server time exceeds {MAX_GAP_S}",
    )


def _bad_timestamp() -> GateError:
    return GateError("REQUEST_EXPIRED", "Timestamp header is not a time in seconds")


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
