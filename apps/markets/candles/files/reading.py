"""A Parquet or CSV file as validated bars."""

from dataclasses import dataclass
from pathlib import Path

from apps.markets.candles.bars import Bars
from apps.markets.candles.codec import COLUMNS
from apps.markets.candles.files.checks import (
    check_grid,
    check_prices,
    check_rising,
    timeframe_of,
)
from apps.markets.candles.files.numbers import floats
from apps.markets.candles.files.stamps import stamps
from apps.markets.candles.files.tables import Source, read_columns
from apps.markets.candles.timeframes import timeframe_ms


@dataclass(frozen=True, slots=True)
class CandleFile:
    """Bars, the form the file gave its times in, and how many candles it lacks."""

    bars: Bars
    time_form: str
    missing_count: int


def read_file(
    source: Source, *, name: str | None = None, timeframe: str | None = None
) -> CandleFile:
    """Read and validate candles; missing candles are fine and counted.

    ``source`` is a path or an open binary file, whose ``name`` then says the format.
    Without ``timeframe`` the most common step decides. Columns, in any case and
    order: timestamp (or time, date, datetime, open_time), open, high, low, close,
    volume. Raises InvalidInput naming the column, the row and the rule; rows count
    from 1, a CSV header not included.
    """
    if timeframe is not None:
        timeframe_ms(timeframe)
    columns = read_columns(source, name or _name_of(source))
    times = stamps(columns["timestamp"])
    prices = [floats(column, columns[column]) for column in COLUMNS]
    check_rising(times.time_ms)
    found = timeframe_of(times.time_ms, timeframe)
    check_grid(times.time_ms, found)
    bars = Bars.of([times.time_ms, *prices], found)
    check_prices(bars)
    return CandleFile(bars, times.form, _missing(bars))


def _name_of(source: Source) -> str:
    return str(source) if isinstance(source, Path) else str(source.name)


def _missing(bars: Bars) -> int:
    span = int(bars.time_ms[-1] - bars.time_ms[0])
    return span // timeframe_ms(bars.timeframe) + 1 - len(bars)
