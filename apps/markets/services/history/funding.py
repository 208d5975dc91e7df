"""Funding rates of a perpetual: a few rows a day, one table row each."""

from dataclasses import dataclass
from typing import Final

from asgiref.sync import sync_to_async

from apps.markets.gateways.gateway import Gateway
from apps.markets.gateways.types import FundingRate as Told
from apps.markets.models import DownloadItem, FundingRate
from apps.markets.services.history.calls import Calls, Tally

PER_CALL: Final = 100
# Each is at least an hour after the one before.
_HOUR_MS: Final = 3_600_000
_WINDOW_MS: Final = PER_CALL * _HOUR_MS


@dataclass
class FundingDownload:
    """Asks window by window from the newest that is stored, and stores at once."""

    item: DownloadItem
    gateway: Gateway
    calls: Calls
    tally: Tally

    async def run(self) -> None:
        start_ms = await sync_to_async(self._start_ms)()
        windows = range(start_ms, self.item.end_ms, _WINDOW_MS)
        self.tally.calls_in_all = self.tally.calls + len(windows)
        for window_ms in windows:
            rows = await self._ask(window_ms)
            self.tally.added += await sync_to_async(self._store)(rows)
            self.tally.calls += 1

    async def flush(self) -> None:
        """Nothing is held back."""

    async def _ask(self, window_ms: int) -> list[Told]:
        until_ms = min(window_ms + _WINDOW_MS, self.item.end_ms) - 1
        batch = await self.calls.ask(
            lambda: self.gateway.funding_rates(
                self.item.instrument.symbol,
                since_ms=window_ms,
                until_ms=until_ms,
                limit=PER_CALL,
            ),
            self.tally,
        )
        self.tally.refused += batch.refusals.total
        return [row for row in batch if window_ms <= row.time_ms <= until_ms]

    def _start_ms(self) -> int:
        """After what is stored without a break from the period's start."""
        stored = FundingRate.objects.filter(
            instrument=self.item.instrument,
            time_ms__gte=self.item.start_ms,
            time_ms__lt=self.item.end_ms,
        )
        times = list(stored.order_by("time_ms").values_list("time_ms", flat=True))
        start_ms = self.item.start_ms
        for time_ms in times:
            # Rates come every hour to every eight hours: a longer pause is a hole.
            if time_ms - start_ms > 8 * _HOUR_MS:
                break
            start_ms = time_ms + 1
        return start_ms

    def _store(self, rows: list[Told]) -> int:
        known = set(
            FundingRate.objects.filter(
                instrument=self.item.instrument,
                time_ms__in=[row.time_ms for row in rows],
            ).values_list("time_ms", flat=True)
        )
        fresh = {row.time_ms: row.rate for row in rows if row.time_ms not in known}
        FundingRate.objects.bulk_create(
            [
                FundingRate(instrument=self.item.instrument, time_ms=time_ms, rate=rate)
                for time_ms, rate in fresh.items()
            ],
            ignore_conflicts=True,
        )
        return len(fresh)
