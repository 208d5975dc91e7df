"""Candles: the hottest of the parsers, a thousand rows at a call."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from apps.common.wording import gettext as _
from apps.markets.gateways.sieve import LONGEST, Notes, price, quantity
from apps.markets.gateways.types import Candle, Kind

_TOO_LARGE: Final = Decimal("1e30")
_LAST_MS: Final = 2**43
_MALFORMED: Final = (LookupError, TypeError, ValueError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where an exchange keeps what in a row; a list's index or an object's key.

    ``unit_ms`` is 1000 where times are seconds. ``quote`` and ``closed`` may be absent.
    """

    time: int | str = 0
    open: int | str = 1
    high: int | str = 2
    low: int | str = 3
    close: int | str = 4
    volume: int | str = 5
    quote: int | str | None = None
    closed: int | None = None
    is_closed: str = "true"
    unit_ms: int = 1


_GATE_SPOT: Final = Columns(0, 5, 3, 4, 2, 6, quote=1, closed=7, unit_ms=1000)
_GATE_SWAP: Final = Columns("t", "o", "h", "l", "c", "v", quote="sum", unit_ms=1000)
_BINANCE: Final = Columns(quote=7)
_OKX: Final = Columns(quote=7, closed=8, is_closed="1")
_BYBIT: Final = Columns(quote=6)
# Exchanges whose rows are read as they were sent. Volumes of a perpetual are contracts.
COLUMNS: Final = {
    "gate": {Kind.SPOT: _GATE_SPOT, Kind.PERPETUAL: _GATE_SWAP},
    "binance": {Kind.SPOT: _BINANCE, Kind.PERPETUAL: _BINANCE},
    "okx": {Kind.SPOT: _OKX, Kind.PERPETUAL: _OKX},
    "bybit": {Kind.SPOT: _BYBIT, Kind.PERPETUAL: _BYBIT},
}
# ccxt's own order, for all others.
USUAL: Final = Columns()


@dataclass(frozen=True, slots=True)
class Window:
    """What was asked for: rows outside of it are left out, and that is no fault."""

    step_ms: int
    now_ms: int
    since_ms: int | None = None
    until_ms: int | None = None
    limit: int | None = None


def candles(
    rows: Sequence[Any], columns: Columns, window: Window, notes: Notes
) -> tuple[Candle, ...]:
    """Good candles, oldest first. Late, repeated and impossible ones are refused."""
    found: list[Candle] = []
    last_ms = -1
    first = window.since_ms if window.since_ms is not None else -1
    until = window.until_ms if window.until_ms is not None else _LAST_MS
    for row in _oldest_first(rows, columns):
        try:
            candle = _candle(row, columns, window)
        except _MALFORMED:
            candle = None
        if candle is None:
            _explain(row, columns, window, notes)
        elif candle.time_ms <= last_ms:
            is_twice = candle.time_ms == last_ms
            notes.refuse(
                "candle.time", _("twice") if is_twice else _("out of order"), row
            )
        else:
            last_ms = candle.time_ms
            if first <= last_ms <= until:
                found.append(candle)
    if window.limit is None or len(found) <= window.limit:
        return tuple(found)
    from_start = window.since_ms is not None
    return tuple(found[: window.limit] if from_start else found[-window.limit :])


def _candle(row: Any, at: Columns, window: Window) -> Candle | None:
    """None for values that no candle can have."""
    time_ms = int(row[at.time]) * at.unit_ms
    opened, high = _exact(row[at.open]), _exact(row[at.high])
    low, close = _exact(row[at.low]), _exact(row[at.close])
    volume = _exact(row[at.volume])
    quote = None if at.quote is None else _exact(row[at.quote])
    if (
        not 0 < low <= opened <= high < _TOO_LARGE
        or not low <= close <= high
        or not 0 <= volume < _TOO_LARGE
        or (quote is not None and not 0 <= quote < _TOO_LARGE)
        or time_ms % window.step_ms
        or not 0 <= time_ms < _LAST_MS
    ):
        return None
    is_closed = time_ms + window.step_ms <= window.now_ms
    if at.closed is not None and at.closed < len(row):
        is_closed = row[at.closed] == at.is_closed
    return Candle(time_ms, opened, high, low, close, volume, quote, is_closed)


def _exact(raw: Any) -> Decimal:
    kind = type(raw)
    if kind is str and len(raw) <= LONGEST and "_" not in raw:
        return Decimal(raw)
    if kind is Decimal or kind is int:
        return Decimal(raw)
    raise TypeError


def _oldest_first(rows: Sequence[Any], at: Columns) -> Sequence[Any]:
    """OKX and Bybit send the newest first, all others the oldest."""
    try:
        is_newest_first = int(rows[0][at.time]) > int(rows[-1][at.time])
    except _MALFORMED:
        return rows
    return rows[::-1] if is_newest_first else rows


def _explain(row: Any, at: Columns, window: Window, notes: Notes) -> None:
    """Say which rule a refused row broke; slow, and only for those."""
    try:
        time_ms = int(row[at.time]) * at.unit_ms
        if not 0 <= time_ms < _LAST_MS or time_ms % window.step_ms:
            return notes.refuse("candle.time", _("not the open of a candle"), row)
        for name in ("open", "high", "low", "close"):
            price(row[getattr(at, name)], name)
        quantity(row[at.volume], "volume")
        if at.quote is not None:
            quantity(row[at.quote], "quote volume")
    except Exception as error:
        field = f"candle.{getattr(error, 'field', 'row')}"
        rule = getattr(error, "rule", _("not the shape it should have"))
        return notes.refuse(field, rule, row)
    return notes.refuse("candle.high", _("open or close outside of high and low"), row)
