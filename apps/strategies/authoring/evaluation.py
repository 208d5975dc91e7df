"""Asking a strategy for its arrays, and refusing answers that cannot be right.

The engine and the live runner both ask here, so both see the same strategy.
"""

from collections.abc import Mapping

import numpy as np

from apps.common.errors import InvalidInput
from apps.markets.candles.bars import Bars
from apps.strategies.authoring.signals import Signals
from apps.strategies.authoring.strategy import Indicators, Strategy

SIDES = ("enter_long", "exit_long", "enter_short", "exit_short")


def indicators_of(strategy: Strategy, bars: Bars) -> Indicators:
    """What ``strategy.indicators`` returns. Raises InvalidInput for a wrong shape."""
    columns = strategy.indicators(bars)
    if not isinstance(columns, Mapping):
        kind = type(columns).__name__
        raise InvalidInput(
            f"indicators() returned {kind}, not a dict", field="indicators"
        )
    for name, values in columns.items():
        _require_one_per_bar(name, np.shape(values), bars)
    return Indicators(columns)


def signals_of(strategy: Strategy, bars: Bars) -> Signals:
    """The signals over ``bars``. Raises InvalidInput unless each is a truth per bar."""
    signals = strategy.signals(bars, indicators_of(strategy, bars))
    if not isinstance(signals, Signals):
        kind = type(signals).__name__
        raise InvalidInput(f"signals() returned {kind}, not Signals", field="signals")
    for name in SIDES:
        values = getattr(signals, name)
        if values is not None:
            _require_one_per_bar(name, np.shape(values), bars)
            _require_truths(name, np.asarray(values).dtype)
    return signals


def begin(strategy: Strategy, bars: Bars) -> None:
    """Make an ``on_bar`` strategy ready for its first bar."""
    strategy.x = indicators_of(strategy, bars)
    strategy.start(bars)


def _require_one_per_bar(name: str, shape: tuple[int, ...], bars: Bars) -> None:
    if shape != (len(bars),):
        rule = f"it needs one value for each of {len(bars)} bars"
        raise InvalidInput(f"{name} has the shape {shape}; {rule}", field=name)


def _require_truths(name: str, dtype: "np.dtype[np.generic]") -> None:
    if dtype != np.bool_:
        raise InvalidInput(
            f"{name} holds {dtype}; a signal is true or false", field=name
        )
