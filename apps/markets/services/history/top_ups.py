"""Standing orders: which series are kept complete up to now, by schedule."""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import CashUpError, InvalidInput
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.models import Download, Instrument, Series, TopUp, WatchList
from apps.markets.services.history.asking import DownloadRequest, request_download

logger = logging.getLogger(__name__)

SHORTEST_S: Final = 60
LONGEST_S: Final = 7 * 86_400
# Where a series without candles begins, unless somebody says else.
USUAL_DAYS: Final = 30
# Holes of older days were asked for when their day was topped up.
_LOOK_BACK: Final = timedelta(days=2)


def set_top_up(
    *,
    timeframe: str,
    instrument: Instrument | None = None,
    watch_list: WatchList | None = None,
    start_at: datetime | None = None,
    every_s: int = 3600,
) -> TopUp:
    """Keep the series complete from now on, or change how. Raises InvalidInput."""
    timeframe_ms(timeframe)
    if (instrument is None) == (watch_list is None):
        raise InvalidInput(
            _("Choose an instrument or a watch-list."), field="instrument"
        )
    if not SHORTEST_S <= every_s <= LONGEST_S:
        rule = _("Every %(least)s to %(most)s seconds.")
        facts = {"least": SHORTEST_S, "most": LONGEST_S}
        raise InvalidInput(rule % facts, field="every_s")
    now = clock.now()
    top_up, _made = TopUp.objects.update_or_create(
        instrument=instrument,
        watch_list=watch_list,
        timeframe=timeframe,
        defaults={"every_s": every_s, "is_enabled": True, "due_at": now, "error": ""},
        create_defaults={
            "every_s": every_s,
            "start_at": start_at or now - timedelta(days=USUAL_DAYS),
        },
    )
    return top_up


def stop_top_up(top_up: TopUp) -> None:
    TopUp.objects.filter(pk=top_up.pk).update(is_enabled=False)


def offer_due() -> int:
    """Ask for a download for each order whose time has come; how many."""
    due = TopUp.objects.due().select_related(
        "instrument__exchange", "watch_list__exchange", "last_download__job"
    )
    return sum(_offered(top_up) for top_up in due)


def offer(top_up: TopUp) -> Download | None:
    """One top-up now; None when it could not be asked for, with the reason noted."""
    download, error = None, ""
    try:
        download = _request(top_up)
    except CashUpError as refusal:
        error = str(refusal)[:500]
        logger.warning("top_up.refused", extra={"top_up_id": top_up.pk})
    mine = TopUp.objects.filter(pk=top_up.pk)
    if download is None:
        mine.update(error=error)
    else:
        mine.update(error="", last_download=download)
        _forget(top_up.last_download)
    return download


def _offered(top_up: TopUp) -> bool:
    following = clock.now() + timedelta(seconds=top_up.every_s)
    mine = TopUp.objects.filter(pk=top_up.pk, due_at=top_up.due_at)
    # Two schedulers: the second finds the time moved already.
    if not mine.update(due_at=following):
        return False
    last = top_up.last_download
    if last is not None and not last.job.is_ended:
        return False
    return offer(top_up) is not None


def _request(top_up: TopUp) -> Download:
    chosen = _instruments(top_up)
    if not chosen:
        raise InvalidInput(_("The watch-list has no members."), field="watch_list")
    return request_download(
        DownloadRequest(
            exchange=chosen[0].exchange,
            instruments=chosen,
            timeframes=[top_up.timeframe],
            start_at=_start_at(top_up, chosen),
            is_top_up=True,
        )
    )


def _instruments(top_up: TopUp) -> list[Instrument]:
    """What can still grow: delisted ones have all the candles they will have."""
    if top_up.instrument is not None:
        return [top_up.instrument]
    assert top_up.watch_list is not None
    members = top_up.watch_list.entries.members().with_instrument()
    return [entry.instrument for entry in members if entry.instrument.is_active]


def _start_at(top_up: TopUp, chosen: list[Instrument]) -> datetime:
    """Where the series that ends first ends, and some days before that for holes."""
    series = Series.objects.filter(instrument__in=chosen, timeframe=top_up.timeframe)
    ends = [one.last_ms for one in series if one.last_ms is not None]
    if len(ends) < len(chosen):
        return top_up.start_at
    return max(top_up.start_at, clock.from_ms(min(ends)) - _LOOK_BACK)


def _forget(earlier: Download | None) -> None:
    """One row tells how it went last; a row for each hour would bury the others."""
    if earlier is not None and earlier.job.is_ended:
        job = earlier.job
        earlier.delete()
        job.delete()


def topped_up(series: Series) -> TopUp | None:
    """The standing order that keeps this series, its own or a watch-list's."""
    lists = Q(
        watch_list__entries__instrument=series.instrument,
        watch_list__entries__is_in=True,
    )
    mine = TopUp.objects.filter(is_enabled=True, timeframe=series.timeframe)
    return mine.filter(Q(instrument=series.instrument) | lists).first()
