"""Adjectives for market data that chain."""

from typing import Any, Self

from django.db.models import QuerySet


class InstrumentQuerySet(QuerySet[Any]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def at(self, exchange_code: str) -> Self:
        return self.filter(exchange__code=exchange_code)


class SeriesQuerySet(QuerySet[Any]):
    def with_market(self) -> Self:
        """Everything a series' name shows, in one query."""
        return self.select_related("instrument__exchange")

    def named(self, exchange_code: str, symbol: str, timeframe: str) -> Self:
        return self.filter(
            instrument__exchange__code=exchange_code,
            instrument__symbol=symbol,
            timeframe=timeframe,
        )

    def with_candles(self) -> Self:
        return self.filter(bar_count__gt=0)


class CandleChunkQuerySet(QuerySet[Any]):
    def in_months(self, months: list[int]) -> Self:
        """``months`` as numbers such as 202401."""
        return self.filter(month__in=months)

    def without_data(self) -> Self:
        """Only what describes the chunks: a year of minutes has megabytes of data."""
        return self.defer("data")
