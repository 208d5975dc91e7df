"""What calls have shown of an exchange, noted on its row, with news when it turns."""

import logging
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from apps.common import clock
from apps.common.errors import CashUpError
from apps.common.events import Event, outbox
from apps.markets.events import ClockOff, ExchangeRecovered, ExchangeUnreachable
from apps.markets.gateways.errors import (
    BadVenue,
    ForbiddenCall,
    Maintenance,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unreachable,
)
from apps.markets.gateways.types import ClockReading
from apps.markets.models import Exchange, ExchangeState
from apps.markets.models.exchanges import DOWN, KEPT_ERRORS
from apps.markets.selectors.exchanges import is_clock_off

__all__ = ["DOWN", "note_failure", "note_success", "state_of"]

logger = logging.getLogger(__name__)

_TEXT: Final = 500
# The first that fits; a refusal is an answer, and nothing against the exchange.
_STATES: Final[tuple[tuple[type[CashUpError], ExchangeState | None], ...]] = (
    (BadVenue, ExchangeState.MISCONFIGURED),
    (RateLimited, ExchangeState.LIMITED),
    (Maintenance, ExchangeState.MAINTENANCE),
    (Unreachable, ExchangeState.UNREACHABLE),
    (OutcomeUnknown, ExchangeState.FAILING),
    (Refused, None),
    (ForbiddenCall, None),
)


def state_of(error: CashUpError) -> ExchangeState | None:
    """What an error says about the exchange; None when it says nothing."""
    return next((state for kind, state in _STATES if isinstance(error, kind)), None)


def note_success(exchange_id: int, reading: ClockReading | None = None) -> None:
    """A call went well; ``reading`` is the clock as measured on the way."""
    with transaction.atomic():
        row = _locked(exchange_id)
        if row is None:
            return
        news = _measured(row, reading) + _answered(row)
        row.checked_at = clock.now()
        _saved(row, news)


def note_failure(
    exchange_id: int,
    error: CashUpError,
    reading: ClockReading | None = None,
    *,
    is_lasting: bool = True,
) -> None:
    """A call failed. Not ``is_lasting``: one of many did, which is no state yet."""
    now = clock.now()
    with transaction.atomic():
        row = _locked(exchange_id)
        if row is None:
            return
        news = _measured(row, reading)
        _remember(row, error, now)
        state = state_of(error)
        if state is not None and is_lasting:
            news += _turned(row, state, error)
        elif isinstance(error, Refused):
            news += _answered(row)
        row.checked_at = now
        _saved(row, news)


def _answered(row: Exchange) -> list[Event]:
    was, row.state, row.limited_until = row.state, ExchangeState.OK, None
    return [ExchangeRecovered(row.pk, row.code, was)] if was in DOWN else []


def _turned(row: Exchange, state: ExchangeState, error: CashUpError) -> list[Event]:
    was, row.state = row.state, state
    row.limited_until = None
    if isinstance(error, RateLimited):
        row.limited_until = clock.from_ms(error.until_ms)
    if state in DOWN and was not in DOWN:
        return [ExchangeUnreachable(row.pk, row.code, state, str(error)[:_TEXT])]
    return []


def _remember(row: Exchange, error: CashUpError, now: datetime) -> None:
    row.last_error, row.last_error_at = str(error)[:_TEXT], now
    entry = {
        "at": now.isoformat(),
        "code": error.code,
        "call": getattr(error, "call", ""),
        "text": row.last_error,
    }
    row.recent_errors = [entry, *row.recent_errors][:KEPT_ERRORS]


def _measured(row: Exchange, reading: ClockReading | None) -> list[Event]:
    if reading is None:
        return []
    was_off = is_clock_off(row)
    row.clock_offset_ms = reading.offset_ms
    row.round_trip_ms = max(0, reading.round_trip_ms)
    if was_off or not is_clock_off(row):
        return []
    logger.warning(
        "exchange.clock_off",
        extra={"exchange": row.code, "offset_ms": reading.offset_ms},
    )
    return [ClockOff(row.pk, row.code, reading.offset_ms)]


def _locked(exchange_id: int) -> Exchange | None:
    found: Exchange | None = (
        Exchange.objects.select_for_update().filter(pk=exchange_id).first()
    )
    return found


def _saved(row: Exchange, news: list[Any]) -> None:
    row.save(
        update_fields=[
            "state",
            "limited_until",
            "clock_offset_ms",
            "round_trip_ms",
            "checked_at",
            "last_error",
            "last_error_at",
            "recent_errors",
        ]
    )
    for event in news:
        logger.info(
            "exchange.turned",
            extra={"exchange": row.code, "news": type(event).__name__},
        )
        outbox.add(event)
