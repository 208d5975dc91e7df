"""A series as a Parquet file, in the columns that ``read_file`` takes."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from apps.markets.candles.bars import Bars
from apps.markets.candles.codec import COLUMNS


def write_parquet(bars: Bars, path: Path) -> None:
    """Columns ``timestamp`` (int64, ms since the epoch, UTC) and float64 prices.

    Written aside and renamed: an interrupted export leaves no half file.
    """
    table = pa.table(
        {"timestamp": bars.time_ms, **{name: getattr(bars, name) for name in COLUMNS}}
    )
    draft = path.with_name(f".{path.name}.draft")
    try:
        pq.write_table(table, draft, compression="zstd")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
