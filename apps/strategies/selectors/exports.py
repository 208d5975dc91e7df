"""Trades as files: raw numbers, ISO times in UTC, units in the heading."""

import io
from collections.abc import Callable

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from apps.common import clock
from apps.strategies.models import Backtest
from apps.strategies.selectors.reports import trades


def _table(backtest: Backtest) -> pa.Table:
    """Oldest first, with the market's units in the names of the columns."""
    instrument = backtest.series.instrument
    table = trades(backtest, "entry_ms")
    for place, name in ((1, "exit_ms"), (1, "entry_ms")):
        times = [clock.iso(ms) for ms in table[name].to_numpy()]
        table = table.add_column(place, name.replace("_ms", "_utc"), pa.array(times))
    units = {
        "entry_price": instrument.quote,
        "exit_price": instrument.quote,
        "fee": instrument.quote,
        "profit": instrument.quote,
        "quantity": instrument.base,
    }
    names = [f"{n}_{units[n]}" if n in units else n for n in table.column_names]
    return table.rename_columns(_marked(names, backtest))


def _marked(names: list[str], backtest: Backtest) -> list[str]:
    """A made-up market says so in the file as well: in its first heading."""
    if not backtest.series.is_synthetic:
        return names
    return [f"{names[0]} (synthetic market)", *names[1:]]


def _csv(backtest: Backtest) -> bytes:
    buffer = io.BytesIO()
    pacsv.write_csv(_table(backtest), buffer)
    return buffer.getvalue()


def _parquet(backtest: Backtest) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(_table(backtest), buffer, compression="zstd")
    return buffer.getvalue()


FORMATS: dict[str, tuple[str, Callable[[Backtest], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", _csv),
    "parquet": ("application/vnd.apache.parquet", _parquet),
}
