"""Candles as columns of whole numbers, and how they are put together."""

from typing import Final

import numpy as np

from apps.markets.candles.bars import Times

# Rows of a block: open time in ms; open, high, low, close in ticks; volume in lots;
# volume in quote units. int64, shape (7, n_candles), oldest first.
TIME, OPEN, HIGH, LOW, CLOSE, LOTS, QUOTE = range(7)
COLUMNS: Final = 7
_ZERO: Final = np.zeros(1, np.int64)
Block = Times
Row = list[int]


def empty() -> Block:
    return np.empty((COLUMNS, 0), np.int64)


def of_prints(time_ms: Times, ticks: Times, lots: Times, quote: Times) -> Block:
    """Each print as a candle of its own."""
    return np.stack([time_ms, ticks, ticks, ticks, ticks, lots, quote])


def fold(block: Block, step_ms: int) -> Block:
    """Longer candles from a block that holds at least one."""
    opens_ms = block[TIME] // step_ms * step_ms
    # Plain slices, not diff and append: this runs for each interval of each turn.
    first = np.concatenate([_ZERO, (opens_ms[1:] != opens_ms[:-1]).nonzero()[0] + 1])
    folded = np.empty((COLUMNS, len(first)), np.int64)
    folded[TIME] = opens_ms[first]
    folded[OPEN] = block[OPEN][first]
    np.maximum.reduceat(block[HIGH], first, out=folded[HIGH])
    np.minimum.reduceat(block[LOW], first, out=folded[LOW])
    folded[CLOSE, :-1] = block[CLOSE][first[1:] - 1]
    folded[CLOSE, -1] = block[CLOSE, -1]
    np.add.reduceat(block[LOTS:], first, axis=1, out=folded[LOTS:])
    return folded


def merge(row: Row, later: Row) -> None:
    """Put ``later``, of the same window, into ``row``."""
    row[HIGH] = max(row[HIGH], later[HIGH])
    row[LOW] = min(row[LOW], later[LOW])
    row[CLOSE] = later[CLOSE]
    row[LOTS] += later[LOTS]
    row[QUOTE] += later[QUOTE]
