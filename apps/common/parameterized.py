"""What is made of typed parameters: a strategy, the options of a backtest."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from apps.common.errors import InvalidFields, InvalidInput
from apps.common.parameters import Parameter
from apps.common.wording import as_written, gettext_noop
from apps.common.wording import gettext as _

Parameters = Mapping[str, Parameter[Any]]


class Parameterized:
    """Parameters are written in the class body; an instance has their values."""

    unknown_text: ClassVar[str] = gettext_noop(
        "there is no parameter %(name)s; the known ones are: %(known)s"
    )
    _parameters: ClassVar[Parameters] = MappingProxyType({})

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls._parameters = MappingProxyType(_declared(cls))

    def __init__(self, /, **values: object) -> None:
        """Raises InvalidInput, or InvalidFields when several values break rules."""
        self._values = self._parsed(values)
        self.check()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._values.items())
        return f"{type(self).__name__}({shown})"

    @classmethod
    def parameters(cls) -> Parameters:
        """By name, in the order they are written, inherited ones first."""
        return cls._parameters

    def values(self) -> dict[str, Any]:
        """The value of every parameter, defaults included."""
        return dict(self._values)

    def check(self) -> None:
        """Rules between parameters; raise InvalidInput with the field at fault."""

    def _parsed(self, raw: Mapping[str, object]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        unknown = [name for name in raw if name not in self._parameters]
        errors = {name: self._unknown(name) for name in unknown}
        for name, parameter in self._parameters.items():
            try:
                values[name] = parameter.parse(raw.get(name, parameter.default))
            except InvalidInput as error:
                errors[name] = error.message
        if len(errors) > 1:
            raise InvalidFields(errors)
        for name, message in errors.items():
            raise InvalidInput(message, field=name)
        return values

    def _unknown(self, name: str) -> str:
        known = ", ".join(self._parameters) or _("none")
        return _(self.unknown_text) % {"name": name, "known": known}


def _declared(cls: type) -> dict[str, Parameter[Any]]:
    """The parameters in the order written. Raises TypeError for a contradiction."""
    found: dict[str, Parameter[Any]] = {}
    owners: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Parameter):
                _check_declaration(f"{cls.__name__}.{name}", name, value, owners)
                found[name] = value
            elif name in found:
                raise TypeError(f"{base.__name__}.{name} hides the parameter {name}")
            else:
                owners[name] = base.__name__
    return found


def _check_declaration(
    place: str, name: str, parameter: Parameter[Any], owners: Mapping[str, str]
) -> None:
    if name.startswith("_") or name in owners:
        owner = owners.get(name, "Python")
        raise TypeError(f"{place}: the name {name} is taken by {owner} itself")
    if parameter.name != name:
        raise TypeError(f"{place}: the same parameter is also named {parameter.name}")
    try:
        with as_written():
            parameter.check_declaration()
    except InvalidInput as error:
        raise TypeError(f"{place}: {error.message}") from None
