"""Time: one source of now, and the crossing between datetimes and milliseconds.

Milliseconds since the epoch (``int``, names end in ``_ms``) live at the exchange
boundary and in engines; aware UTC datetimes (names end in ``_at``) in the database.
Nothing here imports Django, so engines may use it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_held: ContextVar[datetime | None] = ContextVar("held_clock", default=None)


def now() -> datetime:
    """The present, aware and in UTC; the held moment inside ``held_at``."""
    return _held.get() or datetime.now(UTC)


def now_ms() -> int:
    return to_ms(now())


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since the epoch, rounded down. Raises ValueError if naive."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """An aware UTC datetime; exact, because it never passes through a float."""
    return EPOCH + timedelta(milliseconds=int(ms))


def iso(ms: int) -> str:
    """``2024-01-31T09:30:00Z``, the form times take in files and messages."""
    precision = "milliseconds" if ms % 1000 else "seconds"
    return from_ms(ms).isoformat(timespec=precision).replace("+00:00", "Z")


@contextmanager
def held_at(moment: datetime) -> Iterator[None]:
    """Hold ``now`` still for a test."""
    token = _held.set(moment)
    try:
        yield
    finally:
        _held.reset(token)
