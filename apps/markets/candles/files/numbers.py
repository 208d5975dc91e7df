"""A column of prices or volumes as float64, refusing everything that is no number."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.markets.candles.bars import Floats

# Row numbers count the rows of candles from 1; a CSV header is not counted.


def floats(column: str, values: "pa.Array[Any]") -> Floats:
    """float64, shape ``(n_rows,)``. Raises InvalidInput naming the first bad row."""
    refuse_empty(column, values)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        raise _not_a_number(column, values)
    if not _is_numeric(values.type):
        raise InvalidInput(
            _("Column %(column)s holds %(type)s, not numbers.")
            % {"column": column, "type": values.type},
            field=column,
        )
    return np.asarray(values.cast(pa.float64(), safe=False))


def refuse_empty(column: str, values: "pa.Array[Any]") -> None:
    if values.null_count:
        row = int(np.flatnonzero(np.asarray(values.is_null()))[0]) + 1
        raise InvalidInput(
            _("Column %(column)s is empty in row %(row)s (%(count)s such rows).")
            % {"column": column, "row": row, "count": values.null_count},
            field=column,
        )


def _is_numeric(kind: pa.DataType) -> bool:
    return (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
    )


def _not_a_number(column: str, values: "pa.Array[Any]") -> InvalidInput:
    texts: list[Any] = pc.utf8_trim_whitespace(values).to_pylist()
    for row, text in enumerate(texts, start=1):
        try:
            float(text)
        except ValueError:
            return InvalidInput(
                _("Column %(column)s, row %(row)s: %(text)s is not a number.")
                % {"column": column, "row": row, "text": repr(text[:40])},
                field=column,
            )
    return InvalidInput(
        _("Column %(column)s holds text, not numbers.") % {"column": column},
        field=column,
    )
