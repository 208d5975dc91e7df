"""The base class of every strategy: parameters in, decisions out, nothing else seen."""

import inspect
from collections.abc import Mapping
from typing import ClassVar

from apps.common.parameterized import Parameterized
from apps.markets.candles.bars import Bars, Floats
from apps.strategies.authoring.on_bar import Bar, Decision, Position
from apps.strategies.authoring.signals import Levels, Signals


class Indicators:
    """A strategy's indicator arrays, by attribute: ``x.fast``."""

    def __init__(self, columns: Mapping[str, Floats]) -> None:
        vars(self).update(columns)

    def __getattr__(self, name: str) -> Floats:
        known = ", ".join(vars(self)) or "none"
        raise AttributeError(f"no indicator {name!r}; indicators() returned: {known}")


class Strategy(Parameterized):
    """Write either ``signals`` over whole arrays, or ``on_bar`` from bar to bar.

    The class docstring is what people read about it. State that lives from bar to
    bar is set in ``start``. A base class that only shares parameters or code says so:
    ``class Shared(Strategy, abstract=True)``.
    """

    x: Indicators = Indicators({})
    title: ClassVar[str] = ""  # how people read it; made from the name when empty
    is_abstract: ClassVar[bool] = True

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.is_abstract = abstract
        if not abstract and cls.decides_by_signals() == cls.decides_by_bar():
            raise TypeError(f"{cls.__name__} must define either signals or on_bar")

    @classmethod
    def description(cls) -> str:
        return inspect.cleandoc(cls.__doc__ or "")

    @classmethod
    def decides_by_signals(cls) -> bool:
        return cls.signals is not Strategy.signals

    @classmethod
    def decides_by_bar(cls) -> bool:
        return cls.on_bar is not Strategy.on_bar

    @property
    def warm_up(self) -> int:
        """How many bars must have passed before the first decision can be trusted."""
        return 0

    @property
    def levels(self) -> Levels:
        """Stops and target of an ``on_bar`` strategy; ``Signals`` carry their own."""
        return Levels()

    def indicators(self, bars: Bars) -> Mapping[str, Floats]:
        """Arrays as long as ``bars``; a value comes from its own and earlier bars."""
        return {}

    def signals(self, bars: Bars, x: Indicators) -> Signals:
        """Truth per bar, known at its close; ``x`` has what ``indicators`` returned."""
        raise NotImplementedError

    def start(self, bars: Bars) -> None:
        """Called before the first bar of a run: set here what ``on_bar`` remembers."""

    def on_bar(self, bar: Bar, position: Position) -> Decision | None:
        """Called at each close, where an indicator is ``self.x.fast[bar.index]``."""
        raise NotImplementedError
