"""The kinds of long work this room does."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.common.errors import NotFound
from apps.common.jobs import Handler, JobContext, register
from apps.common.models import Job
from apps.markets.job_kinds import CHECK_EXCHANGE, SYNC_INSTRUMENTS

# Heavy are those that bring ccxt, which costs 117 MB and three seconds.
WATCH_LISTS = "markets.watch_lists"
DOWNLOAD = "markets.download"


def register_all() -> None:
    """Called once when Django starts; the work's modules load with its first run."""
    for kind, run in ((CHECK_EXCHANGE, _check), (SYNC_INSTRUMENTS, _sync)):
        register(Handler(kind=kind, run=run, is_heavy=True, url=_exchange_page))
    lists = Handler(kind=WATCH_LISTS, run=_refresh, is_heavy=True, url=_watch_list_page)
    register(lists)
    register(Handler(kind=DOWNLOAD, run=_download, is_heavy=True, url=_download_page))


def _check(context: JobContext) -> None:
    from apps.markets.services.exchanges import check_exchange

    check_exchange(_exchange(context.job))


def _sync(context: JobContext) -> None:
    from apps.markets.services.instruments import sync_instruments

    sync_instruments(_exchange(context.job), report=context.report)


def _refresh(context: JobContext) -> None:
    from apps.markets.services.watch_lists.refreshing import run_refresh

    run_refresh(context)


def _download(context: JobContext) -> None:
    from apps.markets.services.history.running import run_download

    run_download(context)


def _exchange(job: Job) -> Any:
    from apps.markets.models import Exchange

    found = Exchange.objects.filter(pk=job.payload["exchange_id"]).first()
    if found is None:
        raise NotFound(_("The exchange is no longer there."))
    return found


def _exchange_page(job: Job) -> str:
    return reverse("admin:markets_exchange_change", args=[job.payload["exchange_id"]])


def _watch_list_page(job: Job) -> str:
    named = job.payload.get("lists")
    if not named:
        return reverse("admin:markets_watchlist_changelist")
    return reverse("admin:markets_watchlist_change", args=[named[0]])


def _download_page(job: Job) -> str:
    from apps.markets.models import Download

    try:
        # Asked once: Django keeps the answer on the row.
        download = job.download
    except Download.DoesNotExist:
        return ""
    return reverse("admin:markets_download_change", args=[download.pk])
