"""Whose request it is, and whether it may do that."""

from apps.markets.simulator.core.accounts import Account, Key
from apps.markets.simulator.web.context import Exchange
from apps.markets.simulator.web.errors import GateError
from apps.markets.simulator.web.messages import Request
from apps.markets.simulator.web.signature import expired, is_signed, timestamp_ms

_HEADERS = ("key", "timestamp", "sign")


def signer(exchange: Exchange, request: Request) -> tuple[Account, Key, str]:
    """The account behind a signed request, its key and the key's name.

    Raises GateError: a header is missing, the key unknown or revoked, the time too far
    away, the signature not that of what arrived.
    """
    for name in _HEADERS:
        if not request.headers.get(name):
            raise GateError(
                "MISSING_REQUIRED_HEADER", f"Missing required header: {name.upper()}"
            )
    key_id = request.headers["key"]
    account, key = owner(exchange, key_id)
    if not exchange.is_timely(timestamp_ms(request.headers["timestamp"])):
        raise expired()
    if not is_signed(request, key.secret):
        raise GateError("INVALID_SIGNATURE", "Signature mismatch")
    if key.ips and request.client not in key.ips:
        raise GateError("IP_FORBIDDEN", "Request IP not in whitelist")
    return account, key, key_id


def owner(exchange: Exchange, key_id: str) -> tuple[Account, Key]:
    """Raises GateError INVALID_KEY for a key that is unknown or revoked."""
    found = exchange.venue.account_of_key(key_id)
    if found is None or found[1].revoked or is_taken_away(exchange, key_id):
        raise GateError("INVALID_KEY", "Invalid key provided")
    return found


def is_taken_away(exchange: Exchange, key_id: str) -> bool:
    """Whether a fault revokes this key now."""
    now = exchange.venue.clock.now_ms()
    forced = exchange.faults.in_force("revoke_key", now) if exchange.faults else []
    return any(fault.key in ("*", key_id) for fault in forced)


def check_right(key: Key, *, writes: bool) -> None:
    if writes and "spot" not in key.permissions:
        raise GateError("READ_ONLY", "This API key is read-only")
