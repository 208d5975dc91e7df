"""What is known of an exchange's instruments: rows, tickers, stored candles."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np
from django.db.models import Min, Q

from apps.common import clock
from apps.markets.candles.bars import Bars
from apps.markets.candles.store import read_bars
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.models import (
    Exchange,
    Instrument,
    InstrumentStatus,
    MarketSnapshot,
    Series,
)
from apps.markets.watching.facts import Facts, Quote24h, figure
from apps.markets.watching.rule import Rule

DAY_MS: Final = timeframe_ms("1d")
Quotes = Mapping[str, Quote24h]
_COLUMNS: Final = (
    "pk",
    "symbol",
    "quote",
    "kind",
    "status",
    "listed_at",
    "first_ms",
)
_ORDER: Final = ("volume", "spread_bps", "range_pct", "change_pct")


class Snapshot(NamedTuple):
    taken_at: datetime
    quotes: Quotes


def write_snapshot(
    exchange: Exchange, kind: str, quotes: Quotes, taken_at: datetime
) -> None:
    """Keep the figures for previews, over those that were there."""
    figures = {symbol: _texts(quote) for symbol, quote in quotes.items()}
    MarketSnapshot.objects.update_or_create(
        exchange=exchange,
        kind=kind,
        defaults={"figures": figures, "taken_at": taken_at},
    )


def read_snapshot(exchange: Exchange, kind: str) -> Snapshot | None:
    """The figures as last fetched; None before the first time."""
    row = MarketSnapshot.objects.filter(exchange=exchange, kind=kind).first()
    if row is None:
        return None
    quotes = {symbol: _quote(texts) for symbol, texts in row.figures.items()}
    return Snapshot(row.taken_at, quotes)


def facts_of(
    exchange: Exchange, rule: Rule, quotes: Quotes, *, extra: Iterable[int] = ()
) -> list[Facts]:
    """Every instrument that is still listed, and those of the keys ``extra``."""
    listed = ~Q(status=InstrumentStatus.DELISTED)
    rows = Instrument.objects.filter(listed | Q(pk__in=list(extra)), exchange=exchange)
    rows = rows.annotate(first_ms=Min("series__first_ms")).order_by("symbol")
    named = rows.values_list(*_COLUMNS, named=True)
    now_ms = clock.now_ms()
    days = _daily_ranges(exchange, rule, quotes, now_ms)
    return [_facts(row, quotes.get(row.symbol), days, rule, now_ms) for row in named]


def _facts(
    row: Any,
    quote: Quote24h | None,
    days: Mapping[int, Decimal],
    rule: Rule,
    now_ms: int,
) -> Facts:
    quote = quote or Quote24h()
    is_of_today = rule.volatility_days == 1 and quote.range_pct is not None
    return Facts(
        key=row.pk,
        symbol=row.symbol,
        quote=row.quote,
        kind=row.kind,
        status=row.status,
        volume=quote.volume,
        spread_bps=quote.spread_bps,
        age_days=_age_days(row, now_ms),
        volatility_pct=quote.range_pct if is_of_today else days.get(row.pk),
        change_pct=quote.change_pct,
    )


def _age_days(row: Any, now_ms: int) -> Decimal | None:
    """Since the listing, or where that is not told, since its first stored candle."""
    told = None if row.listed_at is None else clock.to_ms(row.listed_at)
    known = [moment for moment in (told, row.first_ms) if moment is not None]
    if not known:
        return None
    return figure(Decimal(max(now_ms - min(known), 0)) / DAY_MS)


def _daily_ranges(
    exchange: Exchange, rule: Rule, quotes: Quotes, now_ms: int
) -> dict[int, Decimal]:
    """The mean daily range in per cent, where the rule needs it and candles tell it."""
    if not rule.needs_volatility:
        return {}
    found: dict[int, Decimal] = {}
    for series in _finished_series(exchange, rule, now_ms):
        key = series.instrument_id
        told = quotes.get(series.instrument.symbol)
        is_told = rule.volatility_days == 1 and told and told.range_pct is not None
        if key in found or is_told:
            continue
        end_ms = now_ms // DAY_MS * DAY_MS
        bars = read_bars(series, end_ms - rule.volatility_days * DAY_MS, end_ms)
        value = mean_daily_range(bars, rule.volatility_days)
        if value is not None:
            found[key] = value
    return found


def mean_daily_range(bars: Bars, days: int) -> Decimal | None:
    """The mean of each UTC day's (high - low) / low, in per cent.

    None unless every one of the ``days`` has a candle: part of it is no measure.
    """
    day_of = bars.time_ms // DAY_MS
    found, starts = np.unique(day_of, return_index=True)
    if len(found) != days:
        return None
    highs = np.maximum.reduceat(bars.high, starts)
    lows = np.minimum.reduceat(bars.low, starts)
    return figure(Decimal(repr(float(np.mean((highs - lows) / lows) * 100))))


def _finished_series(exchange: Exchange, rule: Rule, now_ms: int) -> list[Series]:
    """Series that reach back and up far enough, the coarsest first: fewest bars."""
    today_ms = now_ms // DAY_MS * DAY_MS
    rows = Series.objects.filter(
        instrument__exchange=exchange,
        instrument__kind=rule.kind,
        first_ms__lt=today_ms - (rule.volatility_days - 1) * DAY_MS,
        last_ms__gte=today_ms - DAY_MS,
    ).select_related("instrument")
    if rule.quote:
        rows = rows.filter(instrument__quote=rule.quote)
    return sorted(rows, key=lambda series: -timeframe_ms(series.timeframe))


def _texts(quote: Quote24h) -> list[str | None]:
    values = (getattr(quote, name) for name in _ORDER)
    return [None if value is None else f"{value:f}" for value in values]


def _quote(texts: list[str | None]) -> Quote24h:
    values = (None if text is None else Decimal(text) for text in texts)
    return Quote24h(**dict(zip(_ORDER, values, strict=True)))
