"""Adjectives for market data that chain."""

from typing import Any, Self

from django.db.models import Count, F, Q, QuerySet

from apps.common import clock
from apps.common.models import OwnedQuerySet
from apps.common.models.jobs import ENDED


class ExchangeQuerySet(QuerySet[Any]):
    def enabled(self) -> Self:
        """Those that are talked to; prices that were made here have no address."""
        has_address = Q(is_synthetic=False) | Q(is_simulator=True)
        return self.filter(has_address, is_enabled=True)


class InstrumentQuerySet(QuerySet[Any]):
    def active(self) -> Self:
        return self.filter(status="active")

    def listed(self) -> Self:
        """Still at the exchange, be it halted."""
        return self.exclude(status="delisted")

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


class WatchListQuerySet(OwnedQuerySet):
    def shared(self) -> Self:
        return self.filter(owner__isnull=True)

    def by_rule(self) -> Self:
        return self.filter(selection="rule")

    def due(self) -> Self:
        return self.by_rule().filter(due_at__lte=clock.now())

    def with_names(self) -> Self:
        """Everything a row shows, in one query."""
        return self.select_related("exchange", "owner").annotate(
            member_count=Count("entries", filter=Q(entries__is_in=True)),
            entry_count=Count("entries"),
        )


class WatchListEntryQuerySet(QuerySet[Any]):
    def members(self) -> Self:
        return self.filter(is_in=True)

    def best_first(self) -> Self:
        """Members by rank, those without one by symbol; then the others."""
        rank = F("rank").asc(nulls_last=True)
        return self.order_by("-is_in", rank, "instrument__symbol", "id")

    def with_instrument(self) -> Self:
        return self.select_related("instrument__exchange")


class DownloadQuerySet(OwnedQuerySet):
    def with_job(self) -> Self:
        """Everything a row shows, in one query."""
        return self.select_related("job", "exchange", "owner").annotate(
            series_count=Count("items")
        )

    def active(self) -> Self:
        return self.exclude(job__status__in=ENDED)


class ExchangeGapQuerySet(QuerySet[Any]):
    def touching(self, from_ms: int, to_ms: int) -> Self:
        """Those that have a part in this period."""
        return self.filter(from_ms__lt=to_ms, to_ms__gt=from_ms)


class TopUpQuerySet(QuerySet[Any]):
    def due(self) -> Self:
        return self.filter(is_enabled=True, due_at__lte=clock.now())
