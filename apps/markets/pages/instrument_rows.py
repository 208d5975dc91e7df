"""The last known book, trades, channels and rules of one instrument, as tables."""

from decimal import Decimal
from itertools import accumulate
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.markets.models import FeedChannel, FeedKind, Instrument, Series
from apps.markets.pages.markets_rows import freshness
from apps.markets.services.feeds.demand import Need
from apps.markets.services.feeds.quotes import feed_of, latest
from apps.markets.services.feeds.topics import topic_of

LEVELS: Final = 14
TRADES: Final = 30
Level = dict[str, Any]


def book_of(instrument: Instrument) -> dict[str, Any]:
    """Asks from far to near, then bids from near to far, each with the sum so far."""
    told = latest(f"book:{instrument.pk}") or {}
    bids, asks = _levels(told.get("bids")), _levels(told.get("asks"))
    return {
        "asks": asks[::-1],
        "bids": bids,
        "bid": bids[0]["price"] if bids else None,
        "ask": asks[0]["price"] if asks else None,
        "is_known": bool(bids or asks),
    }


def _levels(pairs: Any) -> list[Level]:
    near = [(Decimal(str(p)), Decimal(str(q))) for p, q in (pairs or [])[:LEVELS]]
    sums = accumulate(quantity for _price, quantity in near)
    return [
        {"price": price, "quantity": quantity, "sum": total}
        for (price, quantity), total in zip(near, sums, strict=True)
    ]


def trades_of(instrument: Instrument) -> list[dict[str, Any]]:
    told = latest(f"trades:{instrument.pk}") or {}
    return [
        {**trade, "at": clock.from_ms(int(trade["time_ms"]))}
        for trade in told.get("trades", [])[:TRADES]
    ]


def quality_of(
    channels: list[FeedChannel], needs: list[Need], series: list[Series]
) -> list[dict[str, Any]]:
    """A row for each channel the page needs, carried or not yet; then the history."""
    known = {channel.topic: channel for channel in channels}
    wanted = [known.get(topic_of(need)) or _wished(need) for need in needs]
    return [*map(_channel, wanted), *map(_series, series)]


def _wished(need: Need) -> FeedChannel:
    return FeedChannel(
        instrument_id=need.instrument_id, kind=need.kind, timeframe=need.timeframe
    )


def _channel(channel: FeedChannel) -> dict[str, Any]:
    feed = feed_of(channel)
    name = FeedKind(channel.kind).label
    return {
        "topic": channel.topic,
        "name": f"{name} {channel.timeframe}" if channel.timeframe else name,
        "rate": channel.rate,
        "gaps": channel.gap_count,
        "at": channel.last_message_at,
        **freshness(feed["state"], feed["stale_since_ms"]),
    }


def _series(series: Series) -> dict[str, Any]:
    is_whole = series.missing_count == 0
    return {
        "name": _("%(timeframe)s history") % {"timeframe": series.timeframe},
        "missing": series.missing_count,
        "coverage": series.coverage_ratio,
        "url_id": series.pk,
        "word": _("Complete") if is_whole else _("Gaps"),
        "level": "good" if is_whole else "warn",
    }
