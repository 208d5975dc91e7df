"""What ``candles download`` and ``candles top-up`` do."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from apps.common import jobs
from apps.common.errors import CashUpError, NotFound
from apps.common.jobs.runner import run as run_job
from apps.common.management.progress import Progress
from apps.common.models import Job
from apps.common.models.jobs import JobStatus
from apps.markets.candles.timeframes import TIMEFRAMES
from apps.markets.models import Download, DownloadItem, Exchange, HistoryKind, TopUp
from apps.markets.selectors.history import instruments_named
from apps.markets.services.history import (
    DownloadRequest,
    request_download,
    set_top_up,
)
from apps.markets.services.history.top_ups import offer


def add_download(parser: ArgumentParser) -> None:
    parser.add_argument("exchange", help="its code, such as gate")
    parser.add_argument("symbols", nargs="+", help="such as BTC/USDT")
    parser.add_argument(
        "--timeframe",
        dest="timeframes",
        action="append",
        help=f"one of {', '.join(TIMEFRAMES)}; may be given several times",
    )
    parser.add_argument(
        "--from", dest="start", type=_moment, required=True, help="2026-01-31, UTC"
    )
    parser.add_argument(
        "--to", dest="end", type=_moment, help="not included; without it: now"
    )
    parser.add_argument("--funding", action="store_true", help="funding rates as well")
    parser.add_argument("--trades", action="store_true", help="public trades as well")


def add_top_up(parser: ArgumentParser) -> None:
    parser.add_argument("exchange", nargs="?", help="without it: top up now")
    parser.add_argument("symbols", nargs="*", help="such as BTC/USDT")
    parser.add_argument("--timeframe", help=f"one of {', '.join(TIMEFRAMES)}")
    parser.add_argument("--from", dest="start", type=_moment, help="2026-01-31, UTC")
    parser.add_argument("--every", type=int, default=3600, help="seconds")


def download(options: dict[str, Any], progress: Progress) -> Iterator[str]:
    """Fetch here and now; a line for each series. Raises CashUpError."""
    exchange = _exchange(options["exchange"])
    extras = {HistoryKind.FUNDING: "funding", HistoryKind.TRADES: "trades"}
    kinds = [kind for kind, name in extras.items() if options[name]]
    if options["timeframes"] or not kinds:
        kinds = [HistoryKind.CANDLES, *kinds]
    row = request_download(
        DownloadRequest(
            exchange=exchange,
            instruments=instruments_named(exchange, options["symbols"]),
            timeframes=options["timeframes"] or [],
            kinds=kinds,
            start_at=options["start"],
            end_at=options["end"],
        ),
        is_offered=False,
    )
    _run(row, progress)
    yield from (_line(item) for item in row.items.select_related("instrument"))
    if row.job.status != JobStatus.DONE:
        raise CashUpError(row.job.error or f"it was {row.job.status}")


def top_up(options: dict[str, Any]) -> Iterator[str]:
    """Keep the named series up to date from now on; without names, top up all now."""
    if not options["exchange"]:
        yield from _top_up_now()
        return
    exchange = _exchange(options["exchange"])
    for instrument in instruments_named(exchange, options["symbols"]):
        made = set_top_up(
            instrument=instrument,
            timeframe=options["timeframe"] or "",
            start_at=options["start"],
            every_s=options["every"],
        )
        yield f"{made}: kept up to date every {made.every_s:,} s"


def _top_up_now() -> Iterator[str]:
    rows = TopUp.objects.filter(is_enabled=True).select_related(
        "instrument__exchange", "watch_list__exchange", "last_download__job"
    )
    for one in rows:
        row = offer(one)
        if row is None:
            one.refresh_from_db()
            yield f"{one}: {one.error}"
            continue
        run_job(row.job_id)
        yield from (_line(item) for item in row.items.select_related("instrument"))


def _run(row: Download, progress: Progress) -> None:
    """Ctrl-C cancels it; what came is stored."""

    def show(job: Job) -> None:
        progress(job.progress_done, job.progress_total, job.stage or job.status)

    try:
        run_job(row.job_id, show)
    except KeyboardInterrupt:
        row.job.refresh_from_db()
        if not row.job.is_ended:
            jobs.request_cancel(row.job)
        raise
    row.job.refresh_from_db()


def _line(item: DownloadItem) -> str:
    facts = f"{item}: {item.state}, {item.added_count:,} added"
    if item.missing_count:
        facts += f", {item.missing_count:,} missing"
    return f"{facts}. {item.error or item.note}".rstrip(". ") + "."


def _exchange(code: str) -> Exchange:
    found: Exchange | None = Exchange.objects.filter(code=code.lower()).first()
    if found is None:
        known = ", ".join(Exchange.objects.values_list("code", flat=True)) or "-"
        raise NotFound(f"there is no exchange {code}; there are: {known}")
    return found


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
