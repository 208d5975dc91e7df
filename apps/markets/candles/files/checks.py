"""What makes candles believable: times rise on a grid, prices fit together."""

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.markets.candles.bars import Bars, Times
from apps.markets.candles.codec import COLUMNS
from apps.markets.candles.timeframes import TIMEFRAMES, timeframe_ms

_LATEST_MS = 4_102_444_800_000  # 2100-01-01


def check_rising(time_ms: Times) -> None:
    """Raises InvalidInput at the first time that is not after the one before it."""
    early = (time_ms <= 0) | (time_ms >= _LATEST_MS)
    _refuse("timestamp", early, time_ms, _("the time is not between 1970 and 2100"))
    steps = np.diff(time_ms, prepend=time_ms[0] - 1)
    _refuse("timestamp", steps == 0, time_ms, _("the time is there twice"))
    _refuse("timestamp", steps < 0, time_ms, _("the time is before the row above"))


def timeframe_of(time_ms: Times, given: str | None) -> str:
    """The timeframe whose length is the most common step between two candles.

    Raises InvalidInput when that is no timeframe, or not the ``given`` one.
    """
    steps, counts = np.unique(np.diff(time_ms), return_counts=True)
    if given is not None:
        wanted = timeframe_ms(given)
        # Of a thinly traded market most minutes may be missing, but never all pairs.
        if not len(steps) or steps[0] == wanted or _common(steps, counts) == wanted:
            return given
    elif not len(steps):
        raise InvalidInput(
            _("One candle does not show its timeframe: give it."), field="timeframe"
        )
    found = {length: name for name, length in TIMEFRAMES.items()}
    step = _common(steps, counts)
    if given is None and step in found:
        return found[step]
    raise _wrong_step(step, found.get(step), given)


def check_grid(time_ms: Times, timeframe: str) -> None:
    """Raises InvalidInput at the first time that is no multiple of the timeframe."""
    _refuse(
        "timestamp",
        time_ms % timeframe_ms(timeframe) != 0,
        time_ms,
        _("the time is off the %(timeframe)s grid") % {"timeframe": timeframe},
    )


def check_prices(bars: Bars) -> None:
    """Raises InvalidInput at the first value no market can have had."""
    for column in COLUMNS:
        values = getattr(bars, column)
        _refuse(column, ~np.isfinite(values), bars.time_ms, _("not a finite number"))
    for column in COLUMNS[:-1]:
        values = getattr(bars, column)
        _refuse(column, values <= 0, bars.time_ms, _("the price is not above zero"))
    _refuse("volume", bars.volume < 0, bars.time_ms, _("the volume is below zero"))
    top = np.maximum(bars.open, bars.close)
    bottom = np.minimum(bars.open, bars.close)
    _refuse("high", bars.high < bars.low, bars.time_ms, _("high is below low"))
    _refuse("high", bars.high < top, bars.time_ms, _("high is below open or close"))
    _refuse("low", bars.low > bottom, bars.time_ms, _("low is above open or close"))


def _common(steps: Times, counts: Times) -> int:
    return int(steps[np.argmax(counts)])


def _wrong_step(step: int, name: str | None, given: str | None) -> InvalidInput:
    apart = name or _("%(minutes)s minutes") % {"minutes": f"{step / 60_000:g}"}
    if given:
        message = _("The candles are %(apart)s apart, not %(timeframe)s.") % {
            "apart": apart,
            "timeframe": given,
        }
    else:
        message = _(
            "The candles are %(apart)s apart, which is none of: %(timeframes)s."
        ) % {"apart": apart, "timeframes": ", ".join(TIMEFRAMES)}
    return InvalidInput(message, field="timeframe")


def _refuse(column: str, bad: NDArray[np.bool_], time_ms: Times, what: str) -> None:
    rows = np.flatnonzero(bad)
    if not len(rows):
        return
    row = int(rows[0])
    raise InvalidInput(
        _(
            "Column %(column)s, row %(row)s (%(time)s): %(what)s; "
            "rows like it: %(count)s."
        )
        % {
            "column": column,
            "row": row + 1,
            "time": _shown(int(time_ms[row])),
            "what": what,
            "count": len(rows),
        },
        field=column,
    )


def _shown(time_ms: int) -> str:
    try:
        return clock.iso(time_ms)
    except OverflowError:
        return str(time_ms)
