"""One feed process: takes its share of the instruments and keeps their channels alive.

The loop only hears and decides. Leases have a thread of their own, because a store
that is slow must not cost them; storing has another.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from django.db import close_old_connections, connection

from apps.common import clock
from apps.common.errors import CashUpError
from apps.common.leases import Held
from apps.markets.feeds.deadlines import USUAL, Deadlines
from apps.markets.feeds.demand import Demand
from apps.markets.gateways.streams import Channel
from apps.markets.models import FeedKind, Instrument
from apps.markets.services.feeds import demand, reporting
from apps.markets.services.feeds.closing import cursor_of
from apps.markets.services.feeds.connected import Connected
from apps.markets.services.feeds.demand import Need
from apps.markets.services.feeds.outlet import Outlet
from apps.markets.services.feeds.sharing import TURN_S, Share
from apps.markets.services.feeds.watchers import Watchers

logger = logging.getLogger(__name__)

REPORT_EVERY_S: Final = 2.5
WATCH_EVERY_S: Final = 10.0
Answer = TypeVar("Answer")
# What an exchange's task carries: the channels with their cursors and leases.
Carried = dict[int, dict[Need, "Bound"]]


@dataclass(frozen=True, slots=True)
class Bound:
    """A channel of this process, with the right to it."""

    instrument: Instrument
    channel: Channel
    lease: Held


@dataclass
class FeedRunner:
    """``run`` until told to stop. One per process."""

    deadlines: Deadlines = USUAL
    # Pages of the one-process desk are watched by the desk itself.
    watches_pages: bool = True
    _demand: Demand[Need] = field(default_factory=Demand)
    _askers: set[str] = field(default_factory=set)
    _share: Share = field(default_factory=Share)
    _venues: dict[int, Connected] = field(default_factory=dict)
    _cursors: dict[Need, int | None] = field(default_factory=dict)
    _tokens: dict[int, int] = field(default_factory=dict)
    _loop_lag_ms: float = 0.0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.outlet = Outlet()
        self._leases = ThreadPoolExecutor(1, thread_name_prefix="feed-leases")
        # SQLite's writers take turns anyway.
        stores = 4 if connection.vendor == "postgresql" else 1
        self.stores = ThreadPoolExecutor(stores, thread_name_prefix="feed-store")

    async def run(self, stopped: asyncio.Event) -> None:
        """Returns when everything is given back."""
        reporting_ = asyncio.create_task(self._report())
        lagging = asyncio.create_task(self._measure_lag())
        watching = asyncio.create_task(self._watch_pages())
        try:
            while not stopped.is_set():
                await self._tried(self._turn)
                await _wait(stopped, TURN_S)
        finally:
            for task in (reporting_, lagging, watching):
                task.cancel()
            for venue in self._venues.values():
                await venue.stop()
            await asyncio.gather(*self._tasks)
            await self._tried(lambda: self.in_thread(self._leases, self._share.leave))
            self.outlet.stop()
            self._leases.shutdown()
            self.stores.shutdown()

    # Whose instruments, which channels

    async def _turn(self) -> None:
        carried = await self.in_thread(self._leases, self._looked)
        for exchange_id, venue in list(self._venues.items()):
            if exchange_id not in carried:
                del self._venues[exchange_id]
                await venue.stop()
        for exchange_id, bound in carried.items():
            if exchange_id not in self._venues:
                exchange = next(iter(bound.values())).instrument.exchange
                self._venues[exchange_id] = Connected(exchange, self)
            await self._venues[exchange_id].carry(bound, self._cursors)

    def _looked(self) -> Carried:
        """In the thread of leases."""
        wanted = self._wanted()
        instruments = demand.instruments_of(need.instrument_id for need in wanted)
        held = self._share.turn(instruments)
        self._forget_cursors(wanted, held)
        carried: Carried = {}
        for need in wanted:
            if need.instrument_id not in held:
                continue
            instrument = instruments[need.instrument_id]
            lease = held[need.instrument_id]
            bound = Bound(instrument, need.channel(instrument), lease)
            carried.setdefault(instrument.exchange_id, {})[need] = bound
            if need.kind == FeedKind.CANDLE and need not in self._cursors:
                self._cursors[need] = cursor_of(need.instrument_id, need.timeframe)
        return carried

    def _forget_cursors(self, wanted: Collection[Need], held: dict[int, Held]) -> None:
        """Those that somebody else may have moved, or nobody needs."""
        tokens = {instrument_id: lease.token for instrument_id, lease in held.items()}
        for need in list(self._cursors):
            instrument_id = need.instrument_id
            token = tokens.get(instrument_id)
            if need not in wanted or token != self._tokens.get(instrument_id):
                self.forget_cursor(need)
        self._tokens = tokens

    def _wanted(self) -> frozenset[Need]:
        now = clock.now_ms()
        needs = demand.needs()
        for asker in self._askers - needs.keys():
            self._demand.leave(asker, now)
        for asker, needed in needs.items():
            self._demand.set(asker, needed, now)
        self._askers = set(needs)
        return self._demand.wanted(now)

    def forget_cursor(self, need: Need) -> None:
        """It will be read from the database again."""
        self._cursors.pop(need, None)

    # How it goes

    async def _report(self) -> None:
        began_ms = clock.now_ms()
        while True:
            await asyncio.sleep(REPORT_EVERY_S)
            asked_ms, began_ms = began_ms, clock.now_ms()
            await self._tried(lambda: self._reported(asked_ms))  # noqa: B023

    async def _reported(self, since_ms: int) -> None:
        now = clock.now_ms()
        reports = [one for venue in self._venues.values() for one in venue.reports(now)]
        process = self._figures(reports)

        def write() -> list[Need]:
            reporting.write_reports(reports, **process)
            demand.forget_ended()
            return reporting.restarts_asked(since_ms)

        for need in await self.in_thread(self._leases, write):
            for venue in self._venues.values():
                venue.restart(need)

    def _figures(self, reports: list[reporting.Report]) -> dict[str, Any]:
        lag_ms, self._loop_lag_ms = self._loop_lag_ms, 0.0
        return {
            "instrument_count": len({one.need.instrument_id for one in reports}),
            "channel_count": len(reports),
            "rate": round(sum(one.values["rate"] for one in reports), 1),
            "loop_lag_ms": round(lag_ms, 1),
            "rss_mb": reporting.memory_mb(),
            "refusals": _summed(venue.refusals() for venue in self._venues.values()),
        }

    async def _measure_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + 0.1
            await asyncio.sleep(0.1)
            self._loop_lag_ms = max(self._loop_lag_ms, (loop.time() - due) * 1000)

    async def _watch_pages(self) -> None:
        watchers = Watchers()
        while self.watches_pages:
            await asyncio.sleep(WATCH_EVERY_S)
            await self._tried(lambda: self.in_thread(self._leases, watchers.renew))

    # Threads

    async def in_thread(
        self, pool: ThreadPoolExecutor, work: Callable[[], Answer]
    ) -> Answer:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, _in_database, work)

    async def in_lease_thread(self, work: Callable[[], Answer]) -> Answer:
        """For short questions to the database."""
        return await self.in_thread(self._leases, work)

    def soon(self, work: Callable[[], object]) -> None:
        """In a thread of the store, without waiting for it."""
        task = asyncio.ensure_future(
            self._tried(lambda: self.in_thread(self.stores, work))
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tried(self, work: Callable[[], Any]) -> None:
        """A database that is away for a moment costs a turn, not the process."""
        try:
            await work()
        except Exception:
            logger.exception("feed.turn_failed")


def _in_database(work: Callable[[], Answer]) -> Answer:
    close_old_connections()
    try:
        return work()
    except CashUpError:
        raise
    except Exception:
        # What broke may be the connection: the next work gets a new one.
        connection.close()
        raise
    finally:
        # Back to the pool: a thread that ends would take it along.
        close_old_connections()


async def _wait(stopped: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopped.wait()
    except TimeoutError:
        return


def _summed(counts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for rule, count in one.items():
            total[rule] = total.get(rule, 0) + count
    return total
