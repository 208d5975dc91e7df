"""The demo's data: the simulator's random market, asked for as from any exchange."""

from datetime import datetime, timedelta
from typing import Final

from apps.common import clock
from apps.common.errors import CashUpError
from apps.common.jobs import JobContext
from apps.common.jobs.runner import run
from apps.common.models import Job
from apps.common.models.jobs import JobStatus
from apps.markets.models import Download, Exchange, Instrument, Series
from apps.markets.services.history import DownloadRequest, request_download
from apps.markets.services.instruments import sync_instruments
from apps.markets.services.watch_lists import ensure_demo_list

EXCHANGE: Final = "simulator"
SYMBOLS: Final = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
# A year for backtests, and a month of minutes to look at.
YEAR: Final = timedelta(days=365)
MONTH: Final = timedelta(days=30)


def load_demo(context: JobContext) -> list[Series]:
    """The simulator as an exchange, its instruments, and a year of their hours.

    Safe to run again: what is stored is not asked for. Raises GatewayError while no
    simulator runs, and CashUpError when the download failed.
    """
    exchange = demo_exchange()
    sync_instruments(exchange)
    ensure_demo_list(exchange)
    download = _ask(exchange, "1h", YEAR, is_offered=False)
    _do(context, download.job)
    series = Series.objects.with_market().filter(
        instrument__exchange=exchange, instrument__symbol__in=SYMBOLS, timeframe="1h"
    )
    return list(series)


def request_minutes() -> Download:
    """Put the month of minutes in line: the backtests need not wait for it."""
    return _ask(demo_exchange(), "1m", MONTH)


def demo_exchange() -> Exchange:
    """Without an address: it is the simulator that runs on this machine."""
    exchange, _made = Exchange.objects.get_or_create(
        code=EXCHANGE,
        defaults={
            "name": "Simulator",
            "ccxt_id": "gate",
            "is_simulator": True,
            "is_synthetic": True,
        },
    )
    return exchange


def _ask(
    exchange: Exchange, timeframe: str, length: timedelta, *, is_offered: bool = True
) -> Download:
    rows = Instrument.objects.filter(exchange=exchange, symbol__in=SYMBOLS)
    midnight = _midnight()
    return request_download(
        DownloadRequest(
            exchange=exchange,
            instruments=list(rows.select_related("exchange")),
            timeframes=[timeframe],
            start_at=midnight - length,
            end_at=midnight,
        ),
        is_offered=is_offered,
    )


def _midnight() -> datetime:
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)


def _do(context: JobContext, job: Job) -> None:
    """Run the download inside of the demo's own job, and show its progress there."""

    def show(running: Job) -> None:
        if running.progress_total:
            context.report(running.progress_done, running.progress_total, running.stage)

    run(job.pk, show)
    context.check()
    job.refresh_from_db()
    if job.status != JobStatus.DONE:
        raise CashUpError(job.error or job.get_status_display())
