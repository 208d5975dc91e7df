"""A column of times as milliseconds since the epoch, whatever form it came in.

Nothing is rounded: a stamp that is not a whole millisecond is refused.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.markets.candles.bars import Times
from apps.markets.candles.files.numbers import refuse_empty

_COLUMN = "timestamp"
# Integers from 1973 to 5138 in one unit are no plausible time in the next.
_UNITS = (
    (10**11, 1, 1000, gettext_noop("seconds since the epoch")),
    (10**14, 1, 1, gettext_noop("milliseconds since the epoch")),
    (10**17, 1000, 1, gettext_noop("microseconds since the epoch")),
    (2**63, 10**6, 1, gettext_noop("nanoseconds since the epoch")),
)
_ARROW_UNITS = {"s": (1, 1000), "ms": (1, 1), "us": (1000, 1), "ns": (10**6, 1)}


@dataclass(frozen=True, slots=True)
class Stamps:
    """int64 milliseconds, and the form they had in the file, for the person to see."""

    time_ms: Times
    form: str


def stamps(values: "pa.Array[Any]") -> Stamps:
    """Whole milliseconds. Raises InvalidInput naming the first row that has none."""
    refuse_empty(_COLUMN, values)
    kind = values.type
    if pa.types.is_integer(kind):
        return _from_numbers(np.asarray(values.cast(pa.int64())))
    if pa.types.is_floating(kind):
        return _from_floats(np.asarray(values))
    if pa.types.is_date(kind):
        values, kind = values.cast(pa.timestamp("ms")), pa.timestamp("ms")
    if pa.types.is_timestamp(kind):
        return _from_timestamps(values, kind)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _from_texts(values.to_pylist())
    raise InvalidInput(
        _("Column timestamp holds %(type)s, not times.") % {"type": kind},
        field=_COLUMN,
    )


def _from_numbers(numbers: Times) -> Stamps:
    size = int(numbers.max())
    for limit, per_ms, ms_per, form in _UNITS:
        if size < limit:
            return Stamps(_whole(numbers, per_ms) * ms_per, _(form))
    raise AssertionError("int64 is below 2**63")


def _from_floats(numbers: np.ndarray) -> Stamps:
    whole = np.isfinite(numbers) & (numbers == np.floor(numbers))
    _refuse(~whole, _("row %(row)s is not a whole number"))
    return _from_numbers(numbers.astype(np.int64))


def _from_timestamps(values: "pa.Array[Any]", kind: Any) -> Stamps:
    per_ms, ms_per = _ARROW_UNITS[kind.unit]
    numbers = np.asarray(values.cast(pa.int64()))
    return Stamps(_whole(numbers, per_ms) * ms_per, _("dates and times, UTC"))


def _from_texts(texts: list[Any]) -> Stamps:
    times = np.empty(len(texts), np.int64)
    for place, text in enumerate(texts):
        try:
            times[place] = clock.to_ms(_moment(text))
        except (ValueError, OverflowError):
            raise InvalidInput(
                _("Column timestamp, row %(row)s: %(text)s is not a time.")
                % {"row": place + 1, "text": repr(text[:40])},
                field=_COLUMN,
            ) from None
    return Stamps(times, _("ISO 8601 text"))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    if moment.microsecond % 1000:
        raise ValueError(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _whole(numbers: Times, per_ms: int) -> Times:
    if per_ms == 1:
        return numbers
    _refuse(numbers % per_ms != 0, _("row %(row)s is not a whole millisecond"))
    return numbers // per_ms


def _refuse(bad: np.ndarray, message: str) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        shown = message % {"row": int(rows[0]) + 1}
        raise InvalidInput(
            _("Column timestamp: %(what)s (%(count)s such rows).")
            % {"what": shown, "count": len(rows)},
            field=_COLUMN,
        )
