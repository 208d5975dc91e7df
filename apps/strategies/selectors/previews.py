"""What a backtest would be, before it is asked for."""

from datetime import datetime
from typing import Any

from apps.common import clock
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.models import Series


def preview_of(
    series: Series, start_at: datetime | None, end_at: datetime | None
) -> dict[str, Any]:
    """Period really covered and how many candles it can hold; gaps are the series'."""
    step = timeframe_ms(series.timeframe)
    if series.first_ms is None or series.last_ms is None:
        return {"series": series, "bars": 0}
    first = max(series.first_ms, clock.to_ms(start_at)) if start_at else series.first_ms
    after = series.last_ms + step
    end = min(after, clock.to_ms(end_at)) if end_at else after
    return {
        "series": series,
        "first_at": clock.from_ms(first),
        "end_at": clock.from_ms(end),
        "bars": max(0, -(-(end - first) // step)),
        "missing": series.missing_count,
    }
