"""The one way to TA-Lib: float64 in, float64 out, and its refusals made ours.

TA-Lib (the C library, BSD licence, https://ta-lib.org) gives NaN until an indicator
has seen enough bars. NaN in the middle of an input makes a recursive average NaN from
there on.
"""

from functools import cache
from importlib import import_module
from numbers import Integral
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apps.common.errors import InvalidInput
from apps.markets.candles.bars import Floats

Bools = NDArray[np.bool_]

LONGEST_PERIOD = 100_000


@cache
def _talib() -> ModuleType:
    # At the first call, not at import: listing the strategies must stay cheap.
    return import_module("talib")


def column(function: str, *inputs: ArrayLike, **options: float) -> Floats:
    """The one result of TA-Lib's ``function``, as long as the inputs.

    Raises InvalidInput when the inputs are not rows of one length.
    """
    rows = [as_row(values) for values in inputs]
    require_same_length(*rows)
    result: Floats = getattr(_talib(), function)(*rows, **options)
    return result


def columns(function: str, *inputs: ArrayLike, **options: float) -> tuple[Floats, ...]:
    """As ``column``, for a function with several results."""
    return tuple(column(function, *inputs, **options))


def as_row(values: ArrayLike) -> Floats:
    """Contiguous float64 of shape ``(n,)``; not copied when it is that already."""
    row = np.ascontiguousarray(values, dtype=np.float64)
    if row.ndim != 1:
        raise InvalidInput(
            f"an input has the shape {row.shape}, not one row", field="values"
        )
    return row


def require_same_length(*rows: Floats) -> None:
    lengths = [len(row) for row in rows]
    if len(set(lengths)) > 1:
        raise InvalidInput(f"inputs differ in length: {lengths}", field="values")


def whole_period(value: int, field: str = "period", *, lowest: int = 1) -> int:
    """A number of bars. Raises InvalidInput outside ``lowest`` to 100,000."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise InvalidInput(f"{field} {value!r} is not a whole number", field=field)
    if not lowest <= value <= LONGEST_PERIOD:
        rule = f"{field} {value} is not between {lowest} and {LONGEST_PERIOD}"
        raise InvalidInput(rule, field=field)
    return int(value)


def above_zero(value: float, field: str) -> float:
    if not 0 < value < float("inf"):
        raise InvalidInput(f"{field} {value!r} is not above 0", field=field)
    return float(value)
