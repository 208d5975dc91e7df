"""An event as JSON and back, exactly: Decimals and times travel as text."""

from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from typing import Any, get_args, get_type_hints

from apps.common.events.bus import Event

PLAIN = (str, int, bool, type(None))


def encode(event: Event) -> dict[str, Any]:
    """Raises TypeError for a value that would not come back the same."""
    return {f.name: _encode(getattr(event, f.name)) for f in fields(event)}  # type: ignore[arg-type]


def decode(name: str, payload: dict[str, Any]) -> Event:
    """The event written as ``name``; fields added since then take their defaults."""
    event_type = event_type_of(name)
    hints = get_type_hints(event_type)
    return event_type(
        **{key: _decode(value, hints[key]) for key, value in payload.items()}
    )


def event_type_of(name: str) -> type[Event]:
    module, _, qualname = name.rpartition(".")
    found: type[Event] = getattr(import_module(module), qualname)
    return found


def _encode(value: Any) -> Any:
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(
        f"{value!r} cannot travel in an event; use text, int, Decimal or time"
    )


def _decode(value: Any, hint: Any) -> Any:
    wanted = get_args(hint) or (hint,)
    if isinstance(value, str) and Decimal in wanted:
        return Decimal(value)
    if isinstance(value, str) and datetime in wanted:
        return datetime.fromisoformat(value)
    return value
