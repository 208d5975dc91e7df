"""A feed in another process: its messages as JSON, and what became of them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from apps.markets.simulator.sources.mirror import (
    BookSnapshot,
    BookUpdate,
    FeedLost,
    Message,
    Mirror,
    TradeSeen,
)
from apps.markets.simulator.web.params import list_of, object_of

_MOST: Final = 10_000
_LONGEST: Final = 40
_LARGEST_ID: Final = 2**63


def receive(mirror: Mirror, body: Any) -> dict[str, Any]:
    """Hand ``{"messages": [...]}`` in, one after the other.

    A message that is refused changes nothing; the others count all the same. Raises
    GateError when the body is no list of objects.
    """
    messages = list_of(object_of(body).get("messages"), "messages", _MOST)
    refused = []
    for place, fields in enumerate(messages):
        try:
            reason = mirror.receive(message_of(fields))
        except ValueError as error:
            reason = mirror.refuse(str(fields.get("instrument", "")), str(error))
        if reason:
            refused.append({"place": place, "reason": reason})
    mirror.flush()
    return {"taken": len(messages) - len(refused), "refused": refused}


def told(mirror: Mirror) -> dict[str, Any]:
    """What /sim/state says of the mirror; ``status`` is waiting, live or lost."""
    return {
        "unknown_count": mirror.unknown_count,
        "instruments": [
            {**asdict(report), "status": report.status} for report in mirror.reports()
        ],
    }


def message_of(fields: Mapping[str, Any]) -> Message:
    """One message. Raises ValueError naming the field that is not of its kind."""
    kind = fields.get("kind")
    read = _KINDS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise ValueError(f"kind must be one of {', '.join(_KINDS)}")
    return read(fields)


def _snapshot(fields: Mapping[str, Any]) -> Message:
    return BookSnapshot(
        _text(fields, "instrument"),
        _whole(fields, "last_id"),
        _levels(fields, "bids"),
        _levels(fields, "asks"),
    )


def _update(fields: Mapping[str, Any]) -> Message:
    return BookUpdate(
        _text(fields, "instrument"),
        _whole(fields, "first_id"),
        _whole(fields, "last_id"),
        _levels(fields, "bids"),
        _levels(fields, "asks"),
    )


def _trade(fields: Mapping[str, Any]) -> Message:
    side = _text(fields, "side")
    if side not in ("buy", "sell"):
        raise ValueError("side must be buy or sell")
    return TradeSeen(
        _text(fields, "instrument"),
        "buy" if side == "buy" else "sell",
        _number("price", fields.get("price")),
        _number("amount", fields.get("amount")),
        _whole(fields, "id") if "id" in fields else 0,
    )


def _lost(fields: Mapping[str, Any]) -> Message:
    return FeedLost(_text(fields, "instrument"))


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
        raise ValueError(f"{name} must be a text")
    return value


def _whole(fields: Mapping[str, Any], name: str) -> int:
    value = fields.get(name)
    if type(value) is not int or not 0 <= value < _LARGEST_ID:
        raise ValueError(f"{name} must be a whole number")
    return value


def _levels(
    fields: Mapping[str, Any], name: str
) -> tuple[tuple[Decimal, Decimal], ...]:
    rows = fields.get(name)
    if not isinstance(rows, list):
        raise ValueError(f"{name} must be a list of [price, amount]")
    if not all(isinstance(row, list) and len(row) == 2 for row in rows):
        raise ValueError(f"{name} must hold pairs [price, amount]")
    return tuple(
        (_number(f"{name} price", price), _number(f"{name} amount", amount))
        for price, amount in rows
    )


def _number(name: str, value: Any) -> Decimal:
    """A text: a number that JSON knows may have lost its last digits on the way."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError(f"{name} must be a number in a text")
    try:
        return Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{name} must be a number in a text") from None


_KINDS: Final[dict[str, Callable[[Mapping[str, Any]], Message]]] = {
    "snapshot": _snapshot,
    "update": _update,
    "trade": _trade,
    "lost": _lost,
}
