"""Asking a strategy for its arrays, and refusing answers that cannot be right.

The engine and the live runner both ask here, so both see the same strategy.
"""

from collections.abc import Mapping

import numpy as np

from apps.common.errors import InvalidInput
from apps.common.wording import gettext as _
from apps.markets.candles.bars import Bars
from apps.strategies.authoring.signals import Signals
from apps.strategies.authoring.strategy import Indicators, Strategy

SIDES = ("enter_long", "exit_long", "enter_short", "exit_short")


def indicators_of(strategy: Strategy, bars: Bars) -> Indicators:
    """What ``strategy.indicators`` returns. Raises InvalidInput for a wrong shape."""
    columns = strategy.indicators(bars)
    if not isinstance(columns, Mapping):
        rule = _("indicators() returned %(kind)s, not a dict")
        given = {"kind": type(columns).__name__}
        raise InvalidInput(rule % given, field="indicators")
    for name, values in columns.items():
        _require_one_per_bar(name, np.shape(values), bars)
    return Indicators(columns)


def signals_of(strategy: Strategy, bars: Bars) -> Signals:
    """The signals over ``bars``. Raises InvalidInput unless each is a truth per bar."""
    signals = strategy.signals(bars, indicators_of(strategy, bars))
    if not isinstance(signals, Signals):
        rule = _("signals() returned %(kind)s, not Signals")
        given = {"kind": type(signals).__name__}
        raise InvalidInput(rule % given, field="signals")
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
        rule = _(
            "%(name)s has the shape %(shape)s; "
            "it needs one value for each of %(count)s bars"
        )
        facts = {"name": name, "shape": shape, "count": len(bars)}
        raise InvalidInput(rule % facts, field=name)


def _require_truths(name: str, dtype: "np.dtype[np.generic]") -> None:
    if dtype != np.bool_:
        rule = _("%(name)s holds %(type)s; a signal is true or false")
        raise InvalidInput(rule % {"name": name, "type": dtype}, field=name)
