"""Everything a strategy file needs, in one import. It knows no Django."""

from apps.common.errors import InvalidInput
from apps.common.parameters import Boolean, Choice, Float, Integer, Parameter
from apps.markets.candles.bars import Bars, Floats
from apps.strategies.authoring.on_bar import Bar, Decision, Position
from apps.strategies.authoring.signals import Levels, Signals
from apps.strategies.authoring.strategy import Indicators, Strategy
from apps.strategies.indicators import *  # noqa: F403
from apps.strategies.indicators import __all__ as _indicators

__all__ = [
    "Bar",
    "Bars",
    "Boolean",
    "Choice",
    "Decision",
    "Float",
    "Floats",
    "Indicators",
    "Integer",
    "InvalidInput",
    "Levels",
    "Parameter",
    "Position",
    "Signals",
    "Strategy",
    *_indicators,
]
