"""The job of a download: its series side by side, progress, cancel, and the end."""

import asyncio
import logging
import time
from random import Random
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.common import clock, knobs
from apps.common.errors import CashUpError
from apps.common.jobs import JobContext
from apps.common.jobs.knobs import LEASE_S
from apps.common.leases import Held, LeaseHeld, LeaseLost, acquire
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.errors import DownloadIncomplete
from apps.markets.gateways.gateway import Gateway
from apps.markets.models import Download, DownloadItem, HistoryKind, ItemState
from apps.markets.services import connecting
from apps.markets.services.history.calls import Calls, Tally
from apps.markets.services.history.candles import CandleDownload
from apps.markets.services.history.funding import FundingDownload
from apps.markets.services.history.series import series_of
from apps.markets.services.history.trades import TradeDownload

logger = logging.getLogger(__name__)

# Series at a time; the calls of all of them share ``calls.AT_ONCE``.
SERIES_AT_ONCE: Final = 4
TELL_EVERY_S: Final = 0.4
# Of a call: a page of candles is 100 kB, and one that hangs is better asked again.
TIMEOUT_S: Final = 10.0
_BUSY_S: Final = 1.0
_FETCHING: Final = gettext_noop("downloading history")
_WAITING: Final = gettext_noop("another download of it runs; waiting")

Part = CandleDownload | FundingDownload | TradeDownload


def run_download(context: JobContext) -> None:
    """Fetch what of the download is not there yet; safe to run again after a kill.

    Raises DownloadIncomplete when a series could not be had; the others are done.
    """
    download = Download.objects.select_related("exchange").get(job=context.job)
    open_states = (ItemState.WAITING, ItemState.RUNNING)
    items = list(
        download.items.filter(state__in=open_states).select_related(
            "instrument__exchange"
        )
    )
    if items:
        run = _Run(context, download, items)
        connecting.run(run.whole)
    _raise_failures(download)


def _raise_failures(download: Download) -> None:
    failed = download.items.filter(state=ItemState.FAILED)
    if not failed:
        return
    first = failed.select_related("instrument")[0]
    text = _("%(failed)s of %(all)s series failed; first %(series)s: %(why)s")
    facts = {"failed": len(failed), "all": download.items.count()}
    raise DownloadIncomplete(text % {**facts, "series": first, "why": first.error})


class _Run:
    """One attempt at a download."""

    def __init__(
        self, context: JobContext, download: Download, items: list[DownloadItem]
    ) -> None:
        self._context = context
        self._download = download
        self._items = items
        self._tallies = {item.pk: Tally(calls_in_all=_guess(item)) for item in items}
        self._leases: dict[int, Held] = {}
        self._waiting: set[int] = set()
        self._parts: dict[int, Part] = {}
        self._slots = asyncio.Semaphore(SERIES_AT_ONCE)
        self._told: dict[int, tuple[int, ...]] = {}
        self._lease_s = knobs.value(LEASE_S)  # the database is not for the loop
        self._renewed_at = float("-inf")

    async def whole(self) -> None:
        opened = connecting.connect(self._download.exchange, timeout_s=TIMEOUT_S)
        async with opened as gateway:
            await gateway.clock()
            work = asyncio.create_task(self._series(gateway))
            watch = asyncio.create_task(self._watch())
            try:
                await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _stopped(work, watch)
                await self._keep_what_came(work, watch)
            for task in (work, watch):
                if not task.cancelled() and (error := task.exception()):
                    raise error
        await sync_to_async(self._tell)(is_over=True)

    async def _series(self, gateway: Gateway) -> None:
        calls = Calls(Random())  # noqa: S311  # spreads retries, keeps no secret
        await _all_of(self._one(item, gateway, calls) for item in self._items)

    async def _one(self, item: DownloadItem, gateway: Gateway, calls: Calls) -> None:
        """A series that fails says why; the others go on."""
        async with self._slots:
            await self._leased(item)
            try:
                part = await sync_to_async(self._begun)(item, gateway, calls)
                self._parts[item.pk] = part
                await part.run()
            except LeaseLost:
                raise
            except CashUpError as error:
                item.error = str(error)[:500]
                item.state = ItemState.FAILED
                await self._flushed(item)
                logger.warning(
                    "download.series_failed",
                    extra={"item_id": item.pk, "code": error.code},
                )
            else:
                item.state = ItemState.DONE
            await sync_to_async(self._ended)(item)

    async def _leased(self, item: DownloadItem) -> None:
        """Be the only download of the series; another one is waited for."""
        while True:
            try:
                lease = await sync_to_async(acquire)(
                    f"download:{item.instrument_id}:{item.kind}:{item.timeframe}",
                    ttl_s=self._lease_s,
                )
            except LeaseHeld:
                self._waiting.add(item.pk)
                await asyncio.sleep(_BUSY_S)
            else:
                self._leases[item.pk] = lease
                self._waiting.discard(item.pk)
                return

    def _begun(self, item: DownloadItem, gateway: Gateway, calls: Calls) -> Part:
        item.state = ItemState.RUNNING
        item.save(update_fields=["state"])
        tally = self._tallies[item.pk]
        if item.kind == HistoryKind.FUNDING:
            return FundingDownload(item, gateway, calls, tally)
        if item.kind == HistoryKind.TRADES:
            return TradeDownload(item, gateway, calls, tally)
        return CandleDownload(item, series_of(item), gateway, calls, tally)

    async def _flushed(self, item: DownloadItem) -> None:
        part = self._parts.get(item.pk)
        if part is not None:
            await part.flush()

    def _ended(self, item: DownloadItem) -> None:
        tally = self._tallies[item.pk]
        tally.calls_in_all = tally.calls
        item.finished_at = clock.now()
        _copy(tally, item)
        item.save()
        self._leases.pop(item.pk).release()
        self._parts.pop(item.pk, None)

    # Telling how far it is, and hearing whether to go on

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            await sync_to_async(self._tell)()

    def _tell(self, *, is_over: bool = False) -> None:
        """Progress to the pages and the rows; raises when this should not go on."""
        self._renew()
        for item in self._items:
            tally = self._tallies[item.pk]
            state = (tally.calls, tally.calls_in_all, tally.retries, tally.added)
            if item.pk in self._parts and self._told.get(item.pk) != state:
                self._told[item.pk] = state
                _copy(tally, item)
                item.save(update_fields=[*_COUNTS, "note"])
        done = sum(tally.calls for tally in self._tallies.values())
        total = sum(tally.calls_in_all for tally in self._tallies.values())
        is_waiting = bool(self._waiting) and not self._parts
        # One short of the end while it runs: there are holes to look for yet.
        total = done if is_over else max(total, done + 1)
        self._context.report(done, total, _WAITING if is_waiting else _FETCHING)
        # What was heard with this report counts now, not with the next one.
        self._context.check()

    def _renew(self) -> None:
        moment = time.monotonic()
        if moment - self._renewed_at < self._lease_s / 5:
            return
        self._renewed_at = moment
        for lease in list(self._leases.values()):
            lease.renew()

    async def _keep_what_came(self, *tasks: "asyncio.Task[None]") -> None:
        """Cancelled or interrupted: what the exchange gave already is stored."""
        errors = [task.exception() for task in tasks if not task.cancelled()]
        if any(isinstance(error, LeaseLost) for error in errors):
            return
        for part in list(self._parts.values()):
            await part.flush()
        for lease in self._leases.values():
            await sync_to_async(lease.release)()


_COUNTS = ("call_count", "call_total", "retry_count", "added_count", "refused_count")


def _copy(tally: Tally, item: DownloadItem) -> None:
    item.call_count, item.call_total = tally.calls, tally.calls_in_all
    item.retry_count, item.added_count = tally.retries, tally.added
    item.refused_count = tally.refused


def _guess(item: DownloadItem) -> int:
    """Calls, as far as can be told before looking at what is stored."""
    if not item.timeframe:
        return 1
    return -((item.start_ms - item.end_ms) // timeframe_ms(item.timeframe)) // 1000 + 1


async def _all_of(works: Any) -> None:
    """Every coroutine, side by side; the first error ends them all."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        await _stopped(*tasks)


async def _stopped(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
