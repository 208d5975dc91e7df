"""The last known quotes as the live pages' tables show them, before any socket."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.markets.models import FeedChannel, FeedState, Instrument
from apps.markets.selectors.markets import ticker_channels
from apps.markets.services.feeds.quotes import feed_of, latest

FEED_LEVELS: Final = {
    FeedState.CONNECTING: "info",
    FeedState.LIVE: "good",
    FeedState.QUIET: "good",
    FeedState.RENEWING: "warn",
    FeedState.POLLING: "warn",
    FeedState.STALLED: "crit",
    FeedState.ENDED: "",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """One instrument's row. Numbers are None while nobody has told them."""

    instrument: Instrument
    last: Decimal | None
    change: Decimal | None  # a ratio
    high: Decimal | None
    low: Decimal | None
    volume: Decimal | None  # of 24 hours, in quote
    spread_bps: Decimal | None
    stale_since_ms: int | None
    state: str
    is_favourite: bool = False

    @property
    def tick(self) -> str:
        """For scripts: plain digits, empty when it is unknown."""
        tick = self.instrument.tick_size
        return "" if tick is None else f"{tick.normalize():f}"


def quotes_of(
    instruments: Iterable[Instrument], favourites: Iterable[int] = ()
) -> list[Quote]:
    listed, stars = list(instruments), set(favourites)
    channels = ticker_channels(one.pk for one in listed)
    return [quote_of(one, channels.get(one.pk), one.pk in stars) for one in listed]


def quote_of(
    instrument: Instrument, channel: FeedChannel | None, is_favourite: bool = False
) -> Quote:
    told = latest(f"ticker:{instrument.pk}") or {}
    feed = feed_of(channel)
    bid, ask = _number(told.get("bid")), _number(told.get("ask"))
    change = _number(told.get("change_pct"))
    return Quote(
        instrument,
        last=_number(told.get("last")),
        change=None if change is None else change / 100,
        high=_number(told.get("high")),
        low=_number(told.get("low")),
        volume=_number(told.get("quote_volume")),
        spread_bps=spread_ratio(bid, ask),
        stale_since_ms=feed["stale_since_ms"],
        state=feed["state"],
        is_favourite=is_favourite,
    )


def spread_ratio(bid: Decimal | None, ask: Decimal | None) -> Decimal | None:
    """Of the mid price; None while one side is unknown."""
    if not bid or not ask:
        return None
    return (ask - bid) * 2 / (ask + bid)


def _number(value: Any) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))


SORTS: Final[dict[str, Callable[[Quote], Any]]] = {
    "symbol": lambda quote: quote.instrument.symbol,
    "last": lambda quote: quote.last,
    "change": lambda quote: quote.change,
    "volume": lambda quote: quote.volume,
    "spread": lambda quote: quote.spread_bps,
}


def in_order(quotes: list[Quote], ordering: str) -> list[Quote]:
    """By ``change`` or ``-change``; unknown values last either way; else as given."""
    key = SORTS.get(ordering.removeprefix("-"))
    if key is None:
        return quotes
    known = [quote for quote in quotes if key(quote) is not None]
    unknown = [quote for quote in quotes if key(quote) is None]
    return sorted(known, key=key, reverse=ordering.startswith("-")) + unknown


def freshness(state: str, since_ms: int | None) -> dict[str, Any]:
    """A channel's state as a pill says it."""
    word = FeedState(state).label if state in FeedState.values else state
    return {
        "word": word if since_ms is None else _("Stale"),
        "level": FEED_LEVELS.get(FeedState(state), "warn"),
        "since_at": None if since_ms is None else clock.from_ms(since_ms),
    }
