"""Asking for a download: everything is checked before anything is stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from apps.common import clock, jobs
from apps.common.errors import InvalidFields
from apps.markets.candles.timeframes import TIMEFRAMES, timeframe_ms
from apps.markets.history.spans import on_grid
from apps.markets.jobs import DOWNLOAD
from apps.markets.models import (
    Download,
    DownloadItem,
    Exchange,
    HistoryKind,
    Instrument,
    InstrumentKind,
    ItemState,
    WatchList,
)

# Twenty years of minutes of ten instruments; more is a slip of the hand.
MOST_CANDLES: Final = 100_000_000
MOST_SERIES: Final = 2_000
_TITLE_SYMBOLS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadRequest:
    """What a form, the API, the command line or a schedule asks for.

    ``end_at`` None is now. ``watch_list``: its members as they are at this moment.
    """

    exchange: Exchange
    start_at: datetime
    end_at: datetime | None = None
    instruments: Sequence[Instrument] = ()
    watch_list: WatchList | None = None
    timeframes: Sequence[str] = ()
    kinds: Sequence[str] = (HistoryKind.CANDLES,)
    is_top_up: bool = False


def request_download(
    request: DownloadRequest, *, owner: Any = None, is_offered: bool = True
) -> Download:
    """Store what is wanted and put it in line.

    Raises InvalidFields, each error under its field's name; nothing is stored then.
    """
    chosen = _chosen(request)
    end_at = min(request.end_at or clock.now(), clock.now())
    _check(request, chosen, end_at)
    with transaction.atomic():
        job = jobs.enqueue(
            kind=DOWNLOAD,
            title=_title(request, chosen, end_at),
            owner=owner,
            is_offered=is_offered,
        )
        download = Download.objects.create(
            job=job,
            owner=owner,
            exchange=request.exchange,
            watch_list=request.watch_list,
            kinds=list(request.kinds),
            timeframes=list(request.timeframes),
            start_at=request.start_at,
            end_at=end_at,
            is_top_up=request.is_top_up,
        )
        DownloadItem.objects.bulk_create(_items(download, chosen))
    return download


def _chosen(request: DownloadRequest) -> list[Instrument]:
    chosen = {instrument.pk: instrument for instrument in request.instruments}
    if request.watch_list is not None:
        members = request.watch_list.entries.members().with_instrument()
        chosen |= {entry.instrument_id: entry.instrument for entry in members}
    return list(chosen.values())


def _check(
    request: DownloadRequest, chosen: list[Instrument], end_at: datetime
) -> None:
    errors: dict[str, str] = {}
    _check_exchange(request, errors)
    _check_instruments(request, chosen, errors)
    _check_kinds(request, chosen, errors)
    _check_period(request, end_at, errors)
    if not errors:
        _check_size(request, chosen, end_at, errors)
    if errors:
        raise InvalidFields(errors)


def _check_exchange(request: DownloadRequest, errors: dict[str, str]) -> None:
    exchange = request.exchange
    facts = {"exchange": exchange.name}
    if exchange.is_synthetic and not exchange.is_simulator:
        rule = _("%(exchange)s has no address: its prices were made here.")
        errors["exchange"] = rule % facts
    elif not exchange.is_enabled:
        errors["exchange"] = _("%(exchange)s is switched off.") % facts
    watch_list = request.watch_list
    if watch_list is not None and watch_list.exchange_id != exchange.pk:
        rule = _("The watch-list is of another exchange than %(exchange)s.")
        errors["watch_list"] = rule % facts


def _check_instruments(
    request: DownloadRequest, chosen: list[Instrument], errors: dict[str, str]
) -> None:
    field = "watch_list" if request.watch_list is not None else "instruments"
    strangers = [one for one in chosen if one.exchange_id != request.exchange.pk]
    if not chosen:
        empty = request.watch_list is not None
        text = _("The watch-list has no members.") if empty else ""
        errors.setdefault(field, text or _("Choose an instrument or a watch-list."))
    elif strangers:
        rule = _("%(symbol)s is not of %(exchange)s.")
        facts = {"symbol": strangers[0].symbol, "exchange": request.exchange.name}
        errors.setdefault(field, rule % facts)


def _check_kinds(
    request: DownloadRequest, chosen: list[Instrument], errors: dict[str, str]
) -> None:
    unknown = [kind for kind in request.kinds if kind not in HistoryKind.values]
    wrong = [name for name in request.timeframes if name not in TIMEFRAMES]
    if unknown or not request.kinds:
        known = ", ".join(HistoryKind.values)
        errors["kinds"] = _("Choose at least one of %(known)s.") % {"known": known}
    elif list(request.kinds) == [HistoryKind.FUNDING] and not any(
        one.kind == InstrumentKind.PERPETUAL for one in chosen
    ):
        errors["kinds"] = _("Only perpetuals have funding rates.")
    if wrong or (HistoryKind.CANDLES in request.kinds and not request.timeframes):
        rule = _("Choose at least one of %(known)s.")
        errors["timeframes"] = rule % {"known": ", ".join(TIMEFRAMES)}


def _check_period(
    request: DownloadRequest, end_at: datetime, errors: dict[str, str]
) -> None:
    start = f"{request.start_at:%Y-%m-%d %H:%M}"
    if request.start_at >= clock.now():
        rule = _("The period begins in the future, at %(start)s.")
        errors["start_at"] = rule % {"start": start}
    elif request.start_at >= end_at:
        rule = _("The period ends %(end)s and must end after its start %(start)s.")
        errors["end_at"] = rule % {"start": start, "end": f"{end_at:%Y-%m-%d %H:%M}"}


def _check_size(
    request: DownloadRequest,
    chosen: list[Instrument],
    end_at: datetime,
    errors: dict[str, str],
) -> None:
    length_ms = clock.to_ms(end_at) - clock.to_ms(request.start_at)
    per_instrument = sum(length_ms // timeframe_ms(one) for one in request.timeframes)
    candles, series = (
        per_instrument * len(chosen),
        len(chosen) * len(request.timeframes),
    )
    if candles > MOST_CANDLES or series > MOST_SERIES:
        rule = _(
            "This asks for %(candles)s candles in %(series)s series; at most "
            "%(most)s candles and %(most_series)s series are taken at once."
        )
        facts = {"most": f"{MOST_CANDLES:,}", "most_series": f"{MOST_SERIES:,}"}
        asked = {"candles": f"{candles:,}", "series": f"{series:,}"}
        errors["start_at"] = rule % {**facts, **asked}


def _items(download: Download, chosen: list[Instrument]) -> Iterator[DownloadItem]:
    for instrument in chosen:
        for kind, timeframe in _wanted(download, instrument):
            yield _item(download, instrument, kind, timeframe)


def _wanted(download: Download, instrument: Instrument) -> Iterator[tuple[str, str]]:
    for kind in download.kinds:
        if kind == HistoryKind.CANDLES:
            yield from ((kind, timeframe) for timeframe in download.timeframes)
        elif kind == HistoryKind.TRADES or instrument.kind == InstrumentKind.PERPETUAL:
            yield kind, ""


def _item(
    download: Download, instrument: Instrument, kind: str, timeframe: str
) -> DownloadItem:
    """Cut at the listing, where it is known; after the period nothing is asked for."""
    step_ms = timeframe_ms(timeframe) if timeframe else 1
    start_at, note, state = download.start_at, "", ItemState.WAITING
    listed_at = instrument.listed_at
    if listed_at is not None and listed_at > start_at:
        facts = {"listed": f"{listed_at:%Y-%m-%d %H:%M}"}
        start_at = min(listed_at, download.end_at)
        note = _("Listed on %(listed)s: asked for from there.") % facts
        if listed_at >= download.end_at:
            state = ItemState.DONE
            note = _("Listed on %(listed)s, after this period.") % facts
    span = on_grid(clock.to_ms(start_at), clock.to_ms(download.end_at), step_ms)
    return DownloadItem(
        download=download,
        instrument=instrument,
        kind=kind,
        timeframe=timeframe,
        start_ms=span.start_ms,
        end_ms=span.end_ms,
        state=state,
        note=note,
    )


def _title(request: DownloadRequest, chosen: list[Instrument], end_at: datetime) -> str:
    """``BTC/USDT, ETH/USDT +8 · 1m · 2026-01-01 – 2026-02-01``"""
    names = ", ".join(one.symbol for one in chosen[:_TITLE_SYMBOLS])
    rest = len(chosen) - _TITLE_SYMBOLS
    if request.watch_list is not None:
        names = request.watch_list.name
    elif rest > 0:
        names = f"{names} +{rest}"
    what = ", ".join([*request.timeframes, *_extras(request)])
    period = f"{request.start_at:%Y-%m-%d} – {end_at:%Y-%m-%d}"
    return f"{names} · {what} · {period}"[:200]


def _extras(request: DownloadRequest) -> list[str]:
    return [kind for kind in request.kinds if kind != HistoryKind.CANDLES]
