"""One name for one set of bars. No Django here."""

import hashlib

from apps.markets.candles.bars import Bars


def bars_hash(bars: Bars) -> str:
    """SHA-256 over timeframe, times and values, as hex: equal bars, equal name."""
    digest = hashlib.sha256(bars.timeframe.encode())
    columns = (bars.time_ms, bars.open, bars.high, bars.low, bars.close, bars.volume)
    for column in columns:
        digest.update(column.astype(column.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()
