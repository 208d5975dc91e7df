"""One series of a download: what is missing, asked for, stored, and asked for again."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Final

import numpy as np
from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _

from apps.common import clock
from apps.markets.candles import store
from apps.markets.candles.bars import Bars
from apps.markets.candles.codec import COLUMNS
from apps.markets.candles.merge import Mode
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.errors import ImportRunning
from apps.markets.gateways.errors import TooFarBack
from apps.markets.gateways.gateway import Gateway
from apps.markets.gateways.types import Batch, Candle, HistoryLimits, Kind
from apps.markets.history.pages import pages
from apps.markets.history.spans import Span, minus, missing, within
from apps.markets.models import DownloadItem, GapReason, Series
from apps.markets.services.history import gaps
from apps.markets.services.history.calls import AT_ONCE, Calls, Tally
from apps.markets.services.history.series import contract_size

# A month of minutes: its chunk is packed once, and a kill costs seconds of calls.
FLUSH_AT: Final = 44_640
FLUSH_AFTER_S: Final = 5.0
# An exchange may show a candle a moment after its end; too young to be called missing.
SETTLED_AFTER_MS: Final = 120_000
# So long after its end a candle is taken for what it will stay.
YOUNG_MS: Final = 3_000
# So many empty calls are worth the few that find where trading began.
LOOK_FOR_START_AT: Final = 20
_DAY: Final = "1d"
_COLUMNS: Final = attrgetter("time_ms", "open", "high", "low", "close", "volume")
_BUSY_S: Final = 0.5


@dataclass
class CandleDownload:
    """Fetches one item. Asked twice at most, and stored as it comes."""

    item: DownloadItem
    series: Series
    gateway: Gateway
    calls: Calls
    tally: Tally
    floor_ms: int = 0  # nothing older can be had
    _began_ms: int = 0  # no trade before, as far as days can tell
    _buffer: list[Bars] = field(default_factory=list)
    _refused: list[Span] = field(default_factory=list)
    _flushed_at: float = 0.0
    _flushing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def step_ms(self) -> int:
        return timeframe_ms(self.item.timeframe)

    @property
    def limits(self) -> HistoryLimits:
        return self.gateway.history_limits(Kind(self.item.instrument.kind))

    def wanted(self) -> Span:
        """The period without what was before trading, and what is not closed yet."""
        start_ms = max(self.item.start_ms, self._began_ms)
        now_ms = self._now_ms() // self.step_ms * self.step_ms
        return Span(start_ms, max(min(self.item.end_ms, now_ms), start_ms))

    async def run(self) -> None:
        """Raises GatewayError when the exchange will not give it."""
        asked_at = clock.now()
        self._flushed_at = asyncio.get_running_loop().time()
        await self._let_the_last_settle()
        self._learn_from_limits()
        holes = await self._since_trading_began(await self._holes())
        await self._ask_for(self._reachable(holes))
        holes = await self._holes()
        # A second answer often has what the first lacked.
        if again := self._reachable(holes):
            await self._ask_for(again)
            holes = await self._holes()
        await sync_to_async(self._record)(holes, asked_at)

    async def flush(self) -> None:
        """Store what has come so far."""
        async with self._flushing:
            while self._buffer:
                parts, self._buffer = self._buffer, []
                bars = _joined(parts)
                while not await sync_to_async(self._store)(bars):
                    await asyncio.sleep(_BUSY_S)
            self._flushed_at = asyncio.get_running_loop().time()

    # What to ask for

    async def _let_the_last_settle(self) -> None:
        """An exchange counts late trades into a candle that it calls closed already."""
        young_ms = self.wanted().end_ms + YOUNG_MS - self._now_ms()
        if young_ms > 0:
            await asyncio.sleep(young_ms / 1000)

    async def _holes(self) -> list[Span]:
        return await sync_to_async(self._lacking)()

    def _reachable(self, holes: list[Span]) -> list[Span]:
        return within(holes, Span(self.floor_ms, self.wanted().end_ms))

    def _lacking(self) -> list[Span]:
        """Not stored, and not known to be absent at the exchange."""
        wanted = self.wanted()
        times = store.stored_times(self.series, *wanted)
        absent = missing(times, wanted, self.step_ms)
        self.item.missing_count = sum(one.count(self.step_ms) for one in absent)
        gaps.forget_filled(self.series, wanted, absent)
        return minus(absent, gaps.known_gaps(self.series, wanted))

    def _learn_from_limits(self) -> None:
        """A simulator may be told to keep more or less than the real exchange."""
        if not self.gateway.venue.is_simulator:
            self._raise_floor(self._reach_ms())

    def _reach_ms(self) -> int:
        reach = self.limits.reach
        if reach is None:
            return 0
        # Two candles of room: time goes on while the call waits for its turn.
        oldest = self._now_ms() - (reach - 2) * self.step_ms
        return -(-oldest // self.step_ms) * self.step_ms

    def _raise_floor(self, floor_ms: int) -> None:
        if floor_ms > max(self.floor_ms, self.item.start_ms):
            self.floor_ms = floor_ms
            facts = {"moment": f"{clock.from_ms(floor_ms):%Y-%m-%d %H:%M}"}
            self.item.note = _("The exchange keeps none before %(moment)s.") % facts

    async def _since_trading_began(self, holes: list[Span]) -> list[Span]:
        """Holes without the years before the first trade, where no listing is known.

        Days tell in one call what minutes would tell in hundreds of empty ones.
        """
        calls = pages(holes, self.step_ms, self.limits.per_call)
        is_open = holes and holes[0].start_ms == self.item.start_ms
        if not is_open or len(calls) < LOOK_FOR_START_AT or self._is_listing_known():
            return holes
        first_ms = await self._first_day(holes[0])
        if first_ms is None or first_ms <= holes[0].start_ms:
            return holes
        facts = {"moment": f"{clock.from_ms(first_ms):%Y-%m-%d}"}
        self.item.note = _("Not traded before %(moment)s.") % facts
        self._began_ms = first_ms
        return minus(holes, [Span(0, first_ms)])

    def _is_listing_known(self) -> bool:
        return self.item.instrument.listed_at is not None

    async def _first_day(self, hole: Span) -> int | None:
        """The first day with a candle in the hole; None when days cannot tell."""
        day_ms = timeframe_ms(_DAY)
        start_ms = max(hole.start_ms, self.floor_ms) // day_ms * day_ms
        if _DAY not in self.gateway.timeframes:
            return None
        span = Span(start_ms, -(-hole.end_ms // day_ms) * day_ms)
        for page in pages([span], day_ms, self.limits.per_call):
            try:
                batch = await self._fetch(page, _DAY)
            except TooFarBack:
                return None
            if batch.rows:
                return batch.rows[0].time_ms
        return None

    # Asking

    async def _ask_for(self, holes: list[Span]) -> None:
        queue = deque(pages(holes, self.step_ms, self.limits.per_call))
        self.tally.calls_in_all = self.tally.calls + len(queue)
        workers = [
            asyncio.create_task(self._work(queue))
            for _worker in range(min(AT_ONCE, len(queue)))
        ]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        await self.flush()

    async def _work(self, queue: deque[Span]) -> None:
        while queue:
            page = queue.popleft()
            page = Span(max(page.start_ms, self.floor_ms), page.end_ms)
            if page.start_ms < page.end_ms:
                try:
                    self._take(page, await self._fetch(page, self.item.timeframe))
                except TooFarBack:
                    reach_ms = self._reach_ms()
                    within_page = page.start_ms < reach_ms
                    self._raise_floor(reach_ms if within_page else page.end_ms)
                    queue.appendleft(page)
                    continue
            self.tally.calls += 1
            if self._is_time_to_flush():
                await self.flush()

    async def _fetch(self, page: Span, timeframe: str) -> Batch[Candle]:
        return await self.calls.ask(
            lambda: self.gateway.candles(
                self.item.instrument.symbol,
                timeframe,
                since_ms=page.start_ms,
                until_ms=page.end_ms - timeframe_ms(timeframe),
            ),
            self.tally,
        )

    def _take(self, page: Span, batch: Batch[Candle]) -> None:
        """As arrays at once: a month of candle objects weighs 30 MB, of numbers 2."""
        start_ms, end_ms = page
        rows = [
            row for row in batch if row.is_closed and start_ms <= row.time_ms < end_ms
        ]
        if rows:
            self._buffer.append(self._bars(rows))
        if batch.refusals:
            self.tally.refused += batch.refusals.total
            self._refused.append(page)

    def _is_time_to_flush(self) -> bool:
        if self._flushing.locked():
            return False
        age_s = asyncio.get_running_loop().time() - self._flushed_at
        is_full = sum(map(len, self._buffer)) >= FLUSH_AT
        return is_full or age_s >= FLUSH_AFTER_S

    # Storing

    def _bars(self, rows: list[Candle]) -> Bars:
        """float64 begins here; the exchange's digits were Decimal until now."""
        time_ms, *prices, volume = zip(*map(_COLUMNS, rows), strict=True)
        size = contract_size(self.item.instrument)
        if size != 1:
            volume = tuple(quantity * size for quantity in volume)
        floats = [
            np.fromiter(map(float, column), np.float64, len(rows))
            for column in (*prices, volume)
        ]
        return Bars.of([np.array(time_ms, np.int64), *floats], self.item.timeframe)

    def _store(self, bars: Bars) -> bool:
        """False while an import writes the series."""
        try:
            # What is there stays: a result that was pinned to it must not change.
            written = store.write_bars(self.series, bars, Mode.FILL)
        except ImportRunning:
            return False
        self.tally.added += written.added_count
        return True

    def _record(self, holes: list[Span], asked_at: datetime) -> None:
        """Remember what was asked for twice and is not there."""
        settled_ms = self._now_ms() - SETTLED_AFTER_MS - self.step_ms
        found = [
            (span, reason)
            for hole in holes
            for span, reason in self._explained(hole)
            if span.end_ms <= settled_ms
        ]
        gaps.record(self.series, found, asked_at)

    def _explained(self, hole: Span) -> list[tuple[Span, GapReason]]:
        old = within([hole], Span(0, self.floor_ms))
        young = within([hole], Span(self.floor_ms, hole.end_ms))
        return [
            *((part, GapReason.TOO_FAR) for part in old),
            *((part, self._why_empty(part)) for part in young),
        ]

    def _why_empty(self, part: Span) -> GapReason:
        is_refused = any(within([part], page) for page in self._refused)
        return GapReason.REFUSED if is_refused else GapReason.EMPTY

    def _now_ms(self) -> int:
        """The exchange's time: candles end by its clock, not by ours."""
        reading = self.gateway.last_clock
        return clock.now_ms() + (reading.offset_ms if reading else 0)


def _joined(parts: list[Bars]) -> Bars:
    """Pages as they came, put in order; no two of them overlap."""
    parts = sorted(parts, key=lambda part: int(part.time_ms[0]))
    names = ("time_ms", *COLUMNS)
    columns = (np.concatenate([getattr(p, name) for p in parts]) for name in names)
    return Bars.of(columns, parts[0].timeframe)
