"""Tickers, books, public trades and funding, from ccxt's dicts."""

from collections.abc import Iterable
from typing import Any, cast

from apps.common.wording import gettext as _
from apps.markets.gateways.sieve import (
    Bad,
    Notes,
    moment,
    moment_or_none,
    number,
    number_or_none,
    price,
    price_or_none,
    quantity,
    quantity_or_none,
    shown,
    sifted,
    text,
)
from apps.markets.gateways.types import (
    FundingRate,
    Level,
    OrderBook,
    PublicTrade,
    Side,
    Ticker,
)


def ticker(raw: dict[str, Any]) -> Ticker:
    """Raises Bad: one impossible price spoils the line it stands in."""
    prices = {
        name: price_or_none(raw.get(theirs), name)
        for name, theirs in (
            ("last", "last"), ("bid", "bid"), ("ask", "ask"), ("high", "high"),
            ("low", "low"), ("open", "open"), ("mark", "markPrice"),
            ("index", "indexPrice"),
        )
    }  # fmt: skip
    return Ticker(
        symbol=text(raw.get("symbol"), "symbol"),
        change_pct=number_or_none(raw.get("percentage"), "change"),
        base_volume=quantity_or_none(raw.get("baseVolume"), "base volume"),
        quote_volume=quantity_or_none(raw.get("quoteVolume"), "quote volume"),
        time_ms=moment_or_none(raw.get("timestamp"), "time"),
        **prices,
    )


def order_book(raw: dict[str, Any], symbol: str, notes: Notes) -> OrderBook:
    """Bad levels are left out; each side is sorted best first and holds a price once.

    Raises Bad for a book whose best bid is above its best ask: it is not one moment's.
    """
    bids = sifted(raw.get("bids") or (), _level, "bid", notes)
    asks = sifted(raw.get("asks") or (), _level, "ask", notes)
    bids = _side(bids, notes, is_bid=True)
    asks = _side(asks, notes, is_bid=False)
    if bids and asks and bids[0].price >= asks[0].price:
        given = f"{bids[0].price} / {asks[0].price}"
        raise Bad("book", _("best bid is not below best ask"), given)
    nonce = raw.get("nonce")
    return OrderBook(
        symbol=symbol,
        bids=bids,
        asks=asks,
        sequence=nonce if type(nonce) is int else None,
        time_ms=moment_or_none(raw.get("timestamp"), "time"),
        refusals=notes.refusals(),
    )


def _level(raw: Any) -> Level | None:
    level = Level(price(raw[0], "price"), quantity(raw[1], "quantity"))
    return level if level.quantity else None


def _side(
    levels: tuple[Level, ...], notes: Notes, *, is_bid: bool
) -> tuple[Level, ...]:
    best: dict[Any, Level] = {}
    for level in levels:
        if best.setdefault(level.price, level) is not level:
            notes.refuse("book.price", _("twice"), str(level.price))
    ordered = sorted(best.values(), key=lambda level: level.price, reverse=is_bid)
    return tuple(ordered)


def public_trades(rows: Iterable[Any], notes: Notes) -> tuple[PublicTrade, ...]:
    """Oldest first, each id once."""
    found = sifted(rows, _public_trade, "trade", notes)
    return once(found, notes)


def once(found: tuple[Any, ...], notes: Notes) -> tuple[Any, ...]:
    """Rows with a time and an id, oldest first, each id once."""
    seen: dict[str, Any] = {}
    for row in found:
        if seen.setdefault(row.id, row) is not row:
            notes.refuse("trade.id", _("twice"), row.id)
    return tuple(
        sorted(seen.values(), key=lambda row: (row.time_ms, len(row.id), row.id))
    )


def _public_trade(raw: dict[str, Any]) -> PublicTrade:
    return PublicTrade(
        id=text(raw.get("id"), "id"),
        symbol=text(raw.get("symbol"), "symbol"),
        time_ms=moment(raw.get("timestamp"), "time"),
        side=side_or_none(raw.get("side")),
        price=price(raw.get("price"), "price"),
        quantity=price(raw.get("amount"), "quantity"),
    )


def side_or_none(raw: Any) -> Side | None:
    if raw in ("buy", "sell"):
        return cast(Side, raw)
    if raw is None or raw == "":
        return None
    raise Bad("side", _("neither buy nor sell"), shown(raw))


def funding_rate(raw: dict[str, Any]) -> FundingRate:
    """The coming one: its time is the next settlement's."""
    return FundingRate(
        symbol=text(raw.get("symbol"), "symbol"),
        time_ms=moment(raw.get("fundingTimestamp"), "funding time"),
        rate=number(raw.get("fundingRate"), "funding rate"),
        mark=price_or_none(raw.get("markPrice"), "mark"),
        index=price_or_none(raw.get("indexPrice"), "index"),
        interval_ms=_interval_ms(raw.get("interval")),
    )


def _interval_ms(raw: Any) -> int | None:
    """ccxt's ``8h``."""
    text_of = raw if isinstance(raw, str) else ""
    hours = text_of.removesuffix("h")
    return int(hours) * 3_600_000 if hours.isdecimal() and len(hours) < 5 else None


def past_funding(rows: Iterable[Any], notes: Notes) -> tuple[FundingRate, ...]:
    """Oldest first, each time once."""
    seen: dict[int, FundingRate] = {}
    for rate in sifted(rows, _past_rate, "funding", notes):
        if seen.setdefault(rate.time_ms, rate) is not rate:
            notes.refuse("funding.time", _("twice"), rate.time_ms)
    return tuple(seen[time_ms] for time_ms in sorted(seen))


def _past_rate(raw: dict[str, Any]) -> FundingRate:
    return FundingRate(
        symbol=text(raw.get("symbol"), "symbol"),
        time_ms=moment(raw.get("timestamp"), "time"),
        rate=number(raw.get("fundingRate"), "rate"),
    )
