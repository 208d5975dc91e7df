"""What a file's name says: ``BINANCE_BTC-USDT_1h.parquet``."""

import re
from pathlib import PurePath
from typing import NamedTuple

from apps.markets.candles.timeframes import TIMEFRAMES

_PATTERN = re.compile(r"([A-Z0-9]+)_([A-Z0-9]+)-([A-Z0-9]+)_(\d+[a-z])", re.IGNORECASE)


class FileName(NamedTuple):
    exchange: str
    symbol: str
    timeframe: str


def parse_file_name(name: str) -> FileName | None:
    """Exchange code, symbol and timeframe; None when the name has another form."""
    found = _PATTERN.fullmatch(PurePath(name).stem)
    if not found or found[4] not in TIMEFRAMES:
        return None
    symbol = f"{found[2]}/{found[3]}".upper()
    return FileName(found[1].lower(), symbol, found[4])
