"""A series' coverage as a table of years and months."""

from typing import NamedTuple

from apps.markets.candles.months import month_name
from apps.markets.models import Series
from apps.markets.selectors import MonthCoverage, coverage


class Cell(NamedTuple):
    """``state`` is full, part, none, or empty outside the series' period."""

    name: str
    state: str
    text: str
    present: int = 0
    expected: int = 0


def coverage_by_year(series: Series) -> list[tuple[int, list[Cell]]]:
    """Newest year first, each with its twelve months."""
    found = {month.month: _cell(month) for month in coverage(series)}
    years = sorted({month // 100 for month in found}, reverse=True)
    return [(year, _year(year, found)) for year in years]


def _year(year: int, found: dict[int, Cell]) -> list[Cell]:
    months = range(year * 100 + 1, year * 100 + 13)
    return [found.get(month) or Cell(month_name(month), "", "") for month in months]


def _cell(month: MonthCoverage) -> Cell:
    share = month.present / month.expected
    state = "full" if share == 1 else "part" if month.present else "none"
    # Cut, not rounded: 99.96 % is not complete and must not read as 100.
    text = "100" if state == "full" else f"{int(share * 1000) / 10:.1f}"
    return Cell(month_name(month.month), state, text, month.present, month.expected)
