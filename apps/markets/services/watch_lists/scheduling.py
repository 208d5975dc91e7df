"""Which refresh runs when: by the clock, and when somebody asks."""

from typing import Any

from apps.common import clock, jobs
from apps.common.models import Job
from apps.markets.jobs import WATCH_LISTS
from apps.markets.models import Exchange, WatchList
from apps.markets.services.exchange_notes import DOWN
from apps.markets.services.watch_lists.judging import note_failure


def request_refresh(
    watch_list: WatchList, *, actor: Any = None, is_offered: bool = True
) -> Job:
    """Put a refresh of this list in line; the one that waits already, if there is."""
    if is_offered and (waiting := active_job(watch_list)):
        return waiting
    return jobs.enqueue(
        kind=WATCH_LISTS,
        title=f"{watch_list.name} · {watch_list.exchange}",
        payload={"exchange": watch_list.exchange_id, "lists": [watch_list.pk]},
        owner=actor,
        is_offered=is_offered,
    )


def request_figures(exchange: Exchange, kind: str, *, actor: Any = None) -> Job:
    """Fetch the figures that previews need, without judging a list."""
    payload = {"exchange": exchange.pk, "lists": [], "kinds": [kind]}
    for job in _active(exchange):
        if job.payload == payload:
            return job
    title = f"{exchange} · {kind}"
    return jobs.enqueue(kind=WATCH_LISTS, title=title, payload=payload, owner=actor)


def active_job(watch_list: WatchList) -> Job | None:
    """The job that is about to refresh this very list."""
    for job in _active(watch_list.exchange):
        if watch_list.pk in (job.payload.get("lists") or ()):
            return job
    return None


def offer_due() -> int:
    """One job for each exchange with a list whose time has come; how many."""
    due = WatchList.objects.due().values("exchange")
    exchanges = Exchange.objects.enabled().filter(pk__in=due)
    return sum(_offer(exchange) for exchange in exchanges)


def refresh_soon(watch_list: WatchList, *, actor: Any = None) -> Job | None:
    """After a change: at once where the exchange is called at all."""
    if not watch_list.is_by_rule or not watch_list.exchange.is_enabled:
        return None
    return request_refresh(watch_list, actor=actor)


def _offer(exchange: Exchange) -> bool:
    if any("lists" not in job.payload for job in _active(exchange)):
        return False
    if exchange.state in DOWN or exchange.is_limited(clock.now()):
        _say_why_not(exchange)
        return False
    # One row tells how it went last; a row for each interval would bury the others.
    _scheduled(exchange).ended().delete()
    title = f"{exchange} · watch-lists"
    jobs.enqueue(kind=WATCH_LISTS, title=title, payload={"exchange": exchange.pk})
    return True


def _say_why_not(exchange: Exchange) -> None:
    """What is known to be away is not asked; its check finds it when it is back."""
    text = exchange.last_error or str(exchange.get_state_display())
    lists = WatchList.objects.due().filter(exchange=exchange)
    note_failure([*lists], text, exchange.limited_until or clock.now())


def _scheduled(exchange: Exchange) -> Any:
    mine = Job.objects.filter(kind=WATCH_LISTS, payload__exchange=exchange.pk)
    return mine.filter(payload__lists__isnull=True)


def _active(exchange: Exchange) -> Any:
    return Job.objects.filter(kind=WATCH_LISTS, payload__exchange=exchange.pk).active()
