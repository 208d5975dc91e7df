"""A series' coverage as a table of years and months."""

from typing import NamedTuple

from apps.common import clock
from apps.markets.candles.months import month_end_ms, month_name, month_start_ms
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.history.spans import Span, within
from apps.markets.models import ExchangeGap, Series
from apps.markets.selectors import MonthCoverage, coverage
from apps.markets.selectors.history import days_of


class Cell(NamedTuple):
    """``state`` is full, part, none, exchange, or empty outside the series' period.

    ``exchange``: everything that is missing is what the exchange itself lacks.
    """

    name: str
    state: str
    text: str
    present: int = 0
    expected: int = 0


def coverage_by_year(series: Series) -> list[tuple[int, list[Cell]]]:
    """Newest year first, each with its twelve months."""
    lacking = _lacking(series)
    found = {
        month.month: _cell(month, lacking.get(month.month, 0))
        for month in coverage(series)
    }
    years = sorted({month // 100 for month in found}, reverse=True)
    return [(year, _year(year, found)) for year in years]


def coverage_by_day(series: Series, month: int) -> list[Cell]:
    """The days of one month that the series reaches into."""
    return [
        Cell(
            f"{clock.from_ms(day.start_ms):%Y-%m-%d}",
            day.state,
            f"{clock.from_ms(day.start_ms):%-d}",
            day.present,
            day.expected,
        )
        for day in days_of(series, month)
    ]


def _year(year: int, found: dict[int, Cell]) -> list[Cell]:
    months = range(year * 100 + 1, year * 100 + 13)
    return [found.get(month) or Cell(month_name(month), "", "") for month in months]


def _lacking(series: Series) -> dict[int, int]:
    """How many candles of each month the exchange itself lacks."""
    rows = ExchangeGap.objects.filter(series=series).order_by("from_ms")
    gaps = [Span(*one) for one in rows.values_list("from_ms", "to_ms")]
    if not gaps:
        return {}
    step_ms = timeframe_ms(series.timeframe)
    return {
        month.month: sum(part.count(step_ms) for part in within(gaps, _span(month)))
        for month in coverage(series)
    }


def _span(month: MonthCoverage) -> Span:
    return Span(month_start_ms(month.month), month_end_ms(month.month))


def _cell(month: MonthCoverage, lacking: int) -> Cell:
    share = month.present / month.expected
    state = "full" if share == 1 else "part" if month.present else "none"
    if share < 1 and month.expected - month.present <= lacking:
        state = "exchange"
    # Cut, not rounded: 99.96 % is not complete and must not read as 100.
    text = "100" if state == "full" else f"{int(share * 1000) / 10:.1f}"
    return Cell(month_name(month.month), state, text, month.present, month.expected)
