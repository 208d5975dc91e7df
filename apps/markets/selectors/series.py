"""Questions about stored candles."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.common.errors import NotFound
from apps.markets.candles.months import (
    month_end_ms,
    month_of,
    month_start_ms,
    months_between,
)
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.models import CandleChunk, Series


class MonthCoverage(NamedTuple):
    """``month`` is 202401 for January 2024; the counts are candles."""

    month: int
    present: int
    expected: int


def find_series(*, exchange: str, symbol: str, timeframe: str) -> Series:
    """The stored series. Raises NotFound, naming what there is instead."""
    series = Series.objects.with_market()
    found: Series | None = series.named(
        exchange.lower(), symbol.upper(), timeframe
    ).first()
    if found:
        return found
    known = ", ".join(one.label for one in series.with_candles()[:8]) or "-"
    raise NotFound(
        _(
            "There are no candles of %(exchange)s %(symbol)s %(timeframe)s; "
            "stored are: %(known)s."
        )
        % {
            "exchange": exchange,
            "symbol": symbol,
            "timeframe": timeframe,
            "known": known,
        },
        field="series",
    )


def coverage(series: Series) -> list[MonthCoverage]:
    """Every month from the first candle to the last, empty ones included.

    The first and last month expect only what lies inside the series.
    """
    if series.first_ms is None or series.last_ms is None:
        return []
    chunks = CandleChunk.objects.filter(series=series)
    present = dict(chunks.values_list("month", "bar_count"))
    months = months_between(month_of(series.first_ms), month_of(series.last_ms))
    return [
        MonthCoverage(month, present.get(month, 0), _expected(series, month))
        for month in months
    ]


def _expected(series: Series, month: int) -> int:
    step = timeframe_ms(series.timeframe)
    start = max(month_start_ms(month), series.first_ms or 0)
    stop = min(month_end_ms(month), (series.last_ms or 0) + step)
    return (stop - start) // step
