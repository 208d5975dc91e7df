"""Public trades: each day from its end backwards, page by page, stored as one blob."""

from dataclasses import dataclass, field
from typing import Final

from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _

from apps.markets.gateways.errors import TooFarBack
from apps.markets.gateways.gateway import Gateway
from apps.markets.gateways.types import Batch, PublicTrade
from apps.markets.history.spans import Span
from apps.markets.models import DownloadItem, TradeDay
from apps.markets.services.history.calls import Calls, Tally
from apps.markets.services.history.series import contract_size
from apps.markets.trades import store
from apps.markets.trades.store import DAY_MS

PER_CALL: Final = 1000
_SECOND_MS: Final = 1000


@dataclass
class TradeDownload:
    """Fetches one instrument's trades; complete days are not asked for again."""

    item: DownloadItem
    gateway: Gateway
    calls: Calls
    tally: Tally
    _day: Span | None = None
    _rows: dict[str, PublicTrade] = field(default_factory=dict)

    async def run(self) -> None:
        days = await sync_to_async(self._days)()
        self.tally.calls_in_all = self.tally.calls + len(days)
        for day in days:
            self._day, self._rows = day, {}
            try:
                is_whole = await self._walk(day)
            except TooFarBack:
                self.item.note = _("The exchange keeps no trades that old.")
                continue
            await self._store(is_whole)

    async def flush(self) -> None:
        """Half a day is kept as such, and asked for again."""
        await self._store(is_whole=False)

    def _days(self) -> list[Span]:
        first = self.item.start_ms // DAY_MS * DAY_MS
        days = range(first, self.item.end_ms, DAY_MS)
        done = set(
            TradeDay.objects.filter(
                instrument=self.item.instrument, is_complete=True, start_ms__gte=first
            ).values_list("start_ms", flat=True)
        )
        return [
            Span(max(day, self.item.start_ms), min(day + DAY_MS, self.item.end_ms))
            for day in days
            if day not in done
        ]

    async def _walk(self, day: Span) -> bool:
        """From the day's end to its start; whether nothing can have been left out."""
        until_ms, is_whole = day.end_ms - 1, day.count(1) == DAY_MS
        while until_ms >= day.start_ms:
            batch = await self._ask(day.start_ms, until_ms)
            self.tally.calls += 1
            self.tally.calls_in_all = max(self.tally.calls_in_all, self.tally.calls + 1)
            self.tally.refused += batch.refusals.total
            fresh = [row for row in batch if row.id not in self._rows]
            self._rows.update((row.id, row) for row in fresh)
            if not fresh:
                break
            # Seconds are the exchange's unit: the whole second is asked for again,
            # and what is known of it already is dropped by its id.
            oldest_ms = fresh[0].time_ms
            following = (oldest_ms // _SECOND_MS + 1) * _SECOND_MS - 1
            if following >= until_ms:
                # More trades in a second than a page holds: some of them are lost.
                is_whole = is_whole and len(batch) < PER_CALL
                following = oldest_ms // _SECOND_MS * _SECOND_MS - 1
            until_ms = following
        return is_whole

    async def _ask(self, since_ms: int, until_ms: int) -> Batch[PublicTrade]:
        return await self.calls.ask(
            lambda: self.gateway.trades(
                self.item.instrument.symbol,
                since_ms=since_ms,
                until_ms=until_ms,
                limit=PER_CALL,
            ),
            self.tally,
        )

    async def _store(self, is_whole: bool) -> None:
        day, rows = self._day, list(self._rows.values())
        self._day, self._rows = None, {}
        if day is None or not rows:
            return
        size = contract_size(self.item.instrument)
        trades = store.trades_of(
            (
                row.time_ms,
                float(row.price),
                float(row.quantity * size),
                row.side,
                row.id,
            )
            for row in rows
        )
        start_ms = day.start_ms // DAY_MS * DAY_MS
        self.tally.added += await sync_to_async(store.write_day)(
            self.item.instrument, start_ms, trades, is_complete=is_whole
        )
