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
from apps.common.wording import gettext as _
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
        rule = _("an input has the shape %(shape)s, not one row")
        raise InvalidInput(rule % {"shape": row.shape}, field="values")
    return row


def require_same_length(*rows: Floats) -> None:
    lengths = [len(row) for row in rows]
    if len(set(lengths)) > 1:
        rule = _("inputs differ in length: %(lengths)s") % {"lengths": lengths}
        raise InvalidInput(rule, field="values")


def whole_period(value: int, field: str = "period", *, lowest: int = 1) -> int:
    """A number of bars. Raises InvalidInput outside ``lowest`` to 100,000."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        rule = _("%(name)s %(given)s is not a whole number")
        raise InvalidInput(rule % {"name": field, "given": repr(value)}, field=field)
    if not lowest <= value <= LONGEST_PERIOD:
        rule = _("%(name)s %(value)s is not between %(low)s and %(high)s")
        limits = {"low": lowest, "high": LONGEST_PERIOD}
        raise InvalidInput(
            rule % {"name": field, "value": value, **limits}, field=field
        )
    return int(value)


def above_zero(value: float, field: str) -> float:
    if not 0 < value < float("inf"):
        rule = _("%(name)s %(value)s is not above %(limit)s")
        facts = {"name": field, "value": repr(value), "limit": 0}
        raise InvalidInput(rule % facts, field=field)
    return float(value)
