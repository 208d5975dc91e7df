"""Refusing bars that no market can have made, before anything is computed from them."""

from typing import Any, Final

import numpy as np

from apps.common.errors import InvalidInput
from apps.common.wording import gettext as _
from apps.markets.candles.bars import Bars, Floats, Times
from apps.strategies.authoring.signals import Bools, Signals
from apps.strategies.backtest.compiled import compiled, sealed

# The year 9999, and what fits into our money columns.
LAST_MS: Final = 253_402_300_800_000
LOWEST_PRICE: Final = 1e-18
HIGHEST_PRICE: Final = 1e18


def checked_bars(bars: Bars) -> Bars:
    """The same bars, read-only. Raises InvalidInput naming column, bar and rule."""
    if len(bars) < 2:
        rule = _("a backtest needs at least 2 bars; there are %(count)s")
        raise InvalidInput(rule % {"count": len(bars)}, field="bars")
    columns = {"time_ms": np.int64} | dict.fromkeys(_FLOATS, np.float64)
    for name, dtype in columns.items():
        array = getattr(bars, name)
        if array.shape != (len(bars),) or array.dtype != dtype:
            raise _wrong_array(name, array, np.dtype(dtype), (len(bars),))
    bars = Bars(
        sealed(bars.time_ms),
        sealed(bars.open),
        sealed(bars.high),
        sealed(bars.low),
        sealed(bars.close),
        sealed(bars.volume),
        bars.timeframe,
    )
    if not bars_are_sound_nb(
        bars.time_ms, bars.open, bars.high, bars.low, bars.close, bars.volume
    ):
        _raise_first_fault(bars)
    return bars


def checked_signals(signals: Signals, n_bars: int) -> tuple[Bools, Bools, Bools, Bools]:
    """The four signals, read-only; all false where the strategy has none.

    Raises InvalidInput for one of another length or type.
    """
    never = np.zeros(n_bars, dtype=np.bool_)
    return (
        _checked("enter_long", signals.enter_long, never),
        _checked("exit_long", signals.exit_long, never),
        _checked("enter_short", signals.enter_short, never),
        _checked("exit_short", signals.exit_short, never),
    )


_FLOATS: Final = ("open", "high", "low", "close", "volume")


def _checked(name: str, array: Bools | None, never: Bools) -> Bools:
    if array is None:
        return sealed(never)
    if array.shape != never.shape or array.dtype != never.dtype:
        raise _wrong_array(name, array, never.dtype, never.shape)
    return sealed(array)


def _wrong_array(
    name: str, array: Any, dtype: "np.dtype[Any]", shape: tuple[int, ...]
) -> InvalidInput:
    facts = {
        "name": name,
        "type": dtype,
        "shape": shape,
        "given_type": array.dtype,
        "given_shape": array.shape,
    }
    rule = _(
        "%(name)s must be %(type)s of shape %(shape)s; "
        "it is %(given_type)s of shape %(given_shape)s"
    )
    return InvalidInput(rule % facts, field=name)


@compiled
def bars_are_sound_nb(
    time_ms: Times,
    open_: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    volume: Floats,
) -> bool:
    """All rules at once, without branches, at the speed of memory.

    Every comparison is false for NaN, so NaN is a fault.
    """
    good = time_ms[0] >= 0 and time_ms[-1] < LAST_MS
    for i in range(1, len(time_ms)):
        good &= time_ms[i - 1] < time_ms[i]
    for i in range(len(time_ms)):
        good &= (
            (low[i] >= LOWEST_PRICE)
            & (high[i] <= HIGHEST_PRICE)
            & (low[i] <= open_[i])
            & (open_[i] <= high[i])
            & (low[i] <= close[i])
            & (close[i] <= high[i])
        )
    for i in range(len(volume)):
        good &= (volume[i] >= 0) & (volume[i] < np.inf)
    return bool(good)


def _raise_first_fault(bars: Bars) -> None:
    """Say which bar breaks which rule; slow, because it is read by a person."""
    steps = np.diff(bars.time_ms, prepend=bars.time_ms[0] - 1)
    in_range = (bars.time_ms >= 0) & (bars.time_ms < LAST_MS)
    rules = [("time_ms", steps > 0, _("times must increase from bar to bar"))]
    rules += [("time_ms", in_range, _("times must lie between 1970 and 9999"))]
    for name in ("open", "high", "low", "close"):
        price = getattr(bars, name)
        sound = (price >= LOWEST_PRICE) & (price <= HIGHEST_PRICE)
        rules += [(name, sound, _("a price must be a finite number above zero"))]
    rules += [("high", bars.high >= bars.low, _("high must not be below low"))]
    for name in ("open", "close"):
        price = getattr(bars, name)
        sound = (price >= bars.low) & (price <= bars.high)
        rule = _("%(name)s must lie between low and high") % {"name": name}
        rules += [(name, sound, rule)]
    sound = (bars.volume >= 0) & (bars.volume < np.inf)
    rule = _("volume must be a finite number, not negative")
    rules += [("volume", sound, rule)]
    for name, sound, rule in rules:
        if not sound.all():
            index = int(np.argmin(sound))
            facts = {"bar": index, "name": name, "value": getattr(bars, name)[index]}
            message = _("bar %(bar)s: %(name)s %(value)s: %(rule)s")
            raise InvalidInput(message % {**facts, "rule": rule}, field=name)
