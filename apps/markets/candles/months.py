"""Months as numbers: 202401 is January 2024, UTC. Pure: no Django here."""

from collections.abc import Iterator

import numpy as np

from apps.markets.candles.bars import Bars, Times


def month_of(time_ms: int) -> int:
    return int(months_of(np.array([time_ms]))[0])


def months_of(time_ms: Times) -> Times:
    """The month number of each time."""
    index = time_ms.astype("M8[ms]").astype("M8[M]").astype(np.int64)
    return (1970 + index // 12) * 100 + index % 12 + 1


def month_start_ms(month: int) -> int:
    return _start_of(_index(month))


def month_end_ms(month: int) -> int:
    """The first millisecond that no longer belongs to the month."""
    return _start_of(_index(month) + 1)


def months_between(first: int, last: int) -> Iterator[int]:
    """Every month from ``first`` to ``last``, both included."""
    for index in range(_index(first), _index(last) + 1):
        yield (1970 + index // 12) * 100 + index % 12 + 1


def split_by_month(bars: Bars) -> Iterator[tuple[int, Bars]]:
    """The bars of each month that has any, as views."""
    if not len(bars):
        return
    months = months_of(bars.time_ms)
    edges = np.flatnonzero(np.diff(months)) + 1
    starts = [0, *edges.tolist()]
    for start, stop in zip(starts, [*starts[1:], len(bars)], strict=True):
        yield int(months[start]), bars.between(start, stop)


def month_name(month: int) -> str:
    """``2024-01``"""
    return f"{month // 100}-{month % 100:02d}"


def _index(month: int) -> int:
    return (month // 100 - 1970) * 12 + month % 100 - 1


def _start_of(index: int) -> int:
    return int(np.datetime64(index, "M").astype("M8[ms]").astype(np.int64))
