"""Questions of the live pages: who follows what, and how its channels do."""

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Q, QuerySet

from apps.markets.models import (
    FeedChannel,
    FeedKind,
    Instrument,
    Selection,
    Series,
    WatchList,
    WatchListEntry,
)
from apps.markets.selectors.watch_lists import watch_lists_of

# A person's favourites are hand-made lists, one for each exchange, known by the star.
STAR: Final = "★ "


def favourite_lists(user: Any) -> QuerySet[WatchList]:
    return WatchList.objects.filter(
        owner=user, selection=Selection.BY_HAND, name__startswith=STAR
    )


def favourite_ids(user: Any) -> set[int]:
    """The instruments that this person starred."""
    entries = WatchListEntry.objects.filter(
        watch_list__in=favourite_lists(user), is_in=True
    )
    return set(entries.values_list("instrument_id", flat=True))


def lists_for_tabs(user: Any) -> list[WatchList]:
    """The watch-lists this person may see, but for the favourites."""
    mine = Q(owner=user, selection=Selection.BY_HAND, name__startswith=STAR)
    return list(watch_lists_of(user).exclude(mine).order_by("name", "id"))


def instruments_by_id(ids: Iterable[int]) -> list[Instrument]:
    rows = Instrument.objects.listed().filter(pk__in=set(ids))
    return list(rows.select_related("exchange").order_by("symbol", "id"))


def ticker_channels(ids: Iterable[int]) -> dict[int, FeedChannel]:
    rows = FeedChannel.objects.filter(kind=FeedKind.TICKER, instrument_id__in=set(ids))
    return {row.instrument_id: row for row in rows.select_related("process")}


def channels_of(instrument: Instrument) -> list[FeedChannel]:
    rows = FeedChannel.objects.filter(instrument=instrument).select_related("process")
    return list(rows.order_by("kind", "timeframe"))


def stored_series(instrument: Instrument) -> list[Series]:
    """Those with candles."""
    rows = Series.objects.filter(instrument=instrument).with_candles()
    return list(rows.select_related("instrument__exchange"))
