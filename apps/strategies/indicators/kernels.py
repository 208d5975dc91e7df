"""Compiled passes over whole arrays, and beside them their plain twin."""

import numpy as np
from numba import njit

from apps.markets.candles.bars import Floats
from apps.strategies.indicators.door import Bools


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def crossed_nb(lower: Floats, upper: Floats, crossed: Bools) -> None:
    """True where ``upper`` came above ``lower``; a comparison with NaN is false."""
    for i in range(1, len(crossed)):
        crossed[i] = (upper[i - 1] <= lower[i - 1]) & (upper[i] > lower[i])


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def rose_above_nb(values: Floats, level: float, crossed: Bools) -> None:
    for i in range(1, len(crossed)):
        crossed[i] = (values[i - 1] <= level) & (values[i] > level)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def fell_below_nb(values: Floats, level: float, crossed: Bools) -> None:
    for i in range(1, len(crossed)):
        crossed[i] = (values[i - 1] >= level) & (values[i] < level)


def crossed_plain(lower: Floats, upper: Floats) -> Bools:
    """The twin of ``crossed_nb``: slow and obvious."""
    crossed = np.zeros(len(upper), dtype=np.bool_)
    for i in range(1, len(upper)):
        pairs = (lower[i - 1], upper[i - 1], lower[i], upper[i])
        if not any(np.isnan(value) for value in pairs):
            crossed[i] = upper[i - 1] <= lower[i - 1] and upper[i] > lower[i]
    return crossed
