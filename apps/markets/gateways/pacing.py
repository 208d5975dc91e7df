"""Leave to call: what a gateway asks its budget, and what it tells it afterwards."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from typing import Protocol


class Priority(IntEnum):
    """Who goes first when there is not enough for all; the smaller goes first."""

    EXIT = 0  # cancels, and orders that only close
    ORDER = 1  # orders, and asking what became of one
    ACCOUNT = 2  # balances, fills, rights
    HISTORY = 3  # everything public


class Budget(Protocol):
    """One budget per exchange and address, shared by every process that calls it.

    ``call`` is the endpoint without its values, such as ``GET /spot/candlesticks`` or
    ``DELETE /spot/orders/{order_id}``; ``weight`` is what one such call costs there.
    """

    async def acquire(self, call: str, weight: int, priority: Priority) -> None:
        """Return when the call may be made now.

        Raises RateLimited when it may not be made at all (the circuit is open).
        Nothing was sent then.
        """

    def heard(self, call: str, status: int, headers: Mapping[str, str]) -> None:
        """An answer came: its status and headers (names in lower case).

        Called for refusals too, as soon as the head of the answer is there. It must
        neither block nor raise. ``status`` 0: no answer came (time-out, reset).
        """


_wanted: ContextVar[Priority | None] = ContextVar("gateway_priority", default=None)


@contextmanager
def at(priority: Priority) -> Iterator[None]:
    """Calls in the block go at this priority, whatever is usual for them."""
    token = _wanted.set(priority)
    try:
        yield
    finally:
        _wanted.reset(token)


def wanted(usual: Priority) -> Priority:
    chosen = _wanted.get()
    return usual if chosen is None else chosen
