"""Candles from and to Parquet and CSV files; whatever is wrong is named."""

from apps.markets.candles.files.export import write_parquet
from apps.markets.candles.files.names import FileName, parse_file_name
from apps.markets.candles.files.reading import CandleFile, read_file
from apps.markets.candles.files.tables import Source

__all__ = [
    "CandleFile",
    "FileName",
    "Source",
    "parse_file_name",
    "read_file",
    "write_parquet",
]
