"""From a row to an open gateway: its address, the shared budget, and notes on the row.

    async with connect(exchange) as gateway:
        page = await gateway.candles("BTC/USDT", "1m", since_ms=start_ms)

Whatever the calls show of the exchange, its clock included, is noted on the row, at
most once in ``NOTED_EVERY_S`` unless the state turns. Sync code runs such a block with
``apps.markets.services.connecting.run``, which keeps database work in its own thread.
"""

import inspect
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, Final, TypeVar, cast

from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection

from apps.common import clock
from apps.common.errors import CashUpError
from apps.markets.gateways.budget import budget_for
from apps.markets.gateways.errors import BadVenue, GatewayError
from apps.markets.gateways.gateway import Gateway, open_gateway
from apps.markets.gateways.types import ClockReading, Credentials
from apps.markets.models import Exchange, ExchangeState
from apps.markets.selectors.exchanges import venue_of
from apps.markets.services import exchange_notes

__all__ = ["Journal", "connect", "run", "venue_of"]

Value = TypeVar("Value")

NOTED_EVERY_S: Final = 10.0
TIMEOUT_S: Final = 10.0
# One time-out among thousands of calls is weather; so many in a row are a state.
LASTING: Final = 3


@asynccontextmanager
async def connect(
    exchange: Exchange,
    credentials: Credentials | None = None,
    *,
    timeout_s: float = TIMEOUT_S,
    is_lasting: bool = False,
) -> AsyncIterator[Gateway]:
    """A gateway for the block, within the budget that all processes share.

    ``is_lasting``: already the first failure is a state, for a block of one call.
    Raises BadVenue or Unreachable when entered.
    """
    journal = Journal(exchange, 1 if is_lasting else LASTING)
    async with AsyncExitStack() as stack:
        try:
            venue = await sync_to_async(venue_of)(exchange)
            opened = open_gateway(
                venue, credentials, budget_for(venue), timeout_s=timeout_s
            )
            gateway = await stack.enter_async_context(opened)
        except (BadVenue, GatewayError) as error:
            await journal.failed(error, None)
            await journal.flush()
            raise
        try:
            yield cast(Gateway, _Watched(gateway, journal))
        finally:
            await journal.flush()


def run(work: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
    """The coroutine's answer, for sync code; its database work stays in this thread."""
    return async_to_sync(work)()


class Journal:
    """Counts how one gateway's calls go, and writes it down now and then."""

    def __init__(self, exchange: Exchange, lasting: int) -> None:
        self._exchange_id = exchange.pk
        self._lasting = lasting
        self._failures = 0
        self._is_good = exchange.state == ExchangeState.OK
        recently = clock.now() - timedelta(seconds=NOTED_EVERY_S)
        is_fresh = exchange.checked_at is not None and exchange.checked_at > recently
        self._noted_at = time.monotonic() if is_fresh else float("-inf")
        self._reading: ClockReading | None = None  # the newest that was written
        self._unwritten: Callable[[], None] | None = None

    async def went_well(self, reading: ClockReading | None) -> None:
        self._failures = 0
        new = self._new(reading)

        def write() -> None:
            exchange_notes.note_success(self._exchange_id, new)
            self._is_good, self._reading = True, reading

        # A first measurement is news even when the row was noted a moment ago.
        is_first = new is not None and self._reading is None
        await self._note(write, is_urgent=not self._is_good or is_first)

    async def failed(self, error: CashUpError, reading: ClockReading | None) -> None:
        self._failures += 1
        state = exchange_notes.state_of(error)
        # Not sent, or told to wait: certain at once. Silence may be one lost packet.
        is_lasting = state != ExchangeState.FAILING or self._failures >= self._lasting
        new = self._new(reading)

        def write() -> None:
            exchange_notes.note_failure(
                self._exchange_id, error, new, is_lasting=is_lasting
            )
            self._reading = reading or self._reading
            if state is not None and is_lasting:
                self._is_good = False

        turns = self._is_good and state is not None and is_lasting
        await self._note(write, is_urgent=turns or self._noted_at == float("-inf"))

    async def flush(self) -> None:
        """Write what was held back for its frequency."""
        if self._unwritten is not None:
            await self._note(self._unwritten, is_urgent=True)

    def _new(self, reading: ClockReading | None) -> ClockReading | None:
        return None if reading == self._reading else reading

    async def _note(self, write: Callable[[], None], *, is_urgent: bool) -> None:
        if not is_urgent and time.monotonic() - self._noted_at < NOTED_EVERY_S:
            self._unwritten = write
            return
        self._noted_at = time.monotonic()
        self._unwritten = None
        await sync_to_async(_as_found)(write)


class _Watched:
    """The gateway, with every call's end told to the journal."""

    def __init__(self, gateway: Gateway, journal: Journal) -> None:
        self._gateway = gateway
        self._journal = journal

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._gateway, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def watched(*args: Any, **kwargs: Any) -> Any:
            try:
                answer = await found(*args, **kwargs)
            except GatewayError as error:
                await self._journal.failed(error, self._gateway.last_clock)
                raise
            await self._journal.went_well(self._gateway.last_clock)
            return answer

        return watched


def _as_found(write: Callable[[], None]) -> None:
    """Write; a connection that this opened, in a thread of its own, is closed again."""
    was_open = connection.connection is not None
    try:
        write()
    finally:
        if not was_open:
            connection.close()
