"""What a backtest leaves besides its row: trades and equity, as Parquet files."""

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.common.models import Job
from apps.markets.candles.bars import Bars
from apps.strategies.backtest.result import (
    REFUSAL_FIELDS,
    Result,
    exit_reasons,
    refusal_rows,
    side_names,
)
from apps.strategies.models import Backtest

if TYPE_CHECKING:
    import pyarrow as pa

PARTS = ("trades", "equity", "refusals")


def write(backtest: Backtest, job: Job, result: Result, bars: Bars) -> str:
    """Write the files; returns the artefact's name.

    The name holds the attempt's token, so two attempts never share a file.
    """
    name = f"backtests/{backtest.pk}-{job.lease_token}"
    _save(f"{name}/trades.parquet", trades_table(result))
    _save(f"{name}/equity.parquet", _equity_table(result, bars))
    _save(f"{name}/refusals.parquet", _refusals_table(result))
    return name


def remove(name: str) -> None:
    for part in PARTS if name else ():
        default_storage.delete(f"{name}/{part}.parquet")


@lru_cache(maxsize=32)
def read(name: str, part: str) -> "pa.Table":
    """One of ``PARTS`` of an artefact. Its files never change, so it is kept."""
    import pyarrow.parquet as pq

    with default_storage.open(f"{name}/{part}.parquet") as file:
        return pq.read_table(io.BytesIO(file.read()))


def trades_table(result: Result) -> "pa.Table":
    """One row per closed trade; ratios are of the entry's notional."""
    import pyarrow as pa

    trades = result.trades
    columns: dict[str, Any] = {
        name: trades[name]
        for name in (
            "entry_ms",
            "exit_ms",
            "entry_price",
            "exit_price",
            "quantity",
            "fee",
            "profit",
            "profit_ratio",
            "best_ratio",
            "worst_ratio",
        )
    }
    columns["side"] = side_names(trades)
    columns["exit_reason"] = exit_reasons(trades)
    return pa.table(columns)


def _equity_table(result: Result, bars: Bars) -> "pa.Table":
    import pyarrow as pa

    return pa.table(
        {
            "time_ms": bars.time_ms,
            "equity": result.equity,
            "hold": result.hold.equity(bars),
        }
    )


def _refusals_table(result: Result) -> "pa.Table":
    import pyarrow as pa

    rows = refusal_rows(result.refusals)
    return pa.table({name: [row[name] for row in rows] for name in REFUSAL_FIELDS})


def _save(name: str, table: "pa.Table") -> None:
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    default_storage.save(name, ContentFile(buffer.getvalue()))
