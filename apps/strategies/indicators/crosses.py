"""Where one line crosses another, or a level."""

from functools import cache
from importlib import import_module
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike

from apps.markets.candles.bars import Floats
from apps.strategies.indicators.door import Bools, as_row, require_same_length


def crossed_above(values: ArrayLike, line: ArrayLike) -> Bools:
    """True on the bar whose value is above ``line`` after one at or below it.

    ``line`` is an array as long as ``values``, or one number. The previous and the
    current value of both must be valid: beside a NaN nothing crosses.
    """
    row, other = _pair(values, line)
    crossed = np.zeros(len(row), dtype=np.bool_)
    if isinstance(other, float):
        _kernels().rose_above_nb(row, other, crossed)
    else:
        _kernels().crossed_nb(other, row, crossed)
    return crossed


def crossed_below(values: ArrayLike, line: ArrayLike) -> Bools:
    """True on the bar whose value is below ``line`` after one at or above it.

    Else as ``crossed_above``.
    """
    row, other = _pair(values, line)
    crossed = np.zeros(len(row), dtype=np.bool_)
    if isinstance(other, float):
        _kernels().fell_below_nb(row, other, crossed)
    else:
        _kernels().crossed_nb(row, other, crossed)
    return crossed


@cache
def _kernels() -> ModuleType:
    # At the first call, not at import: Numba takes longer to load than all the rest.
    return import_module("apps.strategies.indicators.kernels")


def _pair(values: ArrayLike, line: ArrayLike) -> tuple[Floats, Floats | float]:
    row = as_row(values)
    if np.ndim(line) == 0:
        return row, float(np.asarray(line, dtype=np.float64))
    other = as_row(line)
    require_same_length(row, other)
    return row, other
