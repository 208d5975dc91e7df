"""What a price is doing, and whether it can be trusted."""

from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.common import clock
from apps.markets.models import FeedChannel, FeedKind, Instrument, InstrumentChange
from apps.markets.pages.instrument_candles import candle_page
from apps.markets.pages.instrument_rows import book_of, quality_of, trades_of
from apps.markets.pages.markets_rows import quote_of
from apps.markets.selectors.markets import channels_of, favourite_ids, stored_series
from apps.markets.services.feeds import ask_for
from apps.markets.services.feeds.demand import PAGES, Need
from apps.markets.services.feeds.quotes import feed_of
from apps.markets.services.feeds.topics import topic_of

TIMEFRAMES: Final = ("1m", "5m", "15m", "1h", "4h", "1d")
# For whoever has no script to listen with: long enough to look at the page again.
WISH_S: Final = 60.0
TABLE_ROWS: Final = 10


def instrument(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.has_perm("markets.view_instrument"):
        raise PermissionDenied
    found = get_object_or_404(Instrument.objects.select_related("exchange"), pk=pk)
    timeframe = _timeframe(request)
    needs = _needs(found, timeframe)
    if found.is_active:
        ask_for(PAGES, needs, for_s=WISH_S)
    channels = channels_of(found)
    by_kind = {channel.kind: channel for channel in channels}
    stars = favourite_ids(request.user)
    quote = quote_of(found, by_kind.get(FeedKind.TICKER), found.pk in stars)
    rows, _more = candle_page(found, timeframe, clock.now_ms(), TABLE_ROWS)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": found.symbol,
        "crumbs": [(_("Markets"), reverse("admin:markets")), (found.symbol, "")],
        "instrument": found,
        "quote": quote,
        "feeds": _feeds(needs, channels),
        "timeframe": timeframe,
        "timeframes": TIMEFRAMES,
        "candles": [(clock.from_ms(int(row[0])), *row[1:]) for row in rows[::-1]],
        "book": book_of(found),
        "trades": trades_of(found),
        "quality": quality_of(channels, needs, stored_series(found)),
        "rules_changed_at": _changed_at(found),
    }
    return TemplateResponse(request, "admin/markets/instrument_live.html", context)


def _timeframe(request: HttpRequest) -> str:
    given = request.GET.get("timeframe", "")
    return given if given in TIMEFRAMES else "1m"


def _needs(instrument: Instrument, timeframe: str) -> list[Need]:
    plain = [FeedKind.TICKER, FeedKind.BOOK, FeedKind.TRADES]
    needs = [Need(instrument.pk, kind) for kind in plain]
    return [*needs, Need(instrument.pk, FeedKind.CANDLE, timeframe)]


def _feeds(needs: list[Need], channels: list[FeedChannel]) -> dict[str, Any]:
    """How fresh each part of the page is, by its kind of channel."""
    known = {channel.topic: channel for channel in channels}
    return {need.kind: feed_of(known.get(topic_of(need))) for need in needs}


def _changed_at(instrument: Instrument) -> Any:
    rows = InstrumentChange.objects.filter(instrument=instrument)
    return rows.values_list("changed_at", flat=True).first()
