"""The base class of every strategy: parameters in, decisions out, nothing else seen."""

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from apps.common.errors import InvalidFields, InvalidInput
from apps.markets.candles.bars import Bars, Floats
from apps.strategies.authoring.on_bar import Bar, Decision, Position
from apps.common.parameters import Parameter
from apps.strategies.authoring.signals import Levels, Signals

Parameters = Mapping[str, Parameter[Any]]


class Indicators:
    """A strategy's indicator arrays, by attribute: ``x.fast``."""

    def __init__(self, columns: Mapping[str, Floats]) -> None:
        vars(self).update(columns)

    def __getattr__(self, name: str) -> Floats:
        known = ", ".join(vars(self)) or "none"
        raise AttributeError(f"no indicator {name!r}; indicators() returned: {known}")


class Strategy:
    """Write either ``signals`` over whole arrays, or ``on_bar`` from bar to bar.

    The class docstring is what people read about it. State that lives from bar to
    bar is set in ``start``. A base class that only shares parameters or code says so:
    ``class Shared(Strategy, abstract=True)``.
    """

    x: Indicators = Indicators({})
    is_abstract: ClassVar[bool] = True
    _parameters: ClassVar[Parameters] = MappingProxyType({})

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.is_abstract = abstract
        cls._parameters = MappingProxyType(_declared(cls))
        if not abstract and cls.decides_by_signals() == cls.decides_by_bar():
            raise TypeError(f"{cls.__name__} must define either signals or on_bar")

    def __init__(self, **values: object) -> None:
        """Raises InvalidInput, or InvalidFields when several values break rules."""
        self._values = _parsed(self._parameters, values)
        self.check()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._values.items())
        return f"{type(self).__name__}({shown})"

    @classmethod
    def parameters(cls) -> Parameters:
        """By name, in the order they are written, inherited ones first."""
        return cls._parameters

    @classmethod
    def description(cls) -> str:
        return inspect.cleandoc(cls.__doc__ or "")

    @classmethod
    def decides_by_signals(cls) -> bool:
        return cls.signals is not Strategy.signals

    @classmethod
    def decides_by_bar(cls) -> bool:
        return cls.on_bar is not Strategy.on_bar

    def values(self) -> dict[str, Any]:
        """The value of every parameter, defaults included."""
        return dict(self._values)

    def check(self) -> None:
        """Rules between parameters; raise InvalidInput with the field at fault."""

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


def _declared(cls: type[Strategy]) -> dict[str, Parameter[Any]]:
    """The parameters in the order written. Raises TypeError for a contradiction."""
    found: dict[str, Parameter[Any]] = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Parameter):
                found[name] = value
            elif name in found:
                raise TypeError(f"{base.__name__}.{name} hides the parameter {name}")
    for name, parameter in found.items():
        _check_declaration(cls, name, parameter)
    return found


def _check_declaration(
    cls: type[Strategy], name: str, parameter: Parameter[Any]
) -> None:
    place = f"{cls.__name__}.{name}"
    if name.startswith("_") or hasattr(Strategy, name):
        raise TypeError(f"{place}: the name {name} is taken by Strategy itself")
    if parameter.name != name:
        raise TypeError(f"{place}: the same parameter is also named {parameter.name}")
    try:
        parameter.check_declaration()
    except InvalidInput as error:
        raise TypeError(f"{place}: {error.message}") from None


def _parsed(parameters: Parameters, raw: Mapping[str, object]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    errors = {
        name: _unknown(name, parameters) for name in raw if name not in parameters
    }
    for name, parameter in parameters.items():
        try:
            values[name] = parameter.parse(raw.get(name, parameter.default))
        except InvalidInput as error:
            errors[name] = error.message
    if len(errors) > 1:
        raise InvalidFields(errors)
    for name, message in errors.items():
        raise InvalidInput(message, field=name)
    return values


def _unknown(name: str, parameters: Parameters) -> str:
    known = ", ".join(parameters) or "none"
    return f"there is no parameter {name}; the known ones are: {known}"
